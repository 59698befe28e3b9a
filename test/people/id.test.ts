import { expect, test } from "bun:test";
import fc from "fast-check";
import { wholeNumber } from "../../src/people/id.ts";
import { refused } from "../support/house.ts";

test("an id from outside is plain digits and nothing else", () => {
  for (const [text, id] of [
    ["1", 1],
    ["42", 42],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ] as const)
    expect(wholeNumber(text)).toBe(id);
  for (const text of [
    "",
    "0",
    "01",
    "-1",
    "+1",
    " 1",
    "1 ",
    "1.0",
    "1e3",
    "0x1",
    "1n",
    "١",
    "１",
    "9007199254740992",
    "1\n",
  ])
    expect([text, refused(() => wholeNumber(text))]).toEqual([text, "NOT_FOUND"]);
});

test("whatever is written, it is the number it says or there is no such thing", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)), (text) => {
      if (/^[1-9][0-9]{0,15}$/.test(text) && Number.isSafeInteger(Number(text)))
        expect(String(wholeNumber(text))).toBe(text);
      else expect(refused(() => wholeNumber(text))).toBe("NOT_FOUND");
    }),
  );
});
