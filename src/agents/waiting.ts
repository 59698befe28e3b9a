import type { Clock } from "../clock.ts";
import type { TaskChange, Tasks } from "../tasks/tasks.ts";
import { type LiveRun, moveOn } from "./live.ts";

/** Shows on the card what a run waits for while it does. */
export async function waitFor<T>(
  live: LiveRun,
  words: string,
  act: () => Promise<T>,
  { tasks, clock }: { tasks: Tasks; clock: Clock },
): Promise<T> {
  const key = Symbol(words);
  live.waits.set(key, words);
  try {
    await moveOn(live, tasks, () => ({ state: "stuck", note: words }));
    return await act();
  } finally {
    live.waits.delete(key);
    live.heardAt = clock.monotonic();
    live.quietMinutes = 0;
    const [next] = live.waits.values();
    const back: TaskChange = next === undefined ? { state: "working", note: live.said } : { note: next };
    // Where the task has ended meanwhile, nothing is to be said of it.
    if (!live.stop) await moveOn(live, tasks, () => back).catch(() => undefined);
  }
}
