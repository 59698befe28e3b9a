import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import fc from "fast-check";
import { appended, createLog, type LogEvent, type Outcome, type Proposal } from "../../src/database/log.ts";
import { Refusal } from "../../src/errors.ts";
import { defaultLimits, type Limits } from "../../src/limits.ts";
import { createLogger } from "../../src/logger.ts";
import { HandClock } from "../support/clock.ts";
import { refused, refusedLater, until } from "../support/house.ts";

/** A log over one table, `notes`, whose events are `note.taken`: each text once, and never "no". */
function openLog(limits: Partial<Limits> = {}, sqlite = freshDatabase()) {
  const clock = new HandClock();
  const logged: Record<string, unknown>[] = [];
  const logger = createLogger("debug", (line) => logged.push(JSON.parse(line)));
  const commits: LogEvent[][] = [];
  const all = { ...defaultLimits, ...limits };
  const log = createLog({ sqlite, clock, limits: all, logger, published: (events) => void commits.push([...events]) });
  const insert = sqlite.prepare("INSERT INTO notes (seq, text) VALUES (?, ?)");
  const find = sqlite.prepare<{ seq: number }, [string]>("SELECT seq FROM notes WHERE text = ?");
  log.define("note.taken", (event) => {
    const text = String(event.data);
    if (text === "no") throw new Refusal("CONFLICT", "Not that.");
    const first = find.get(text);
    if (first) return first.seq;
    insert.run(event.seq, text);
    if (text === "bug") throw new Error("half done");
  });
  const outcomes: Outcome[][] = [];
  return {
    log,
    sqlite,
    clock,
    logged,
    commits,
    outcomes,
    /** Appends notes as one batch; their outcomes are kept, in the order in which they were answered. */
    take: (...texts: string[]) => log.append(texts.map(note), (given) => outcomes.push([...given])),
    notes: () =>
      sqlite
        .query<{ text: string }, []>("SELECT text FROM notes ORDER BY seq")
        .all()
        .map(({ text }) => text),
    events: () => sqlite.query<{ seq: number; data: string }, []>("SELECT seq, data FROM events ORDER BY seq").all(),
  };
}

function freshDatabase(): Database {
  const sqlite = new Database(":memory:", { strict: true });
  sqlite.run(
    "CREATE TABLE events (seq INTEGER PRIMARY KEY, at INTEGER, kind TEXT, room_id INTEGER, actor_id INTEGER, data TEXT NOT NULL)",
  );
  sqlite.run("CREATE TABLE notes (seq INTEGER PRIMARY KEY, text TEXT NOT NULL)");
  return sqlite;
}

const note = (text: string): Proposal => ({ kind: "note.taken", roomId: 7, actorId: 3, data: text });
const codesOf = (outcomes: readonly Outcome[]) =>
  outcomes.map((outcome) => (outcome.ok ? outcome.seq : outcome.refusal.code));

