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
  for (let round = 0; ; round += 1) {
    const left = [...new Set([...(await marked(beginning)), ...family.filter(isAlive).map(({ pid }) => pid)])];
    if (left.length === 0 || round === limits.agentSweepRounds) return { ended: ended.size, left: left.length };
    for (const pid of left) {
      ended.add(pid);
      kill(pid);
    }
    await Bun.sleep(limits.agentSweepMs);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was gone before us.
  }
}
