import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import type { Hub } from "../live/hub.ts";
import type { Logger } from "../logger.ts";
import { commandIn } from "../messages/command.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { documentOf } from "./document.ts";
import { createVocabulary } from "./vocabulary.ts";

/** The full-text index as it follows the log: behind it by moments, never in its way. */
export interface SearchIndex {
  /** Brings it up to the log now, as far as the time for that goes. @returns whether it is there */
  catchUp(): boolean;
  /** Words of the index that hold a part of a word; at most so many. */
  holding(part: string, limit: number): readonly string[];
  /** The seq it is up to. */
  readonly seq: number;
  stop(): void;
}

interface Parts {
  config: Config;
  store: Store;
  log: Log;
  hub: Hub;
  clock: Clock;
  logger: Logger;
  rooms: Rooms;
}

/** Changed whenever words are read otherwise than before: an index of another form is made anew. */
const form = 1;

interface Row {
  readonly seq: number;
  readonly kind: string;
  readonly id: number;
  readonly roomId: number;
  readonly authorId: number;
  readonly text: string;
  readonly deletedAt: number | null;
  readonly streaming: number;
  readonly hasFile: number;
}

/**
 * Follows the log in batches: when many events wait, or a moment after the first. What it holds and how far it is are written in one
 * transaction, so a crash costs nothing but the last batch, which comes again. It never takes more than a part of the process's time:
 * after a batch it rests a multiple of what that took, and whoever searches meanwhile pays for the rest.
 */
export function createSearchIndex({ config, store, log, hub, clock, logger, rooms }: Parts): SearchIndex {
  const { searchBatch, searchDelayMs, searchCatchUpMs, searchStepMs, storageRetryMs } = config.limits;
  const { sqlite } = store;
  const vocabulary = createVocabulary(store);
  const changed = sqlite.prepare<Row, [number, number]>(
    `SELECT e.seq, e.kind, m.id, m.room_id AS roomId, m.author_id AS authorId, m.text, m.deleted_at AS deletedAt, m.streaming,
       EXISTS (SELECT 1 FROM files WHERE message_id = m.id) AS hasFile
     FROM events e JOIN messages m ON m.id = CASE e.kind WHEN 'message.posted' THEN e.seq ELSE e.data ->> 'id' END
     WHERE e.seq > ? AND e.seq <= ? AND e.kind LIKE 'message.%' ORDER BY e.seq`,
  );
  const put = sqlite.prepare(
    "INSERT OR REPLACE INTO search_words (rowid, room, author, has, body) VALUES (?, ?, ?, ?, ?)",
  );
  const remove = sqlite.prepare("DELETE FROM search_words WHERE rowid = ?");
  const changes = sqlite.prepare<{ count: number }, []>("SELECT total_changes() AS count");
  const merge = sqlite.prepare("INSERT INTO search_words (search_words, rank) VALUES ('merge', ?)");
  const remember = sqlite.prepare("INSERT OR REPLACE INTO search_progress (form, seq) VALUES (?, ?)");
  let seq = recalled();
  /** The log as it stood at the batch before. */
  let seen = { seq: log.seq, at: clock.monotonic() };
  let timer: Timer | undefined;
  /** The timer stands, for a rest or for what is due: nothing that comes meanwhile moves it. */
  let isSet = false;
  let isTidy = false;
  let stopped = false;

  function recalled(): number {
    const known = sqlite.query<{ form: number; seq: number }, []>("SELECT form, seq FROM search_progress").all();
    const [upTo] = known;
    if (known.length === 1 && upTo?.form === form && upTo.seq <= log.seq) return upTo.seq;
    sqlite.transaction(() => {
      sqlite.run("DELETE FROM search_progress");
      sqlite.run("INSERT INTO search_words (search_words) VALUES ('delete-all')");
      // Merged a little after each batch instead of much at a time in the middle of one.
      sqlite.run("INSERT INTO search_words (search_words, rank) VALUES ('automerge', 0)");
      sqlite.run("INSERT INTO search_words (search_words, rank) VALUES ('crisismerge', 64)");
      vocabulary.clear();
      remember.run(form, 0);
    })();
    return 0;
  }

  /** One batch; each message as it is now, whatever became of it since the event. */
  const batch = sqlite.transaction(() => {
    const began = clock.monotonic();
    const to = Math.min(log.seq, seq + searchBatch);
    let reached = to;
    for (const row of changed.all(seq, to)) {
      index(row);
      if (clock.monotonic() - began < searchStepMs) continue;
      reached = row.seq;
      break;
    }
    isTidy = !tidy();
    remember.run(form, reached);
    return reached;
  });

  function index({ kind, id, roomId, authorId, text, deletedAt, streaming, hasFile }: Row): void {
    if (streaming === 1) return;
    // A command is no part of what was said, and who searches by one must not find it.
    if (deletedAt !== null || (text === "" && hasFile === 0) || commandIn(text)) {
      if (kind !== "message.posted") remove.run(id);
      return;
    }
    const { room, author, has, body } = documentOf(rooms.byId(roomId), authorId, text, hasFile === 1);
    put.run(id, room, author, has, body);
    vocabulary.learn(body);
  }

  /** Merges a few pages of the index, because every search looks into each of its pieces. @returns whether there was anything to merge */
  function tidy(): boolean {
    const before = changes.get()?.count ?? 0;
    merge.run(mergedPages);
    // The command itself is one change.
    return (changes.get()?.count ?? 0) > before + 1;
  }

  /** A full disk or a mistake of ours costs the search and nothing else: it is tried again later. @returns whether it went well */
  function step(): boolean {
    try {
      if (seq === log.seq) isTidy = !tidy();
      else seq = batch.immediate();
      return true;
    } catch (error) {
      vocabulary.forget();
      logger.warn("search.index", { seq, error });
      return false;
    }
  }

  function work(): void {
    const began = clock.monotonic();
    const rest = pace(began);
    const wentWell = step();
    isSet = true;
    timer = setTimeout(rested, wentWell ? (clock.monotonic() - began) * rest : storageRetryMs);
  }

  /** How many times its own time a batch that begins now rests afterwards: more while the server has more to do than to be searched. */
  function pace(now: number): number {
    const { busyMessagesPerSecond, searchRest, searchBusyRest } = config.limits;
    const isBusy = log.seq - seen.seq > (busyMessagesPerSecond * (now - seen.at)) / 1_000;
    seen = { seq: log.seq, at: now };
    return isBusy ? searchBusyRest : searchRest;
  }

  function rested(): void {
    isSet = false;
    timer = undefined;
    plan();
  }

  function plan(): void {
    const waiting = log.seq - seq;
    if (stopped || isSet || (waiting === 0 && isTidy)) return;
    if (waiting >= searchBatch) {
      clearTimeout(timer);
      isSet = true;
      // Not now: whoever wrote this waits for the answer to their commit.
      timer = setTimeout(work, 0);
    } else timer ??= setTimeout(work, searchDelayMs);
  }

  hub.onCommit(plan);
  // Later, so that nobody who starts waits for it.
  timer = setTimeout(rested, searchDelayMs);

  return {
    catchUp() {
      const deadline = clock.monotonic() + searchCatchUpMs;
      while (seq < log.seq) if (clock.monotonic() >= deadline || !step()) return false;
      return true;
    },
    holding: vocabulary.holding,
    get seq() {
      return seq;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Pages of the index that are merged after a batch: about what it wrote, times the levels that each page goes through. */
const mergedPages = 64;
