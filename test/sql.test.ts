import { describe, expect, test } from "bun:test";
import { importsOf, type SourceFile, sourceFiles } from "./support/imports.ts";
import { builtSql } from "./support/sql.ts";

const src = sourceFiles("src");

/** A file of a domain; «name» stands for what a template has in braces. */
function sample(text: string): SourceFile {
  const filled = text.replace(/«([^»]*)»/g, (_, expression: string) => `$\{${expression}}`);
  return { path: "src/rooms/x.ts", text: filled, imports: importsOf("src/rooms/x.ts", filled) };
}

describe("no statement is put together from what somebody sent", () => {
  test("outside the database every one is a constant, and values are bound", () => {
    const outside = src.filter(({ path }) => !path.startsWith("src/database/"));
    expect(outside.flatMap(({ text }) => text.match(/\bSELECT\b/g) ?? []).length).toBeGreaterThan(40);
    const built = outside.flatMap((each) => builtSql(each, src));
    // Two are given names and statements that stand a few lines below them, as constants.
    expect(built.map((line) => line.replace(/: .*/, "")).sort()).toEqual([
      "src/cli/migration/team.ts",
      "src/people/endings.ts",
    ]);
  });

  test("within it, only names that the database itself has are", () => {
    const built = src.filter(({ path }) => path.startsWith("src/database/")).flatMap((each) => builtSql(each, src));
    expect(built.map((line) => line.replace(/: .*/, "")).sort()).toEqual(
      // A rebuild takes names of tables and triggers from the file; later.ts is given its statement as a constant.
      ["src/database/later.ts", ...Array(3).fill("src/database/rebuild.ts")],
    );
  });
});

describe("the reader of statements itself", () => {
  test.each([
    ["a value between", "store.sqlite.query(`SELECT id FROM rooms WHERE slug = '«slug»'`).get()"],
    ["a value at the end", 'sqlite.run("DELETE FROM rooms WHERE id = " + id)'],
    ["a value before", 'const where = id + "SELECT 1 ";'],
    ["words that are filled in later", 'sqlite.query("SELECT * FROM x WHERE a = ?".replace("?", text))'],
    ["raw words for drizzle", "orm.all(sql.raw(text))"],
    ["raw words within drizzle's", "orm.all(sql`SELECT «sql.raw(text)»`)"],
    ["a statement from elsewhere", "sqlite.prepare(statement)"],
    ["a statement from elsewhere, with types", "store.sqlite.prepare<Row, [string, number]>(statement)"],
    ["a call in between", "sqlite.query(`SELECT id FROM rooms ORDER BY «orderOf(asked)»`)"],
    ["a parameter in between", "function f(columns: string) { sqlite.query(`SELECT «columns» FROM rooms`) }"],
    ["a constant that is none", "const part = asked.order;\nsqlite.query(`SELECT id FROM rooms ORDER BY «part»`)"],
    ["a constant that holds more", "const part = `a = «asked»`;\nsqlite.query(`SELECT id FROM rooms WHERE «part»`)"],
    ["a name that is declared twice", 'const a = "x";\n{\n const a = "y";\n}\nsqlite.query(`SELECT «a» FROM rooms`)'],
    ["question marks that are none", "sqlite.query(`SELECT id FROM x WHERE a IN («ids.map((id) => id).join()»)`)"],
  ])("sees %s", (_, text) => {
    expect(builtSql(sample(text), src)).not.toEqual([]);
  });

  test.each([
    ["a constant", 'sqlite.query("SELECT id FROM rooms WHERE slug = ?").get(slug)'],
    ["a constant over lines", "sqlite\n  .query<{ id: number }, [string]>(\n    `SELECT id\n FROM rooms`,\n  )"],
    ["a constant in another", 'const columns = "id, slug";\nsqlite.query(`SELECT «columns» FROM rooms`)'],
    [
      "one from another file",
      'import { auditColumns } from "../audit/chain.ts";\nsqlite.query(`SELECT «auditColumns» FROM audit`)',
    ],
    ["question marks", 'sqlite.query(`SELECT id FROM x WHERE a IN («ids.map(() => "?").join()»)`)'],
    ["drizzle's own, which binds", "orm.all(sql`a = «id»`)"],
    ["words for people", 'const words = "Select a room " + name;'],
  ])("lets %s pass", (_, text) => {
    expect(builtSql(sample(text), src)).toEqual([]);
  });
});
