import { isBlank, pieceOf, type Styled } from "./styled.ts";

/** Where to cut, the best first: between paragraphs, lines, sentences, words. */
const borders = [/\n{2,}/g, /\n/g, /(?<=[.!?…。！？])\s+/g, /\s+/g];
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * Cuts a text into pieces that Telegram takes. A block of code stays whole where it can and goes on as code where it cannot; no
 * character is cut through, however many units it has.
 * @param most UTF-16 units a piece may have
 */
export function split(styled: Styled, most: number): Styled[] {
  const pieces: Styled[] = [];
  let from = 0;
  while (styled.text.length - from > most) {
    const [end, next] = cut(styled, from, most);
    pieces.push(pieceOf(styled, from, end));
    from = next;
  }
  pieces.push(pieceOf(styled, from, styled.text.length));
  return pieces.filter(({ text }) => !isBlank(text));
}

/** @returns where the piece ends and where the next one begins: the space between them is left out */
function cut(styled: Styled, from: number, most: number): [number, number] {
  const { text, marks } = styled;
  const limit = from + most;
  // A border in the first half would leave a piece that is hardly one.
  const least = from + Math.floor(most / 2);
  const block = marks.find(({ style, offset, length }) => style === "pre" && offset < limit && offset + length > limit);
  if (block && block.offset > from + most / 4 && block.length <= most)
    return [trimmedEnd(text, from, block.offset), block.offset];
  // Within code only lines are borders, and its blank space is kept.
  const kinds = block && block.offset < least ? borders.slice(1, 2) : borders;
  for (const border of kinds) {
    const found = lastBorder(text, border, least, limit);
    if (found) return found;
  }
  const end = wholeCharacters(text, from, limit);
  return [end, end];
}

function lastBorder(text: string, border: RegExp, least: number, limit: number): [number, number] | null {
  let last: [number, number] | null = null;
  // One character beyond the limit may be the space that is left out.
  for (const { index, 0: space } of text.slice(least, limit + 1).matchAll(border)) {
    const start = least + index;
    if (start > least) last = [start, Math.min(start + space.length, text.length)];
  }
  return last;
}

/** The last place up to the limit where no character is cut through. */
function wholeCharacters(text: string, from: number, limit: number): number {
  const around = graphemes.segment(text.slice(from, limit + 64)).containing(limit - from);
  const start = from + (around?.index ?? limit - from);
  if (start > from) return start;
  // One "character" longer than a message, such as a tower of accents: at least no surrogate pair is cut.
  const code = text.charCodeAt(limit - 1);
  return code >= 0xd800 && code <= 0xdbff ? limit - 1 : limit;
}

function trimmedEnd(text: string, from: number, end: number): number {
  return from + text.slice(from, end).trimEnd().length;
}
