import { z } from "zod";
import { Refusal } from "../errors.ts";

/** What a number from outside looks like: plain decimal digits and nothing else. `0x10`, `1e1`, `+1` and ` 1.0` are other people's spellings of it. */
const plain = /^(?:0|[1-9][0-9]{0,15})$/;

/** An id as it came from outside. @throws Refusal NOT_FOUND */
export function wholeNumber(text: string): number {
  const number = countIn(text);
  if (!(number >= 1)) throw new Refusal("NOT_FOUND");
  return number;
}

/** A count as it came from outside, for whoever says in words of their own what is wrong with it: NaN when it is none. */
export function countIn(given: unknown): number {
  const number = typeof given === "string" && plain.test(given) ? Number(given) : Number.NaN;
  return Number.isSafeInteger(number) ? number : Number.NaN;
}

/** The same where a schema reads it: text of digits, or in JSON a number. */
export function wholeNumberFrom(least: number, most: number = Number.MAX_SAFE_INTEGER) {
  const read = (given: unknown) => (typeof given === "string" && plain.test(given) ? Number(given) : given);
  return z.preprocess(read, z.number().int().min(least).max(most));
}
