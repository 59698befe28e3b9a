import type { Limits } from "../../limits.ts";
import { familyOf, isAlive } from "./family.ts";
import type { Running } from "./program.ts";
import { type SweepLimits, settle, sweep } from "./sweep.ts";

export type EndLimits = SweepLimits & Pick<Limits, "agentCancelMs" | "agentCloseMs" | "agentTermMs" | "agentSettleMs">;

interface Stop {
  /** Asks it to stop in its own language; resolves when it has stopped working. Left out: there is nothing to stop, or no such language. */
  readonly cancel?: () => Promise<void>;
  /** Hears what is being done, in words for people. */
  readonly note: (text: string) => void;
}

/**
 * Ends a program and everything it started, for certain: asks it, closes its input, ends its session, and sweeps what bears its mark.
 * A program that ends as it should goes through it unheard, unless it left something behind.
 * @returns how many processes had to be swept
 */
export async function endProgram(running: Running, limits: EndLimits, { cancel, note }: Stop): Promise<number> {
  if (cancel) {
    note("Asked it to stop.");
    const stopped = await within(cancel(), limits.agentCancelMs);
    if (!stopped) note(`It did not stop within ${seconds(limits.agentCancelMs)}: its input is closed.`);
  }
  // Before it ends: those it leaves behind lose it as their parent with that.
  const family = familyOf(running.pid);
  running.stdin.end();
  if (!(await within(running.exited, limits.agentCloseMs))) {
    note(`It is still there ${seconds(limits.agentCloseMs)} later: its processes are ended.`);
    signal(running.pid, "SIGTERM");
    await within(running.exited, limits.agentTermMs);
  }
  signal(running.pid, "SIGKILL");
  // What just was told to end is not swept, and what forked meanwhile is.
  await within(running.exited, limits.agentTermMs);
  const others = family.filter((relative) => relative.pid !== running.pid && isAlive(relative));
  await settle(running.marker, others, limits.agentSettleMs);
  const { ended, left } = await sweep(running.marker, limits, others);
  if (ended > 0)
    note(
      `${ended === 1 ? "One process" : `${ended} processes`} it had left behind ${ended === 1 ? "was" : "were"} ended.`,
    );
  if (left > 0) note(`${left === 1 ? "One process" : `${left} processes`} of it would not end: look at the machine.`);
  else if (cancel) note("Nothing of it runs any more.");
  return ended;
}

/** Whether something comes to its end in time, however it ends. */
async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  const settled = work.then(
    () => true,
    () => true,
  );
  const timer = Promise.withResolvers<boolean>();
  const timeout = setTimeout(() => timer.resolve(false), ms);
  const inTime = await Promise.race([settled, timer.promise]);
  clearTimeout(timeout);
  return inTime;
}

/** Tells the whole group, whose id is that of the first process. */
function signal(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-pid, name);
  } catch {
    // Nobody is left in it.
  }
}

const seconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;
