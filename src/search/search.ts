import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Store } from "../database/open.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import { type Member, may } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Room } from "../rooms/room.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { relevanceOf } from "./hits.ts";
import type { SearchIndex } from "./indexing.ts";
import { type Bounds, matchOf } from "./matching.ts";
import { parseQuery, type Query } from "./query.ts";
import { type Piece, snippetOf } from "./snippet.ts";
import { tokensOf } from "./tokens.ts";

export interface Hit {
  readonly message: Message;
  readonly snippet: readonly Piece[];
}

export interface Found {
  readonly hits: readonly Hit[];
  /** What to ask for as `before` to get the next, older ones; null when there are none, and for `order: "relevant"`. */
  readonly next: number | null;
  /**
   * False when something may be missing: the index is still catching up with the log, a part stands in too many words, or what was
   * asked for takes too long to look for.
   */
  readonly complete: boolean;
}

interface Asking {
  readonly limit: number;
  /** Only messages before this id. */
  readonly before?: number | undefined;
  /** Newest first, or the best of the newest thousand first: ranking all of them would hold everybody up. */
  readonly order?: "newest" | "relevant" | undefined;
}

export interface Search {
  /** What a member may read of what was asked for. Whatever the text is, this is an answer and never an error. */
  find(member: Member, text: string, asking: Asking): Found;
}

interface Parts {
  config: Config;
  store: Store;
  clock: Clock;
  members: Members;
  rooms: Rooms;
  history: History;
  index: SearchIndex;
}

/** Hits that are ranked: all of a common word would be half of all that was ever said. */
const ranked = 1_000;

/** Ids that are looked through at a time, the newest first, and then twice as many: nothing else could end a search that finds nothing. */
const stretch = 65_536;

/** Where a search is: what it found, newest first, and the id below which it has not looked; null when it has looked everywhere. */
interface Looked {
  readonly ids: readonly number[];
  readonly below: number | null;
}

export function createSearch({ config, store, clock, members, rooms, history, index }: Parts): Search {
  const { searchMs } = config.limits;
  // The rooms stand in the index for speed and are asked again here, where it is decided.
  const hits = store.sqlite.prepare<{ id: number }, [string, number, number, string, number]>(
    `SELECT search_words.rowid AS id FROM search_words CROSS JOIN messages ON messages.id = search_words.rowid
     WHERE search_words MATCH ? AND search_words.rowid < ? AND search_words.rowid >= ?
     AND deleted_at IS NULL AND room_id IN (SELECT value FROM json_each(?)) ORDER BY search_words.rowid DESC LIMIT ?`,
  );
  const from = store.sqlite.prepare<{ id: number; at: number }, [number]>(
    "SELECT id, at FROM messages WHERE id >= ? ORDER BY id LIMIT 1",
  );
  const last = store.sqlite.prepare<{ id: number | null }, []>("SELECT max(id) AS id FROM messages");

  /** The first message of a moment or later, by halving: ids follow the clock, but for where somebody set it back. */
  function firstAt(at: number): number {
    let [low, high] = [1, (last.get()?.id ?? 0) + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = from.get(middle);
      if (row && row.at < at) low = row.id + 1;
      else high = middle;
    }
    return low;
  }

  function boundsOf(member: Member, query: Query): Bounds {
    const authorIds = query.from.length === 0 ? null : query.from.flatMap((name) => authorsNamed(member, name));
    if (query.in.length > 0) {
      const named = query.in.flatMap((slug) => rooms.find(member, slug) ?? []);
      return { everywhere: false, roomIds: named.map(idOf), authorIds };
    }
    const reach = rooms.reachOf(member);
    return { everywhere: reach.everywhere, roomIds: reach.rooms.map(idOf), authorIds };
  }

  function authorsNamed(member: Member, name: string): number[] {
    const bare = name.replace(/^@/, "");
    if (bare.toLowerCase() === "me") return [member.id];
    return [members.person(bare), members.agent(bare)].flatMap((found) => (found ? [found.id] : []));
  }

  /** The newest that fit, as many as wanted, as far as the time for it goes. */
  function look(match: string, readable: string, span: { from: number; to: number }, wanted: number): Looked {
    const deadline = clock.monotonic() + searchMs;
    const ids: number[] = [];
    let to = Math.min(span.to, (last.get()?.id ?? 0) + 1);
    for (let width = stretch; to > span.from; width *= 2) {
      const from = Math.max(span.from, to - width);
      ids.push(...hits.all(match, to, from, readable, wanted - ids.length).map(({ id }) => id));
      if (ids.length === wanted) return { ids, below: ids.at(-1) ?? to };
      to = from;
      // After the first stretch, so that whoever asks on gets on.
      if (to > span.from && clock.monotonic() > deadline) return { ids, below: to };
    }
    return { ids, below: null };
  }

  /** The best first, of those alike the newest. */
  function ranking(ids: readonly number[], { terms }: Query): readonly number[] {
    const scored = ids.map((id) => ({ id, score: relevanceOf(tokensOf(history.row(id)?.text ?? ""), terms) }));
    return scored.sort((a, b) => b.score - a.score || b.id - a.id).map(({ id }) => id);
  }

  return {
    find(member, text, { limit, before, order = "newest" }) {
      const none: Found = { hits: [], next: null, complete: true };
      if (!may(member, "read")) return none;
      const query = parseQuery(text, clock.now());
      const isUpToDate = index.catchUp();
      const match = matchOf(query, boundsOf(member, query), index.holding);
      if (match.text === null) return none;
      const from = query.after === null ? 0 : firstAt(query.after);
      const end = query.before === null ? Number.MAX_SAFE_INTEGER : firstAt(query.before);
      const to = Math.min(before ?? Number.MAX_SAFE_INTEGER, end);
      const readable = JSON.stringify(rooms.readableBy(member).map(idOf));
      const isRanked = order === "relevant";
      const wanted = isRanked ? ranked : limit + 1;
      const looked = look(match.text, readable, { from, to }, wanted);
      const ranOut = looked.below !== null && looked.ids.length < wanted;
      const ids = (isRanked ? ranking(looked.ids, query) : looked.ids).slice(0, limit);
      const older = looked.ids.length > limit ? (ids.at(-1) ?? null) : looked.below;
      const found = ids.flatMap((id) => history.message(id) ?? []);
      return {
        hits: found.map((message) => ({ message, snippet: snippetOf(message.text, query.terms) })),
        next: isRanked ? null : older,
        complete: isUpToDate && match.complete && !ranOut,
      };
    },
  };
}

function idOf({ id }: Room): number {
  return id;
}
