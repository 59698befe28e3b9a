import { Refusal } from "../errors.ts";
import { mentionHtml, renderMarkdown } from "./markdown.ts";
import { Mentioned, mentionAt, type Resolve } from "./mentions.ts";

/** What a text becomes: safe HTML for the browser and the handles it mentions. */
export interface Body {
  readonly html: string;
  readonly mentions: readonly string[];
}

/** A text that any of these stands in may be more than words, and goes through Markdown. Most chat does not. */
const markup = /[*_`~[\]<>#|\\!&\n\t]|:\/\/|mailto:|^ {0,3}([-+=]|\d+[.)])|^ {4}/;

/** Control characters but newline and tab, and the marks that turn the direction of text around, which could make it read as something else. */
const unsafe = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\uFEFF]/g;

/**
 * A text as it came in, made storable: line ends folded, control characters taken out, lone surrogates replaced, ends trimmed.
 * @throws Refusal INVALID_MESSAGE when nothing is left, MESSAGE_TOO_LARGE above `limit` UTF-16 units
 */
export function cleanText(raw: string, limit: number): string {
  const text = raw
    .replace(/\r\n?/g, "\n")
    .replace(unsafe, "")
    .toWellFormed()
    .trimEnd()
    .replace(/^\s*\n/, "");
  if (text.replace(/[\s\p{Cf}]/gu, "") === "") throw new Refusal("INVALID_MESSAGE", "A message needs some text.");
  if (text.length > limit) {
    throw new Refusal(
      "MESSAGE_TOO_LARGE",
      `A message may have at most ${limit} characters; this one has ${text.length}.`,
    );
  }
  return text;
}

/** Renders a clean text. Plain words take a short way that gives what Markdown would. */
export function renderBody(whole: string, known: Resolve): Body {
  if (markup.test(whole)) return renderMarkdown(whole, known);
  const text = whole.replace(/^ +/, "");
  if (!text.includes("@")) return { html: `<p>${Bun.escapeHTML(text)}</p>\n`, mentions: [] };
  const mentioned = new Mentioned();
  let html = "<p>";
  let from = 0;
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", Math.max(from, at + 1))) {
    const mention = mentionAt(text, at, known);
    if (!mention) continue;
    if (!mentioned.take(mention) || !mention.known) continue;
    html += Bun.escapeHTML(text.slice(from, at)) + mentionHtml(mention.handle, text.slice(at, mention.end));
    from = mention.end;
  }
  return { html: `${html}${Bun.escapeHTML(text.slice(from))}</p>\n`, mentions: [...mentioned.handles] };
}

/** Whether rendering is cheap enough to repeat instead of keeping the result. */
export function isPlain(text: string): boolean {
  return !markup.test(text);
}
