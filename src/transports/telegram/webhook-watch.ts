import type { WebhookInfo } from "grammy/types";
import type { Clock } from "../../clock.ts";
import type { Limits } from "../../limits.ts";
import type { Logger } from "../../logger.ts";
import type { TelegramBot } from "./bot.ts";
import { TelegramError, wordsOf } from "./trouble.ts";
import { wait } from "./wait.ts";

interface Watching {
  readonly bot: TelegramBot;
  /** Where Telegram should deliver to. */
  readonly url: string;
  /** Has it deliver there. @throws TelegramError */
  readonly set: () => Promise<unknown>;
  /** How many updates were delivered so far. */
  readonly delivered: () => number;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly logger: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** What is wrong, in words for an administrator; null when nothing is. */
  readonly tell: (words: string | null) => void;
}

/**
 * Asks Telegram now and then whether it delivers: who only waits for deliveries does not notice that none come, because another program
 * took the webhook away or because Telegram does not get through.
 */
export async function watchWebhook({ bot, url, signal, limits, logger, tell, ...parts }: Watching): Promise<void> {
  let seen = parts.delivered();
  /** How often in a row it was set to somebody else's. */
  let taken = 0;

  async function look(): Promise<string | null> {
    const info = await bot.call("getWebhookInfo", {}, signal);
    const before = seen;
    seen = parts.delivered();
    if (info.url === url) {
      taken = 0;
      // What came in meanwhile got through, whatever went wrong before.
      return seen === before ? failureIn(info) : null;
    }
    logger.warn("telegram.webhook_gone", { isTaken: info.url !== "" });
    taken = info.url === "" ? 0 : taken + 1;
    await parts.set();
    return taken > 1
      ? "Another program has Telegram deliver to it with this bot's token, and each takes messages from the other. Stop it, or give Parley a bot of its own."
      : null;
  }

  function failureIn({ pending_update_count: pending, last_error_date: at, last_error_message: words }: WebhookInfo) {
    const isOfNow = at !== undefined && parts.clock.now() - at * 1_000 < limits.telegramHookErrorMs;
    if (pending === 0 || !isOfNow) return null;
    return `Telegram cannot deliver to TELEGRAM_WEBHOOK_URL (${words ?? "it does not say why"}); waiting there: ${pending}.`;
  }

  while (!signal.aborted) {
    await wait(limits.telegramHookMs, signal);
    if (signal.aborted) return;
    try {
      tell(await look());
    } catch (thrown) {
      if (!(thrown instanceof TelegramError)) throw thrown;
      if (signal.aborted) return;
      logger.warn("telegram.webhook_unknown", { words: wordsOf(thrown.trouble) });
      // That it was asked too often says nothing about deliveries.
      if (thrown.trouble.kind !== "rate") tell(wordsOf(thrown.trouble));
    }
  }
}
