import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseError, openDatabase } from "../../src/database/open.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-open-"));
  path = join(folder, "parley.db");
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

/** The sentence with which a database is refused. */
function refusal(at = path): string {
  try {
    openDatabase(at).close();
  } catch (error) {
    if (error instanceof DatabaseError) return error.message;
    throw error;
  }
  return "opened";
}

describe("a database that is opened", () => {
  test("keeps what was acknowledged through a power cut: WAL, synchronous FULL, foreign keys", () => {
    const store = openDatabase(path);
    const pragma = (name: string) => Object.values(store.sqlite.query(`PRAGMA ${name}`).get() ?? {})[0];
    expect(pragma("journal_mode")).toBe("wal");
    expect(pragma("synchronous")).toBe(2);
    expect(pragma("foreign_keys")).toBe(1);
    expect(pragma("busy_timeout")).toBe(5_000);
    store.close();
  });

  test("has an epoch of its own, the same at every start and another in every database", () => {
    const epochs = [path, path, join(folder, "other.db")].map((at) => {
      const store = openDatabase(at);
      store.close();
      return store.epoch;
    });
    expect(epochs[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(epochs[1]).toBe(epochs[0] ?? "");
    expect(epochs[2]).not.toBe(epochs[0]);
  });

  test("is made with its folders, closed to other users; a folder that was there stays as it was", () => {
    const deep = join(folder, "a", "b", "parley.db");
    openDatabase(deep).close();
    expect(statSync(deep).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "a", "b")).mode & 0o777).toBe(0o700);
    const shared = join(folder, "shared");
    mkdirSync(shared, { mode: 0o755 });
    chmodSync(shared, 0o755);
    openDatabase(join(shared, "parley.db")).close();
    expect(statSync(shared).mode & 0o777).toBe(0o755);
  });

  test("that is closed has everything in its one file", () => {
    const store = openDatabase(path);
    store.sqlite.run("INSERT INTO meta VALUES ('kept', 'yes')");
    store.close();
    expect(existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0).toBe(false);
    const copy = new Database(path, { readonly: true });
    expect(copy.query("SELECT value FROM meta WHERE key = 'kept'").get()).toEqual({ value: "yes" });
    copy.close();
  });
});

describe("one database, one server", () => {
  test("a second one is refused with what to do, and the first goes on; once it is closed, the second may", () => {
    const first = openDatabase(path);
    expect(refusal()).toMatch(/in use by another process: stop that server first, or set OPENCODE_CHAT_DB/);
    first.sqlite.run("INSERT INTO meta VALUES ('still', 'here')");
    first.close();
    expect(refusal()).toBe("opened");
  });

  test("others may read it meanwhile, for backups", () => {
    const store = openDatabase(path);
    const reader = new Database(path, { readonly: true });
    expect(reader.query("SELECT count(*) AS n FROM meta WHERE key = 'epoch'").get()).toEqual({ n: 1 });
    reader.close();
    store.close();
  });

  test("a start that failed leaves no lock behind", () => {
    writeFileSync(path, "not a database, but long enough to be looked at as if it were one".repeat(100));
    expect(refusal()).toMatch(/damaged/);
    rmSync(path);
    expect(refusal()).toBe("opened");
  });
});

describe("a database that cannot be used is left as it is", () => {
  test("one of a newer Parley", () => {
    openDatabase(path).close();
    const other = new Database(path);
    other.run("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('future', 9999999999999)");
    other.close();
    expect(refusal()).toMatch(/written by a newer Parley: start that version, or restore an older backup/);
  });

  test("a file that is none", () => {
    const text = "Dear diary, ".repeat(1_000);
    writeFileSync(path, text);
    expect(refusal()).toMatch(/damaged or not a Parley database.*restore a backup/);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("a damaged one", () => {
    const store = openDatabase(path);
    store.sqlite.run("CREATE TABLE filler (x)");
    for (let n = 0; n < 50; n += 1) store.sqlite.run("INSERT INTO filler VALUES (randomblob(2000))");
    store.close();
    const bytes = readFileSync(path);
    bytes.fill(0xff, bytes.length - 60_000, bytes.length - 2_000);
    writeFileSync(path, bytes);
    expect(refusal()).toMatch(/damaged/);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test("a folder in its place, or a file in its folder's place", () => {
    mkdirSync(path);
    expect(refusal()).toMatch(/cannot be opened for writing.*OPENCODE_CHAT_DB/);
    writeFileSync(join(folder, "file"), "");
    expect(refusal(join(folder, "file", "parley.db"))).toMatch(/cannot be opened for writing \(E/);
  });

  test("every sentence names the file", () => {
    writeFileSync(path, "x".repeat(10_000));
    expect(refusal()).toContain(path);
  });
});
