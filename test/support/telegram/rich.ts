import type { RichBlock, RichBlockTableCell, RichText } from "grammy/types";
import MarkdownIt, { type Token } from "markdown-it";
import { badRequest } from "./refused.ts";

const md = new MarkdownIt({ html: true });

/** The text of a rich message as it was given. @throws ApiRefusal beyond Telegram's limits for them */
export function richText(message: unknown): string {
  const { markdown, html, blocks } = (typeof message === "object" && message !== null ? message : {}) as {
    markdown?: unknown;
    html?: unknown;
    blocks?: unknown;
  };
  if (blocks !== undefined) throw badRequest("the fake reads rich messages as markdown or html only");
  if ((markdown === undefined) === (html === undefined))
    throw badRequest("exactly one of markdown, html and blocks must be used in rich_message");
  const text = String(markdown ?? html);
  if (!text.trim()) throw badRequest("RICH_MESSAGE_EMPTY_INVALID");
  if ([...text].length > 32_768) throw badRequest("RICH_MESSAGE_TEXT_TOO_LONG_INVALID");
  if (markdown !== undefined) checkBlocks(text);
  return text;
}

/** What was given as Markdown, as Telegram tells of it: blocks within blocks. */
export function richBlocks(markdown: string): RichBlock[] {
  const tokens = md.parse(markdown, {});
  return blocksIn(tokens, 0, tokens.length);
}

function blocksIn(tokens: readonly Token[], from: number, to: number): RichBlock[] {
  const blocks: RichBlock[] = [];
  for (const [open, close] of spansIn(tokens, from, to)) {
    const { type, tag, content, info } = tokens[open] as Token;
    const words = textIn(tokens[open + 1]);
    const inner = () => blocksIn(tokens, open + 1, close);
    if (type === "paragraph_open") blocks.push({ type: "paragraph", text: words });
    else if (type === "heading_open") blocks.push({ type: "heading", text: words, size: Number(tag.slice(1)) as 1 });
    else if (type === "fence" || type === "code_block")
      blocks.push({ type: "pre", text: content.replace(/\n$/, ""), ...(info && { language: info }) });
    else if (type === "hr") blocks.push({ type: "divider" });
    else if (type === "blockquote_open") blocks.push({ type: "blockquote", blocks: inner() });
    else if (type === "bullet_list_open" || type === "ordered_list_open") {
      const items = spansIn(tokens, open + 1, close).map(([from, to], index) => ({
        label: type === "bullet_list_open" ? "•" : `${index + 1}.`,
        blocks: blocksIn(tokens, from + 1, to),
      }));
      blocks.push({ type: "list", items });
    } else if (type === "table_open") blocks.push({ type: "table", cells: cellsIn(tokens.slice(open, close)) });
  }
  return blocks;
}

/** Where each of the blocks that lie beside each other begins and ends. */
function spansIn(tokens: readonly Token[], from: number, to: number): [number, number][] {
  const spans: [number, number][] = [];
  for (let at = from; at < to; at++) {
    const open = at;
    if (tokens[at]?.nesting === 1)
      while (!(tokens[at]?.nesting === -1 && tokens[at]?.level === tokens[open]?.level)) at++;
    spans.push([open, at]);
  }
  return spans;
}

function cellsIn(tokens: readonly Token[]): RichBlockTableCell[][] {
  const rows: RichBlockTableCell[][] = [];
  for (const [index, { type }] of tokens.entries()) {
    if (type === "tr_open") rows.push([]);
    if (type === "th_open" || type === "td_open")
      rows.at(-1)?.push({ text: textIn(tokens[index + 1]), align: "left", valign: "top" });
  }
  return rows;
}

const formats: Record<string, "bold" | "italic" | "strikethrough"> = {
  strong: "bold",
  em: "italic",
  s: "strikethrough",
};

function textIn(inline: Token | undefined): RichText {
  const stack: { part: object; words: RichText[] }[] = [{ part: {}, words: [] }];
  for (const token of inline?.children ?? []) {
    const top = stack.at(-1);
    if (token.nesting === 1) {
      const href = token.attrGet("href");
      stack.push({ part: href === null ? { type: formats[token.tag] } : { type: "url", url: href }, words: [] });
    } else if (token.nesting === -1) {
      stack.pop();
      stack.at(-1)?.words.push({ ...top?.part, text: top?.words } as RichText);
    } else if (token.type === "code_inline") top?.words.push({ type: "code", text: token.content });
    else top?.words.push(/break$/.test(token.type) ? "\n" : token.content);
  }
  return stack[0]?.words ?? "";
}

/** Blocks of all depths, how deep they lie in each other, and the columns of tables. */
function checkBlocks(markdown: string): void {
  const blocks = md
    .parse(markdown, {})
    .filter(({ nesting, type }) => nesting >= 0 && !["inline", "thead_open", "tbody_open"].includes(type));
  if (blocks.filter(({ type }) => !/^t[hd]_open$/.test(type)).length > 500)
    throw badRequest("RICH_MESSAGE_BLOCKS_TOO_MANY_INVALID");
  if (blocks.some(({ level }) => level > 16)) throw badRequest("RICH_MESSAGE_DEPTH_INVALID");
  let columns = 0;
  for (const { type } of blocks) {
    columns = type === "tr_open" ? 0 : /^t[hd]_open$/.test(type) ? columns + 1 : columns;
    if (columns > 20) throw badRequest("RICH_MESSAGE_TABLE_COLUMNS_INVALID");
  }
}
