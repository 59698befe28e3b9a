import type { Database, SQLQueryBindings } from "bun:sqlite";

/** Rows of a cache, written a moment later and together: a write of its own costs an fsync, in the middle of a read. */
export interface Later {
  /** Keeps the newest row of a key until it is written. @param row the statement's parameters */
  put(key: number, row: readonly SQLQueryBindings[]): void;
  /** Writes what waits; call before the database closes. */
  flush(): void;
}

/** How long rows wait. A crash loses what was gathered meanwhile, so only what can be made again may be written this way. */
const waitMs = 1_000;

/** @param sql one upsert; on a full disk its rows wait for the next one, and nobody is told, because nothing is lost */
export function createLater(sqlite: Database, sql: string): Later {
  const rows = new Map<number, readonly SQLQueryBindings[]>();
  let timer: Timer | undefined;
  const write = sqlite.prepare<unknown, SQLQueryBindings[]>(sql);
  const writeAll = sqlite.transaction(() => {
    for (const row of rows.values()) write.run(...row);
  });

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (rows.size === 0) return;
    try {
      writeAll();
      rows.clear();
    } catch {
      // Kept for the next time.
    }
  }

  return {
    put(key, row) {
      rows.set(key, row);
      timer ??= setTimeout(flush, waitMs);
    },
    flush,
  };
}
