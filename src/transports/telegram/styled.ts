/** How a stretch of a text looks; the names are Telegram's. */
export type Style = "bold" | "italic" | "strikethrough" | "code" | "pre" | "text_link" | "blockquote";

export interface Mark {
  readonly style: Style;
  /** In UTF-16 units, as Telegram counts. */
  readonly offset: number;
  readonly length: number;
  /** Of a link. */
  readonly url?: string;
  /** Of a block of code. */
  readonly language?: string;
}

/** A text as people see it, and how it looks. What counts against Telegram's limits is the length of `text` alone. */
export interface Styled {
  readonly text: string;
  /** Each lies within another or beside it; outer ones first. */
  readonly marks: readonly Mark[];
}

/** From outside to inside, for marks of the same stretch. */
const depth: Record<Style, number> = {
  blockquote: 0,
  text_link: 1,
  bold: 2,
  italic: 3,
  strikethrough: 4,
  pre: 5,
  code: 6,
};

export const outerFirst = (a: Mark, b: Mark) =>
  a.offset - b.offset || b.length - a.length || depth[a.style] - depth[b.style];

/** A piece of it, as if it stood alone: what is cut through is whole again on both sides. */
export function pieceOf({ text, marks }: Styled, from: number, to: number): Styled {
  const kept = marks.flatMap((mark) => {
    const offset = Math.max(mark.offset, from);
    const length = Math.min(mark.offset + mark.length, to) - offset;
    return length > 0 ? [{ ...mark, offset: offset - from, length }] : [];
  });
  return { text: text.slice(from, to), marks: kept };
}

/** Space, and characters that only join or direct others. */
const unseen =
  /^(?:\s|\u00ad|\u034f|\u061c|\u115f|\u1160|\u17b4|\u17b5|[\u180b-\u180f]|[\u200b-\u200f]|[\u202a-\u202e]|[\u2060-\u206f]|\u2800|\u3164|[\ufe00-\ufe0f]|\uffa0|\ufffe|\uffff)*$/;

/** Whether there is nothing to see in it. */
export const isBlank = (text: string) => unseen.test(text);

/** Words of ours, all of them alike. */
export function words(text: string, style?: Style): Styled {
  return { text, marks: style && text !== "" ? [{ style, offset: 0, length: text.length }] : [] };
}

/** Several, one after the other; those without words leave nothing between. */
export function joined(parts: readonly Styled[], between: string): Styled {
  let text = "";
  const marks: Mark[] = [];
  for (const part of parts) {
    if (part.text === "") continue;
    if (text !== "") text += between;
    const { length } = text;
    marks.push(...part.marks.map((mark) => ({ ...mark, offset: mark.offset + length })));
    text += part.text;
  }
  return { text, marks };
}
