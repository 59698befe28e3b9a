import type { Limits } from "../../limits.ts";
import { htmlOf, plainOf } from "./html.ts";
import { cleaned, styledOf } from "./markdown.ts";
import { split } from "./split.ts";
import type { Styled } from "./styled.ts";

/** Telegram's own bounds, in UTF-16 units of what is to be seen (Bot API 10.3). */
export const messageUnits = 4_096;
export const captionUnits = 1_024;

/** One message to Telegram, in both ways of saying it. */
export interface Part {
  /** With `parse_mode: "HTML"`. */
  readonly html: string;
  /** The same without a parse mode, for when Telegram refuses the other. */
  readonly plain: string;
}

/** What a message becomes on Telegram. */
export interface Formatted {
  /** One after the other; none when there is nothing to see. With a file there is one, short enough to be its caption. */
  readonly parts: readonly Part[];
  /** The whole text as it was written, when it is too long to be read in a chat. */
  readonly file: { readonly name: string; readonly bytes: Uint8Array } | null;
}

/** A message's Markdown as Telegram takes it. */
export function format(markdown: string, limits: Pick<Limits, "telegramParts">): Formatted {
  return formatStyled(styledOf(markdown), markdown, limits);
}

/** The same for a text that more was put to, such as a name above it. */
export function formatStyled(styled: Styled, markdown: string, limits: Pick<Limits, "telegramParts">): Formatted {
  // What Markdown swallows whole, such as an address nobody refers to, is shown as it was typed.
  const pieces = split(styled, messageUnits);
  const seen = pieces.length > 0 ? pieces : split({ text: cleaned(markdown).trim(), marks: [] }, messageUnits);
  if (seen.length <= limits.telegramParts) return { parts: seen.map((each) => partOf(each, messageUnits)), file: null };
  return {
    parts: [partOf(summaryOf(styled), captionUnits)],
    file: { name: "message.md", bytes: new TextEncoder().encode(markdown) },
  };
}

/** A short text of ours that is no Markdown, such as a refusal. */
export function plainPart(text: string): Part {
  return partOf({ text, marks: [] }, messageUnits);
}

export const partOf = (styled: Styled, most = messageUnits): Part => ({
  html: htmlOf(styled),
  plain: plainOf(styled, most),
});

/** How it begins, and that there is more. */
function summaryOf(styled: Styled): Styled {
  const [first = { text: "", marks: [] }] = split(styled, captionUnits - more.length);
  return { text: first.text + more, marks: first.marks };
}

const more = "\n\n… the whole message is in the file.";
