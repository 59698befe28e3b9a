import type { CallbackQuery } from "grammy/types";
import { Refusal } from "../../errors.ts";
import type { TelegramBot } from "./bot.ts";
import { TelegramError } from "./trouble.ts";

/** To whoever presses a button and is nobody here. */
export const linkFirst = "Link your account first: in Parley under Settings, Telegram.";

/** Longest answer to a press that Telegram shows. */
const mostWords = 200;

/**
 * Answers the press of a button in any case, with what came of it or why not.
 * @param act what the button does. @returns what they are told. @throws Refusal
 */
export async function answerPress(bot: TelegramBot, press: CallbackQuery, act: () => Promise<string>): Promise<void> {
  let isRefused = false;
  const text = await act().catch((refusal: unknown) => {
    if (!(refusal instanceof Refusal) || refusal.status >= 500) throw refusal;
    isRefused = true;
    return refusal.message;
  });
  const told = { text: text.slice(0, mostWords).toWellFormed(), show_alert: isRefused };
  // The answer is worth nothing when it is late; that it was pressed is done.
  await unlessRefused(bot.call("answerCallbackQuery", { callback_query_id: press.id, ...told }));
}

/** What only adorns is not worth more than one try; but where nobody answers it waits with everything else. */
export async function unlessRefused(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (thrown) {
    if (!(thrown instanceof TelegramError) || thrown.trouble.kind !== "refused") throw thrown;
  }
}
