import { rmSync } from "node:fs";
import { join } from "node:path";
import { HandClock } from "../../support/clock.ts";
import { type House, openHouse } from "../../support/house.ts";
import type { Scenario } from "../harness.ts";
import { atMost, number } from "../report.ts";
import { runFolder } from "../servers.ts";
import { median } from "../statistics.ts";

/** What people may ask for, from the word in every second message to the one in a single one. */
const queries: readonly (readonly [string, "newest" | "relevant"])[] = [
  ["", "newest"],
  ["common", "newest"],
  ["common", "relevant"],
  ["needle", "newest"],
  ["common in:attic", "newest"],
  ["needle from:mira before:2000", "newest"],
  ["com*", "newest"],
  ["*ommo*", "newest"],
  ['"common word0"', "newest"],
  ["absent", "newest"],
];

const runs = 30;

/** A workspace of a million messages: how long its index takes to make, and how long a search, in the process that does everything else. */
export function searching(goalMs: number): Scenario {
  return {
    name: "search",
    async run({ options }) {
      const database = join(runFolder, "search.db");
      for (const end of ["", "-wal", "-shm", ".lock"]) rmSync(database + end, { force: true });
      await fill(database, options.messages);
      using house = open(database);
      const began = { at: performance.now(), cpu: process.cpuUsage() };
      while (!house.search.find(house.person("mira"), "", { limit: 1 }).complete);
      const cpu = process.cpuUsage(began.cpu);
      const seconds = (performance.now() - began.at) / 1000;
      const microseconds = (cpu.user + cpu.system) / options.messages;
      const figures = queries.map(([query, order]) => ({ query, order, ms: measured(house, query, order) }));
      const slowest = Math.max(...figures.filter(({ order }) => order === "newest").map(({ ms }) => ms));
      return {
        title: `Search in ${number(options.messages)} messages, 20 hits, median of ${runs}`,
        columns: ["query", "order", "ms"],
        rows: figures.map(({ query, order, ms }) => [query || "(nothing)", order, number(ms)]),
        verdicts: [atMost("slowest search, newest first", slowest, goalMs, " ms")],
        notes: [`The index was made in ${number(seconds)} s: ${number(microseconds)} µs of CPU a message.`],
      };
    },
  };
}

function open(database: string): House {
  return openHouse({ path: database, clock: new RunningClock(), limits: { searchDelayMs: 1_000_000 } });
}

function measured(house: House, query: string, order: "newest" | "relevant"): number {
  const mira = house.person("mira");
  return median(
    Array.from({ length: runs }, () => {
      const began = performance.now();
      house.search.find(mira, query, { limit: 20, order });
      return performance.now() - began;
    }),
  );
}

/** The house's own stands still unless it is moved. */
class RunningClock extends HandClock {
  override now(): number {
    return Date.now();
  }

  override monotonic(): number {
    return performance.now();
  }
}

/** Messages of ten words out of twenty thousand, some often and most seldom, by SQL: through the door it would take minutes. */
async function fill(database: string, count: number): Promise<void> {
  using house = open(database);
  const mira = house.person("mira");
  await house.rooms.create(mira, "attic", "");
  const { sqlite } = house.store;
  const general = house.rooms.forReader(mira, "general").id;
  const message = sqlite.prepare(
    "INSERT INTO messages (id, seq, room_id, author_id, at, text, mentions, origin, streaming) VALUES (?1, ?1, ?2, ?3, ?4, ?5, '[]', 'ws', 0)",
  );
  const event = sqlite.prepare(
    "INSERT INTO events (seq, at, kind, room_id, actor_id, data) VALUES (?1, ?4, 'message.posted', ?2, ?3, '{}')",
  );
  const word = () => `word${Math.floor(Math.random() ** 4 * 20_000).toString(36)}`;
  const first = house.log.seq + 1;
  sqlite.transaction(() => {
    for (let id = first; id < first + count; id += 1) {
      const begin = id === first + 7 ? "needle " : Math.random() < 0.5 ? "common " : "";
      const at = Date.now() - (first + count - id) * 30_000;
      message.run(id, general, mira.id, at, begin + Array.from({ length: 10 }, word).join(" "));
      event.run(id, general, mira.id, at);
    }
  })();
}
