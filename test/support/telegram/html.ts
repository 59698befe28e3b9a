import type { MessageEntity } from "grammy/types";
import { badRequest } from "./refused.ts";

/** A text as people see it, and what is bold in it and so on; offsets in UTF-16 units. */
export interface Formatted {
  readonly text: string;
  readonly entities: MessageEntity[];
}

interface Open {
  readonly tag: string;
  readonly argument: string;
  readonly offset: number;
}

const simple: Record<string, "bold" | "italic" | "underline" | "strikethrough" | "spoiler"> = {
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  u: "underline",
  ins: "underline",
  s: "strikethrough",
  strike: "strikethrough",
  del: "strikethrough",
  "tg-spoiler": "spoiler",
  span: "spoiler",
};
const known = new Set([...Object.keys(simple), "a", "pre", "code", "blockquote", "tg-emoji", "tg-time"]);
const named: Record<string, number> = { lt: 60, gt: 62, amp: 38, quot: 34 };

/** From outside to inside where several are about the same stretch, as Telegram orders them. */
const order = [
  "blockquote",
  "expandable_blockquote",
  "pre",
  "code",
  "text_link",
  "bold",
  "italic",
  "underline",
  "strikethrough",
  "spoiler",
];
const outerFirst = (a: MessageEntity, b: MessageEntity) =>
  a.offset - b.offset || b.length - a.length || order.indexOf(a.type) - order.indexOf(b.type);

/** Telegram's own HTML: a few tags that must nest, four named entities and the numbered ones. @throws ApiRefusal as Telegram words it */
export function parseHtml(html: string): Formatted {
  return new Parser(html).parse();
}

class Parser {
  private at = 0;
  private text = "";
  private readonly open: Open[] = [];
  private readonly entities: MessageEntity[] = [];

  constructor(private readonly html: string) {}

  parse(): Formatted {
    while (this.at < this.html.length) {
      const char = this.html[this.at];
      if (char === "&") this.text += this.entity();
      else if (char === "<" && this.html[this.at + 1] === "/") this.endTag();
      else if (char === "<") this.startTag();
      else {
        this.text += char;
        this.at++;
      }
    }
    const left = this.open.at(-1);
    if (left) throw unparsable(`Can't find end tag corresponding to start tag "${left.tag}"`);
    if (!this.text.isWellFormed())
      throw unparsable("Text contains invalid Unicode characters after decoding HTML entities");
    // A language belongs to blocks; for code within a line it is forgotten.
    const entities = this.entities.map(
      (each): MessageEntity =>
        each.type === "code" ? { type: "code", offset: each.offset, length: each.length } : each,
    );
    return { text: this.text, entities: entities.sort(outerFirst) };
  }

