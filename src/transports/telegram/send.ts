import type { TelegramBot } from "./bot.ts";
import type { Copy, Place } from "./memory.ts";
import type { Piece, TextPiece } from "./pieces.ts";
import { isAboutContent, refusalIn } from "./refusals.ts";

/** Rows of buttons. */
export type Keyboard = readonly (readonly { readonly text: string; readonly callback_data: string }[])[];

/** What became of a change: `gone` when the message is not there any more, `unfit` when it cannot hold what it should say. */
export type Changed = "changed" | "gone" | "unfit";

/** The calls that show something: formatted, else as plain text, else as a file. @throws TelegramError */
export interface Send {
  /** @param answered the message it answers. @returns the number Telegram gave it */
  piece(place: Place, piece: Piece, answered: number | undefined, buttons: Keyboard | undefined): Promise<number>;
  /** Puts other words into a message of ours, all of them or none. */
  change(place: Place, telegramId: number, piece: TextPiece, buttons: Keyboard | undefined): Promise<Changed>;
  /** @returns whether it is gone */
  remove(place: Place, copy: Copy): Promise<boolean>;
  /** Opens a topic in a place's chat. @returns its number */
  topic(place: Place, name: string): Promise<number>;
}

export function createSend(bot: TelegramBot): Send {
  const where = ({ chatId, threadId }: Place) => ({
    chat_id: chatId,
    ...(threadId !== 0 && { message_thread_id: threadId }),
  });
  const beneath = (answered: number | undefined, buttons: Keyboard | undefined) => ({
    ...(answered !== undefined && {
      reply_parameters: { message_id: answered, allow_sending_without_reply: true },
    }),
    ...(buttons && { reply_markup: { inline_keyboard: buttons.map((row) => [...row]) } }),
  });
  const link_preview_options = { is_disabled: true };

  async function text(
    place: Place,
    piece: TextPiece,
    answered: number | undefined,
    buttons: Keyboard | undefined,
  ): Promise<number> {
    const common = { ...where(place), ...beneath(answered, buttons) };
    const { rich: markdown } = piece;
    const ways: (() => Promise<{ message_id: number }>)[] = [
      ...(markdown === undefined ? [] : [() => bot.call("sendRichMessage", { ...common, rich_message: { markdown } })]),
      () => bot.call("sendMessage", { ...common, text: piece.html, parse_mode: "HTML" as const, link_preview_options }),
      () => bot.call("sendMessage", { ...common, text: piece.plain, link_preview_options }),
      () => {
        const document = bot.file(new TextEncoder().encode(piece.plain), "message.txt");
        return bot.call("sendDocument", { ...common, document });
      },
    ];
    return (await firstTaken(ways)).message_id;
  }

  return {
    async piece(place, piece, answered, buttons) {
      if (piece.type === "text") return text(place, piece, answered, buttons);
      const common = { ...where(place), ...beneath(answered, buttons), caption: piece.caption };
      const bytes = await piece.bytes();
      if (!bytes) return text(place, { type: "text", ...piece.instead }, answered, buttons);
      const document = () => bot.call("sendDocument", { ...common, document: bot.file(bytes, piece.name) });
      const photo = () => bot.call("sendPhoto", { ...common, photo: bot.file(bytes, piece.name) });
      const words = () => text(place, { type: "text", ...piece.instead }, answered, buttons);
      const ways = piece.isPhoto ? [photo, document] : [document];
      return firstTaken([...ways.map((way) => async () => (await way()).message_id), words]);
    },
    async change(place, telegramId, piece, buttons) {
      const common = {
        chat_id: place.chatId,
        message_id: telegramId,
        ...(buttons && { reply_markup: { inline_keyboard: buttons.map((row) => [...row]) } }),
      };
      try {
        const { rich: markdown } = piece;
        await firstTaken<unknown>([
          ...(markdown === undefined
            ? []
            : [() => bot.call("editMessageText", { ...common, rich_message: { markdown } })]),
          () => bot.call("editMessageText", { ...common, text: piece.html, parse_mode: "HTML", link_preview_options }),
          () => bot.call("editMessageText", { ...common, text: piece.plain, link_preview_options }),
        ]);
        return "changed";
      } catch (thrown) {
        if (refusedWith(thrown, /not modified/i)) return "changed";
        if (refusedWith(thrown, /message (to edit )?not found|can't be edited|MESSAGE_ID_INVALID/i)) return "gone";
        const refused = refusalIn(thrown);
        if (refused && isAboutContent(refused)) return "unfit";
        throw thrown;
      }
    },
    async remove(place, { telegramId, ours }) {
      try {
        await bot.call("deleteMessage", { chat_id: place.chatId, message_id: telegramId });
        return true;
      } catch (thrown) {
        if (refusedWith(thrown, /message (to delete )?not found/i)) return true;
        // Telegram deletes nothing that is older than two days; what others wrote only an administrator deletes.
        if (!refusedWith(thrown, /can't be deleted|MESSAGE_DELETE_FORBIDDEN/i)) throw thrown;
        if (ours)
          await this.change(place, telegramId, { type: "text", html: "<i>deleted</i>", plain: "(deleted)" }, undefined);
        return false;
      }
    },
    async topic({ chatId }, name) {
      return (await bot.call("createForumTopic", { chat_id: chatId, name })).message_thread_id;
    },
  };
}

/** Tries one way after the other while Telegram refuses what is said, and not where or by whom. */
async function firstTaken<T>(ways: readonly (() => Promise<T>)[]): Promise<T> {
  for (const way of ways.slice(0, -1)) {
    try {
      return await way();
    } catch (thrown) {
      const refused = refusalIn(thrown);
      if (!refused || !isAboutContent(refused)) throw thrown;
    }
  }
  const last = ways.at(-1);
  if (!last) throw new Error("there is no way to say it");
  return last();
}

function refusedWith(thrown: unknown, words: RegExp): boolean {
  return words.test(refusalIn(thrown)?.description ?? "");
}
