import type { MessageEntity } from "grammy/types";
import { escaped, escapedWholly } from "./escape.ts";
import { cleaned, wordsOf } from "./markdown.ts";

type Type = MessageEntity["type"];

/** Finds how somebody whom Telegram knows by number is called here, without `@`. */
export type HandleOf = (userId: number) => string | undefined;

/** How words are written as Markdown. */
export interface Writing {
  readonly handleOf?: HandleOf;
  /** Whether a name with an `@` calls who bears it: not in words of others, which are only shown. True when it is left out. */
  readonly calls?: boolean;
}

/**
 * What people format on Telegram, as Markdown. What Markdown has no sign for (underlined, hidden) stays as words. Whatever
 * is written, the Markdown shows the same words: where signs would not do what they should, they are left out.
 * @param entities with offsets in UTF-16 units, in any order
 */
export function markdownOf(
  text: string,
  entities: readonly MessageEntity[] = [],
  { handleOf = () => undefined, calls = true }: Writing = {},
): string {
  const words = wordsWithHandles(text, entities, handleOf);
  const wanted = squeezed(words.text);
  for (const kept of [() => true, isUnmistakable]) {
    const markdown = blocks(
      words.text,
      words.entities.filter(({ type }) => kept(type)),
      0,
      words.text.length,
      calls,
    );
    if (squeezed(wordsOf(markdown)) === wanted) return markdown;
  }
  return escapedWholly(words.text);
}

/** These hardly ever go wrong; the others depend on what stands beside them. */
const isUnmistakable = (type: Type) =>
  type === "pre" || type === "url" || type === "blockquote" || type === "expandable_blockquote";

/** Words without space; addresses as they are read, because the page shows them so. */
const squeezed = (text: string) =>
  cleaned(text)
    .replace(/\s+/g, "")
    .replace(/(?:%[\da-f]{2})+/gi, (bytes) => decoded(bytes));

function decoded(bytes: string): string {
  try {
    return decodeURIComponent(bytes);
  } catch {
    return bytes;
  }
}

/** People without a user name are mentioned by a link to their number: here by their handle, when they have one. */
function wordsWithHandles(text: string, entities: readonly MessageEntity[], handleOf: HandleOf) {
  let words = text;
  let kept = [...entities];
  for (const mention of entities.toSorted((a, b) => b.offset - a.offset)) {
    const handle = mention.type === "text_mention" ? handleOf(mention.user.id) : undefined;
    if (handle === undefined) continue;
    const end = mention.offset + mention.length;
    const grown = handle.length + 1 - mention.length;
    words = `${words.slice(0, mention.offset)}@${handle}${words.slice(end)}`;
    kept = kept
      .filter((each) => each !== mention)
      .map((each) => {
        if (each.offset >= end) return { ...each, offset: each.offset + grown };
        return each.offset + each.length >= end ? { ...each, length: each.length + grown } : each;
      });
  }
  return { text: words, entities: kept };
}

/** Code and quotes have lines of their own; what stands between them is paragraphs. */
function blocks(text: string, entities: readonly MessageEntity[], from: number, to: number, calls: boolean): string {
  const parts: string[] = [];
  let at = from;
  const isBlock = ({ type }: MessageEntity) =>
    type === "pre" || type === "blockquote" || type === "expandable_blockquote";
  for (const block of entities.filter(isBlock).toSorted((a, b) => a.offset - b.offset || b.length - a.length)) {
    const end = Math.min(block.offset + block.length, to);
    if (block.offset < at || end <= block.offset) continue;
    parts.push(lines(text, entities, at, block.offset, calls));
    const inside = entities.filter((each) => each !== block);
    parts.push(
      block.type === "pre"
        ? fenced(text.slice(block.offset, end), block.language ?? "")
        : blocks(text, inside, block.offset, end, calls).replace(/^/gm, "> "),
    );
    at = end;
  }
  parts.push(lines(text, entities, at, to, calls));
  return parts.filter(Boolean).join("\n\n");
}