describe("what is appended", () => {
  test("in one turn of the loop is one commit, told once, answered afterwards and in order", async () => {
    const { log, take, commits, outcomes, notes } = openLog();
    for (const text of ["a", "b", "c"]) take(text);
    expect([log.waiting, notes(), commits, outcomes]).toEqual([3, [], [], []]);
    await until(() => outcomes.length === 3, "the commit");
    expect(commits).toHaveLength(1);
    expect(commits[0]?.map(({ seq, data }) => [seq, data])).toEqual([
      [1, "a"],
      [2, "b"],
      [3, "c"],
    ]);
    expect(outcomes.map(codesOf)).toEqual([[1], [2], [3]]);
    expect([log.waiting, log.seq]).toEqual([0, 3]);
  });

  test("in two turns is two commits", async () => {
    const { take, commits } = openLog();
    take("a");
    await until(() => commits.length === 1, "the first commit");
    take("b");
    await until(() => commits.length === 2, "the second commit");
    expect(commits.map((events) => events.length)).toEqual([1, 1]);
  });

  test("is on disk as it was told, with the time of the clock", () => {
    const { log, take, commits, clock, sqlite } = openLog();
    take("a");
    log.flush();
    const event = { seq: 1, at: clock.now(), kind: "note.taken", roomId: 7, actorId: 3, data: "a" };
    expect(commits).toEqual([[event]]);
    const row = sqlite.query("SELECT seq, at, kind, room_id AS roomId, actor_id AS actorId, data FROM events").get();
    expect(row).toEqual({ ...event, data: '"a"' });
  });

  test("can be waited for, and a refusal is thrown", async () => {
    const { log } = openLog();
    expect(await appended(log, note("a"))).toMatchObject({ seq: 1, repeated: false });
    expect(await appended(log, note("a"))).toMatchObject({ seq: 1, repeated: true });
    expect(await refusedLater(appended(log, note("no")))).toBe("CONFLICT");
  });

  test("by whoever is being told is done in the next commit, not lost and not nested", async () => {
    const { log, sqlite } = openLog();
    const seqs: number[] = [];
    log.append([note("a")], () => {
      expect(sqlite.inTransaction).toBe(false);
      log.append([note("b")], ([outcome]) => outcome?.ok && seqs.push(outcome.seq));
    });
    await until(() => seqs.length === 1, "the second commit");
    expect(seqs).toEqual([2]);
  });

  test("goes on from the newest event after a restart", () => {
    const first = openLog();
    first.take("a");
    first.take("b");
    first.log.flush();
    const second = openLog({}, first.sqlite);
    expect(second.log.seq).toBe(2);
    second.take("c");
    second.log.flush();
    expect(second.outcomes.map(codesOf)).toEqual([[3]]);
  });
});

describe("a batch", () => {
  test("is done whole, each proposal with its own place", () => {
    const { log, take, outcomes, notes } = openLog();
    take("a", "b", "c");
    log.flush();
    expect(outcomes.map(codesOf)).toEqual([[1, 2, 3]]);
    expect(notes()).toEqual(["a", "b", "c"]);
  });

  test("of which one part is refused is refused whole, and what stands around it is not", () => {
    const { log, take, outcomes, notes, commits } = openLog();
    take("before");
    take("a", "no", "b");
    take("after");
    log.flush();
    expect(outcomes.map(codesOf)).toEqual([[1], ["CONFLICT", "CONFLICT", "CONFLICT"], [2]]);
    expect(notes()).toEqual(["before", "after"]);
    expect(commits.flat().map(({ data }) => data)).toEqual(["before", "after"]);
  });

  test("of nothing is answered with nothing", () => {
    const { log, outcomes, take, commits } = openLog();
    take();
    log.flush();
    expect([outcomes, commits, log.seq]).toEqual([[[]], [], 0]);
  });
});

describe("a refusal", () => {
  test("writes nothing, uses up no place, and is told to nobody but its sender", () => {
    const { log, take, outcomes, commits, events } = openLog();
    take("no");
    log.flush();
    expect(outcomes.map(codesOf)).toEqual([["CONFLICT"]]);
    expect([commits, events(), log.seq]).toEqual([[], [], 0]);
  });

  test("a repetition gives the first result's place, writes nothing and is told to nobody", () => {
    const { log, take, outcomes, commits, events } = openLog();
    take("a");
    take("b");
    take("a");
    log.flush();
    expect(outcomes[2]).toEqual([{ ok: true, seq: 1, repeated: true }]);
    expect(commits.flat()).toHaveLength(2);
    expect(events()).toHaveLength(2);
  });
});

