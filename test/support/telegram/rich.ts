import MarkdownIt from "markdown-it";
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
