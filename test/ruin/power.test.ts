import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { integrityOf } from "../support/database.ts";
import { startProcess } from "../support/process.ts";
import { type Chance, chance, report, rounds, waitFor } from "../support/round.ts";
import { Disk, stepsOf, tracing } from "../support/strace.ts";
import { Talker } from "../support/talker.ts";

const messages = rounds(60, 300);
const env = { PARLEY_DEMO_TEAM: "false", PARLEY_PEOPLE_RATE: "100000", PARLEY_PEOPLE_BURST: "100000" };
const luck = chance();
const folder = mkdtempSync(join(tmpdir(), "parley-power-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What becomes of writes that no fsync covered. */
const fates: [string, (chance: Chance) => boolean][] = [
  ["all are lost", () => false],
  ["some are lost", (chance) => chance.often(50)],
  ["none is lost", () => true],
];

if (Bun.which("strace")) {
  test(`the power fails after each of ${messages} acknowledgements: the database opens and holds every acknowledged message`, async () => {
    const trace = join(folder, "trace");
    await using server = await startProcess({ under: tracing(trace), env });
    const writers = [new Talker("mira", "camel"), new Talker("tomas", "classic batch")];
    for (const writer of writers) await writer.connect(server.ws);
    for (const writer of writers) {
      let said = 0;
      const say = () => {
        said += 1;
        if (said <= messages / 2) writer.say(`what must not be lost ${said} ${"x".repeat(luck.between(0, 2_000))}`);
      };
      writer.acked = say;
      say();
    }
    await waitFor(() => writers.every((writer) => writer.owed.size === 0), "echoes", 30_000);
    expect((await server.terminate()).code).toBe(0);

    const disk = new Disk();
    const promised = new Set<number>();
    let cuts = 0;
    // strace writes its last line a moment after the process has gone.
    const log = await waitFor(async () => whole(await Bun.file(trace).text()), "the end of the trace");
    for (const step of stepsOf(log)) {
      disk.take(step);
      const before = promised.size;
      if (step.call === "send") for (const id of acknowledgedIn(step.bytes)) promised.add(id);
      if (promised.size === before) continue;
      cuts += 1;
      for (const [fate, survives] of fates) {
        const found = afterPowerCut(disk, server.database, survives);
        expect({ seed: luck.seed, fate, integrity: found.integrity }).toEqual({
          seed: luck.seed,
          fate,
          integrity: "ok",
        });
        expect({ fate, lost: [...promised].filter((id) => !found.ids.has(id)) }).toEqual({ fate, lost: [] });
      }
    }
    expect(promised.size).toBe(messages);
    expect(cuts).toBeGreaterThan(10);
    // The measure is not blind: a disk that ignores fsync loses what was promised.
    const lazy = new Disk();
    for (const step of stepsOf(log)) {
      if (step.call === "send" && acknowledgedIn(step.bytes).length > 0) break;
      if (step.call !== "sync") lazy.take(step);
    }
    expect(afterPowerCut(lazy, server.database, () => false).ids.size).toBe(0);
    report("power cuts", { acknowledged: promised.size, cuts: cuts * fates.length, lost: 0, seed: luck.seed });
  }, 120_000);
} else {
  process.stderr.write("NOTE: no strace on the PATH: power cuts are not replayed (Debian: apt-get install strace)\n");
}

function whole(log: string): string | false {
  return log.includes("+++ exited with") && log;
}

/** Ids of messages that a send told somebody of, in either dialect, alone or in a batch. */
function acknowledgedIn(bytes: Buffer): number[] {
  const found = bytes.toString("latin1").matchAll(/"type":"(?:chat_)?message","data":\{"id":(\d+)/g);
  return [...found].map(([, id]) => Number(id));
}

function afterPowerCut(disk: Disk, database: string, survives: (chance: Chance) => boolean) {
  const copy = join(folder, "left.db");
  for (const ending of ["-shm", "-journal"]) rmSync(copy + ending, { force: true });
  for (const ending of ["", "-wal"]) writeFileSync(copy + ending, disk.left(database + ending, survives, luck));
  const journal = disk.left(`${database}-journal`, survives, luck);
  if (journal.length > 0) writeFileSync(`${copy}-journal`, journal);
  const sqlite = new Database(copy);
  try {
    const tables = sqlite.query("SELECT 1 FROM sqlite_master WHERE name = 'messages'").all().length;
    const rows = tables === 0 ? [] : sqlite.query<{ id: number }, []>("SELECT id FROM messages").all();
    return { integrity: integrityOf(sqlite), ids: new Set(rows.map(({ id }) => id)) };
  } finally {
    sqlite.close();
  }
}
