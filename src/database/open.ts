import { Database } from "bun:sqlite";
import { accessSync, chmodSync, closeSync, constants, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { migrate, newestMigration } from "./migrate.ts";
import * as schema from "./schema.ts";

export type Orm = BunSQLiteDatabase<typeof schema>;

export interface Store {
  /** For the message path: statements prepared once. */
  readonly sqlite: Database;
  /** For everything that happens rarely. */
  readonly orm: Orm;
  /** Random name of this history; changes when a backup is restored, so that clients know to reload. */
  readonly epoch: string;
  close(): void;
}

/** The database cannot be used. `message` is one sentence with the remedy, for the person who starts the server. */
export class DatabaseError extends Error {
  /** Whether another process has it, which then is the server. */
  readonly isInUse: boolean;
  constructor(message: string, cause?: unknown, isInUse = false) {
    super(message, { cause });
    this.name = "DatabaseError";
    this.isInUse = isInUse;
  }
}

/** The database for looking only, also while a server has it. @throws DatabaseError */
export function openForReading(path: string): Database {
  try {
    const sqlite = new Database(path, { readonly: true, strict: true });
    sqlite.run("PRAGMA busy_timeout = 5000");
    if (sqlite.query("SELECT name FROM sqlite_master WHERE name = '__drizzle_migrations'").get() === null) {
      sqlite.close();
      throw damaged(path);
    }
    return sqlite;
  } catch (error) {
    throw explain(path, error);
  }
}

/**
 * Opens (or makes) the database, takes it for this process alone, checks it and brings its schema up to date.
 * Never recreates or truncates a file it cannot read.
 * @param path a file, or ":memory:"
 * @throws DatabaseError naming the file and the remedy
 */
export function openDatabase(path: string): Store {
  if (path !== ":memory:") prepareFile(path);
  const release = path === ":memory:" ? () => {} : takeForThisProcess(path);
  let sqlite: Database | undefined;
  try {
    if (path !== ":memory:") inspect(path);
    sqlite = new Database(path, { create: true, strict: true });
    configure(sqlite, path);
    const orm = drizzle(sqlite, { schema });
    migrate(orm);
    return { sqlite, orm, epoch: epochOf(sqlite), close: closer(sqlite, release) };
  } catch (error) {
    sqlite?.close();
    release();
    throw explain(path, error);
  }
}

function closer(sqlite: Database, release: () => void): () => void {
  return () => {
    sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
    sqlite.close();
    release();
  };
}

/**
 * Holds an SQLite lock on a file beside the database for as long as this process lives: the kernel gives it back however the
 * process ends. The database itself stays readable for backups and for sqlite3.
 * @returns what gives it back @throws DatabaseError, `isInUse` when another process has it
 */
export function takeForThisProcess(path: string): () => void {
  try {
    const lock = new Database(`${path}.lock`, { create: true });
    lock.run("PRAGMA busy_timeout = 0");
    lock.run("PRAGMA journal_mode = MEMORY");
    lock.run("BEGIN EXCLUSIVE");
    return () => {
      lock.run("ROLLBACK");
      lock.close();
    };
  } catch (error) {
    throw explain(path, error);
  }
}

function prepareFile(path: string): void {
  try {
    const folder = dirname(path);
    // Only folders made here are closed to others: one that exists may be shared on purpose.
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!existsSync(path)) {
      closeSync(openSync(path, "a", 0o600));
      chmodSync(path, 0o600);
    }
    if (!statSync(path).isFile()) throw Object.assign(new Error("not a file"), { code: "EISDIR" });
    // SQLite opens what may not be written to all the same, for reading.
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw explain(path, error);
  }
}

function configure(sqlite: Database, path: string): void {
  sqlite.run("PRAGMA busy_timeout = 5000");
  const mode = path === ":memory:" ? "memory" : "wal";
  const journal = sqlite.query<{ journal_mode: string }, []>("PRAGMA journal_mode = WAL").get()?.journal_mode;
  // FULL: an acknowledged message survives a power cut, not only a crash. Group commit makes it cheap.
  sqlite.run("PRAGMA synchronous = FULL");
  sqlite.run("PRAGMA foreign_keys = ON");
  sqlite.run("PRAGMA cache_size = -65536");
  sqlite.run("PRAGMA wal_autocheckpoint = 4000");
  sqlite.run("PRAGMA journal_size_limit = 67108864");
  sqlite.run("PRAGMA temp_store = MEMORY");
  const synchronous = sqlite.query<{ synchronous: number }, []>("PRAGMA synchronous").get()?.synchronous;
  if (journal !== mode || synchronous !== 2) {
    throw new DatabaseError(
      `The file system of ${path} does not support what durable storage needs (journal ${journal}, synchronous ${synchronous}): put the database on a local disk with OPENCODE_CHAT_DB.`,
    );
  }
}

/**
 * Looks before anything is opened for writing: closing such a connection alone could change a file that must stay as it is.
 * @throws DatabaseError for a file that is damaged, no Parley database, or of a newer Parley
 */
export function inspect(path: string): void {
  const sqlite = new Database(path, { readonly: true, strict: true });
  try {
    const tables = sqlite.query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    if (tables.length === 0) return;
    if (!tables.some(({ name }) => name === "__drizzle_migrations")) throw damaged(path);
    refuseNewer(sqlite, path);
    if (!isSmall(sqlite)) return;
    const verdict = sqlite.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get()?.quick_check;
    if (verdict !== "ok") throw damaged(path);
  } finally {
    sqlite.close();
  }
}

/** A full check reads every page: done at each start only while that takes milliseconds. */
function isSmall(sqlite: Database): boolean {
  const pages = sqlite.query<{ page_count: number }, []>("PRAGMA page_count").get()?.page_count ?? 0;
  return pages <= 4_096;
}

function refuseNewer(sqlite: Database, path: string): void {
  const applied = sqlite
    .query<{ newest: number | null }, []>("SELECT max(created_at) AS newest FROM __drizzle_migrations")
    .get();
  if (Number(applied?.newest ?? 0) > newestMigration) {
    throw new DatabaseError(`${path} was written by a newer Parley: start that version, or restore an older backup.`);
  }
}

function epochOf(sqlite: Database): string {
  const found = sqlite.query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'epoch'").get();
  if (found) return found.value;
  const epoch = crypto.randomUUID();
  sqlite.query("INSERT INTO meta (key, value) VALUES ('epoch', ?)").run(epoch);
  return epoch;
}

function damaged(path: string, cause?: unknown): DatabaseError {
  return new DatabaseError(
    `${path} is damaged or not a Parley database. It was left untouched: restore a backup over it, or set OPENCODE_CHAT_DB to another file.`,
    cause,
  );
}

/** What went wrong with a database, in a sentence with the remedy. */
export function explain(path: string, error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    return new DatabaseError(
      `${path} is in use by another process: stop that server first, or set OPENCODE_CHAT_DB to another file.`,
      error,
      true,
    );
  }
  if (code.startsWith("SQLITE_NOTADB") || code.startsWith("SQLITE_CORRUPT")) return damaged(path, error);
  if (code.startsWith("SQLITE_FULL") || code === "ENOSPC") {
    return new DatabaseError(`The disk that holds ${path} is full: free some space and start again.`, error);
  }
  if (code.startsWith("SQLITE_READONLY") || code.startsWith("SQLITE_CANTOPEN") || code.startsWith("E")) {
    return new DatabaseError(
      `${path} cannot be opened for writing (${code || "no access"}): check the folder's owner and permissions, or set OPENCODE_CHAT_DB.`,
      error,
    );
  }
  return new DatabaseError(`${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`, error);
}
