import { Refusal } from "../errors.ts";

/** An id or a count as it came from outside: plain decimal digits and nothing else. @throws Refusal NOT_FOUND */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^[1-9][0-9]{0,15}$/.test(text) || !Number.isSafeInteger(number)) throw new Refusal("NOT_FOUND");
  return number;
}
