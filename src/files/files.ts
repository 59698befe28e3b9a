import type { Clock } from "../clock.ts";
import { appended, type Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Hub } from "../live/hub.ts";
import type { Logger } from "../logger.ts";
import { type Member, may } from "../people/member.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { type Attachment, attachmentOf, type StoredFile } from "./file.ts";
import { incoming } from "./incoming.ts";
import { fileName } from "./name.ts";
import { createQuota } from "./quota.ts";
import { Reading } from "./reading.ts";
import type { FileStorage } from "./storage.ts";
import { createFileTable, type FileRemoved, type FileStored, type FileTable, noFile } from "./table.ts";

/** Photos and documents: kept first, then said with a message. What is known of them is in the log, their bytes are beside it. */
export interface Files {
  /** How they come into the tables, for messages that carry them. */
  readonly table: FileTable;
  /**
   * Keeps what somebody sends, as it comes: counted on its bytes, never held in memory, gone again when it is refused.
   * @param expected how many bytes were announced, to refuse at once what is too large
   * @throws Refusal PERMISSION_DENIED, MESSAGE_TOO_LARGE, QUEUE_FULL, INVALID_MESSAGE or SERVICE_UNAVAILABLE
   */
  store(
    owner: Member,
    given: { name: string; bytes: ReadableStream<Uint8Array>; expected?: number },
  ): Promise<Attachment>;
  /** A file for somebody who may read the message it hangs on, or whose it is while it hangs on none. @throws Refusal NOT_FOUND */
  forReader(member: Member, id: string): StoredFile;
  /** Its bytes from one place up to before another; undefined when they are gone. */
  open(file: StoredFile, from?: number, to?: number): Promise<Blob | undefined>;
  /** Takes back what hangs on no message yet. @throws Refusal NOT_FOUND */
  discard(member: Member, id: string): Promise<void>;
  ofMessage(messageId: number): readonly Attachment[];
  shown(file: StoredFile): Attachment;
  /** Brings disk and tables in line after a crash. Before anything is stored. */
  recover(): Promise<void>;
  /** Resolves when nothing is being removed any more. */
  stop(): Promise<void>;
}

/** How many are let go at a time: each is an event. */
const sweptAtOnce = 500;

interface Parts {
  store: Store;
  log: Log;
  hub: Hub;
  clock: Clock;
  logger: Logger;
  limits: Limits;
  rooms: Rooms;
  storage: FileStorage;
}

export function createFiles({ store, log, hub, clock, logger, limits, rooms, storage }: Parts): Files {
  const table = createFileTable(store, log);
  const quota = createQuota(table, limits);
  const removing = new Set<Promise<void>>();

  /** A file that cannot be removed now is found again at the next start. */
  function removeBytes(id: string): void {
    const removed = storage
      .remove(id)
      .catch((error) => logger.warn("files.kept", { id, error }))
      .finally(() => removing.delete(removed));
    removing.add(removed);
  }

  // After the commit and never before: an event that was not stored took nothing away.
  hub.onCommit(() => {
    for (const id of table.takeGone()) removeBytes(id);
  });

  /** Whoever uploaded a file and did not send it within the time does not want it any more. */
  function sweep(): void {
    for (const id of table.leftBefore(clock.now() - limits.unsentFileMs, sweptAtOnce)) {
      const data: FileRemoved = { id };
      log.append([{ kind: "file.removed", roomId: null, actorId: null, data }]);
    }
  }
  const sweeping = setInterval(sweep, limits.fileSweepMs);
  sweeping.unref();

  const shown = (file: StoredFile) => attachmentOf(file, limits.inlinePixels);

  async function remember(owner: Member, data: FileStored): Promise<Attachment> {
    try {
      await appended(log, { kind: "file.stored", roomId: null, actorId: owner.id, data });
    } catch (refusal) {
      await storage.remove(data.id);
      throw refusal;
    }
    const file = table.byId(data.id);
    if (!file) throw new Error("a file that was stored is not there");
    return shown(file);
  }

  return {
    table,
    shown,
    async store(owner, { name, bytes, expected = 0 }) {
      if (!may(owner, "write")) throw new Refusal("PERMISSION_DENIED", "You may read here, not write.");
      const place = quota.enter(owner.id, expected);
      const reading = new Reading(incoming(bytes, limits), place.take);
      const id = randomId();
      let kept = false;
      try {
        await storage.put(id, reading);
        if (reading.bytes === 0) {
          await storage.remove(id);
          throw new Refusal("INVALID_MESSAGE", "That file is empty.");
        }
        const file = await remember(owner, { id, name: fileName(name, limits.fileNameCharacters), ...reading.facts() });
        kept = true;
        return file;
      } catch (thrown) {
        if (thrown instanceof Refusal && thrown.code === "SERVICE_UNAVAILABLE")
          logger.error("storage.failed", { error: thrown.cause ?? thrown, file: id });
        throw thrown;
      } finally {
        place.leave(kept);
      }
    },
    forReader(member, id) {
      const file = table.byId(id);
      const mayRead =
        file &&
        (file.roomId === null
          ? file.ownerId === member.id && may(member, "read")
          : rooms.mayRead(member, rooms.byId(file.roomId)));
      if (!mayRead) throw new Refusal("NOT_FOUND", noFile);
      return file;
    },
    open: (file, from = 0, to = file.bytes) => storage.open(file.id, from, to),
    async discard(member, id) {
      const file = table.byId(id);
      if (file?.ownerId !== member.id || file.messageId !== null) throw new Refusal("NOT_FOUND", noFile);
      const data: FileRemoved = { id };
      await appended(log, { kind: "file.removed", roomId: null, actorId: member.id, data });
    },
    ofMessage: (messageId) => table.ofMessage(messageId).map(shown),
    async recover() {
      await storage.recover();
      let removed = 0;
      for await (const id of storage.list()) {
        if (table.byId(id)) continue;
        await storage.remove(id);
        removed += 1;
      }
      if (removed > 0) logger.info("files.recovered", { removed });
      sweep();
    },
    async stop() {
      clearInterval(sweeping);
      await Promise.all(removing);
    },
  };
}

function randomId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex");
}
