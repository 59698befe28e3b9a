import type { Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";

/**
 * Up to where agents heard what was said. Without it a start could not tell what nobody has heard from what called nobody, and would make
 * tasks of old words.
 */
export interface Heard {
  /** As the process before left it; null where none did. */
  readonly before: number | null;
  /** Everything up to here was considered. */
  note(seq: number): void;
  /** Writes down what was noted. */
  flush(): void;
}

/** How long a note may wait: a crash makes the mark older by so much, and a write of its own costs an fsync. */
const waitMs = 1_000;

export function createHeard({ sqlite }: Pick<Store, "sqlite">, log: Pick<Log, "flush">): Heard {
  const write = sqlite.prepare<unknown, [string]>(
    "INSERT INTO meta (key, value) VALUES ('heard', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  const found = sqlite.query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'heard'").get();
  let noted = 0;
  let written = 0;
  let timer: Timer | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const upTo = noted;
    if (upTo === written) return;
    try {
      // What came of it has to be on disk before nobody looks at it again.
      log.flush();
      write.run(String(upTo));
      written = upTo;
    } catch {
      // An older mark is looked behind once more, and the next note tries again.
    }
  }

  return {
    before: found ? Number(found.value) : null,
    note(seq) {
      noted = seq;
      timer ??= setTimeout(flush, waitMs).unref();
    },
    flush,
  };
}
