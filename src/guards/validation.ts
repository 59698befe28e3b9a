import { z } from "zod";
import { Refusal } from "../errors.ts";

interface Result {
  success: boolean;
  error?: { issues: readonly { path: readonly PropertyKey[]; message: string }[] };
}

/** For zValidator: what is invalid is refused like everything else, naming the field. @throws Refusal INVALID_MESSAGE */
export function refuseInvalid(result: Result): void {
  if (result.success) return;
  const [issue] = result.error?.issues ?? [];
  throw new Refusal("INVALID_MESSAGE", `"${issue?.path.join(".") || "request"}": ${issue?.message ?? "not valid"}.`);
}

/** Forms, for zValidator. What a field means its domain says, on the form; here it is what a form may hold at all, which no page of ours exceeds. */

/** A text, given once or not at all. */
export const formText = (most = 1_000) =>
  z.string("must be a text that is given once").max(most, `may have at most ${most} characters`).optional();

/** Several texts under one name, or one, or none. */
export const formTexts = (count: number, most = 100) => {
  const text = z.string("must be a text").max(most, `may have at most ${most} characters`);
  const texts = z.array(text, "must be texts").max(count, `may be given at most ${count} times`);
  return z.preprocess((given) => (Array.isArray(given) || given === undefined ? given : [given]), texts.optional());
};