  /** One entity at `at`; what is none is the character itself. */
  private entity(): string {
    const found = /^&(?:#x([\da-f]{1,6})|#(\d{1,7})|([a-z]+));?/i.exec(this.html.slice(this.at, this.at + 12));
    const code = found?.[1] ? Number.parseInt(found[1], 16) : found?.[2] ? Number(found[2]) : named[found?.[3] ?? ""];
    if (!found || !code || code >= 0x10ffff) {
      this.at++;
      return "&";
    }
    this.at += found[0].length;
    return String.fromCodePoint(code);
  }

  private startTag(): void {
    const begin = this.at;
    const tag = this.word(1);
    if (this.at >= this.html.length) throw this.unparsableAt(begin, "Unclosed start tag");
    if (!known.has(tag)) throw this.unparsableAt(begin, `Unsupported start tag "${tag}"`);
    const attributes = new Map<string, string>();
    for (;;) {
      this.spaces();
      if (this.html[this.at] === ">") break;
      const [name, value] = this.attribute(tag, begin);
      attributes.set(name, value);
    }
    this.at++;
    const argument = argumentOf(tag, attributes);
    if (tag === "span" && argument !== "spoiler")
      throw this.unparsableAt(begin, 'Tag "span" must have class "tg-spoiler"');
    if (tag === "blockquote" && this.open.some((each) => each.tag === "blockquote"))
      throw this.unparsableAt(begin, "Blockquotes can't be nested");
    this.open.push({ tag, argument, offset: this.text.length });
  }

  private attribute(tag: string, begin: number): [string, string] {
    const start = this.at;
    while (this.at < this.html.length && !/[\s=>]/.test(this.html[this.at] ?? "")) this.at++;
    const name = this.html.slice(start, this.at).toLowerCase();
    if (!name) throw this.unparsableAt(begin, `Empty attribute name in the tag "${tag}"`);
    this.spaces();
    if (this.html[this.at] !== "=") {
      if (tag === "blockquote" && name === "expandable") return [name, ""];
      throw this.unparsableAt(begin, `Expected equal sign in declaration of an attribute of the tag "${tag}"`);
    }
    this.at++;
    this.spaces();
    const quote = this.html[this.at];
    if (quote !== '"' && quote !== "'") {
      const token = /^[\da-z.-]*/i.exec(this.html.slice(this.at))?.[0] ?? "";
      this.at += token.length;
      if (!/[\s>]/.test(this.html[this.at] ?? "")) throw this.unparsableAt(this.at, "Unexpected end of name token");
      return [name, token.toLowerCase()];
    }
    this.at++;
    let value = "";
    while (this.at < this.html.length && this.html[this.at] !== quote)
      value += this.html[this.at] === "&" ? this.entity() : this.html[this.at++];
    if (this.at >= this.html.length) throw this.unparsableAt(begin, "Unclosed start tag");
    this.at++;
    return [name, value];
  }

  private endTag(): void {
    const begin = this.at;
    const open = this.open.pop();
    if (!open) throw this.unparsableAt(begin, "Unexpected end tag");
    const tag = this.word(2);
    this.spaces();
    if (this.html[this.at] !== ">") throw this.unparsableAt(begin, "Unclosed end tag");
    if (tag && tag !== open.tag)
      throw this.unparsableAt(begin, `Unmatched end tag, expected "</${open.tag}>", found "</${tag}>"`);
    this.at++;
    const length = this.text.length - open.offset;
    if (length > 0) this.close(open, length);
  }

  private close({ tag, argument, offset }: Open, length: number): void {
    const place = { offset, length };
    const type = simple[tag];
    const last = this.entities.at(-1);
    const isAround = last?.offset === offset && last.length === length;
    if (type) this.entities.push({ type, ...place });
    else if (tag === "code")
      this.entities.push({ type: "code", ...place, ...(argument && { language: argument }) } as MessageEntity);
    else if (tag === "pre" && last?.type === "code" && isAround && "language" in last)
      this.entities.splice(-1, 1, { type: "pre", ...place, language: String(last.language) });
    else if (tag === "pre") this.entities.push({ type: "pre", ...place });
    else if (tag === "blockquote")
      this.entities.push({ type: argument ? "expandable_blockquote" : "blockquote", ...place });
    else if (tag === "a") {
      const url = argument || this.text.slice(offset);
      // What is no address Telegram knows is no link, and nobody is told.
      if (/^(https?|tg|ton):\/\/[^\s/]/i.test(url)) this.entities.push({ type: "text_link", url, ...place });
    } else if (tag === "tg-emoji" && !/^[1-9]\d*$/.test(argument))
      throw unparsable("Invalid custom emoji identifier specified");
  }

  /** The tag's name after `skip` characters. */
  private word(skip: number): string {
    const start = this.at + skip;
    this.at = start;
    while (this.at < this.html.length && !/[\s>]/.test(this.html[this.at] ?? "")) this.at++;
    return this.html.slice(start, this.at).toLowerCase();
  }

  private spaces(): void {
    while (/\s/.test(this.html[this.at] ?? "")) this.at++;
  }

  private unparsableAt(index: number, words: string) {
    return unparsable(`${words} at byte offset ${Buffer.byteLength(this.html.slice(0, index))}`);
  }
}

function argumentOf(tag: string, attributes: ReadonlyMap<string, string>): string {
  const className = attributes.get("class") ?? "";
  if (tag === "a") return attributes.get("href") ?? "";
  if (tag === "code") return className.startsWith("language-") ? className.slice(9) : "";
  if (tag === "span") return className.startsWith("tg-") ? className.slice(3) : "";
  if (tag === "tg-emoji") return attributes.get("emoji-id") ?? "";
  if (tag === "blockquote") return attributes.has("expandable") ? "expandable" : "";
  return "";
}

const unparsable = (words: string) => badRequest(`can't parse entities: ${words}`);
