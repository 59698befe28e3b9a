import type { Database } from "bun:sqlite";
import type { Clock } from "../clock.ts";
import { Refusal, refusalFrom } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Logger } from "../logger.ts";

/** What a command asks to be made durable. `data` must survive JSON. */
export interface Proposal {
  readonly kind: string;
  readonly roomId: number | null;
  readonly actorId: number | null;
  readonly data: unknown;
}

/** A proposal that is on disk: `seq` is its place in the one order of the workspace, `at` the wall time in ms. */
export interface LogEvent extends Proposal {
  readonly seq: number;
  readonly at: number;
}

/** What became of one proposal. `repeated`: it had been done before, by event `seq`; nothing was written. */
export type Outcome =
  | { readonly ok: true; readonly seq: number; readonly repeated: boolean }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * Writes an event into the tables. Deterministic: everything it needs is in the event and the tables. It may throw a Refusal,
 * before it has written anything, or return the seq of an earlier event that already did the same.
 */
export type Apply = (event: LogEvent) => number | undefined | void;

/**
 * Refuses a proposal, in the transaction that would commit it, by throwing a Refusal: between asking and committing, whoever asked may
 * have lost the right to. Of the event and the tables alone, as `apply`. What is in the log was let through, and is not asked again.
 */
export type Allow = (event: LogEvent) => void;

export interface Log {
  /** Says how events of a kind change the tables, and who may still make one. Once per kind, at start. */
  define(kind: string, apply: Apply, allow?: Allow): void;
  /** What is written beside every event, in its transaction and after its own tables, such as the audit. As deterministic as `apply`, and it refuses nothing. */
  beside(write: (event: LogEvent) => void): void;
  /**
   * Makes a batch durable, all of it or nothing, in one commit with whatever else arrived in this tick. `committed` gets one
   * outcome for each proposal, after the commit and after the events were told to the hub. The seam behind which a replicated
   * log can stand.
   * @throws Refusal SERVICE_UNAVAILABLE when too much is waiting already
   */
  append(batch: readonly Proposal[], committed?: (outcomes: readonly Outcome[]) => void): void;
  /** Applies events that already have their place in the order: to rebuild the tables, or to follow another log. */
  replay(events: Iterable<LogEvent>): void;
  /** Commits what is waiting, now. */
  flush(): void;
  /** The seq of the newest event on disk. */
  readonly seq: number;
  readonly waiting: number;
}

interface Waiting {
  readonly batch: readonly Proposal[];
  readonly committed: ((outcomes: readonly Outcome[]) => void) | undefined;
}

interface Parts {
  sqlite: Database;
  clock: Clock;
  limits: Limits;
  logger: Logger;
  /** Told every commit's events, in order, before the senders' callbacks run. */
  published: (events: readonly LogEvent[]) => void;
}

