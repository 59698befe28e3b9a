import { describe, expect, spyOn, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type House, openHouse, until } from "../support/house.ts";

/** The index works by itself soon, or only when somebody searches. */
const soon = { searchDelayMs: 1 };
const never = { searchDelayMs: 1_000_000 };
const fast = { peopleRate: 1e6, peopleBurst: 1e6 };

const count = (house: House, query: string) =>
  house.search.find(house.person("mira"), query, { limit: 100 }).hits.length;

async function inFolder(act: (path: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "parley-search-"));
  try {
    await act(join(folder, "parley.db"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("the index follows the log", () => {
  test("by itself, a moment after what was said", async () => {
    using house = openHouse({ limits: soon });
    house.say(house.person("mira"), "a heron");
    await until(() => house.index.seq === house.log.seq, "the index to follow");
    expect(count(house, "heron")).toBe(1);
  });

  test("at once when so much waits that a batch is full, and again while that is so", async () => {
    using house = openHouse({ limits: { ...never, ...fast, searchBatch: 20 } });
    const mira = house.person("mira");
    while (house.log.seq < 19) house.say(mira, "heron");
    expect(house.index.seq).toBe(0);
    while (house.log.seq < 75) house.say(mira, "heron");
    // Never within a commit, whose writers wait.
    expect(house.index.seq).toBe(0);
    await until(() => house.index.seq === 60, "the batches that are full");
    expect(house.log.seq).toBe(75);
  });

  test.each([
    ["rests longer after a batch while more is said than the server calls quiet", 1, 20],
    ["goes on to the next while less is said", 1e9, 60],
  ])("%s", async (_, busyMessagesPerSecond, reached) => {
    const limits = {
      ...never,
      ...fast,
      busyMessagesPerSecond,
      searchBatch: 20,
      searchStepMs: 1e9,
      searchRest: 0,
      searchBusyRest: 1e6,
    };
    using house = openHouse({ limits });
    const mira = house.person("mira");
    // Each look at the clock is a millisecond.
    let ticks = house.clock.monotonic();
    const clock = spyOn(house.clock, "monotonic").mockImplementation(() => ++ticks);
    while (house.log.seq < 60) house.say(mira, "heron");
    await until(() => house.index.seq >= 20, "the first batch");
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
    expect(house.index.seq).toBe(reached);
    expect(count(house, "heron")).toBeGreaterThan(50);
    clock.mockRestore();
  });

  test("when it is searched, whatever waits", () => {
    using house = openHouse({ limits: { ...never, ...fast } });
    const mira = house.person("mira");
    for (let step = 0; step < 30; step += 1) house.say(mira, `heron ${step}`);
    expect(house.index.seq).toBe(0);
    expect(count(house, "heron")).toBe(30);
    expect(house.index.seq).toBe(house.log.seq);
  });

  test("in steps when there is too much for one search, which then says so", () => {
    using house = openHouse({ limits: { ...never, ...fast, searchBatch: 10, searchCatchUpMs: 5, searchStepMs: 5 } });
    const mira = house.person("mira");
    for (let step = 0; step < 50; step += 1) house.say(mira, `heron ${step}`);
    // Each look at the clock is a millisecond.
    const clock = spyOn(house.clock, "monotonic").mockImplementation(() => ++ticks);
    let ticks = 0;
    const first = house.search.find(mira, "heron", { limit: 100 });
    expect(first.complete).toBe(false);
    expect(first.hits.length).toBeLessThan(50);
    let tries = 0;
    while (!house.search.find(mira, "heron", { limit: 100 }).complete && tries < 100) tries += 1;
    expect(tries).toBeGreaterThan(0);
    expect(count(house, "heron")).toBe(50);
    clock.mockRestore();
  });
});

test("the pieces that batches leave are merged while nothing else waits", async () => {
  using house = openHouse({ limits: { ...soon, ...fast, searchBatch: 3 } });
  const mira = house.person("mira");
  const pieces = () =>
    house.store.sqlite.query<{ count: number }, []>("SELECT count(DISTINCT segid) AS count FROM search_words_idx").get()
      ?.count ?? 0;
  let most = 0;
  for (let step = 0; step < 60; step += 1) {
    house.say(mira, `heron ${step}`);
    await until(() => house.index.seq > house.log.seq - 3, "the batch");
    most = Math.max(most, pieces());
  }
  expect(most).toBeGreaterThan(2);
  await until(() => house.index.seq === house.log.seq && pieces() < 4, "the merging");
  expect(count(house, "heron")).toBe(60);
});

describe("the index after an end", () => {
  test("goes on where it was, also when the process was killed before it had written anything", () =>
    inFolder((path) => {
      {
        using house = openHouse({ path, limits: never });
        house.say(house.person("mira"), "a heron");
        expect(count(house, "heron")).toBe(1);
        house.say(house.person("mira"), "another heron");
      }
      using house = openHouse({ path, limits: never });
      expect(house.index.seq).toBeGreaterThan(0);
      expect(house.index.seq).toBeLessThan(house.log.seq);
      expect(count(house, "heron")).toBe(2);
    }));

  test("is made anew when it is of another form, or knows of more than the log", () =>
    inFolder((path) => {
      for (const value of ["form = 0", "seq = 999999"]) {
        {
          using house = openHouse({ path, limits: never });
          house.say(house.person("mira"), "a heron");
          expect(count(house, "*ero*")).toBeGreaterThan(0);
          house.store.sqlite.run(`UPDATE search_progress SET ${value}`);
        }
        using house = openHouse({ path, limits: never });
        expect([value, house.index.seq]).toEqual([value, 0]);
        const said = house.store.sqlite.query("SELECT 1 FROM messages").all().length;
        expect([value, count(house, "heron"), count(house, "*ero*")]).toEqual([value, said, said]);
      }
    }));

  test("is made by itself for a workspace that had none", () =>
    inFolder(async (path) => {
      {
        using house = openHouse({ path, limits: never });
        const said = house.say(house.person("mira"), "a heron");
        house.outcomeOf((done) => house.change.edit(house.person("mira"), said.id, "a crane", done));
        house.store.sqlite.run("DELETE FROM search_progress");
      }
      using house = openHouse({ path, limits: soon });
      await until(() => house.index.seq === house.log.seq, "the index to be made");
      expect([count(house, "heron"), count(house, "crane")]).toEqual([0, 1]);
    }));
});

test("a batch that fails costs the search and nothing else, and comes again", () => {
  using house = openHouse({ limits: never });
  const mira = house.person("mira");
  house.say(mira, "a heron");
  const broken = spyOn(house.rooms, "byId").mockImplementation(() => {
    throw new Error("the disk is on fire");
  });
  const found = house.search.find(mira, "heron", { limit: 5 });
  expect(found).toMatchObject({ hits: [], complete: false });
  expect(house.logged.some(({ event }) => event === "search.index")).toBe(true);
  broken.mockRestore();
  expect(count(house, "heron")).toBe(1);
  expect(count(house, "*ero*")).toBe(1);
});
