import type { Limits } from "../../limits.ts";
import { isAlive, type Relative } from "./family.ts";
import { marked } from "./marker.ts";

export type SweepLimits = Pick<Limits, "agentSweepRounds" | "agentSweepMs">;

/** What a sweep found and ended, and what would not go. */
export interface Swept {
  readonly ended: number;
  readonly left: number;
}

/**
 * Ends every process that bears a mark which begins so, and those of `family` that still live; again and again, because what is being
 * killed may fork. A program that starts its commands in sessions of their own leaves them behind when it dies: they are found here.
 */
export async function sweep(beginning: string, limits: SweepLimits, family: readonly Relative[] = []): Promise<Swept> {
  const ended = new Set<number>();
  let quiet = 0;
  for (let round = 0; ; round += 1) {
    const left = await remaining(beginning, family);
    // A program that begins just now has no environment for a moment: once is not enough to know that there is none.
    quiet = left.length === 0 ? quiet + 1 : 0;
    if (quiet === 2 || round === limits.agentSweepRounds) return { ended: ended.size, left: left.length };
    for (const pid of left) {
      ended.add(pid);
      kill(pid);
    }
    await Bun.sleep(limits.agentSweepMs);
  }
}

/** Waits until nothing of it is left, but not long. */
export async function settle(beginning: string, family: readonly Relative[], ms: number): Promise<void> {
  const deadline = performance.now() + ms;
  while (performance.now() < deadline && (await remaining(beginning, family)).length > 0) await Bun.sleep(10);
}

async function remaining(beginning: string, family: readonly Relative[]): Promise<readonly number[]> {
  return [...new Set([...(await marked(beginning)), ...family.filter(isAlive).map(({ pid }) => pid)])];
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was gone before us.
  }
}
