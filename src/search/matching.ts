import { authorWord, publicRooms, roomWord } from "./document.ts";
import type { Query, Term } from "./query.ts";

/** What of a query is not words: resolved by whoever knows the rooms and the members. */
export interface Bounds {
  /** Whether public rooms are searched without naming them. */
  readonly everywhere: boolean;
  readonly roomIds: readonly number[];
  /** Null: by anybody. */
  readonly authorIds: readonly number[] | null;
}

/**
 * The query in the index's own language. Every word of it is quoted, and no word holds a quote, so whatever was typed is looked for
 * and never interpreted.
 * @param known words of the index that hold a part of a word
 * @returns null when nothing can be found
 */
export function matchOf(query: Query, bounds: Bounds, known: (part: string) => readonly string[]): string | null {
  const rooms = [...(bounds.everywhere ? [publicRooms] : []), ...bounds.roomIds.map(roomWord)];
  if (query.isHopeless || rooms.length === 0 || bounds.authorIds?.length === 0) return null;
  const clauses = [
    `room : (${anyOf(rooms)})`,
    ...(bounds.authorIds ? [`author : (${anyOf(bounds.authorIds.map(authorWord))})`] : []),
    ...query.has.map((feature) => `has : ${quoted(feature)}`),
    ...(query.terms.length > 0 ? [`body : (${query.terms.map((term) => termMatch(term, known)).join(" AND ")})`] : []),
  ];
  return clauses.join(" AND ");
}

function termMatch({ words, open, inside }: Term, known: (part: string) => readonly string[]): string {
  const whole = `"${words.join(" ")}"${open ? " *" : ""}`;
  const [first, ...rest] = words;
  if (!inside || first === undefined) return whole;
  // Of several words only the first may have begun before: `*board lamp` is in "keyboard lamp".
  const only = rest.length === 0;
  const found = known(first).filter((word) => (only && open) || word.endsWith(first));
  const others = found.map((word) => `"${[word, ...rest].join(" ")}"${open && !only ? " *" : ""}`);
  return `(${[whole, ...others].join(" OR ")})`;
}

function anyOf(words: readonly string[]): string {
  return words.map(quoted).join(" OR ");
}

function quoted(word: string): string {
  return `"${word}"`;
}
