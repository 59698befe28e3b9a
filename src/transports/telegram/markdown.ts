import MarkdownIt, { type Token } from "markdown-it";
import { frugalLinks } from "../../messages/links.ts";
import { mentionAt } from "../../messages/mentions.ts";
import { modestTables } from "../../messages/tables.ts";
import type { Style, Styled } from "./styled.ts";
import { Styling } from "./styling.ts";
import { tableOf } from "./table.ts";

/** Reads Markdown as the page does (messages/markdown.ts), so that a message means the same on both. */
const md = new MarkdownIt({ html: false, linkify: true, breaks: true, typographer: false });
md.use(frugalLinks).use(modestTables);
md.disable("image");
md.inline.ruler.before("emphasis", "mention", (state, silent) => {
  if (state.src.charCodeAt(state.pos) !== 0x40) return false;
  const mention = mentionAt(state.src, state.pos, () => false);
  if (!mention) return false;
  if (!silent) state.pending += state.src.slice(state.pos, mention.end);
  state.pos = mention.end;
  return true;
});

const inlineStyles: Record<string, Style> = { strong: "bold", em: "italic", s: "strikethrough" };
const rule = "———";

/** Markdown as Telegram can show it: headings bold, lists with dots and numbers, tables as code. */
export function styledOf(markdown: string): Styled {
  const tokens = md.parse(cleaned(markdown), {});
  const styling = new Styling();
  new Walk(tokens, styling).blocks(tokens.length);
  return styling.done();
}

/** Control characters, which Telegram replaces or removes, and half characters, which it refuses. */
export const cleaned = (text: string) =>
  text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replace(/[\u0000-\u0008\u000b-\u001f\u2028-\u202e]/g, " ");

interface List {
  /** The next item's number; null in a list with dots. */
  number: number | null;
}

/** Goes through the tokens once. */
class Walk {
  private at = 0;
  private readonly lists: List[] = [];
  private quotes = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly out: Styling,
  ) {}

  /** Blocks up to the token with that index. */
  blocks(end: number): void {
    while (this.at < end) this.block();
  }

  private block(): void {
    const token = this.tokens[this.at++];
    if (!token) return;
    const end = this.endOf(token);
    switch (token.type) {
      case "heading_open":
        this.apart(2, () => this.out.within("bold", {}, () => this.blocks(end)));
        break;
      case "paragraph_open":
        // In lists paragraphs are lines.
        this.apart(this.lists.length > 0 ? 1 : 2, () => this.blocks(end));
        break;
      case "bullet_list_open":
      case "ordered_list_open":
        this.apart(this.lists.length > 0 ? 1 : 2, () => this.list(token, end));
        break;
      case "list_item_open":
        this.apart(1, () => this.item(end));
        break;
      case "blockquote_open":
        this.apart(2, () => this.quote(end));
        break;
      case "fence":
      case "code_block":
        this.code(token.content.replace(/\n$/, ""), token.info.trim().split(/\s/)[0] ?? "");
        break;
      case "table_open":
        this.code(tableOf(this.tokens.slice(this.at, end), plainOf), "");
        this.at = end;
        break;
      case "hr":
        this.apart(2, () => this.out.write(rule));
        break;
      case "inline":
        new Inline(token.children ?? [], this.out).write();
    }
  }

  /** With so many line ends before and behind it. */
  private apart(lineEnds: number, act: () => void): void {
    this.out.lineEnd(lineEnds);
    act();
    this.out.lineEnd(lineEnds);
  }

  private list(token: Token, end: number): void {
    const start = Number(token.attrGet("start") ?? 1);
    this.lists.push({ number: token.type === "ordered_list_open" ? start : null });
    this.blocks(end);
    this.lists.pop();
  }

  private item(end: number): void {
    const list = this.lists.at(-1);
    const marker = list === undefined || list.number === null ? "• " : `${list.number++}. `;
    this.out.write(marker);
    this.out.beside();
    this.out.indented(" ".repeat(marker.length), () => this.blocks(end));
  }

  /** Quotes cannot lie within each other at Telegram's: the inner ones are marked as people do by hand. */
  private quote(end: number): void {
    this.quotes++;
    if (this.quotes === 1) this.out.within("blockquote", {}, () => this.blocks(end));
    else {
      this.out.write("> ");
      this.out.beside();
      this.out.indented("> ", () => this.blocks(end));
    }
    this.quotes--;
  }

  private code(content: string, language: string): void {
    const known = /^[\w+#.-]{1,30}$/.test(language) ? language : "";
    if (content.trim()) this.apart(2, () => this.out.writeCode(content, known));
  }

  /** The index of the token that closes an opening one. */
  private endOf(token: Token): number {
    if (token.nesting !== 1) return this.at;
    let end = this.at;
    while (end < this.tokens.length && this.tokens[end]?.level !== token.level) end++;
    return end;
  }
}

/** What stands in a line. */
class Inline {
  private at = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly out: Styling,
  ) {}

  write(): void {
    while (this.at < this.tokens.length) this.next();
  }

  private next(): void {
    const token = this.tokens[this.at++];
    if (!token) return;
    if (token.type === "softbreak" || token.type === "hardbreak") this.out.lineBreak();
    else if (token.type === "code_inline") this.code(token.content);
    else if (token.type === "link_open") this.link(token);
    else if (token.nesting === 1) this.out.within(inlineStyles[token.tag] ?? "italic", {}, () => this.until(token));
    else if (token.nesting === 0) this.out.write(token.content);
  }

  /** What an opening token has in it. */
  private until(open: Token): void {
    while (this.at < this.tokens.length) {
      const token = this.tokens[this.at];
      if (token?.nesting === -1 && token.level === open.level) break;
      this.next();
    }
    this.at++;
  }

  private code(content: string): void {
    if (!content.trim()) this.out.write(content);
    else this.out.within("code", {}, () => this.out.write(content));
  }

  private link(open: Token): void {
    const href = String(open.attrGet("href") ?? "");
    // An address that stands there as it is needs nothing: Telegram finds it.
    if (open.info === "auto") this.until(open);
    else if (/^https?:/i.test(href)) this.out.within("text_link", { url: href }, () => this.until(open));
    else {
      // Telegram has links to pages only.
      this.until(open);
      this.out.write(` (${href.replace(/^mailto:/i, "")})`);
    }
  }
}

/** The words of a cell. */
function plainOf(cell: Token): string {
  const styling = new Styling();
  new Inline(cell.children ?? [], styling).write();
  return styling.done().text.replaceAll("\n", " ");
}

/** The words that a Markdown text shows, without the dots and numbers that lists get. */
export function wordsOf(markdown: string): string {
  const words = (tokens: readonly Token[]): string =>
    tokens
      .map(({ children, content, type }) =>
        type === "softbreak" || type === "hardbreak" ? "\n" : children ? words(children) : content,
      )
      .join("\n");
  return words(md.parse(cleaned(markdown), {}));
}
