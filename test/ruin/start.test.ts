import { Database } from "bun:sqlite";
import { afterAll, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startInVain, startProcess } from "../support/process.ts";
import { waitFor } from "../support/round.ts";
import { Talker } from "../support/talker.ts";

const top = mkdtempSync(join(tmpdir(), "parley-start-"));
let folder = "";
let database = "";
/** A database with something in it, left behind by a server that was stopped properly. */
let original: Uint8Array;

beforeEach(async () => {
  folder = mkdtempSync(join(top, "case-"));
  database = join(folder, "parley.db");
  original ??= await madeOnce();
  writeFileSync(database, original);
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

async function madeOnce(): Promise<Uint8Array> {
  await using server = await startProcess();
  const author = new Talker("mira", "camel");
  await author.connect(server.ws);
  for (let count = 0; count < 50; count += 1) author.say(`something worth keeping, **${count}**`);
  await waitFor(() => author.owed.size === 0, "echoes");
  await server.terminate();
  return await Bun.file(server.database).bytes();
}

function contents(): Record<string, string> {
  // Looking into a database leaves files beside it that hold nothing of anybody's.
  const names = readdirSync(folder)
    .filter((name) => !name.endsWith(".lock") && !name.endsWith("-shm"))
    .filter((name) => statSync(join(folder, name)).size > 0);
  return Object.fromEntries(
    names.map((name) => [
      name,
      Bun.spawnSync(["sha256sum", join(folder, name)])
        .stdout.toString()
        .slice(0, 64),
    ]),
  );
}

/** It must say one sentence, exit with 1 and leave every file as it was. */
async function refuses(words: RegExp, options: Parameters<typeof startInVain>[1] = {}): Promise<void> {
  const before = contents();
  const { code, said, logged } = await startInVain(database, options);
  expect(said).toMatch(words);
  expect(said.split("\n").length).toBe(1);
  expect(code).toBe(1);
  expect(logged.filter(({ level }) => level === "error")).toEqual([]);
  expect(contents()).toEqual(before);
}

function damage(from: number, bytes: number): void {
  const broken = original.slice();
  for (let at = from; at < from + bytes; at += 1) broken[at] = (broken[at] ?? 0) ^ 0xff;
  writeFileSync(database, broken);
}

test("a second server on the same data is refused at once, and the first goes on", async () => {
  await using server = await startProcess();
  const author = new Talker("mira", "camel");
  await author.connect(server.ws);
  const from = performance.now();
  const second = await startInVain(server.database);
  expect(second.said).toMatch(
    /parley\.db is in use by another process: stop that server first, or set OPENCODE_CHAT_DB/,
  );
  expect(second.code).toBe(1);
  expect(performance.now() - from).toBeLessThan(4_000);
  author.say("still here");
  await waitFor(() => author.owed.size === 0, "an echo");
  await server.kill();
  // A lock of a process that was killed holds nobody up.
  await using again = await server.restart();
  expect(again.isAlive()).toBe(true);
});

const remedy = /parley\.db is damaged or not a Parley database\. It was left untouched: restore a backup over it/;

test("a file that is something else is not touched", async () => {
  writeFileSync(database, "Dear diary,\n".repeat(2_000));
  await refuses(remedy);
});

test("a database whose first page is damaged is not touched", async () => {
  damage(0, 100);
  await refuses(remedy);
});

test("a database with a damaged page in its middle is not touched", async () => {
  damage(4096 * 2, 4096 * 3);
  await refuses(remedy);
});

test("a database that was cut short is not touched", async () => {
  writeFileSync(database, original.slice(0, 4096 * 3 + 100));
  await refuses(remedy);
});

test("a database of another program is not touched", async () => {
  rmSync(database);
  const other = new Database(database, { create: true });
  other.run("CREATE TABLE recipes (name TEXT)");
  other.run("INSERT INTO recipes VALUES ('soup')");
  other.close();
  await refuses(remedy);
});

test("a damaged database beside which a crash left its journal is not touched either", async () => {
  await using server = await startProcess({ folder, env: { PARLEY_DEMO_TEAM: "false" } });
  const author = new Talker("mira", "camel");
  await author.connect(server.ws);
  author.say("in the journal only");
  await waitFor(() => author.owed.size === 0, "an echo");
  await server.kill();
  damage(4096 * 2, 4096 * 3);
  expect(contents()["parley.db-wal"]).toBeDefined();
  await refuses(remedy);
});

test("a database of a newer Parley is not touched", async () => {
  const sqlite = new Database(database);
  sqlite.run("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 99999999999999)");
  sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
  sqlite.close();
  await refuses(/parley\.db was written by a newer Parley: start that version, or restore an older backup/);
});

test("a port that is taken is named, and the database stays as it was", async () => {
  using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  await refuses(/The port is in use by another program: stop that one, or choose another with PORT or --port/, {
    port: taken.port,
  });
  const second = await startInVain(database, { env: { WEBSOCKET_PORT: String(taken.port) } });
  expect([second.code, second.said]).toEqual([1, expect.stringMatching(/The port is in use by another program/)]);
});

test("a port that another Parley has is not shared with it, on either kind of port", async () => {
  await using first = await startProcess();
  const other = join(folder, "other.db");
  for (const options of [{ port: first.port }, { env: { WEBSOCKET_PORT: String(first.port) } }]) {
    const { code, said } = await startInVain(other, options);
    expect([code, said]).toEqual([1, expect.stringMatching(/The port is in use by another program/)]);
  }
});

test("a folder that may not be written to is named with its remedy", async () => {
  chmodSync(top, 0o755);
  chmodSync(folder, 0o555);
  chmodSync(database, 0o444);
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  // The administrator may write anywhere, so somebody else has to try.
  const under = process.getuid?.() === 0 ? nobody : [];
  await refuses(/parley\.db cannot be opened for writing \(\w+\): check the folder's owner and permissions/, { under });
  rmSync(database, { force: true });
  await refuses(/parley\.db cannot be opened for writing \(\w+\)/, { under });
  chmodSync(folder, 0o755);
  // Where the folder may be written to and the file may not.
  writeFileSync(database, original, { mode: 0o444 });
  if (under.length > 0) chownSync(folder, 65534, 65534);
  await refuses(/parley\.db cannot be opened for writing \(\w+\)/, { under });
});

test("a folder in the place of the database, and a folder that cannot be made, are named", async () => {
  rmSync(database);
  mkdirSync(database);
  await refuses(/parley\.db cannot be opened for writing \(\w+\): check the folder's owner and permissions/);
  const impossible = await startInVain("/proc/parley/parley.db");
  expect(impossible.code).toBe(1);
  expect(impossible.said).toMatch(/^\/proc\/parley\/parley\.db cannot be opened for writing \(\w+\)/);
  expect(existsSync("/proc/parley")).toBe(false);
});
