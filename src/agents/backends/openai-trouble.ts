import { z } from "zod";
import { Refusal } from "../../errors.ts";
import type { Endpoint } from "./openai-endpoint.ts";
import { textWithin } from "./openai-stream.ts";

/** A request that came to nothing: what to tell people, and whether it may be tried again. */
export class Trouble extends Error {
  readonly refusal: Refusal;
  /** `once`: what broke is more likely to break again. */
  readonly again: "no" | "once" | "some times";
  /** What the service asks to wait; null where it does not say. */
  readonly afterMs: number | null;
  /** Fields of the request without which it might be taken. */
  readonly without: readonly string[];

  constructor(
    words: string,
    again: Trouble["again"] = "no",
    afterMs: number | null = null,
    without: readonly string[] = [],
  ) {
    super(words);
    this.name = "Trouble";
    this.refusal = new Refusal("SERVICE_UNAVAILABLE", words);
    this.again = again;
    this.afterMs = afterMs;
    this.without = without;
  }
}

/** What an answer that is none means, in words that somebody can act on. The key never stands in them. */
export async function troubleOf(response: Response, endpoint: Endpoint): Promise<Trouble> {
  const { title, model, keyVariable, address } = endpoint;
  const { status } = response;
  const { message, code } = await errorIn(response, endpoint);
  const theirs = message ? ` It says: ${message}` : "";
  if (status >= 300 && status < 400) {
    const target = URL.parse(response.headers.get("location") ?? "", address)?.origin ?? "elsewhere";
    return new Trouble(
      `${title} sends requests on to ${target}. They are not followed, because the key would go there as well: write the right endpoint into the file of programs.`,
    );
  }
  switch (status) {
    case 401:
    case 403:
      return new Trouble(
        keyVariable === null
          ? `${title} asks for a key: name the variable that holds it as "keyVariable" in the file of programs.`
          : `${title} does not accept the key in ${keyVariable}: put a valid one into Parley's environment.`,
      );
    case 404:
      return new Trouble(
        `${title} knows no model "${model}", or nothing is at ${address}: correct the one or the other.${theirs}`,
      );
    case 413:
      return new Trouble(`What was asked is more than ${title} takes at once.${theirs}`);
    case 429: {
      if (code === "insufficient_quota") return new Trouble(`The credit with ${title} is used up.${theirs}`);
      const words = `${title} takes no more requests for now.${theirs}`;
      return new Trouble(words, "some times", waitAsked(response.headers.get("retry-after")));
    }
    case 408:
      return new Trouble(`${title} gave up waiting.${theirs}`, "some times");
  }
  if (status >= 500) {
    const afterMs = waitAsked(response.headers.get("retry-after"));
    return new Trouble(`${title} fails at the moment (status ${status}).${theirs}`, "some times", afterMs);
  }
  const without = unwelcome.filter(({ words }) => words.test(message)).map(({ field }) => field);
  return new Trouble(`${title} does not take the request (status ${status}).${theirs}`, "no", null, without);
}

/** What not every service and not every model takes, and how they say so. */
const unwelcome = [
  { field: "stream_options", words: /stream_options/i },
  {
    field: "tools",
    words: /(not|n't) support (\w+ )?(tool|function)|(tool|function)s? (\w+ )?(are|is) not supported/i,
  },
] as const;

/** What a request that found nobody, or lost them, means; null for what is no matter of connections but a bug. */
export function lostOf(thrown: unknown, { title, address }: Endpoint): Trouble | null {
  if (!(thrown instanceof Error && "code" in thrown && typeof thrown.code === "string")) return null;
  const { code } = thrown;
  const { origin } = new URL(address);
  if (/refused/i.test(code))
    return new Trouble(
      `Nothing answers at ${origin}: start ${title}, or correct its endpoint in the file of programs.`,
    );
  if (/notfound|again|unreach|timedout/i.test(code))
    return new Trouble(`${origin} cannot be reached: is the address right, and is this machine connected?`, "once");
  if (/cert|ssl|tls|proto|signed/i.test(code))
    return new Trouble(
      `${origin} is no safe address (${code}): does it speak https, with a certificate that can be trusted?`,
    );
  return new Trouble(`The connection to ${title} broke (${code}).`, "once");
}

/** Of an error in the middle of a stream. */
export function toldOf(error: unknown, endpoint: Endpoint): Trouble {
  const { message } = partsOf(error, endpoint);
  return new Trouble(`${endpoint.title} broke off.${message ? ` It says: ${message}` : ""}`, "once");
}

/** Read no further than any explanation is long. */
async function errorIn(response: Response, endpoint: Endpoint) {
  // What breaks off explains nothing.
  const text = await textWithin(response, explanationBytes).catch(() => "");
  try {
    const parsed = JSON.parse(text) as unknown;
    // A list with one error in it is one service's habit.
    return partsOf(Array.isArray(parsed) ? parsed[0] : parsed, endpoint);
  } catch {
    // An HTML page explains nothing.
    return partsOf(text.trimStart().startsWith("<") ? "" : text, endpoint);
  }
}

const told = z.object({ message: z.string(), code: z.union([z.string(), z.number()]).nullish() });

function partsOf(given: unknown, { key }: Endpoint): { message: string; code: string } {
  const inner = z.object({ error: z.unknown().optional() }).safeParse(given).data?.error ?? given;
  const parsed = told.safeParse(inner).data;
  const words = parsed?.message ?? (typeof inner === "string" ? inner : "");
  const plain = (key ? words.replaceAll(key, "…") : words)
    // Some repeat the beginning and the end of a key.
    .replace(/\bsk-[\w*.-]+/g, "…")
    .replace(/\s+/g, " ")
    .trim();
  return {
    message: plain.length > 300 ? `${plain.slice(0, 299).toWellFormed()}…` : plain,
    code: String(parsed?.code ?? ""),
  };
}

const explanationBytes = 16 * 1024;

/** Seconds or a date. */
function waitAsked(header: string | null): number | null {
  if (!header) return null;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}