/** The event log: group commit per tick, one order, tables changed only by `apply`. Nothing in it is asynchronous but the wait for the tick. */
export function createLog({ sqlite, clock, limits, logger, published }: Parts): Log {
  const appliers = new Map<string, Apply>();
  const allows = new Map<string, Allow>();
  const besides: ((event: LogEvent) => void)[] = [];
  const insert = sqlite.prepare(
    "INSERT INTO events (seq, at, kind, room_id, actor_id, data) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const newest = sqlite.query<{ seq: number | null }, []>("SELECT max(seq) AS seq FROM events").get();
  const pace = createPace(clock, limits);
  let seq = newest?.seq ?? 0;
  let queue: Waiting[] = [];
  let queued = 0;
  let scheduled = false;

  return {
    define(kind, apply, allow) {
      if (appliers.has(kind)) throw new Error(`two domains define ${kind}`);
      appliers.set(kind, apply);
      if (allow) allows.set(kind, allow);
    },
    beside: (write) => void besides.push(write),
    append(batch, committed) {
      if (queued + batch.length > limits.queuedCommands) throw new Refusal("SERVICE_UNAVAILABLE");
      queue.push({ batch, committed });
      queued += batch.length;
      schedule();
    },
    replay(events) {
      const before = seq;
      try {
        sqlite.transaction(() => {
          for (const event of events) {
            write(event);
            seq = event.seq;
          }
        })();
      } catch (error) {
        seq = before;
        throw error;
      }
    },
    flush,
    get seq() {
      return seq;
    },
    get waiting() {
      return queued;
    },
  };

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    const delay = pace.delay();
    // setImmediate, not a microtask: everything that this turn of the loop receives shares one commit.
    if (delay > 0) setTimeout(flush, delay);
    else setImmediate(flush);
  }

  function flush(): void {
    scheduled = false;
    if (queue.length === 0) return;
    const taken = queue;
    pace.committed(queued);
    queue = [];
    queued = 0;
    const before = seq;
    const events: LogEvent[] = [];
    let outcomes: Outcome[][];
    try {
      outcomes = commit(taken, events);
    } catch (error) {
      seq = before;
      events.length = 0;
      outcomes = afterFailure(taken, events, error);
    }
    if (events.length > 0) published(events);
    for (const [index, waiting] of taken.entries()) answer(waiting, outcomes[index] ?? []);
  }

  function commit(taken: readonly Waiting[], events: LogEvent[]): Outcome[][] {
    sqlite.run("BEGIN IMMEDIATE");
    try {
      const outcomes = taken.map((waiting) => applyBatch(waiting.batch, events));
      sqlite.run("COMMIT");
      return outcomes;
    } catch (error) {
      if (sqlite.inTransaction) sqlite.run("ROLLBACK");
      throw error;
    }
  }

  function applyBatch(batch: readonly Proposal[], events: LogEvent[]): Outcome[] {
    const [only] = batch;
    if (batch.length === 1 && only) return [applyOne(only, events)];
    const before = { seq, events: events.length };
    sqlite.run("SAVEPOINT batch");
    const outcomes = batch.map((proposal) => applyOne(proposal, events));
    const refused = outcomes.find((outcome) => !outcome.ok);
    if (refused) {
      sqlite.run("ROLLBACK TO batch");
      seq = before.seq;
      events.length = before.events;
    }
    sqlite.run("RELEASE batch");
    return refused ? batch.map(() => refused) : outcomes;
  }

  function applyOne(proposal: Proposal, events: LogEvent[]): Outcome {
    const event: LogEvent = { ...proposal, seq: seq + 1, at: clock.now() };
    try {
      allows.get(event.kind)?.(event);
      const done = write(event);
      if (done !== event.seq) return { ok: true, seq: done, repeated: true };
    } catch (error) {
      if (error instanceof Refusal) return { ok: false, refusal: error };
      throw error;
    }
    seq = event.seq;
    events.push(event);
    return { ok: true, seq, repeated: false };
  }

  /** @returns the event's own seq, or that of the earlier event that did the same */
  function write(event: LogEvent): number {
    const apply = appliers.get(event.kind);
    if (!apply) throw new Error(`no domain defines ${event.kind}`);
    const done = apply(event) ?? event.seq;
    if (done === event.seq) {
      insert.run(event.seq, event.at, event.kind, event.roomId, event.actorId, JSON.stringify(event.data));
      for (const beside of besides) beside(event);
    }
    return done;
  }

  /** A failing disk refuses everybody in the tick; a bug in one command must refuse only its sender, so each is tried alone. */
  function afterFailure(taken: readonly Waiting[], events: LogEvent[], error: unknown): Outcome[][] {
    if (isStorageFailure(error)) {
      logger.error("storage.failed", { error, refused: taken.length });
      const refusal = new Refusal("SERVICE_UNAVAILABLE", storageAdvice(error));
      return taken.map((waiting) => waiting.batch.map(() => ({ ok: false, refusal })));
    }
    return taken.map((waiting) => {
      const before = { seq, events: events.length };
      try {
        return commit([waiting], events)[0] ?? [];
      } catch (cause) {
        seq = before.seq;
        events.length = before.events;
        const refusal = isStorageFailure(cause)
          ? new Refusal("SERVICE_UNAVAILABLE", storageAdvice(cause))
          : refusalFrom(cause, (reference, thrown) => logger.error("log.bug", { reference, error: thrown }));
        return waiting.batch.map(() => ({ ok: false as const, refusal }));
      }
    });
  }

  function answer(waiting: Waiting, outcomes: readonly Outcome[]): void {
    try {
      waiting.committed?.(outcomes);
    } catch (error) {
      refusalFrom(error, (reference, thrown) => logger.error("log.callback", { reference, error: thrown }));
    }
  }
}

/** A batch as a promise, for doors that wait: what became of its last proposal, or the refusal of any of them thrown. */
export function appendedAll(log: Log, batch: readonly Proposal[]): Promise<{ seq: number; repeated: boolean }> {
  return new Promise((resolve, reject) => {
    log.append(batch, (outcomes) => {
      const last = outcomes.at(-1);
      if (last?.ok) resolve(last);
      else reject(last?.refusal ?? new Refusal("INTERNAL_ERROR"));
    });
  });
}

/** One append as a promise, for doors that wait: the single proposal's seq, or its refusal thrown. */
export function appended(log: Log, proposal: Proposal): Promise<{ seq: number; repeated: boolean }> {
  return appendedAll(log, [proposal]);
}

function isStorageFailure(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^SQLITE_(FULL|IOERR|READONLY|CORRUPT|NOTADB|BUSY|CANTOPEN|NOMEM)/.test(code);
}

function storageAdvice(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("SQLITE_FULL") || code.startsWith("SQLITE_IOERR")) {
    return "The server's disk is full or failing. Nothing was saved; it will work again once there is space.";
  }
  return undefined;
}

/**
 * How long the next commit should wait. Quiet: not at all. Busy: commits stand at least some milliseconds apart, because each costs an
 * fsync and a wake-up of every reader however many messages it carries.
 */
function createPace(clock: Clock, limits: Limits) {
  let last = Number.NEGATIVE_INFINITY;
  let rate = 0;
  return {
    committed(count: number): void {
      const now = clock.monotonic();
      const seconds = Math.max((now - last) / 1000, 0.0005);
      // Exponential average over about 100 ms: bursts switch it on quickly and silence switches it off.
      const weight = Math.min(1, seconds / 0.1);
      rate += (count / seconds - rate) * weight;
      last = now;
    },
    delay(): number {
      if (rate < limits.busyMessagesPerSecond) return 0;
      const tick = rate < limits.rushMessagesPerSecond ? limits.busyTickMs : limits.rushTickMs;
      return Math.max(0, tick - (clock.monotonic() - last));
    },
  };
}
