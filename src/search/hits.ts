import type { Term } from "./query.ts";
import type { Token } from "./tokens.ts";

/** Where the terms stand, in order, none over another. */
export function hitsIn(tokens: readonly Token[], terms: readonly Term[]): { start: number; end: number }[] {
  const hits: { start: number; end: number }[] = [];
  for (let index = 0; index < tokens.length; ) {
    const length = Math.max(0, ...terms.map((term) => (fits(tokens, index, term) ? term.words.length : 0)));
    const [from, to] = [tokens[index], tokens[index + length - 1]];
    if (from && to && length > 0) hits.push({ start: from.start, end: to.end });
    index += Math.max(1, length);
  }
  return hits;
}

function fits(tokens: readonly Token[], index: number, { words, open, inside }: Term): boolean {
  return words.every((wanted, offset) => {
    const word = tokens[index + offset]?.word;
    if (word === undefined) return false;
    const mayBegin = inside && offset === 0;
    const mayGoOn = open && offset === words.length - 1;
    if (mayBegin) return mayGoOn ? word.includes(wanted) : word.endsWith(wanted);
    return mayGoOn ? word.startsWith(wanted) : word === wanted;
  });
}

/**
 * How much a text is about the terms: how often each stands there, less for each time more, and less in a long text. All texts that are
 * compared hold all terms, so it does not matter how rare each is.
 */
export function relevanceOf(tokens: readonly Token[], terms: readonly Term[]): number {
  const length = 0.5 + tokens.length / usualLength;
  return terms.reduce((sum, term) => {
    const times = tokens.filter((_, index) => fits(tokens, index, term)).length;
    return sum + times / (times + length);
  }, 0);
}

/** Words of an ordinary message. */
const usualLength = 24;
