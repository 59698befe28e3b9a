import type { InlineKeyboardMarkup } from "grammy/types";
import { badRequest } from "./refused.ts";

const styles = ["danger", "success", "primary"];

/** An inline keyboard that Telegram would show; null where there is none. */
export function keyboardOf(markup: unknown): InlineKeyboardMarkup | null {
  if (markup === undefined || markup === null) return null;
  const rows = (markup as Partial<InlineKeyboardMarkup>).inline_keyboard;
  if (!Array.isArray(rows)) throw badRequest("the fake reads inline keyboards only");
  if (rows.flat().length > 100) throw badRequest("REPLY_MARKUP_TOO_LONG");
  for (const button of rows.flat() as unknown as Record<string, unknown>[]) {
    if (typeof button.text !== "string" || !button.text.trim()) throw badRequest("BUTTON_TEXT_INVALID");
    const { text: _text, style, icon_custom_emoji_id: _icon, ...kinds } = button;
    if (style !== undefined && !styles.includes(String(style))) throw badRequest("BUTTON_STYLE_INVALID");
    if (Object.keys(kinds).length !== 1) throw badRequest("BUTTON_TYPE_INVALID");
    const [kind = "", value] = Object.entries(kinds)[0] ?? [];
    if (kind === "callback_data" && (!value || Buffer.byteLength(String(value)) > 64))
      throw badRequest("BUTTON_DATA_INVALID");
    if (kind === "url" && !/^(https?|tg):\/\/./.test(String(value))) throw badRequest("BUTTON_URL_INVALID");
  }
  return rows.flat().length > 0 ? { inline_keyboard: rows } : null;
}
