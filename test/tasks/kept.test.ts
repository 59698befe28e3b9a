import { expect, test } from "bun:test";
import { Kept } from "../../src/tasks/kept.ts";

const bounds = { head: 10, tail: 20 };

test("what is short is kept whole, however it came", () => {
  const kept = new Kept(bounds);
  for (const character of "0123456789abcdefghijklmnopqr") kept.add(character);
  expect(kept.text()).toBe("0123456789abcdefghijklmnopqr");
  expect(kept.length).toBe(28);
});

test("of what is long the beginning and the end are kept, and a mark between says how much is missing", () => {
  const kept = new Kept(bounds, "0123456789");
  for (let count = 0; count < 100_000; count += 1) kept.add("middle ");
  kept.add("and this is the end.");
  expect(kept.text()).toBe("0123456789\u001b[0m\r\n… 700 KB left out …\r\nand this is the end.");
  expect(kept.length).toBe(700_030);
  const once = new Kept(bounds, `0123456789${"middle ".repeat(1_000_000)}and this is the end.`);
  expect(once.text()).toBe("0123456789\u001b[0m\r\n… 7.0 MB left out …\r\nand this is the end.");
});

test("no character is cut in half", () => {
  const kept = new Kept(bounds);
  kept.add("🙂".repeat(101));
  kept.add("x");
  expect(kept.text().isWellFormed()).toBe(true);
  const half = new Kept(bounds, "012345678");
  half.add("🙂".repeat(50));
  expect(half.text().isWellFormed()).toBe(true);
  expect(half.text()).not.toContain("\uFFFD");
});

test("what says all of it again says what is new", () => {
  const kept = new Kept(bounds, "one two");
  expect(kept.restOf("one two three")).toBe(" three");
  expect(kept.restOf("one two")).toBe("");
  expect(kept.restOf("another")).toBeUndefined();
  const long = "0123456789".repeat(20);
  kept.add(long);
  expect(kept.restOf(`one two${long}!`)).toBe("!");
  expect(kept.restOf(`one two${long.slice(0, -1)}x!`)).toBeUndefined();
  expect(kept.restOf("one")).toBeUndefined();
});
