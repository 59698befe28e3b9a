import type { Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import type { StoredFile } from "./file.ts";

/** `file.stored`: the bytes are on the disk; the event's actor is whose they are. */
export interface FileStored {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly width: number | null;
  readonly height: number | null;
}

/** `file.removed`: one that hung on nothing, by its owner, or by the house when nobody came back for it. */
export interface FileRemoved {
  readonly id: string;
}

const columns = `id, owner_id AS ownerId, name, type, bytes, sha256, width, height, created_at AS createdAt,
  message_id AS messageId, room_id AS roomId`;

/** What is known of files. Events change it: their own, and those of the messages they hang on. */
export interface FileTable {
  byId(id: string): StoredFile | undefined;
  /** In the order they were attached. */
  ofMessage(messageId: number): readonly StoredFile[];
  /** Ids of those that hang on nothing since before a time, the oldest first. */
  leftBefore(at: number, most: number): readonly string[];
  bytesOf(ownerId: number): number;
  /** For `apply`, before it writes. @throws Refusal NOT_FOUND for what is not theirs, CONFLICT for what hangs on a message already */
  refuseUnfit(ids: readonly string[], ownerId: number): void;
  /** For `apply`: they hang on a message from now on. */
  attach(ids: readonly string[], messageId: number, roomId: number | null): void;
  /** For `apply`: their message is gone, and so are they. */
  dropOf(messageId: number): void;
  /** Ids of those that are gone since this was asked last: their bytes may go as well. */
  takeGone(): readonly string[];
}

/** Defines how events change the table. */
export function createFileTable({ sqlite }: Store, log: Log): FileTable {
  const byId = sqlite.prepare<StoredFile, [string]>(`SELECT ${columns} FROM files WHERE id = ?`);
  const ofMessage = sqlite.prepare<StoredFile, [number]>(
    `SELECT ${columns} FROM files WHERE message_id = ? ORDER BY place`,
  );
  const left = sqlite.prepare<{ id: string }, [number, number]>(
    "SELECT id FROM files WHERE message_id IS NULL AND created_at < ? ORDER BY created_at LIMIT ?",
  );
  const bytesOf = sqlite.prepare<{ bytes: number }, [number]>(
    "SELECT coalesce(sum(bytes), 0) AS bytes FROM files WHERE owner_id = ?",
  );
  const insert = sqlite.prepare(
    "INSERT INTO files (id, owner_id, name, type, bytes, sha256, width, height, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const attach = sqlite.prepare("UPDATE files SET message_id = ?, room_id = ?, place = ? WHERE id = ?");
  const drop = sqlite.prepare<{ id: string }, [string]>(
    "DELETE FROM files WHERE id = ? AND message_id IS NULL RETURNING id",
  );
  const dropOf = sqlite.prepare<{ id: string }, [number]>("DELETE FROM files WHERE message_id = ? RETURNING id");
  /** Rows that were deleted by events, of which one or the other may not have been committed. */
  const dropped = new Set<string>();

  log.define("file.stored", (event) => {
    const { id, name, type, bytes, sha256, width, height } = event.data as FileStored;
    insert.run(id, event.actorId, name, type, bytes, sha256, width, height, event.at);
  });
  log.define("file.removed", (event) => {
    const { id } = event.data as FileRemoved;
    if (!drop.get(id)) throw new Refusal("NOT_FOUND", noFile);
    dropped.add(id);
  });

  const table: FileTable = {
    byId: (id) => byId.get(id) ?? undefined,
    ofMessage: (messageId) => ofMessage.all(messageId),
    leftBefore: (at, most) => left.all(at, most).map(({ id }) => id),
    bytesOf: (ownerId) => bytesOf.get(ownerId)?.bytes ?? 0,
    refuseUnfit(ids, ownerId) {
      for (const id of ids) {
        const file = byId.get(id);
        if (file?.ownerId !== ownerId) throw new Refusal("NOT_FOUND", noFile);
        if (file.messageId !== null) throw new Refusal("CONFLICT", `"${file.name}" is in another message already.`);
      }
    },
    attach(ids, messageId, roomId) {
      for (const [place, id] of ids.entries()) attach.run(messageId, roomId, place, id);
    },
    dropOf(messageId) {
      for (const { id } of dropOf.all(messageId)) dropped.add(id);
    },
    takeGone() {
      if (dropped.size === 0) return [];
      const gone = [...dropped].filter((id) => !table.byId(id));
      dropped.clear();
      return gone;
    },
  };
  return table;
}

/** What one may not see and what does not exist are told apart by nobody. */
export const noFile = "There is no such file, or you may not see it.";
