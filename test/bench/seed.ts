import { Database } from "bun:sqlite";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Prepared, startParley } from "./parley.ts";
import { runFolder } from "./servers.ts";

/**
 * Makes a database with people who are signed in and messages in #general, by SQL: through the door a million messages would take
 * minutes. Parley makes the file itself, so that its schema is the one of this build.
 */
export async function prepareDatabase(
  command: readonly string[],
  name: string,
  size: { readonly people: number; readonly messages: number },
): Promise<Prepared> {
  const folder = join(runFolder, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const database = join(folder, "parley.db");
  const server = await startParley(command, database);
  await server.stop();

  const sqlite = new Database(database, { strict: true });
  // Thrown away if the machine stops; the run itself uses Parley's own settings.
  sqlite.run("PRAGMA synchronous = OFF");
  const tokens = sqlite.transaction(() => {
    const signedIn = insertPeople(sqlite, size.people);
    if (size.messages > 0) insertMessages(sqlite, size.messages);
    return signedIn;
  })();
  sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
  sqlite.close();
  const tokenFile = join(folder, "tokens");
  writeFileSync(tokenFile, tokens.join("\n"), { mode: 0o600 });
  return { database, tokenFile, tokens };
}

function newestSeq(sqlite: Database): number {
  return sqlite.query<{ seq: number | null }, []>("SELECT max(seq) AS seq FROM events").get()?.seq ?? 0;
}

/** People with an open session each. @returns the sessions' tokens */
function insertPeople(sqlite: Database, count: number): string[] {
  const event = sqlite.prepare(
    "INSERT INTO events (seq, at, kind, room_id, actor_id, data) VALUES (?, ?, ?, NULL, ?, ?)",
  );
  const member = sqlite.prepare(
    "INSERT INTO members (id, kind, handle, name, title, role, created_at) VALUES (?, 'person', ?, ?, 'Developer', 'developer', ?)",
  );
  const session = sqlite.prepare(
    "INSERT INTO sessions (id, member_id, token_hash, method, created_at, expires_at) VALUES (?, ?, ?, 'development', ?, ?)",
  );
  const at = Date.now();
  const expiresAt = at + 24 * 60 * 60 * 1000;
  let seq = newestSeq(sqlite);
  return Array.from({ length: count }, (_, index) => {
    const name = `person${index}`;
    const id = ++seq;
    member.run(id, name, name, at);
    event.run(
      id,
      at,
      "member.joined",
      null,
      JSON.stringify({ kind: "person", handle: name, name, title: "Developer", role: "developer" }),
    );
    const token = `bench-${index}-${crypto.randomUUID()}`;
    const tokenHash = new Bun.CryptoHasher("sha256").update(token).digest("hex");
    seq += 1;
    session.run(seq, id, tokenHash, at, expiresAt);
    event.run(
      seq,
      at,
      "session.opened",
      id,
      JSON.stringify({ memberId: id, tokenHash, method: "development", expiresAt }),
    );
    return token;
  });
}

function insertMessages(sqlite: Database, count: number): void {
  const room = sqlite.query<{ id: number }, []>("SELECT id FROM rooms WHERE slug = 'general'").get();
  const people = sqlite
    .query<{ first: number; count: number }, []>(
      "SELECT min(id) AS first, count(*) AS count FROM members WHERE kind = 'person'",
    )
    .get();
  if (!room || !people) throw new Error("the new database has no #general or no people in it");
  const seq = newestSeq(sqlite);
  const secondsApart = 30;
  const start = Date.now() - count * secondsApart * 1000;
  // A person's id is every second seq: their session's event took the one after it.
  sqlite
    .prepare(
      `INSERT INTO messages (id, seq, room_id, author_id, at, text, mentions, client_id, origin, streaming)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       SELECT ?2 + i, ?2 + i, ?3, ?4 + 2 * (i % ?5), ?6 + i * ?7,
         'Message ' || i || ' of a long talk about builds, tests and lunch', '[]', 's' || i, 'ws', 0 FROM n`,
    )
    .run(count, seq, room.id, people.first, people.count, start, secondsApart * 1000);
  sqlite
    .prepare(
      `INSERT INTO events (seq, at, kind, room_id, actor_id, data)
       SELECT id, at, 'message.posted', room_id, author_id, json_object('authorId', author_id, 'text', text, 'mentions', json('[]'),
         'replyTo', NULL, 'clientId', client_id, 'origin', origin, 'taskId', NULL, 'streaming', json('false')) FROM messages WHERE id > ?`,
    )
    .run(seq);
}
