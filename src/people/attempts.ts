import type { Clock } from "../clock.ts";
import { Refusal } from "../errors.ts";

/** Counts what went wrong, so that guessing ends: so many in a window, then wait. An attempt counts from its beginning, or many at once would all be let through. */
export interface Attempts {
  /** @throws Refusal RATE_LIMITED with `retryAfter`, when there were too many */
  begin(key: string): void;
  /** That one was right: it does not count. */
  undo(key: string): void;
  /** It was right, and whatever was wrong before is forgiven. */
  forget(key: string): void;
}

/** Keys held at most; beyond it those that are forgiven by time go first, then the oldest. */
const mostKeys = 50_000;
/** So many that time has forgiven go with each that comes: whoever tries new names without end must not make each try dearer. */
const lookedAt = 4;

export function createAttempts(clock: Clock, most: number, windowMs: number): Attempts {
  const failures = new Map<string, number[]>();

  function recent(key: string, now: number): number[] {
    return (failures.get(key) ?? []).filter((at) => now - at < windowMs);
  }

  /** The one that was tried longest ago stands first: it is the one to go, and no other has to be looked at. */
  function makeRoom(now: number): void {
    let looked = 0;
    for (const key of failures.keys()) {
      if (failures.size < mostKeys && (looked >= lookedAt || recent(key, now).length > 0)) return;
      failures.delete(key);
      looked += 1;
    }
  }

  return {
    begin(key) {
      const now = clock.monotonic();
      const counted = recent(key, now);
      const [oldest] = counted;
      if (counted.length >= most && oldest !== undefined) {
        const wait = Math.ceil(oldest + windowMs - now);
        const minutes = Math.ceil(wait / 60_000);
        throw new Refusal(
          "RATE_LIMITED",
          `Too many attempts: try again in ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`,
          { retryAfter: wait },
        );
      }
      if (!failures.delete(key)) makeRoom(now);
      failures.set(key, [...counted, now]);
    },
    undo(key) {
      failures.get(key)?.pop();
    },
    forget: (key) => void failures.delete(key),
  };
}
