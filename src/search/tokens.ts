/** A word of a text as the index knows it, and where it stands. */
export interface Token {
  /** Folded: lower case, without accents, in one form. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** Longer words are known by their beginning: nobody types more of a key or a hash. */
const longestWord = 64;

/**
 * What counts as one word: a letter of a script that is written without spaces (so that any part of such a text is found as a
 * phrase), a pictograph, or a run of other letters and digits.
 */
const words =
  /[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]&&\p{L}]\p{M}*|\p{Extended_Pictographic}|[[\p{L}\p{M}\p{N}]--[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]&&\p{L}]]+/gv;
const plainWords = /[A-Za-z0-9]+/g;
const isPlain = /^[\u0000-\u007F]*$/;

/** The words of a text, in order. The same for what is indexed, what is asked and what is marked, so that they agree. */
export function tokensOf(text: string): Token[] {
  const plain = isPlain.test(text);
  const tokens: Token[] = [];
  for (const match of text.matchAll(plain ? plainWords : words)) {
    const word = (plain ? match[0].toLowerCase() : folded(match[0])).slice(0, longestWord).toWellFormed();
    if (word !== "") tokens.push({ word, start: match.index, end: match.index + match[0].length });
  }
  return tokens;
}

/** ASCII that a compatibility form comes apart into, such as the brackets of ⑴, would end a word of the index. */
function folded(typed: string): string {
  return typed
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[\u0300-\u036F]/g, "")
    .normalize("NFC")
    .toLowerCase()
    .replace(/[\u0000-\u002F\u003A-\u0060\u007B-\u007F]/g, "");
}
