import { Refusal } from "../../errors.ts";
import type { TelegramBot } from "./bot.ts";
import { TelegramError, wordsOf } from "./trouble.ts";

/** Proves that the token is a bot's and that it reaches its chat; nobody there notices. @throws Refusal TRANSPORT_UNAVAILABLE saying why and what to do */
export async function prove(bot: TelegramBot, chatId: number, signal?: AbortSignal) {
  try {
    const me = await bot.me(signal);
    const chat = await bot.call("getChat", { chat_id: chatId }, signal);
    return { me, isForum: "is_forum" in chat && chat.is_forum === true };
  } catch (thrown) {
    if (!(thrown instanceof TelegramError)) throw thrown;
    const { trouble } = thrown;
    const advice =
      trouble.kind === "refused"
        ? `The bot does not reach the chat ${chatId} (${trouble.description}): add it there, or correct TELEGRAM_CHAT_ID.`
        : wordsOf(trouble);
    throw new Refusal("TRANSPORT_UNAVAILABLE", advice);
  }
}