describe("a bug in one apply", () => {
  test("refuses its sender only, with a reference that the log line carries, and leaves nothing half done", () => {
    const { log, take, outcomes, notes, logged, commits, events } = openLog();
    for (const text of ["a", "bug", "b"]) take(text);
    log.flush();
    expect(outcomes.map(codesOf)).toEqual([[1], ["INTERNAL_ERROR"], [2]]);
    expect(notes()).toEqual(["a", "b"]);
    expect(events().map(({ seq }) => seq)).toEqual([1, 2]);
    expect(commits).toHaveLength(1);
    const [line] = logged.filter(({ event }) => event === "log.bug");
    const [refusal] = outcomes[1] ?? [];
    expect(refusal?.ok === false && refusal.refusal.message).toContain(String(line?.reference));
    expect(line?.error).toContain("half done");
  });

  test("in the midst of a batch undoes the batch", () => {
    const { log, take, outcomes, notes } = openLog();
    take("x", "bug");
    take("a");
    log.flush();
    expect(outcomes.map(codesOf)).toEqual([["INTERNAL_ERROR", "INTERNAL_ERROR"], [1]]);
    expect(notes()).toEqual(["a"]);
  });

  test("a kind that no domain defines is such a bug", () => {
    const { log, outcomes } = openLog();
    log.append([{ ...note("a"), kind: "note.lost" }], (given) => outcomes.push([...given]));
    log.flush();
    expect(outcomes.map(codesOf)).toEqual([["INTERNAL_ERROR"]]);
  });

  test("a callback that throws is logged, and the others are answered", () => {
    const { log, take, outcomes, logged } = openLog();
    log.append([note("a")], () => {
      throw new Error("careless");
    });
    take("b");
    log.flush();
    expect(outcomes.map(codesOf)).toEqual([[2]]);
    expect(logged.map(({ event }) => event)).toEqual(["log.callback"]);
  });

  test("two domains that define one kind are found at start", () => {
    const { log } = openLog();
    expect(() => log.define("note.taken", () => undefined)).toThrow("two domains define note.taken");
  });
});

describe("a disk that fails", () => {
  test("refuses everybody in that moment and keeps nothing; once it works again, so does the log", () => {
    const { log, take, outcomes, sqlite, notes, commits, logged } = openLog();
    take("a");
    log.flush();
    sqlite.run("PRAGMA query_only = ON");
    take("b");
    take("c", "d");
    log.flush();
    expect(outcomes.slice(1).map(codesOf)).toEqual([
      ["SERVICE_UNAVAILABLE"],
      ["SERVICE_UNAVAILABLE", "SERVICE_UNAVAILABLE"],
    ]);
    expect([notes(), commits.length, log.seq]).toEqual([["a"], 1, 1]);
    expect(logged.map(({ event }) => event)).toEqual(["storage.failed"]);
    sqlite.run("PRAGMA query_only = OFF");
    take("b");
    log.flush();
    expect(notes()).toEqual(["a", "b"]);
    expect(log.seq).toBe(2);
  });

  test("that is full is called so, in words that say what happens next", () => {
    const { log, take, outcomes, sqlite, notes } = openLog();
    const { page_count } = sqlite.query<{ page_count: number }, []>("PRAGMA page_count").get() ?? { page_count: 0 };
    sqlite.run(`PRAGMA max_page_count = ${page_count}`);
    take("x".repeat(100_000));
    log.flush();
    const [outcome] = outcomes[0] ?? [];
    expect(outcome?.ok === false && outcome.refusal.message).toMatch(/disk is full.*Nothing was saved/);
    expect(notes()).toEqual([]);
  });

  test("while a bug has everybody tried alone, refuses those whom it meets", () => {
    const { log, take, outcomes, sqlite, notes } = openLog();
    log.define("note.failing", () => {
      throw Object.assign(new Error("full"), { code: "SQLITE_FULL" });
    });
    log.define("note.broken", () => {
      sqlite.run("INSERT INTO nowhere VALUES (1)");
    });
    log.append([{ ...note("x"), kind: "note.broken" }], (given) => outcomes.push([...given]));
    log.append([{ ...note("x"), kind: "note.failing" }], (given) => outcomes.push([...given]));
    take("a");
    log.flush();
    expect(outcomes.map(codesOf)).toEqual([["INTERNAL_ERROR"], ["SERVICE_UNAVAILABLE"], [1]]);
    expect(notes()).toEqual(["a"]);
  });
});

