import type { Refusal } from "../errors.ts";

/** What programs get of a refusal over HTTP, on every door: `retryAfter` in ms, as PROTOCOL.md says. */
export function refusalJson({ message, code, retryAfter }: Refusal) {
  return { error: message, message, code, ...(retryAfter !== undefined && { retryAfter }) };
}

/** The same as a whole answer, for what is refused before the app has it. @param status where it differs from the catalogue's */
export function refusedAnswer(refusal: Refusal, status: number = refusal.status): Response {
  const answer = Response.json(refusalJson(refusal), { status });
  const { retryAfter } = refusal;
  if (retryAfter !== undefined) answer.headers.set("retry-after", String(Math.ceil(retryAfter / 1000)));
  return answer;
}
