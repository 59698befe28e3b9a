import { Database } from "bun:sqlite";

/** What the tests want to know of a database file, read beside a running server or after its end. */
export interface Stored {
  readonly id: number;
  readonly clientId: string | null;
  readonly text: string;
}

/** Reads a database without changing anything in it. */
export function inspect<T>(path: string, read: (sqlite: Database) => T): T {
  const sqlite = new Database(path, { readonly: true, strict: true });
  try {
    return read(sqlite);
  } finally {
    sqlite.close();
  }
}

export function integrityOf(sqlite: Database): string {
  return sqlite
    .query<{ integrity_check: string }, []>("PRAGMA integrity_check")
    .all()
    .map((row) => row.integrity_check)
    .join("; ");
}

export function messagesIn(sqlite: Database): Stored[] {
  return sqlite.query<Stored, []>("SELECT id, client_id AS clientId, text FROM messages ORDER BY id").all();
}

/**
 * Seqs of everything that happened to messages of a room, in order: what a reader of that room must have been told. An answer that
 * is streamed is told when it is finished.
 */
export function seqsOfRoom(sqlite: Database, slug: string): number[] {
  return sqlite
    .query<{ seq: number }, [string]>(
      `SELECT seq FROM events WHERE kind LIKE 'message.%' AND room_id = (SELECT id FROM rooms WHERE slug = ?)
       AND NOT (kind = 'message.posted' AND data ->> 'streaming') ORDER BY seq`,
    )
    .all(slug)
    .map((row) => row.seq);
}

/** The events with what they say, oldest first, as `replay` takes them. */
export function eventsIn(sqlite: Database) {
  return sqlite
    .query<{ seq: number; at: number; kind: string; roomId: number | null; actorId: number | null; data: string }, []>(
      "SELECT seq, at, kind, room_id AS roomId, actor_id AS actorId, data FROM events ORDER BY seq",
    )
    .all()
    .map((row) => ({ ...row, data: JSON.parse(row.data) as unknown }));
}

/** Takes the walls of the audit down, as whoever has the file can: what they do then has to be found out otherwise. */
export function takeWallsDown(sqlite: Database): void {
  for (const name of ["audit_kept", "audit_unchanged", "audit_appended"]) sqlite.run(`DROP TRIGGER ${name}`);
}

/** Every table that events make, whole and in a fixed order. */
export function dump(sqlite: Database): Record<string, unknown[]> {
  const beside = new Set(["meta", "message_html", "session_seen", "__drizzle_migrations"]);
  const tables = sqlite
    .query<{ name: string }, []>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_%' ORDER BY name",
    )
    .all()
    .map((row) => row.name)
    .filter((name) => !beside.has(name));
  return Object.fromEntries(tables.map((name) => [name, sqlite.query(`SELECT * FROM "${name}" ORDER BY 1`).all()]));
}