describe("how much may wait", () => {
  test("is bounded: what is too much is refused at once, and there is room again after the commit", () => {
    const { log, take, outcomes } = openLog({ queuedCommands: 3 });
    take("a", "b");
    expect(refused(() => take("c", "d"))).toBe("SERVICE_UNAVAILABLE");
    take("c");
    expect(refused(() => take("d"))).toBe("SERVICE_UNAVAILABLE");
    log.flush();
    take("d");
    log.flush();
    expect(outcomes.map(codesOf)).toEqual([[1, 2], [3], [4]]);
  });
});

describe("how long a commit waits", () => {
  // The wait is a timer, which the test moves on; a turn of the loop goes by as ever.
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());
  const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

  test("not at all when it is quiet, and until commits stand 3 ms apart when it is busy", async () => {
    const { take, clock, commits } = openLog({ busyMessagesPerSecond: 100, busyTickMs: 3 });
    for (const round of ["first", "second"]) {
      for (let n = 0; n < 500; n += 1) take(`${round} ${n}`);
      clock.advance(1);
      await turn();
    }
    expect(commits.map((events) => events.length)).toEqual([500, 500]);
    clock.advance(1);
    take("late");
    await turn();
    jest.advanceTimersByTime(1);
    expect(commits).toHaveLength(2);
    jest.advanceTimersByTime(3);
    expect(commits).toHaveLength(3);
    clock.advance(60_000);
    take("quiet again");
    await turn();
    expect(commits).toHaveLength(4);
  });
});

describe("replay", () => {
  test("applies events at the places they have, and goes on after them", () => {
    const source = openLog();
    for (const text of ["a", "b"]) source.take(text);
    source.log.flush();
    const copy = openLog();
    copy.log.replay(source.commits.flat());
    expect(copy.events()).toEqual(source.events());
    expect([copy.notes(), copy.log.seq, copy.commits]).toEqual([["a", "b"], 2, []]);
    copy.take("c");
    copy.log.flush();
    expect(copy.outcomes.map(codesOf)).toEqual([[3]]);
  });

  test("that meets a broken event changes nothing", () => {
    const { log, notes, events } = openLog();
    const event = { seq: 5, at: 0, ...note("a") };
    expect(() => log.replay([event, { ...event, seq: 6, kind: "note.lost" }])).toThrow();
    expect([notes(), events()]).toEqual([[], []]);
  });
});

test("whatever is appended in whatever batches: places are without gaps, tables and log agree, and order is kept", () => {
  const text = fc.constantFrom("a", "b", "c", "d", "no", "bug", "e", "f");
  const batches = fc.array(fc.array(text, { minLength: 1, maxLength: 4 }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(batches, { maxLength: 4 }), (flushes) => {
      const { log, take, outcomes, notes, events, commits, sqlite } = openLog();
      const sent: string[][] = [];
      for (const flush of flushes) {
        for (const batch of flush) {
          take(...batch);
          sent.push(batch);
        }
        log.flush();
      }
      const told = commits.flat();
      expect(told.map(({ seq }) => seq)).toEqual(told.map((_, n) => n + 1));
      expect(events().map(({ seq, data }) => [seq, JSON.parse(data)])).toEqual(
        told.map(({ seq, data }) => [seq, data]),
      );
      expect(notes()).toEqual(told.map(({ data }) => String(data)));
      expect(outcomes).toHaveLength(sent.length);
      for (const [n, batch] of sent.entries()) {
        const given = outcomes[n] ?? [];
        const done = given.map((outcome) => outcome.ok);
        expect(given).toHaveLength(batch.length);
        expect(new Set(done).size).toBe(1);
        if (batch.includes("no") || batch.includes("bug")) expect(done[0]).toBe(false);
        else expect(done[0]).toBe(true);
      }
      sqlite.close();
    }),
  );
});
