import { anyRoom, authorWord, publicRooms, roomWord } from "./document.ts";
import type { Query, Term } from "./query.ts";

/** What of a query is not words: resolved by whoever knows the rooms and the members. */
export interface Bounds {
  /** Whether public rooms are searched without naming them. */
  readonly everywhere: boolean;
  readonly roomIds: readonly number[];
  /** Null: by anybody. */
  readonly authorIds: readonly number[] | null;
}

/** The query in the index's own language, or null when nothing can be found. */
export interface Match {
  readonly text: string | null;
  /** False when a part stands in more words than are looked for. */
  readonly complete: boolean;
}

/** Words that are looked for in the place of parts of words, in one query: each costs a little, wherever it stands. */
const mostWords = 64;

/** Rooms that are named to the index; those of more are asked about one message at a time, as all are in the end. */
const mostRooms = 24;

/**
 * Every word of the query is quoted, and no word holds a quote, so whatever was typed is looked for and never interpreted.
 * @param known words of the index that hold a part of a word, at most so many
 */
export function matchOf(
  query: Query,
  bounds: Bounds,
  known: (part: string, limit: number) => readonly string[],
): Match {
  const rooms = [...(bounds.everywhere ? [publicRooms] : []), ...bounds.roomIds.map(roomWord)];
  if (query.isHopeless || rooms.length === 0 || bounds.authorIds?.length === 0) return { text: null, complete: true };
  let left = mostWords;
  let complete = true;
  const words = query.terms.map((term) => termMatch(term, parts));
  const clauses = [
    rooms.length > mostRooms ? `room : ${quoted(anyRoom)}` : `room : (${anyOf(rooms)})`,
    ...(bounds.authorIds ? [`author : (${anyOf(bounds.authorIds.map(authorWord))})`] : []),
    ...query.has.map((feature) => `has : ${quoted(feature)}`),
    ...(words.length > 0 ? [`body : (${words.join(" AND ")})`] : []),
  ];
  return { text: clauses.join(" AND "), complete };

  function parts(part: string): readonly string[] {
    const found = known(part, left + 1);
    complete &&= found.length <= left;
    const taken = found.slice(0, left);
    left -= taken.length;
    return taken;
  }
}

function termMatch({ words, open, inside }: Term, known: (part: string) => readonly string[]): string {
  const whole = `"${words.join(" ")}"${open ? " *" : ""}`;
  const [first, ...rest] = words;
  if (!inside || first === undefined) return whole;
  // Of several words only the first may have begun before: `*"board lamp"` is in "keyboard lamp".
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
