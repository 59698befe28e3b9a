import type { Config, TelegramSettings } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { createBot, type TelegramBot } from "../../transports/telegram/bot.ts";
import { prove } from "../../transports/telegram/prove.ts";
import { TelegramError, wordsOf } from "../../transports/telegram/trouble.ts";
import { CommandError } from "../operator.ts";

/** Proves that Telegram is reached, that the token is a bot's, and that the bot is in its chat. @returns who it is, in words @throws CommandError */
export async function reachTelegram(config: Config, telegram: TelegramSettings): Promise<string> {
  const bot = await botOf(config, telegram);
  return inWords(async () => {
    const { me } = await prove(bot, telegram.chatId);
    return `@${me.username} reaches the chat ${telegram.chatId}`;
  });
}

/** Proves that the bot may speak in its chat: by showing that it types, which nobody is called for, or by a sentence. @throws CommandError */
export async function speakOnTelegram(config: Config, telegram: TelegramSettings, announce: boolean): Promise<string> {
  const reached = await reachTelegram(config, telegram);
  const bot = await botOf(config, telegram);
  return inWords(async () => {
    await bot.call("sendChatAction", { chat_id: telegram.chatId, action: "typing" });
    if (!announce) return `${reached} and may speak there`;
    await bot.call("sendMessage", {
      chat_id: telegram.chatId,
      text: `${config.workspaceName} is talked through here from now on.`,
    });
    return `${reached} and spoke there`;
  });
}

function botOf({ limits }: Config, { token, apiRoot }: TelegramSettings): Promise<TelegramBot> {
  return createBot({ token, apiRoot, limits });
}

/** @throws CommandError saying why and what to do */
async function inWords(act: () => Promise<string>): Promise<string> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Refusal) throw new CommandError(error.message);
    if (error instanceof TelegramError) throw new CommandError(wordsOf(error.trouble));
    throw error;
  }
}
