import type { Clock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import { nameOf, type TransportMode, typesOf } from "./choice.ts";
import type { TransportType } from "./transport.ts";

/** What is watched, and what may be done about it. */
export interface Watched {
  readonly chosen: TransportMode;
  /** Whether nobody stopped all talk. */
  readonly polling: boolean;
  isOn(type: TransportType): boolean;
  isAvailable(type: TransportType): boolean;
  /** Of one of those that were chosen. */
  troubleOf(type: TransportType): string | null;
  /** Begins one that was chosen and does not run. */
  revive(type: TransportType): Promise<void>;
  /** @returns whether it could be done */
  change(to: TransportMode, reason: string): Promise<boolean>;
  /** Tells everybody in the main room. */
  notify(text: string): Promise<void>;
}

export interface Fallback {
  /** Looks once, and does what is due. */
  look(): Promise<void>;
  /** Does not wait: nothing runs at all. */
  atOnce(): Promise<void>;
  /** Somebody chose: what was counted so far is about something else. */
  reset(): void;
}

interface Parts {
  clock: Clock;
  logger: Logger;
  /** How long something must fail; 0: nothing is ever done. */
  afterMs: number;
}

/** How often one that was chosen and does not run is tried again. */
const reviveMs = 15_000;
/** Within this time fallbacks count as one trouble: after each the house waits twice as long before it trusts. */
const memoryMs = 60 * 60_000;
const mostDoublings = 5;

/**
 * Sees to it that the room can be talked through. When what was chosen has failed for too long, the other transport is used as well;
 * when it has worked again for at least as long, and longer each time, everything is as it was chosen. Both are told in the room.
 */
export function createFallback({ clock, logger, afterMs }: Parts, watched: Watched): Fallback {
  let troubleSince: number | null = null;
  let healthySince: number | null = null;
  let fallen = false;
  let lastTry = Number.NEGATIVE_INFINITY;
  let lastRevival = clock.monotonic();
  let falls: number[] = [];
  let looking = false;

  /** What is wrong with what was chosen, and with which of it. */
  function wrong(): { type: TransportType; words: string } | null {
    for (const type of typesOf(watched.chosen)) {
      const words = watched.troubleOf(type) ?? (watched.isOn(type) ? null : "It does not run.");
      if (words !== null) return { type, words };
    }
    return null;
  }

  async function lookOnce(): Promise<void> {
    const now = clock.monotonic();
    if (now - lastRevival >= reviveMs) {
      for (const type of typesOf(watched.chosen)) if (!watched.isOn(type)) await watched.revive(type);
      lastRevival = clock.monotonic();
    }
    const found = wrong();
    troubleSince = found ? (troubleSince ?? now) : null;
    healthySince = found ? null : (healthySince ?? now);
    if (afterMs === 0) return;
    if (!fallen && found && now - (troubleSince ?? now) >= afterMs && now - lastTry >= afterMs)
      await fall(found.type, found.words, now);
    else if (fallen && healthySince !== null && now - healthySince >= trustAfterMs(now)) await goBack();
  }

  /** Twice the time with each fallback of the last hour: what comes and goes must not throw everybody to and fro. */
  function trustAfterMs(now: number): number {
    falls = falls.filter((at) => now - at < memoryMs);
    return afterMs * 2 ** Math.min(Math.max(falls.length - 1, 0), mostDoublings);
  }

  async function fall(failing: TransportType, words: string, now: number): Promise<void> {
    lastTry = now;
    const other = failing === "telegram" ? "websocket" : "telegram";
    const name = nameOf(failing);
    logger.warn("transport.trouble", { transport: failing, trouble: words });
    if (watched.chosen !== "both") {
      if (!watched.isAvailable(other)) return;
      const to = watched.isOn(failing) ? "both" : other;
      if (!(await watched.change(to, `${name} fails: ${words}`))) return;
    }
    fallen = true;
    falls.push(now);
    healthySince = null;
    const forWhom = failing === "telegram" ? "Who reads there gets what they missed then." : "";
    await watched.notify(`${name} does not work. Until it does, talk goes on over ${nameOf(other)}. ${forWhom}`.trim());
  }

  async function goBack(): Promise<void> {
    const name = nameOf(watched.chosen);
    // First, while those who came by the other one still hear it.
    if (watched.chosen === "both") await watched.notify("WebSocket and Telegram both work again.");
    else {
      await watched.notify(`${name} works again: talk goes on over ${name} alone.`);
      if (!(await watched.change(watched.chosen, `${name} works again`))) return;
    }
    reset();
  }

  function reset(): void {
    troubleSince = null;
    healthySince = null;
    fallen = false;
    lastTry = Number.NEGATIVE_INFINITY;
  }

  return {
    async look() {
      if (looking || !watched.polling) return;
      looking = true;
      try {
        await lookOnce();
      } finally {
        looking = false;
      }
    },
    async atOnce() {
      const found = wrong();
      if (found && afterMs > 0) await fall(found.type, found.words, clock.monotonic());
    },
    reset,
  };
}
