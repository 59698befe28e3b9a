import { Refusal } from "../errors.ts";
import { spoken } from "./command.ts";
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
 * @param mayBeEmpty whether there is something beside it that says enough
 * @throws Refusal INVALID_MESSAGE when nothing is left, MESSAGE_TOO_LARGE above `limit` UTF-16 units
 */
export function cleanText(raw: string, limit: number, mayBeEmpty = false): string {
  const text = raw
    .replace(/\r\n?/g, "\n")
    .replace(unsafe, "")
    .toWellFormed()
    .trimEnd()
    .replace(/^\s*\n/, "");
  if (text.replace(/[\s\p{Cf}]/gu, "") === "") {
    if (mayBeEmpty) return "";
    throw new Refusal("INVALID_MESSAGE", "A message needs some text.");
  }
  if (text.length > limit) {
    throw new Refusal(
      "MESSAGE_TOO_LARGE",
      `A message may have at most ${limit} characters; this one has ${text.length}.`,
    );
  }
  return text;
}

/**
 * HTML may be so many times as long as its text, and so much longer besides: a short message may hold a few links. It is stored, and
 * sent to everybody.
 */
const mostHtml = { times: 4, more: 2_048 };

/** Renders a clean text. What would become far longer than it was written is shown as it was written. */
export function renderBody(written: string, known: Resolve): Body {
  const text = spoken(written);
  const body = markup.test(text) ? renderMarkdown(text, known) : renderWords(text, known);
  if (body.html.length <= mostHtml.times * text.length + mostHtml.more) return body;
  return { html: asWritten(text), mentions: body.mentions };
}

/** Text with nothing in it but what it says. No character becomes more than four: what means nothing between tags is left alone. */
function asWritten(text: string): string {
  return `<p class="as-written">${text.replace(/&(?=[a-z#])/gi, "&amp;").replaceAll("<", "&lt;")}</p>\n`;
}

/** Plain words take a short way that gives what Markdown would. */
function renderWords(whole: string, known: Resolve): Body {
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
