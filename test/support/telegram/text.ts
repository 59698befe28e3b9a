import type { MessageEntity } from "grammy/types";
import { type Formatted, parseHtml } from "./html.ts";
import { badRequest } from "./refused.ts";

/** What every kind of text may be given with. */
export interface Words {
  readonly text: string;
  readonly parse_mode?: unknown;
  readonly entities?: unknown;
}

/**
 * A text as it will be shown: entities parsed, control characters gone, space around it cut off.
 * @param most UTF-16 units it may have after that
 */
export function shownText({ text, parse_mode: mode, entities }: Words, most: number, tooLong: string): Formatted {
  if (!text.isWellFormed()) throw badRequest("strings must be encoded in UTF-8");
  if (mode !== undefined && mode !== "HTML") throw badRequest("unsupported parse_mode");
  if (mode !== undefined && entities !== undefined) throw badRequest("parse_mode and entities exclude each other");
  const parsed = mode === "HTML" ? parseHtml(text) : { text, entities: (entities ?? []) as MessageEntity[] };
  for (const { offset, length } of parsed.entities)
    if (offset < 0 || length <= 0 || offset + length > parsed.text.length) throw badRequest("ENTITY_BOUNDS_INVALID");
  const shown = trimmed({ ...parsed, text: cleaned(parsed.text) });
  if (shown.text.length > most) throw badRequest(tooLong);
  return shown;
}

/** Control characters become spaces, one for one, so that offsets hold. */
const cleaned = (text: string) => text.replace(/[\u0000-\u0009\u000b-\u001f\u2028-\u202e]/g, " ");

/** Space at the end goes, and space before the first entity. */
function trimmed({ text, entities }: Formatted): Formatted {
  const first = Math.min(text.length, ...entities.map(({ offset }) => offset));
  const lead = Math.min(first, text.length - text.trimStart().length);
  const shown = text.trimEnd().slice(lead);
  const kept = entities
    .map((each) => {
      const offset = each.offset - lead;
      return { ...each, offset, length: Math.min(each.length, shown.length - offset) };
    })
    .filter(({ offset, length }) => length > 0 && shown.slice(offset, offset + length).trim() !== "");
  return { text: shown, entities: kept };
}

const patterns = [
  ["bot_command", /(?<![\w/])\/[a-z0-9_]{1,32}(@\w{3,32})?/gi],
  ["mention", /(?<!\w)@\w{4,32}/g],
  ["url", /\bhttps?:\/\/[^\s<>"]+/g],
  ["hashtag", /(?<!\w)#\w+/g],
] as const;

/** What Telegram finds by itself in what people write. */
export function detected(text: string): MessageEntity[] {
  return patterns
    .flatMap(([type, pattern]) =>
      [...text.matchAll(pattern)].map(({ index, 0: found }) => ({ type, offset: index, length: found.length })),
    )
    .sort((a, b) => a.offset - b.offset);
}
