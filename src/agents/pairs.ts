import type { Clock } from "../clock.ts";
import type { Limits } from "../limits.ts";

/** How often agents wake each other, pair by pair: two that thank one another must not do so for ever. */
export interface Pairs {
  /** Counts one agent's waking another in a thread. @returns false when that pair has had enough for now: then it is not counted */
  wake(one: number, other: number, threadId: number): boolean;
  /** A person speaks in a thread: what was counted there is forgotten. */
  reset(threadId: number): void;
}

export function createPairs(clock: Clock, limits: Limits): Pairs {
  const wakes = new Map<string, { at: number; threadId: number }[]>();
  return {
    wake(one, other, threadId) {
      const key = [one, other].sort((a, b) => a - b).join(" ");
      const now = clock.monotonic();
      const lately = (wakes.get(key) ?? []).filter(({ at }) => now - at < limits.pairMs);
      wakes.set(key, lately);
      if (lately.length >= limits.pairWakes) return false;
      lately.push({ at: now, threadId });
      return true;
    },
    reset(threadId) {
      for (const [key, counted] of wakes) {
        const elsewhere = counted.filter((each) => each.threadId !== threadId);
        if (elsewhere.length > 0) wakes.set(key, elsewhere);
        else wakes.delete(key);
      }
    },
  };
}
