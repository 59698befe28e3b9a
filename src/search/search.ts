import type { Clock } from "../clock.ts";
import type { Store } from "../database/open.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import { type Member, may } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Room } from "../rooms/room.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { SearchIndex } from "./indexing.ts";
import { type Bounds, matchOf } from "./matching.ts";
import { parseQuery, type Query } from "./query.ts";
import { type Piece, snippetOf } from "./snippet.ts";

export interface Hit {
  readonly message: Message;
  readonly snippet: readonly Piece[];
}

export interface Found {
  readonly hits: readonly Hit[];
  /** Whether there are more, older ones; with `order: "relevant"` never. */
  readonly hasMore: boolean;
  /** False while the index is still catching up with the log: what was said lately may be missing. */
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
  store: Store;
  clock: Clock;
  members: Members;
  rooms: Rooms;
  history: History;
  index: SearchIndex;
}

const nothing: Found = { hits: [], hasMore: false, complete: true };
/** Hits that are ranked: of a common word in a million messages it takes 14 ms, and all of them 540. */
const ranked = 1_000;

export function createSearch({ store, clock, members, rooms, history, index }: Parts): Search {
  // The rooms stand in the index for speed and are asked again here, where it is decided.
  const hits = `FROM search_words CROSS JOIN messages ON messages.id = search_words.rowid
    WHERE search_words MATCH ?1 AND search_words.rowid < ?2 AND search_words.rowid >= ?3
    AND deleted_at IS NULL AND room_id IN (SELECT value FROM json_each(?4)) ORDER BY search_words.rowid DESC`;
  const newest = store.sqlite.prepare<{ id: number }, [string, number, number, string, number]>(
    `SELECT search_words.rowid AS id ${hits} LIMIT ?5`,
  );
  const relevant = store.sqlite.prepare<{ id: number }, [string, number, number, string, number]>(
    `SELECT id FROM (SELECT search_words.rowid AS id, bm25(search_words, 0, 0, 0, 1) AS score ${hits} LIMIT ${ranked})
     ORDER BY score, id DESC LIMIT ?5`,
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

  return {
    find(member, text, { limit, before, order = "newest" }) {
      if (!may(member, "read")) return nothing;
      const query = parseQuery(text, clock.now());
      const complete = index.catchUp();
      const match = matchOf(query, boundsOf(member, query), index.holding);
      if (match === null) return nothing;
      const end = Math.min(
        before ?? Number.MAX_SAFE_INTEGER,
        query.before === null ? Number.MAX_SAFE_INTEGER : firstAt(query.before),
      );
      const start = query.after === null ? 0 : firstAt(query.after);
      const readable = JSON.stringify(rooms.readableBy(member).map(idOf));
      const statement = order === "relevant" ? relevant : newest;
      const rows = statement.all(match, end, start, readable, limit + 1);
      const found = rows.slice(0, limit).flatMap(({ id }) => history.message(id) ?? []);
      return {
        hits: found.map((message) => ({ message, snippet: snippetOf(message.text, query.terms) })),
        hasMore: order === "newest" && rows.length > limit,
        complete,
      };
    },
  };
}

function idOf({ id }: Room): number {
  return id;
}
