import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Refusal } from "../../src/errors.ts";
import { handleOf, parseName } from "../../src/people/name.ts";
import { leastCost } from "../support/cost.ts";
import { refusalOf, refused } from "../support/house.ts";

describe("a name", () => {
  test.each([
    ["mira", "mira", "mira"],
    ["  Mira   Kovač ", "Mira Kovač", "mira-kovač"],
    ["O'Brien", "O'Brien", "o'brien"],
    ["tomas.r_2-x+y@z", "tomas.r_2-x+y@z", "tomas.r_2-x+y@z"],
    ["山田太郎", "山田太郎", "山田太郎"],
    ["Ｍｉｒａ", "Ｍｉｒａ", "mira"],
    ["Nguyễn", "Nguyễn", "nguyễn"],
    ["x".repeat(50), "x".repeat(50), "x".repeat(50)],
  ])("%j is shown as it was given and mentioned folded", (raw, name, handle) => {
    expect(parseName(raw)).toEqual({ name, handle });
  });

  test("written with a combining accent is the same as with one letter", () => {
    expect(parseName("Zoe\u0308")).toEqual(parseName("Zo\u00eb"));
  });

  test.each([
    ["", /at least one letter/],
    ["   ", /at least one letter/],
    ["...", /at least one letter/],
    [".", /at least one letter/],
    ["x".repeat(51), /at most 50/],
    [`x${" ".repeat(100)}`, /at most 50/],
    ["\uFDFA".repeat(50), /too long when it is folded/],
    ["<script>", /letters, digits, spaces/],
    ["mira\u202Eevil", /letters, digits, spaces/],
    ["mira\u0000", /letters, digits, spaces/],
    ["mira\u200B", /letters, digits, spaces/],
    ["😀", /letters, digits, spaces/],
    ["a/b", /letters, digits, spaces/],
    ["mira\uFE0F", /letters, digits, spaces/],
    ["mira\u034F", /letters, digits, spaces/],
    ["mi\u180Bra", /letters, digits, spaces/],
    ["mira\u115F", /letters, digits, spaces/],
    ["mira\u3164", /letters, digits, spaces/],
    ["\u3164", /letters, digits, spaces/],
    ["mira\uFFA0", /letters, digits, spaces/],
    ["mira\u17B4", /letters, digits, spaces/],
    ["mira\u{E0100}", /letters, digits, spaces/],
    [`a${"\u0301".repeat(4)}`, /at most two marks/],
    ["ceo-guest-12", /renamed/],
  ])("%j is refused with a sentence", (raw, sentence) => {
    const refusal = refusalOf(() => parseName(raw));
    expect(refusal.code).toBe("INVALID_MESSAGE");
    expect(refusal.message).toMatch(sentence);
  });

  test.each([
    "team",
    "ALL",
    "here",
    "System",
    "everyone",
    "channel",
    "ｔｅａｍ",
    "syst\u0435m",
    "team.",
    "_all_",
    "h\u0435re",
  ])("%s means many, so nobody may be called so", (raw) => {
    expect(refused(() => parseName(raw))).toBe("INVALID_MESSAGE");
  });

  test.each(["alice-bot", "Alice-BOT", "alice bot", "alice-b\u043Et", "alice-bot."])(
    "%s would be taken for an agent, so no person may be called so",
    (raw) => {
      expect(refusalOf(() => parseName(raw)).message).toContain('"-bot"');
    },
  );

  test("that is no name for its length costs nothing to refuse, however its marks are mixed", () => {
    const tower = `a${"\u0345".repeat(15_000)}${"\u0301".repeat(15_000)}`;
    expect(leastCost(() => refused(() => parseName(tower)), 50)).toBeLessThan(50);
    expect(leastCost(() => handleOf(tower), 50)).toBeLessThan(50);
    expect(handleOf(tower)).toBe("");
  });

  test("whatever is typed: refused, or shown without control characters and mentioned by a folded handle", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (raw) => {
        try {
          const { name, handle } = parseName(raw);
          expect(name).not.toMatch(/[\p{Cc}\p{Cf}<>&"]/u);
          expect(name.length).toBeWithin(1, 51);
          expect(handle).toBe(handleOf(name));
          expect(handle).not.toMatch(/\s/);
          expect(parseName(name)).toEqual({ name, handle });
        } catch (thrown) {
          if (!(thrown instanceof Refusal)) throw thrown;
        }
      }),
      { numRuns: 500 },
    );
  });

  test("letters with two marks are letters, in every alphabet", () => {
    for (const raw of ["Nguye\u0302\u0303n", "\u0e19\u0e49\u0e33", "\u0915\u094d\u0937\u093f"])
      expect(parseName(raw).name).not.toBe("");
  });

  test("of 40,000 marks is refused as fast as any other", () => {
    const from = performance.now();
    expect(refused(() => parseName(`a${"\u0345".repeat(20_000)}${"\u0301".repeat(20_000)}`))).toBe("INVALID_MESSAGE");
    handleOf(`a${"\u0345".repeat(20_000)}${"\u0301".repeat(20_000)}`);
    expect(performance.now() - from).toBeLessThan(100);
  });

  test("is matched whatever is in it that cannot be seen", () => {
    for (const typed of ["mira\uFE0F", "mi\u180Bra", "mira\u3164", "mira\u{E0100}"])
      expect(handleOf(typed)).toBe("mira");
  });

  test("two names that look alike to somebody who types a mention have one handle", () => {
    expect(handleOf("MIRA K")).toBe(handleOf("mira k"));
    expect(handleOf("ﬁne")).toBe(handleOf("fine"));
    expect(handleOf("mira")).not.toBe(handleOf("mirа"));
  });
});
