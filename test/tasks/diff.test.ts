import { expect, test } from "bun:test";
import { diffOf } from "../../src/tasks/diff.ts";

test("a diff has the numbers of both texts, and three lines around each change", () => {
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
  const before = `${lines.join("\n")}\n`;
  const after = before.replace("line 5\n", "line five\n").replace("line 25\n", "");
  const { added, removed, isNew, hunks } = diffOf({ path: "a.txt", before, after });
  expect([added, removed, isNew, hunks.length]).toEqual([1, 2, false, 2]);
  expect(hunks[0]?.map(({ kind, before, after, text }) => [kind, before, after, text])).toEqual([
    ["same", 2, 2, "line 2"],
    ["same", 3, 3, "line 3"],
    ["same", 4, 4, "line 4"],
    ["removed", 5, null, "line 5"],
    ["added", null, 5, "line five"],
    ["same", 6, 6, "line 6"],
    ["same", 7, 7, "line 7"],
    ["same", 8, 8, "line 8"],
  ]);
});

test("a file that was not there is new, and one that becomes empty loses its lines", () => {
  expect(diffOf({ path: "a", before: null, after: "one\ntwo\n" })).toMatchObject({ isNew: true, added: 2, removed: 0 });
  expect(diffOf({ path: "a", before: "one\ntwo", after: "" })).toMatchObject({ isNew: false, added: 0, removed: 2 });
  expect(diffOf({ path: "a", before: "same", after: "same" }).hunks).toEqual([]);
});

test("texts that have nothing in common do not keep anybody waiting", () => {
  const text = (seed: number) => Array.from({ length: 20_000 }, (_, i) => `${(i * seed) % 10_007} x`).join("\n");
  const from = performance.now();
  const { added, removed } = diffOf({ path: "a", before: text(7), after: text(13) });
  expect(performance.now() - from).toBeLessThan(2_000);
  expect([added > 0, removed > 0]).toEqual([true, true]);
});

test("what would make code read as something else is seen", () => {
  const { hunks } = diffOf({ path: "a", before: "", after: "if (isAdmin\u202e) {\u0000}\n" });
  expect(hunks[0]?.[0]?.text).toBe("if (isAdmin\uFFFD) {\uFFFD}");
});
