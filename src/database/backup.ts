import { Database } from "bun:sqlite";
import { chmodSync, existsSync, rmSync, statSync } from "node:fs";
import { DatabaseError, explain, inspect, openForReading, takeForThisProcess } from "./open.ts";

/** A database that is kept from changing, or not: a server has it. */
export interface Hold {
  /** Whether it is kept: no server runs on it, and none can start. */
  readonly isOurs: boolean;
  /** A file that it made for that, and removes in the end; null when it was there. */
  readonly made: string | null;
  release(): void;
}

/** Keeps every server off a database for a while, and leaves no trace of it. @throws DatabaseError for what cannot be opened at all */
export function holdDatabase(path: string): Hold {
  const lock = `${path}.lock`;
  const wasThere = existsSync(lock);
  try {
    const release = takeForThisProcess(path);
    return {
      isOurs: true,
      made: wasThere ? null : lock,
      release() {
        // Removed while it is still held: whoever comes from here on makes a new one.
        if (!wasThere) rmSync(lock, { force: true });
        release();
      },
    };
  } catch (error) {
    if (error instanceof DatabaseError && error.isInUse) return { isOurs: false, made: null, release: () => undefined };
    throw error;
  }
}

/** Of a database that is not there: nothing can happen to it. */
export const noHold: Hold = { isOurs: true, made: null, release: () => undefined };

/**
 * Looks at a database of ours and leaves its folder as it was.
 * @throws DatabaseError for one that is damaged, none of ours, or of a newer Parley
 */
export function lookAt<T>(path: string, hold: Pick<Hold, "isOurs">, look: (sqlite: Database) => T): T {
  return withoutTrace(path, hold.isOurs, () => {
    let sqlite: Database | undefined;
    try {
      inspect(path);
      sqlite = openForReading(path);
      return look(sqlite);
    } catch (error) {
      throw explain(path, error);
    } finally {
      sqlite?.close();
    }
  });
}

/**
 * A complete copy of a database as of one moment, also while a server writes it.
 * @param to must not exist
 * @throws DatabaseError
 */
export function copyDatabase(path: string, to: string, hold: Pick<Hold, "isOurs">): void {
  lookAt(path, hold, (sqlite) => sqlite.query("VACUUM INTO ?").run(to));
  chmodSync(to, 0o600);
}

/** Looks at a database of another program. @throws SQLite's own error for what is none */
export function lookAtForeign<T>(path: string, look: (sqlite: Database) => T): T {
  return withoutTrace(path, true, () => {
    const sqlite = new Database(path, { readonly: true, strict: true });
    try {
      return look(sqlite);
    } finally {
      sqlite.close();
    }
  });
}

/** Whether a database holds what is not in its own file yet, because whoever wrote it was killed. */
export function hasUnfinishedWrites(path: string): boolean {
  const log = `${path}-wal`;
  return existsSync(log) && statSync(log).size > 0;
}

/** Who only reads makes these as well and leaves them behind; empty ones, which mean nothing. */
function withoutTrace<T>(path: string, isOurs: boolean, act: () => T): T {
  const made = [`${path}-wal`, `${path}-shm`].filter((file) => !existsSync(file));
  try {
    return act();
  } finally {
    if (isOurs && !hasUnfinishedWrites(path)) for (const file of made) rmSync(file, { force: true });
  }
}
