import type { LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import type { Attachment } from "../files/file.ts";
import type { Files } from "../files/files.ts";
import type { Limits } from "../limits.ts";
import type { Members } from "../people/members.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { commandIn } from "./command.ts";
import { type MessagePosted, messageOf } from "./events.ts";
import type { Message, Origin, Parent } from "./message.ts";
import type { Rendered } from "./rendered.ts";
import { type MessageRow, messageColumns } from "./store.ts";

export interface Page {
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Whether there is more in the direction that was asked for. */
  readonly hasMore: boolean;
  /** Of all of it, text and HTML: what it weighs. */
  readonly characters: number;
}

/** Rows read at a time: the longest messages must not all be fetched to find that a few of them fill a page. */
const rowsAtATime = 50;

/** Reads what was said. Every read is by index and costs the same with a million messages as with a hundred. */
export interface History {
  row(id: number): MessageRow | undefined;
  message(id: number): Message | undefined;
  /** The newest `limit` messages of a room, or those just before `before`, or just after `after` (ids); fewer where they are very long. */
  page(roomId: number, options: { limit: number; before?: number; after?: number }): Page;
  /** The words in which a message was first said, to its end, whatever was written over them; undefined where the log has none. */
  firstWords(message: Message): Pick<Message, "text" | "mentions"> | undefined;
  /** The message an event made or changed, as it is now; undefined when the event is not about a message. */
  ofEvent(event: LogEvent): Message | undefined;
  /** A message just posted, from its event alone: no read in the common case. */
  ofPosted(event: LogEvent): Message;
  /** The newest messages of a room whose text holds every word, newest first; of those that are not too far back. */
  containing(roomId: number, words: readonly string[], limit: number): readonly Message[];
  /** The first message that speaks of a task. */
  cardMessage(taskId: number): number | undefined;
  /** The last message that speaks of a task. */
  lastOfTask(taskId: number): number | undefined;
  /** Answers that were being written when the server last stopped. */
  streaming(): readonly Message[];
}

interface Parts {
  store: Store;
  members: Members;
  rooms: Rooms;
  files: Pick<Files, "ofMessage">;
  rendered: Rendered;
  limits: Limits;
}

export function createHistory({ store, members, rooms, files, rendered, limits }: Parts): History {
  const { sqlite } = store;
  const byId = sqlite.prepare<MessageRow, [number]>(`SELECT ${messageColumns} FROM messages WHERE id = ?`);
  const newest = sqlite.prepare<MessageRow, [number, number]>(
    `SELECT ${messageColumns} FROM messages WHERE room_id = ? ORDER BY id DESC LIMIT ?`,
  );
  const before = sqlite.prepare<MessageRow, [number, number, number]>(
    `SELECT ${messageColumns} FROM messages WHERE room_id = ? AND id < ? ORDER BY id DESC LIMIT ?`,
  );
  const after = sqlite.prepare<MessageRow, [number, number, number]>(
    `SELECT ${messageColumns} FROM messages WHERE room_id = ? AND id > ? ORDER BY id LIMIT ?`,
  );
  const open = sqlite.prepare<MessageRow, []>(`SELECT ${messageColumns} FROM messages WHERE streaming = 1 ORDER BY id`);
  const first = sqlite.prepare<{ text: string; mentions: string }, [number, number]>(
    `SELECT data ->> 'text' AS text, data -> 'mentions' AS mentions FROM events
     WHERE room_id = ?2 AND seq >= ?1
       AND (seq = ?1 AND NOT data ->> 'streaming' OR kind = 'message.finished' AND data ->> 'id' = ?1)
     ORDER BY seq LIMIT 1`,
  );
  const firstOfTask = sqlite.prepare<{ id: number | null }, [number]>(
    "SELECT min(id) AS id FROM messages WHERE task_id = ?",
  );
  const lastOfTask = sqlite.prepare<{ id: number | null }, [number]>(
    "SELECT max(id) AS id FROM messages WHERE task_id = ? AND deleted_at IS NULL",
  );

  function parent(id: number | null): Parent | null {
    const row = id === null ? null : byId.get(id);
    if (!row) return null;
    const words = row.text === "" && row.deletedAt === null ? namesOf(files.ofMessage(row.id)) : row.text;
    return { id: row.id, authorName: members.byId(row.authorId).name, excerpt: excerptOf(words) };
  }

  function complete(row: MessageRow): Message {
    return {
      id: row.id,
      seq: row.seq,
      roomId: row.roomId,
      room: rooms.byId(row.roomId).slug,
      author: members.byId(row.authorId),
      at: row.at,
      text: row.text,
      html: row.text === "" ? "" : rendered.of(row.id, row.seq, row.text),
      mentions: row.mentions === "[]" ? [] : (JSON.parse(row.mentions) as string[]),
      command: commandIn(row.text),
      replyTo: parent(row.replyTo),
      threadId: row.threadId,
      clientId: row.clientId,
      origin: row.origin as Origin,
      taskId: row.taskId,
      streaming: row.streaming === 1,
      files: files.ofMessage(row.id),
      editedAt: row.editedAt,
      deletedAt: row.deletedAt,
    };
  }

  /** A page of rows as they come, full when it has as many or weighs as much as it may. @param next rows after the last one */
  function fill(limit: number, next: (last: number | undefined, count: number) => readonly MessageRow[]): Page {
    const messages: Message[] = [];
    let characters = 0;
    for (;;) {
      const wanted = Math.min(rowsAtATime, limit - messages.length + 1);
      const rows = next(messages.at(-1)?.id, wanted);
      for (const row of rows) {
        if (messages.length === limit || characters >= limits.pageCharacters)
          return { messages, hasMore: true, characters };
        const message = complete(row);
        messages.push(message);
        characters += message.text.length + message.html.length;
      }
      if (rows.length < wanted) return { messages, hasMore: false, characters };
    }
  }

  const history: History = {
    row: (id) => byId.get(id) ?? undefined,
    message(id) {
      const row = byId.get(id);
      return row ? complete(row) : undefined;
    },
    page(roomId, { limit, before: beforeId, after: afterId }) {
      if (afterId !== undefined) return fill(limit, (last, count) => after.all(roomId, last ?? afterId, count));
      const page = fill(limit, (last = beforeId, count) =>
        last === undefined ? newest.all(roomId, count) : before.all(roomId, last, count),
      );
      return { ...page, messages: page.messages.toReversed() };
    },
    firstWords(message) {
      if (message.editedAt === null) return message;
      const row = first.get(message.id, message.roomId);
      return row ? { text: row.text, mentions: JSON.parse(row.mentions) as string[] } : undefined;
    },
    ofEvent(event) {
      const id = messageOf(event);
      return id === undefined ? undefined : history.message(id);
    },
    ofPosted(event) {
      const posted = event.data as MessagePosted;
      return {
        id: event.seq,
        seq: event.seq,
        roomId: event.roomId ?? 0,
        room: rooms.byId(event.roomId ?? 0).slug,
        author: members.byId(posted.authorId),
        at: event.at,
        text: posted.text,
        html: posted.text === "" ? "" : (rendered.expected(posted) ?? rendered.of(event.seq, event.seq, posted.text)),
        mentions: posted.mentions,
        command: commandIn(posted.text),
        replyTo: parent(posted.replyTo),
        threadId: posted.replyTo === null ? null : (byId.get(event.seq)?.threadId ?? null),
        clientId: posted.clientId ?? posted.echoId,
        origin: posted.origin,
        taskId: posted.taskId,
        streaming: posted.streaming,
        files: posted.files ? files.ofMessage(event.seq) : [],
        editedAt: null,
        deletedAt: null,
      };
    },
    containing(roomId, words, limit) {
      const wanted = words.map((word) => word.slice(0, limits.searchedWord).toLowerCase());
      const found: Message[] = [];
      let [last, read, characters]: [number | undefined, number, number] = [undefined, 0, 0];
      while (found.length < limit && read < limits.searchedMessages && characters < limits.searchedCharacters) {
        const rows: MessageRow[] =
          last === undefined ? newest.all(roomId, rowsAtATime) : before.all(roomId, last, rowsAtATime);
        for (const row of rows) {
          characters += row.text.length;
          const text = row.deletedAt !== null || row.streaming ? "" : row.text.toLowerCase();
          if (text !== "" && found.length < limit && wanted.every((word) => text.includes(word)))
            found.push(complete(row));
        }
        if (rows.length < rowsAtATime) break;
        last = rows.at(-1)?.id;
        read += rows.length;
      }
      return found;
    },
    cardMessage: (taskId) => firstOfTask.get(taskId)?.id ?? undefined,
    lastOfTask: (taskId) => lastOfTask.get(taskId)?.id ?? undefined,
    streaming: () => open.all().map(complete),
  };
  return history;
}

function namesOf(files: readonly Attachment[]): string {
  return files.map(({ name }) => name).join(", ");
}

function excerptOf(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 140 ? `${line.slice(0, 139).toWellFormed()}…` : line;
}
