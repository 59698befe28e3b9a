import { type Mark, outerFirst, type Style, type Styled } from "./styled.ts";

const inner = new Set<Style>(["code", "pre"]);

/** Writes a styled text from beginning to end. */
export class Styling {
  private text = "";
  private readonly marks: Mark[] = [];
  private readonly indents: string[] = [];
  /** Line ends that are due before the next word; none at the beginning. */
  private due = 0;
  /** Where a block began: what comes first in it stands there. */
  private began = 0;
  private readonly active: Style[] = [];

  /** Words in a line; a line end among them is followed by the indentation. */
  write(words: string): void {
    const [first = "", ...others] = words.split("\n");
    this.put(first);
    for (const line of others) {
      this.lineBreak();
      this.put(line);
    }
  }

  /** A block of code, exactly as it is: indentation would be part of it. */
  writeCode(code: string, language: string): void {
    this.flush("");
    const offset = this.text.length;
    this.text += code;
    this.mark("pre", offset, language ? { language } : {});
  }

  /** At least so many line ends before what comes next. */
  lineEnd(count: number): void {
    if (this.text.length > this.began) this.due = Math.max(this.due, count);
  }

  /** A further line end before what comes next. */
  lineBreak(): void {
    if (this.text.length > this.began) this.due++;
  }

  /** What comes next stands here, whatever kind of block it is. */
  beside(): void {
    this.began = this.text.length;
  }

  /** What is written meanwhile looks like that. */
  within(style: Style, more: { url?: string }, act: () => void): void {
    // What is due stands before the stretch, not in it; a quote has its own line.
    this.flush(this.indents.join(""));
    const offset = this.text.length;
    if (style === "blockquote") this.beside();
    // Telegram shows a link or code, not both: that it leads somewhere is worth more.
    const isNew = !this.active.includes(style) && !(style === "code" && this.active.includes("text_link"));
    this.active.push(style);
    act();
    this.active.pop();
    if (isNew) this.mark(style, offset, more);
  }

  /** What is written meanwhile stands further to the right, from its second line on. */
  indented(by: string, act: () => void): void {
    this.indents.push(by);
    act();
    this.indents.pop();
  }

  done(): Styled {
    const codes = this.marks.filter(({ style }) => inner.has(style));
    const others = this.marks.filter(({ style }) => !inner.has(style));
    return { text: this.text, marks: [...codes, ...others.flatMap((mark) => around(mark, codes))].sort(outerFirst) };
  }

  private put(words: string): void {
    if (!words) return;
    this.flush(this.indents.join(""));
    this.text += words;
  }

  private flush(indent: string): void {
    if (this.due > 0) this.text += "\n".repeat(this.due) + indent;
    this.due = 0;
  }

  private mark(style: Style, offset: number, more: Partial<Mark>): void {
    const length = this.text.length - offset;
    if (length > 0) this.marks.push({ style, offset, length, ...more });
  }
}

/**
 * Telegram's code is nothing but code: what is bold or struck around it ends before it and begins again behind.
 * @param codes in the order of the text
 */
function around(mark: Mark, codes: readonly Mark[]): Mark[] {
  if (mark.style === "blockquote") return [mark];
  const pieces: Mark[] = [];
  const end = mark.offset + mark.length;
  let from = mark.offset;
  for (let at = firstFrom(codes, from); at < codes.length; at++) {
    const code = codes[at];
    if (!code || code.offset >= end) break;
    if (code.offset > from) pieces.push({ ...mark, offset: from, length: code.offset - from });
    from = code.offset + code.length;
  }
  if (from < end) pieces.push({ ...mark, offset: from, length: end - from });
  return pieces;
}

/** The index of the first mark that begins there or later, by halving: a text may hold thousands. */
function firstFrom(marks: readonly Mark[], offset: number): number {
  let [low, high] = [0, marks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
