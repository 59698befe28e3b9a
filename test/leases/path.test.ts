import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { coveringKeys, leasePath } from "../../src/leases/path.ts";
import { refusalOf } from "../support/house.ts";

const path = (given: string, root = "/srv/project") => leasePath(given, root);
const same = (one: string, other: string) => path(one).key === path(other).key;

describe("a path is relative to the project and has one spelling", () => {
  test.each([
    ["src/app.ts", "src/app.ts"],
    ["./src//app.ts", "src/app.ts"],
    [" src/app.ts ", "src/app.ts"],
    ["src/", "src"],
    ["/srv/project/src/app.ts", "src/app.ts"],
    ["my notes/a b.txt", "my notes/a b.txt"],
    [".github/workflows", ".github/workflows"],
    ["re\u0301sume\u0301.md", "r\u00e9sum\u00e9.md"],
    ["データ/表.csv", "データ/表.csv"],
  ])("%j is %j", (given, shown) => {
    expect(path(given).path).toBe(shown);
  });

  test("what differs only in what some disk or some eye does not tell apart is one file", () => {
    expect(same("src/App.ts", "SRC/app.TS")).toBe(true);
    expect(same("src/\u0430pp.ts", "src/app.ts")).toBe(true);
    expect(same("src/ａｐｐ.ts", "src/app.ts")).toBe(true);
    expect(same("re\u0301sume\u0301.md", "R\u00c9SUM\u00c9.md")).toBe(true);
  });

  test("and plain names are taken as they are: m is not rn, and 1 is not l", () => {
    expect(same("src/m.ts", "src/rn.ts")).toBe(false);
    expect(same("src/a1.ts", "src/al.ts")).toBe(false);
    expect(same("src/o.ts", "src/0.ts")).toBe(false);
  });

  test("whoever has a folder has what is in it", () => {
    expect(coveringKeys("a/b/c")).toEqual(["a", "a/b", "a/b/c"]);
  });
});

describe("nothing leads out of the project, or is other than it looks", () => {
  test.each([
    ["../etc/passwd", "lead out"],
    ["src/../../etc", "lead out"],
    ["/srv/project/../other", "lead out"],
    ["src/..", "lead out"],
    ["/etc/passwd", "outside"],
    ["/srv/project2/a", "outside"],
    ["C:/Windows", "outside"],
    ["c:x", "outside"],
    ["src\\app.ts", "with / between"],
    ["", "not all of it"],
    [".", "not all of it"],
    ["/srv/project/", "not all of it"],
    ["src/a\u0000.ts", "cannot be seen"],
    ["src/a\u202egnp.ts", "cannot be seen"],
    ["src/a\u200b.ts", "cannot be seen"],
    ["src/a\nb", "cannot be seen"],
    ["src/\ud800", "cannot be seen"],
    ["src/\u2025/etc", "look like"],
    ["src／..／etc", "look like"],
    ["\u2024\u2024/etc", "look like"],
    ["src\u2215app.ts", "look like"],
    ["src/app.", "ends with"],
    ["src /app", "ends with"],
    ["x".repeat(501), "at most 500"],
    ["a/".repeat(40), "at most 32"],
  ])("%j is refused", (given, words) => {
    const refusal = refusalOf(() => path(given));
    expect(refusal).toMatchObject({ code: "INVALID_MESSAGE", field: "path" });
    expect(refusal.message).toContain(words);
  });

  test("10 KB of marks are refused before anything is made of them", () => {
    const since = performance.now();
    expect(refusalOf(() => path(`a${"\u0301".repeat(10_000)}`)).code).toBe("INVALID_MESSAGE");
    expect(performance.now() - since).toBeLessThan(50);
  });

  test("whatever is given, what is kept is within the project, and kept again it is the same", () => {
    const parts = fc.constantFrom("a", "..", ".", "/", "//", "\\", "\u2025", "／", "é", "А", " ", "c:", "\u0000", "~");
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (given) => {
        let kept: ReturnType<typeof leasePath>;
        try {
          kept = path(given.join(""));
        } catch {
          return;
        }
        for (const each of [kept.path, kept.key]) {
          expect(each).not.toStartWith("/");
          expect(each.split("/").some((part) => ["", ".", ".."].includes(part))).toBe(false);
        }
        expect(path(kept.path)).toEqual(kept);
      }),
      { numRuns: 500 },
    );
  });
});
