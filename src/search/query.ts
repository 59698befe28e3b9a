import { spanOf } from "./dates.ts";
import { tokensOf } from "./tokens.ts";

/** Words that must stand next to each other in a message. */
export interface Term {
  readonly words: readonly string[];
  /** The last word may go on: `deploy*`. */
  readonly open: boolean;
  /** The first word may have begun before: `*ployment`. */
  readonly inside: boolean;
}

/** What somebody looks for, as far as it could be understood. Every text is understood somehow: nothing is an error. */
export interface Query {
  readonly terms: readonly Term[];
  /** Names as typed; a message is by one of them. */
  readonly from: readonly string[];
  /** Rooms as typed; a message is in one of them. */
  readonly in: readonly string[];
  readonly has: readonly Feature[];
  /** Wall time in ms: messages from then on, and messages before then. */
  readonly after: number | null;
  readonly before: number | null;
  /** Something was asked for of which nothing can be found, such as a lone question mark. */
  readonly isHopeless: boolean;
}

export const features = ["link", "code", "file"] as const;
export type Feature = (typeof features)[number];

/** More is no search; and what costs most is bounded by it. Beyond the first few, words with a star are read without it. */
const most = { terms: 32, characters: 64, stars: 8 };

/** Shorter beginnings and parts are in so many words that they say nothing: without so many letters the star is not read. */
const least = { begin: 2, part: 3 };

const parts = /(from|in|before|after|has):(?:"([^"]*)"?|([^\s"]\S*))|(\*?)"([^"]*)"?(\*?)|(\S+)/gi;

/**
 * Reads a query: words, "phrases", `begin*`, `*part*`, and `from: in: before: after: has:`. What is not one of these is a word.
 * @param now wall time, for `today` and `yesterday`
 */
export function parseQuery(text: string, now: number): Query {
  const query = {
    terms: [] as Term[],
    from: [] as string[],
    in: [] as string[],
    has: [] as Feature[],
    after: null as number | null,
    before: null as number | null,
  };
  const known = new Set<string>();
  let asked = 0;
  let stars = 0;
  for (const match of text.slice(0, most.terms * most.characters * 2).matchAll(parts)) {
    if (asked === most.terms) break;
    asked += 1;
    const [whole, filter, quotedValue, bareValue, star, phrase, closing, bare] = match;
    const value = (quotedValue ?? bareValue)?.slice(0, most.characters);
    if (filter !== undefined && value !== undefined && narrow(filter.toLowerCase(), value)) continue;
    if (phrase === undefined) take(termOf(bare ?? whole));
    else take({ ...termOf(phrase), inside: star === "*", open: closing === "*" });
  }
  const narrowed = query.from.length + query.in.length + query.has.length > 0;
  const isNarrowed = narrowed || query.after !== null || query.before !== null;
  return { ...query, isHopeless: asked > 0 && query.terms.length === 0 && !isNarrowed };

  /** Adds a term, once. */
  function take({ words, open, inside }: Term): void {
    const [first = "", last = ""] = [words[0], words.at(-1)];
    const mayStar = stars < most.stars;
    const begins = mayStar && open && last.length >= least.begin;
    const term = { words, open: begins, inside: mayStar && inside && first.length >= least.part };
    if (term.open || term.inside) stars += 1;
    const key = JSON.stringify(term);
    if (words.length > 0 && !known.has(key)) query.terms.push(term);
    known.add(key);
  }

  /** @returns whether the filter was one */
  function narrow(filter: string, value: string): boolean {
    if (filter === "from" || filter === "in") {
      query[filter].push(value);
      return true;
    }
    if (filter === "has") {
      const feature = features.find((each) => each === value.toLowerCase().replace(/s$/, ""));
      if (feature) query.has.push(feature);
      return feature !== undefined;
    }
    const span = spanOf(value, now);
    if (!span) return false;
    if (filter === "before") query.before = Math.min(query.before ?? span.from, span.from);
    else query.after = Math.max(query.after ?? span.to, span.to);
    return true;
  }
}

function termOf(typed: string): Term {
  const cut = typed.slice(0, most.characters);
  return {
    words: tokensOf(cut).map(({ word }) => word),
    open: typed.length <= most.characters && cut.endsWith("*"),
    inside: cut.startsWith("*"),
  };
}
