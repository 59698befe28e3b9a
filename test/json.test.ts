import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { refuseDeep } from "../src/json.ts";
import { refused } from "./support/house.ts";

const nested = (depth: number, open = "[", close = "]") => `${open.repeat(depth)}${close.repeat(depth)}`;

/** How deep a value is: an empty list is one deep. */
function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function isRefused(text: string): boolean {
  try {
    refuseDeep(text);
    return false;
  } catch {
    return true;
  }
}

describe("JSON is nested 16 deep at most", () => {
  test("to the one: 16 pass, 17 are refused, of lists and of objects", () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
      ['[{"a":', "}]"],
    ] as const) {
      const levels = open.startsWith("[{") ? 2 : 1;
      refuseDeep(nested(16 / levels, open, close));
      expect(refused(() => refuseDeep(`[${nested(16 / levels, open, close)}]`))).toBe("INVALID_JSON");
    }
    expect(refused(() => refuseDeep(nested(10_000)))).toBe("INVALID_JSON");
  });

  test("beside each other there may be as many as there is room for", () => {
    refuseDeep(`[${Array(5_000).fill("[[]]").join()}]`);
  });

  test("brackets in a text are words, however the text ends", () => {
    refuseDeep(JSON.stringify({ text: '[{"'.repeat(50) }));
    refuseDeep(JSON.stringify({ text: `${"[".repeat(50)}\\` }));
    refuseDeep(JSON.stringify(["\\", '"', "[".repeat(20)]));
    expect(isRefused(`["\\\\",${nested(16)}]`)).toBe(true);
  });

  test("whatever the value: what is let through is what is not deeper", () => {
    const property = fc.property(fc.jsonValue({ maxDepth: 24 }), fc.nat(14), (value, more) => {
      const deeper = Array.from({ length: more }).reduce<unknown>((inner) => [inner], value);
      expect(isRefused(JSON.stringify(deeper))).toBe(depthOf(deeper) > 16);
    });
    fc.assert(property, { numRuns: 500 });
  });
});
