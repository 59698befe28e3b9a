import type { Update } from "grammy/types";
import { Refusal } from "../../errors.ts";
import type { Limits } from "../../limits.ts";
import type { Logger } from "../../logger.ts";
import type { Inbox } from "./poll.ts";
import { TelegramError } from "./trouble.ts";

/** Takes in what Telegram delivers to the webhook, one after the other. */
export interface Delivery {
  /**
   * Resolves when it is stored, or was before.
   * @throws what it could not be taken in for: Telegram then delivers it again. One that failed each of `telegramUpdateTries` times is
   *   passed over instead, as polling does: otherwise Telegram would bring it, and hold back what is behind it, for a day.
   */
  take(update: Update): Promise<void>;
  /** How many were taken in, or passed over. */
  readonly count: number;
  /** Resolves when nothing is being taken in. */
  settled(): Promise<void>;
}

interface Parts {
  inbox: Inbox;
  limits: Limits;
  logger: Logger;
  signal: AbortSignal;
}

export function createDelivery({ inbox, limits, logger, signal }: Parts): Delivery {
  let last: Promise<void> = Promise.resolve();
  /** Updates of late, and how often each has failed; `done` are over. Messages are known by their numbers, presses of buttons by nothing else. */
  const lately = new Map<number, number>();
  const done = Number.POSITIVE_INFINITY;
  let count = 0;

  function remember(id: number, tries: number): void {
    // The newest stand last.
    lately.delete(id);
    lately.set(id, tries);
    const [oldest] = lately.keys();
    if (oldest !== undefined && lately.size > limits.telegramRemembered) lately.delete(oldest);
  }

  function over(id: number): void {
    remember(id, done);
    count += 1;
  }

  async function takeIn(update: Update): Promise<void> {
    if (signal.aborted) throw new Refusal("SERVICE_UNAVAILABLE");
    const id = update.update_id;
    // Not by their order: one that could not be delivered comes after those behind it.
    const failed = lately.get(id) ?? 0;
    if (failed === done) return;
    try {
      await inbox.handle(update);
    } catch (thrown) {
      if (signal.aborted || isNoFaultOfIts(thrown)) throw thrown;
      const tries = failed + 1;
      remember(id, tries);
      logger.error("telegram.update_failed", { update: id, tries, thrown });
      if (tries < limits.telegramUpdateTries) throw thrown;
      // Whatever passing it over comes to, it is not tried again.
      over(id);
      inbox.passOver(update, thrown);
      return;
    }
    over(id);
  }

  return {
    get count() {
      return count;
    },
    take(update) {
      // What was said first comes first.
      const next = last.then(() => takeIn(update));
      last = next.catch(() => undefined);
      return next;
    },
    settled: () => last,
  };
}

/** A full disk, or that Telegram asks to wait, is nothing that an update could help: it counts as no try. */
function isNoFaultOfIts(thrown: unknown): boolean {
  if (thrown instanceof TelegramError) return thrown.trouble.kind === "rate";
  return thrown instanceof Refusal && thrown.code === "SERVICE_UNAVAILABLE";
}
