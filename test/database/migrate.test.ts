import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { newestMigration } from "../../src/database/migrate.ts";
import { openDatabase } from "../../src/database/open.ts";
import * as schema from "../../src/database/schema.ts";

const folder = join(import.meta.dir, "../../src/database/migrations");
const journal = JSON.parse(readFileSync(join(folder, "meta/_journal.json"), "utf8")) as {
  entries: { tag: string; when: number }[];
};

describe("migrations", () => {
  test("every journal entry is imported and runs, so that none is missing in the executable", () => {
    const store = openDatabase(":memory:");
    const applied = store.sqlite.query<{ created_at: number }, []>("SELECT created_at FROM __drizzle_migrations").all();
    expect(applied.map((row) => Number(row.created_at))).toEqual(journal.entries.map(({ when }) => when));
    store.close();
  });

  test("every .sql file belongs to a journal entry, and each is newer than the one before", () => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".sql"));
    expect(files.sort()).toEqual(journal.entries.map(({ tag }) => `${tag}.sql`).sort());
    const times = journal.entries.map(({ when }) => when);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(newestMigration).toBe(times.at(-1) ?? 0);
  });

  test("a database made by them has the tables, columns and indexes that the schema says", () => {
    const store = openDatabase(":memory:");
    const columnsOf = (table: string) =>
      store.sqlite
        .query<{ name: string; notnull: number }, []>(`PRAGMA table_info(${table})`)
        .all()
        .map(({ name, notnull }) => `${name}${notnull ? " not null" : ""}`)
        .sort();
    const indexesOf = (table: string) =>
      store.sqlite
        .query<{ name: string }, []>(`PRAGMA index_list(${table})`)
        .all()
        .map(({ name }) => name)
        .filter((name) => !name.startsWith("sqlite_"))
        .sort();
    for (const table of Object.values(schema) as SQLiteTable[]) {
      const { name, columns, indexes } = getTableConfig(table);
      expect([name, columnsOf(name)]).toEqual([
        name,
        columns.map((column) => `${column.name}${column.notNull ? " not null" : ""}`).sort(),
      ]);
      expect([name, indexesOf(name)]).toEqual([name, indexes.map(({ config }) => config.name).sort()]);
    }
    store.close();
  });

  test("run once: a second start finds nothing to do", () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-migrate-"));
    const path = join(folder, "parley.db");
    openDatabase(path).close();
    openDatabase(path).close();
    const sqlite = new Database(path);
    expect(sqlite.query("SELECT count(*) AS n FROM __drizzle_migrations").get()).toEqual({ n: journal.entries.length });
    sqlite.close();
    rmSync(folder, { recursive: true });
  });
});
