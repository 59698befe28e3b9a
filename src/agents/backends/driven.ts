import type { RunEvent } from "./backend.ts";
import { Telling } from "./telling.ts";

/**
 * A run whose work tells what happens instead of yielding it. It is over when the work is: whoever stops listening has it stopped, and
 * waits until all of it has ended.
 */
export async function* driven(
  limit: number,
  signal: AbortSignal,
  work: (telling: Telling, stopped: AbortSignal) => Promise<void>,
): AsyncGenerator<RunEvent, void, undefined> {
  const telling = new Telling(limit);
  const left = new AbortController();
  const stopped = AbortSignal.any([signal, left.signal]);
  stopped.addEventListener("abort", () => telling.stopping(), { once: true });
  if (stopped.aborted) return;
  const ended = work(telling, stopped).then(
    () => telling.end(),
    (failure: unknown) => telling.fail(failure),
  );
  try {
    yield* telling;
  } finally {
    left.abort();
    await ended;
  }
}

/** Resolves when a signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
