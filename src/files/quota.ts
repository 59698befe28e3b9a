import { Refusal } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { FileTable } from "./table.ts";

/** One upload that is under way. */
export interface Place {
  /** Counts bytes that came. @throws Refusal MESSAGE_TOO_LARGE when they are more than one file or one person may have */
  take(bytes: number): void;
  /** Once, however it ended. @param kept whether its bytes stay */
  leave(kept: boolean): void;
}

/** What somebody's uploads come to while any of them runs. */
interface Under {
  running: number;
  /** Stored before the first of them began. */
  readonly before: number;
  /** Came since; of those that were refused, nothing. */
  came: number;
}

/** How much a person may keep and send at a time, counted while it comes: several uploads at once share what is left. */
export function createQuota(table: FileTable, limits: Limits) {
  const byOwner = new Map<number, Under>();
  const refuseLarge = (bytes: number) => {
    if (bytes > limits.fileBytes)
      throw new Refusal("MESSAGE_TOO_LARGE", `A file may have at most ${megabytes(limits.fileBytes)}.`);
  };
  const refuseMore = (bytes: number) => {
    if (bytes <= limits.memberFileBytes) return;
    const words = `Your files may have ${megabytes(limits.memberFileBytes)} in all. Delete messages with files that nobody needs.`;
    throw new Refusal("MESSAGE_TOO_LARGE", words);
  };

  return {
    /** @throws Refusal MESSAGE_TOO_LARGE for what is announced as too large, QUEUE_FULL when too many are under way */
    enter(ownerId: number, expected: number): Place {
      const known = byOwner.get(ownerId);
      const under = known ?? { running: 0, before: table.bytesOf(ownerId), came: 0 };
      refuseLarge(expected);
      refuseMore(under.before + under.came + expected);
      if (under.running >= limits.uploadsAtOnce)
        throw new Refusal("QUEUE_FULL", `You are uploading ${under.running} files already. Wait until one is there.`);
      under.running += 1;
      byOwner.set(ownerId, under);
      let came = 0;
      return {
        take(bytes) {
          came += bytes;
          under.came += bytes;
          refuseLarge(came);
          refuseMore(under.before + under.came);
        },
        leave(kept) {
          if (!kept) under.came -= came;
          under.running -= 1;
          if (under.running === 0) byOwner.delete(ownerId);
        },
      };
    },
  };
}

function megabytes(bytes: number): string {
  return `${Math.round((bytes / 1024 / 1024) * 10) / 10} MB`;
}