/** Words as a block of code: all of them stay as they are. */
export function fenced(code: string, language: string): string {
  const fence = longerThanIn(code, 3);
  return `${fence}${/^[\w+#.-]*$/.test(language) ? language : ""}\n${code.replace(/\n$/, "")}\n${fence}`;
}

/** Paragraphs: what is formatted across several lines is formatted in each, because Markdown's signs end with a paragraph. */
function lines(text: string, entities: readonly MessageEntity[], from: number, to: number, calls: boolean): string {
  const written: string[] = [];
  let at = from;
  for (const line of text.slice(from, to).split("\n")) {
    written.push(inline(text, entities, at, at + line.length, calls));
    at += line.length + 1;
  }
  const first = written.findIndex(Boolean);
  return first === -1 ? "" : written.slice(first, written.findLastIndex(Boolean) + 1).join("\n");
}

const signs: Partial<Record<Type, string>> = { bold: "**", italic: "*", strikethrough: "~~" };
const inlineOrder: readonly Type[] = ["text_link", "url", "bold", "italic", "strikethrough", "code"];

/** What may begin a name within an address. */
const calling = /(?<![\p{L}\p{M}\p{N}_@/.+=-])@/gu;

/** One line: runs in which nothing changes, and the signs between them. */
function inline(text: string, entities: readonly MessageEntity[], from: number, to: number, calls: boolean): string {
  const within = entities.flatMap((each) => shrunk(text, each, from, to));
  const borders = [...new Set([from, to, ...within.flatMap(({ offset, length }) => [offset, offset + length])])].sort(
    (a, b) => a - b,
  );
  let markdown = "";
  let open: MessageEntity[] = [];
  for (const [index, start] of borders.entries()) {
    const active = within
      .filter(({ offset, length }) => offset <= start && start < offset + length)
      .sort((a, b) => inlineOrder.indexOf(a.type) - inlineOrder.indexOf(b.type));
    // Those that go on stay open as far as they are the outer ones.
    let same = 0;
    while (same < open.length && open[same] === active[same]) same++;
    markdown += open.slice(same).reverse().map(closing).join("") + active.slice(same).map(opening).join("");
    open = active;
    const end = borders[index + 1] ?? start;
    const run = text.slice(start, end);
    if (active.some(({ type }) => type === "code")) markdown += spanOf(run);
    else if (active.some(({ type }) => type === "url")) markdown += calls ? run : run.replace(calling, "%40");
    else markdown += escaped(text.slice(from, to), start - from, end - from, calls);
  }
  return markdown;
}

/** An entity as far as it is in this line and can be written: signs must stand beside words, not beside space. */
function shrunk(text: string, each: MessageEntity, from: number, to: number): MessageEntity[] {
  if (!inlineOrder.includes(each.type)) return [];
  if (each.type === "url" && !/^https?:\/\/[^\s<>]+$/.test(text.slice(each.offset, each.offset + each.length)))
    return [];
  if (each.type === "text_link" && !/^https?:\/\//i.test(each.url)) return [];
  let start = Math.max(each.offset, from);
  let end = Math.min(each.offset + each.length, to);
  while (start < end && /\s/.test(text.charAt(start))) start++;
  while (end > start && /\s/.test(text.charAt(end - 1))) end--;
  return start < end ? [{ ...each, offset: start, length: end - start }] : [];
}

const opening = ({ type }: MessageEntity) => (type === "text_link" ? "[" : (signs[type] ?? ""));

function closing(entity: MessageEntity): string {
  if (entity.type !== "text_link") return signs[entity.type] ?? "";
  return `](${entity.url.replace(/[\s<>()\\[\]]/g, percentEncoded)})`;
}

const percentEncoded = (character: string) =>
  "()".includes(character) ? `%${character.charCodeAt(0).toString(16)}` : encodeURIComponent(character);

function spanOf(code: string): string {
  const fence = longerThanIn(code, 1);
  const pad = /^`|`$/.test(code) ? " " : "";
  return `${fence}${pad}${code}${pad}${fence}`;
}

/** Backticks, more than stand together anywhere in the code. */
function longerThanIn(code: string, least: number): string {
  const longest = Math.max(least - 1, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  return "`".repeat(longest + 1);
}
