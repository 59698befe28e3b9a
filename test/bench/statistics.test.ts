import { expect, test } from "bun:test";
import { median, pairedRatio, quietRepetitions } from "./statistics.ts";

test("the median is the middle one, or between the middle two", () => {
  expect(median([9, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 9])).toBe(3);
  expect(() => median([])).toThrow();
});

test("ratios are taken within a repetition, so a slow minute cancels out", () => {
  expect(pairedRatio([10, 1, 20], [20, 2, 40])).toBe(0.5);
});

test("repetitions that somebody disturbed are left out, unless too few would remain", () => {
  expect(
    quietRepetitions([
      [5, 90, 5],
      [5, 5, 5],
    ]),
  ).toEqual([0, 2]);
  expect(
    quietRepetitions([
      [5, 90, 80],
      [5, 5, 5],
    ]),
  ).toEqual([0, 1, 2]);
});
