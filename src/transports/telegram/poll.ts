import type { Update } from "grammy/types";
import { Refusal } from "../../errors.ts";
import type { Limits } from "../../limits.ts";
import type { Logger } from "../../logger.ts";
import type { TelegramBot } from "./bot.ts";
import { TelegramError, type Trouble, wordsOf } from "./trouble.ts";
import { backOff, wait } from "./wait.ts";

type UpdateKind = Exclude<keyof Update, "update_id">;

/** Where updates go. What it stores must be stored together: the message, and the number that comes next. */
export interface Inbox {
  /** The number of the first update that is still wanted; undefined before there was any. */
  next(): number | undefined;
  /** Takes one update in. They come one after the other, each when the one before is stored. */
  handle(update: Update): Promise<void>;
  /** Told of an update that failed each time it was tried: it has to be stored that it is over, and it is not tried again. */
  passOver(update: Update, thrown: unknown): void;
}

interface Polling {
  readonly bot: TelegramBot;
  readonly inbox: Inbox;
  /** What is asked for; message_reaction and chat_member come only when they are named. */
  readonly kinds: readonly UpdateKind[];
  readonly limits: Limits;
  readonly logger: Logger;
  /** Ends it: an update that is being taken in is finished, those behind it come again next time. */
  readonly signal: AbortSignal;
  /** Told when something begins to be wrong, and `null` when all is well again. */
  tell(trouble: { readonly trouble: Trouble; readonly words: string } | null): void;
}

/**
 * Asks Telegram for updates until it is told to stop. Neither a lost network nor another poller ends it; only a token that is none
 * does, because asking again would change nothing.
 * @returns why it ended
 */
export async function poll(polling: Polling): Promise<"stopped" | "unauthorized"> {
  const { bot, inbox, kinds, limits, logger, signal, tell } = polling;
  let offset = inbox.next();
  let failures = 0;
  let isTroubled = false;
  while (!signal.aborted) {
    try {
      // After a failure one short question tells whether all is well again.
      const timeout = failures > 0 ? 0 : limits.telegramPollSeconds;
      const asked = { offset, timeout, allowed_updates: kinds };
      const updates = await bot.call("getUpdates", asked, signal);
      failures = 0;
      if (isTroubled) tell(null);
      isTroubled = false;
      for (const update of updates) {
        if (signal.aborted) return "stopped";
        if (!(await take(polling, update))) return "stopped";
        offset = update.update_id + 1;
      }
    } catch (thrown) {
      if (signal.aborted) return "stopped";
      if (!(thrown instanceof TelegramError)) throw thrown;
      const { trouble } = thrown;
      failures++;
      logger.warn("telegram.poll_failed", { kind: trouble.kind, failures, words: wordsOf(trouble) });
      // The poll of a moment ago may not have ended at Telegram's yet: one conflict is no news.
      const isNews = trouble.kind !== "conflict" || trouble.by === "webhook" || failures > 1;
      if (isNews) tell({ trouble, words: wordsOf(trouble) });
      isTroubled ||= isNews;
      if (trouble.kind === "unauthorized") return "unauthorized";
      await wait(pause(trouble, failures, limits), signal);
    }
  }
  return "stopped";
}

/** Takes one update in, however often it takes. @returns whether it is over; false when polling is to end before it is */
async function take({ inbox, limits, logger, signal }: Polling, update: Update): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      await inbox.handle(update);
      return true;
    } catch (thrown) {
      if (signal.aborted) return false;
      if (thrown instanceof TelegramError && thrown.trouble.kind === "rate") {
        // Nothing failed: it was only too soon.
        tries--;
        await wait(thrown.trouble.retryAfterMs, signal);
        if (signal.aborted) return false;
        continue;
      }
      // A full disk is nothing that an update could help: it waits, and so do those behind it.
      const isOurs = thrown instanceof Refusal && thrown.code === "SERVICE_UNAVAILABLE";
      logger.error("telegram.update_failed", { update: update.update_id, tries, thrown });
      if (tries >= limits.telegramUpdateTries && !isOurs) {
        inbox.passOver(update, thrown);
        return true;
      }
      await wait(backOff(tries, limits.telegramRetryMs, limits.telegramRetryMostMs), signal);
      if (signal.aborted) return false;
    }
  }
}

function pause(trouble: Trouble, failures: number, limits: Limits): number {
  if (trouble.kind === "rate") return trouble.retryAfterMs;
  if (trouble.kind === "conflict") return backOff(failures, limits.telegramConflictMs, limits.telegramConflictMostMs);
  return backOff(failures, limits.telegramRetryMs, limits.telegramRetryMostMs);
}
