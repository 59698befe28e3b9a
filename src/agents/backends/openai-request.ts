import type { Clock } from "../../clock.ts";
import { Refusal } from "../../errors.ts";
import type { Limits } from "../../limits.ts";
import { version } from "../../version.ts";
import type { RunEvent } from "./backend.ts";
import type { Endpoint } from "./openai-endpoint.ts";
import { chunkFrom, Growing, type Reply } from "./openai-reply.ts";
import { eventsIn, textWithin } from "./openai-stream.ts";
import type { Told } from "./openai-thinking.ts";
import { lostOf, Trouble, toldOf, troubleOf } from "./openai-trouble.ts";

/** What a run has left: one for all its requests. */
export interface Left {
  /** Time of its model at work. */
  ms: number;
  characters: number;
  /** Fields that the service turned out not to take. */
  readonly without: Set<string>;
}

/** What is asked, in the words of the API. */
export type Body = Readonly<Record<string, unknown>>;

interface Parts {
  clock: Clock;
  limits: Limits;
}

/**
 * Asks a model once, and tells what it says as it says it. What fails before anything was said is tried again as far as that makes sense.
 * @throws Refusal with words for people; and whatever `signal` aborts with, at once
 */
export async function* askModel(
  { clock, limits }: Parts,
  endpoint: Endpoint,
  body: Body,
  left: Left,
  signal: AbortSignal,
): AsyncGenerator<RunEvent, Reply> {
  for (let attempt = 1; ; attempt += 1) {
    const progress = { said: false };
    const began = clock.monotonic();
    try {
      return yield* attemptOnce(limits, endpoint, lacking(body, left.without), left, progress, signal);
    } catch (thrown) {
      if (signal.aborted || !(thrown instanceof Trouble)) throw thrown;
      if (progress.said)
        throw new Refusal("SERVICE_UNAVAILABLE", `${thrown.message} What it said before that is not all of it.`);
      const unwelcome = thrown.without.filter((field) => field in body && !left.without.has(field));
      if (unwelcome.length > 0) {
        for (const field of unwelcome) left.without.add(field);
        if (unwelcome.includes("tools"))
          yield { type: "note", text: "This model cannot use tools: it answers from what it is shown." };
        attempt -= 1;
        continue;
      }
      const wait = waitBefore(attempt + 1, thrown, limits);
      if (wait === null) throw thrown.refusal;
      yield {
        type: "note",
        text: `${thrown.message} Trying again${wait >= 1_000 ? ` in ${Math.ceil(wait / 1_000)} s` : ""}.`,
      };
      await pause(wait, signal);
    } finally {
      left.ms -= clock.monotonic() - began;
    }
  }
}

function lacking(body: Body, without: ReadonlySet<string>): Body {
  return Object.fromEntries(Object.entries(body).filter(([field]) => !without.has(field)));
}

/** Milliseconds before the next attempt; null where there is none. */
function waitBefore(attempt: number, { again, afterMs }: Trouble, limits: Limits): number | null {
  const most = { no: 1, once: 2, "some times": limits.modelTries }[again];
  if (attempt > most) return null;
  if (afterMs !== null) return afterMs <= limits.modelRetryMostMs ? afterMs : null;
  return again === "once" ? 0 : Math.min(limits.modelRetryMs * 2 ** (attempt - 2), limits.modelRetryMostMs);
}

async function* attemptOnce(
  limits: Limits,
  endpoint: Endpoint,
  body: Body,
  left: Left,
  progress: { said: boolean },
  signal: AbortSignal,
): AsyncGenerator<RunEvent, Reply> {
  const watch = watching(limits, endpoint, left.ms, signal);
  try {
    const response = await send(endpoint, body, watch.signal);
    watch.heard();
    if (!response.ok) throw await troubleOf(response, endpoint);
    const reply = new Growing(endpoint.price);
    let isDone = false;
    for await (const json of dataOf(limits, response, watch.heard)) {
      isDone = json === "[DONE]";
      if (isDone) break;
      const chunk = chunkFrom(json);
      if (!chunk) continue;
      if (chunk.error) throw toldOf(chunk, endpoint);
      const told = reply.add(chunk);
      left.characters -= told.characters;
      if (left.characters < 0)
        throw new Refusal(
          "SERVICE_UNAVAILABLE",
          `It wrote more than ${limits.modelCharacters} characters and was stopped.`,
        );
      yield* shown(told, progress);
    }
    // Not every service says that it is done, but each says why it ended.
    if (!isDone && reply.reply.finish === null)
      throw new Trouble(`The answer of ${endpoint.title} broke off in the middle.`, "once");
    yield* shown(reply.rest(), progress);
    return reply.reply;
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    if (watch.over) throw watch.over;
    if (thrown instanceof Trouble || thrown instanceof Refusal) throw thrown;
    throw lostOf(thrown, endpoint) ?? thrown;
  } finally {
    watch.end();
  }
}

function* shown({ thought, text }: Told, progress: { said: boolean }): Generator<RunEvent> {
  if (thought) yield { type: "thought", delta: thought };
  if (!text) return;
  progress.said = true;
  yield { type: "text", delta: text };
}

/** Redirects are answers here: whatever they lead to must not get the key. */
function send({ address, key }: Endpoint, body: Body, signal: AbortSignal): Promise<Response> {
  return fetch(`${address}/chat/completions`, {
    method: "POST",
    redirect: "manual",
    headers: {
      "content-type": "application/json",
      accept: "text/event-stream",
      "user-agent": `Parley/${version}`,
      ...(key !== null && { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(body),
    signal,
  });
}

async function* dataOf(limits: Limits, response: Response, heard: () => void): AsyncGenerator<string> {
  if (!response.body) return;
  if (!(response.headers.get("content-type") ?? "").includes("application/json")) {
    yield* eventsIn(response.body, heard);
    return;
  }
  // It does not stream: the whole answer is one piece.
  yield await textWithin(response, 4 * limits.modelCharacters);
}

/** Ends a request that says nothing for too long, or takes longer than the run has left. */
function watching(limits: Limits, { title }: Endpoint, leftMs: number, signal: AbortSignal) {
  const ending = new AbortController();
  let over: Trouble | null = null;
  const end = (words: string) => {
    over = new Trouble(words);
    ending.abort();
  };
  const seconds = (ms: number) => Math.round(ms / 1_000);
  const silent = () => end(`${title} said nothing for ${seconds(limits.modelSilenceMs)} s and was given up.`);
  const late = () =>
    end(`Its model was at work for ${seconds(limits.modelMs)} s without coming to an end, and was stopped.`);
  let silence = setTimeout(silent, limits.modelSilenceMs);
  const wall = setTimeout(late, Math.max(0, leftMs));
  return {
    signal: AbortSignal.any([signal, ending.signal]),
    get over() {
      return over;
    },
    heard() {
      clearTimeout(silence);
      silence = setTimeout(silent, limits.modelSilenceMs);
    },
    end() {
      clearTimeout(silence);
      clearTimeout(wall);
    },
  };
}

/** @throws what `signal` aborts with, at once */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
