import { hitsIn } from "./hits.ts";
import type { Term } from "./query.ts";
import { tokensOf } from "./tokens.ts";

/** A part of a message around what was found: `marked` is what was looked for. */
export interface Piece {
  readonly text: string;
  readonly marked: boolean;
}

/** About two lines: enough to recognise a message by. */
const longest = 180;
/** What stands before the first hit, so that one sees what it is about. */
const before = 60;

/** The part of a text where the terms first stand, on one line, in pieces. Without terms, its beginning. */
export function snippetOf(text: string, terms: readonly Term[]): Piece[] {
  const hits = hitsIn(tokensOf(text), terms);
  const [first] = hits;
  const start = first && first.start > before ? wordStart(text, first.start - before) : 0;
  const end = text.length - start > longest ? wordEnd(text, start + longest) : text.length;
  const pieces: Piece[] = [];
  const add = (from: number, to: number, marked: boolean) => {
    const part = text.slice(from, to).replace(/\s+/g, " ").toWellFormed();
    if (part !== "") pieces.push({ text: part, marked });
  };
  if (start > 0) pieces.push({ text: "…", marked: false });
  let at = start;
  for (const hit of hits) {
    if (hit.start < at || hit.end > end) continue;
    add(at, hit.start, false);
    add(hit.start, hit.end, true);
    at = hit.end;
  }
  add(at, end, false);
  if (end < text.length) pieces.push({ text: "…", marked: false });
  return pieces;
}

/** The pieces as HTML that holds nothing but `<mark>`. */
export function snippetHtml(pieces: readonly Piece[]): string {
  return pieces
    .map(({ text, marked }) => (marked ? `<mark>${Bun.escapeHTML(text)}</mark>` : Bun.escapeHTML(text)))
    .join("");
}

/** Nearest place at or after `from` where a word begins, unless words there are very long. */
function wordStart(text: string, from: number): number {
  const space = text.slice(from, from + 30).search(/\s/);
  return space === -1 ? from : from + space + 1;
}

function wordEnd(text: string, to: number): number {
  const space = text.slice(to - 30, to).search(/\s\S*$/);
  return space === -1 ? to : to - 30 + space;
}
