import type { MessageEntity, RichBlock, RichBlockListItem, RichBlockTableCell, RichText, User } from "grammy/types";
import { fenced, markdownOf, type Writing } from "./entities.ts";

/** So deep blocks and formats lie in each other at Telegram's, and no deeper: what walks them must not run out of stack. */
const deepest = 16;
/** Formats of one block, as many as older messages may have: what looks for each among all of them costs the square. */
const mostEntities = 100;

/** How a block is written, and how many characters of it are read: what is beyond is left out in any case. */
interface Reading extends Writing {
  readonly most: number;
}

/**
 * A rich message as Markdown, as far as there are words in it: of pictures and the like what stands beneath them.
 * @param most characters it may have; what is beyond is left out, and said to be
 */
export function richMarkdown(given: readonly RichBlock[], writing: Writing, most: number): string {
  const reading = { ...writing, most };
  const shown: string[] = [];
  let left = most - theRest.length;
  for (const block of given) {
    const markdown = blockOf(block, reading, 0);
    if (markdown === "") continue;
    // What is too long by itself, such as one paragraph of everything, is cut: as code, in which nothing is left open.
    const fitting = markdown.length <= left || shown.length > 0 ? markdown : fenced(markdown.slice(0, left / 2), "");
    left -= fitting.length + between.length;
    if (left < 0) return [...shown, theRest].join(between);
    shown.push(fitting);
    if (fitting !== markdown) return [...shown, theRest].join(between);
  }
  return shown.join(between);
}

const between = "\n\n";
const theRest = "\n\n(… the rest is to be read in Telegram.)";

function blocksOf(blocks: readonly RichBlock[], reading: Reading, depth: number): string {
  return blocks
    .map((block) => blockOf(block, reading, depth))
    .filter(Boolean)
    .join(between);
}

function blockOf(block: RichBlock, reading: Reading, depth: number): string {
  if (depth >= deepest) return "";
  const words = (text: RichText | undefined) => wordsOf(text, reading);
  const inner = (blocks: readonly RichBlock[]) => blocksOf(blocks, reading, depth + 1);
  switch (block.type) {
    case "heading":
      return `${"#".repeat(block.size)} ${inLine(words(block.text))}`;
    case "pre":
      return fenced(flat(block.text, reading.most).text, block.language ?? "");
    case "divider":
      return "---";
    case "mathematical_expression":
      return markdownOf(block.expression, [], reading);
    case "list":
      return block.items.map((item) => itemOf(item, inner)).join("\n");
    case "blockquote":
      return quoted([inner(block.blocks), words(block.credit)]);
    case "expandable_blockquote":
    case "pullquote":
      return quoted([words(block.text), words(block.credit)]);
    case "table":
      return [tableOf(block.cells, words), words(block.caption)].filter(Boolean).join(between);
    case "details":
      return [words(block.summary), inner(block.blocks)].filter(Boolean).join(between);
    case "collage":
    case "slideshow":
      return [inner(block.blocks), words(block.caption?.text)].filter(Boolean).join(between);
    case "buttons":
    case "anchor":
      return "";
    case "paragraph":
    case "footer":
    case "thinking":
      return words(block.text);
    default:
      // Pictures and the like; and kinds that are not known yet, which may have words where these have them.
      return words(block.caption?.text ?? (block as { text?: RichText }).text);
  }
}

function itemOf(item: RichBlockListItem, inner: (blocks: readonly RichBlock[]) => string): string {
  const box = item.has_checkbox ? (item.is_checked ? "☑ " : "☐ ") : "";
  const sign = /^\d+[.)]$/.test(item.label) ? item.label : "-";
  const within = `${box}${inner(item.blocks)}`.replaceAll("\n", `\n${" ".repeat(sign.length + 1)}`);
  return `${sign} ${within}`.replace(/^ +$/gm, "");
}

function quoted(parts: readonly string[]): string {
  return parts.filter(Boolean).join(between).replace(/^/gm, "> ");
}

function tableOf(rows: readonly RichBlockTableCell[][], words: (text: RichText | undefined) => string): string {
  const [head, ...others] = rows.map((row) => row.map((cell) => inLine(words(cell.text)).replace(/(?<!\\)\|/g, "\\|")));
  if (!head) return "";
  return [head, head.map(() => "---"), ...others].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

const inLine = (markdown: string) => markdown.replace(/(?<!\s)\s*\n\s*/g, " ");

function wordsOf(text: RichText | undefined, reading: Reading): string {
  if (text === undefined) return "";
  const { text: words, entities } = flat(text, reading.most);
  return markdownOf(words, entities, reading);
}

/** What may be in any of the kinds of text; those that are not known yet have their words in one of these as well. */
interface Formatted {
  readonly type: string;
  readonly text?: RichText;
  readonly alternative_text?: string;
  readonly expression?: string;
  readonly url?: string;
  readonly user?: User;
}

/** Words and what is formatted in them, as in older messages. */
function flat(text: RichText, most: number): { text: string; entities: MessageEntity[] } {
  let words = "";
  const entities: MessageEntity[] = [];
  const walk = (part: RichText, depth: number): void => {
    if (words.length > most) return;
    if (typeof part === "string") words += part.slice(0, most + 1 - words.length);
    else if (Array.isArray(part)) for (const each of part) walk(each, depth + 1);
    else if (depth < 2 * deepest) {
      const { type, text, alternative_text, expression, url, user } = part as Formatted;
      const offset = words.length;
      walk(text ?? alternative_text ?? expression ?? "", depth + 1);
      const place = { offset, length: words.length - offset };
      if (place.length === 0 || entities.length >= mostEntities) return;
      if (type === "bold" || type === "italic" || type === "strikethrough" || type === "code")
        entities.push({ type, ...place });
      else if (type === "url" && url !== undefined)
        entities.push(words.slice(offset) === url ? { type, ...place } : { type: "text_link", url, ...place });
      else if (type === "text_mention" && user) entities.push({ type, user, ...place });
    }
  };
  walk(text, 0);
  return { text: words, entities };
}
