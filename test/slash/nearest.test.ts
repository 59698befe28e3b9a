import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { renderMarkdown } from "../../src/messages/markdown.ts";
import { nearestTo, slipsBetween } from "../../src/slash/nearest.ts";
import { plain } from "../../src/slash/words.ts";

describe("slips between two words", () => {
  test.each([
    ["", "", 0],
    ["help", "help", 0],
    ["hepl", "help", 1],
    ["hlp", "help", 1],
    ["helpp", "help", 1],
    ["halp", "help", 1],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
  ])("%s and %s: %d", (a, b, slips) => {
    expect(slipsBetween(a, b)).toBe(slips);
    expect(slipsBetween(b, a)).toBe(slips);
  });

  test("are as many as letters at most, and none only between equals", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        const slips = slipsBetween(a, b);
        expect(slips === 0).toBe(a === b);
        expect(slips).toBeLessThanOrEqual(Math.max([...a].length, [...b].length));
      }),
    );
  });
});

test("the nearest name is one that begins so, else one with few slips, else none", () => {
  const names = ["hire", "history", "help"];
  expect(nearestTo("hist", names)).toBe("history");
  expect(nearestTo("hier", names)).toBe("hire");
  expect(nearestTo("zzz", names)).toBeUndefined();
});

test("what people wrote shows in answers as it was written, whatever Markdown would make of it", () => {
  const shown = (text: string) =>
    renderMarkdown(`- x ${plain(text, 1_000)} y`, () => false)
      .html.replace(/<[^>]*>/g, "")
      .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ({ amp: "&", lt: "<", gt: ">", quot: '"' })[name] ?? "'")
      .replace(/ +/g, " ")
      .trim();
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom(..."*_`[]()<>#~|&\\!-+.1a b".split(""), "<b>", "&amp;", "snake_case", "**x**", "~~y~~"),
        {
          maxLength: 20,
        },
      ),
      (parts) => {
        const text = parts.join("").replace(/\s+/g, " ").trim();
        expect(shown(text)).toBe(`x ${text} y`.replace(/ +/g, " "));
      },
    ),
  );
});
