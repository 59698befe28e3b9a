import type { Log, LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import type { FileTable } from "../files/table.ts";
import { may } from "../people/member.ts";
import { standingIn } from "../people/standing.ts";
import type { MessageDeleted, MessageEdited, MessageFinished, MessagePosted } from "./events.ts";

/** A message as the table holds it. */
export interface MessageRow {
  readonly id: number;
  readonly seq: number;
  readonly roomId: number;
  readonly authorId: number;
  readonly at: number;
  readonly text: string;
  /** JSON array of handles. */
  readonly mentions: string;
  readonly replyTo: number | null;
  readonly threadId: number | null;
  readonly clientId: string | null;
  readonly origin: string;
  readonly taskId: number | null;
  readonly streaming: number;
  readonly editedAt: number | null;
  readonly deletedAt: number | null;
}

export const messageColumns = `id, seq, room_id AS roomId, author_id AS authorId, at, text, mentions, reply_to AS replyTo,
  thread_id AS threadId, client_id AS clientId, origin, task_id AS taskId, streaming, edited_at AS editedAt, deleted_at AS deletedAt`;

/** How events of messages change the tables; nothing else does. */
export function defineMessages(store: Store, log: Log, files: FileTable): void {
  const { sqlite } = store;
  const standing = standingIn(store);
  const byClient = sqlite.prepare<{ id: number }, [number, string]>(
    "SELECT id FROM messages WHERE author_id = ? AND client_id = ?",
  );
  const parentOf = sqlite.prepare<{ roomId: number; threadId: number | null }, [number]>(
    "SELECT room_id AS roomId, thread_id AS threadId FROM messages WHERE id = ?",
  );
  const current = sqlite.prepare<{ authorId: number; deletedAt: number | null; streaming: number }, [number]>(
    "SELECT author_id AS authorId, deleted_at AS deletedAt, streaming FROM messages WHERE id = ?",
  );
  const insert = sqlite.prepare(
    `INSERT INTO messages (id, seq, room_id, author_id, at, text, mentions, reply_to, thread_id, client_id, origin, task_id, streaming)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (author_id, client_id) WHERE client_id IS NOT NULL DO NOTHING`,
  );
  const finish = sqlite.prepare("UPDATE messages SET seq = ?, text = ?, mentions = ?, streaming = 0 WHERE id = ?");
  const edit = sqlite.prepare("UPDATE messages SET seq = ?, text = ?, mentions = ?, edited_at = ? WHERE id = ?");
  const remove = sqlite.prepare(
    "UPDATE messages SET seq = ?, text = '', mentions = '[]', deleted_at = ?, streaming = 0 WHERE id = ?",
  );
  const forget = sqlite.prepare("DELETE FROM message_html WHERE id = ?");

  const posted = (event: LogEvent) => {
    const { authorId, text, mentions, replyTo, clientId, origin, taskId, streaming } = event.data as MessagePosted;
    const attached = (event.data as MessagePosted).files ?? [];
    // Who repeats a message repeats its files: they hang on the first one.
    const earlier = attached.length > 0 && clientId !== null && byClient.get(authorId, clientId);
    if (earlier) return earlier.id;
    const parent = replyTo === null ? null : parentOf.get(replyTo);
    if (replyTo !== null && parent?.roomId !== event.roomId) {
      throw new Refusal("NOT_FOUND", "The message you answer is not in this room.");
    }
    files.refuseUnfit(attached, authorId);
    const thread = replyTo === null ? null : (parent?.threadId ?? replyTo);
    const { changes } = insert.run(
      event.seq,
      event.seq,
      event.roomId,
      authorId,
      event.at,
      text,
      JSON.stringify(mentions),
      replyTo,
      thread,
      clientId,
      origin,
      taskId,
      streaming ? 1 : 0,
    );
    // The author used this client id before: the first result is the result.
    if (changes === 0 && clientId !== null) return byClient.get(authorId, clientId)?.id;
    files.attach(attached, event.seq, event.roomId);
    return undefined;
  };
  // Whoever was put out of the room in the same moment says nothing more in it.
  log.define("message.posted", posted, ({ roomId, data }) => {
    standing.needsIn(roomId, (data as MessagePosted).authorId, "write");
  });
  // Whoever began an answer ends it, whatever became of them: it must not stay open for ever.
  log.define("message.finished", (event) => {
    const { id, text, mentions } = event.data as MessageFinished;
    if (!current.get(id)?.streaming) throw new Refusal("CONFLICT", "That answer is finished already.");
    finish.run(event.seq, text, JSON.stringify(mentions), id);
  });
  const edited = (event: LogEvent) => {
    const { id, text, mentions } = event.data as MessageEdited;
    const row = current.get(id);
    if (!row || row.deletedAt !== null) throw new Refusal("NOT_FOUND", "That message is gone.");
    if (row.streaming) throw new Refusal("CONFLICT", "That answer is still being written.");
    edit.run(event.seq, text, JSON.stringify(mentions), event.at, id);
    forget.run(id);
  };
  const deleted = (event: LogEvent) => {
    const { id } = event.data as MessageDeleted;
    const row = current.get(id);
    if (!row || row.deletedAt !== null) throw new Refusal("NOT_FOUND", "That message is gone already.");
    remove.run(event.seq, event.at, id);
    files.dropOf(id);
    forget.run(id);
  };
  const mayChange = ({ roomId, actorId, data }: LogEvent) => {
    if (actorId === null) return;
    const actor = standing.needsIn(roomId, actorId, "write");
    if (current.get((data as MessageDeleted).id)?.authorId !== actorId && !may(actor, "manage_users"))
      throw new Refusal("PERMISSION_DENIED", "Only its author or a moderator may change a message.");
  };
  log.define("message.edited", edited, mayChange);
  log.define("message.deleted", deleted, mayChange);
}
