import { rmSync } from "node:fs";
import { cpus } from "node:os";
import { type Contender, raw } from "./contenders.ts";
import { compileGenerator, fanout } from "./generator.ts";
import { type Bench, resultsFile, type Scenario } from "./harness.ts";
import { loadAverage } from "./machine.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { parley, parleyCommand } from "./parley.ts";
import { printSection, printVerdicts, type Section } from "./report.ts";
import { acknowledged, saturated, steady } from "./scenarios/fanout.ts";
import { idleConnections } from "./scenarios/idle.ts";
import { openRoom } from "./scenarios/room.ts";
import { searching } from "./scenarios/search.ts";
import { connectStorm } from "./scenarios/storm.ts";
import { prepareDatabase } from "./seed.ts";

/** Every scenario with its goal: what Parley is meant to reach on two cores that it shares with the generator. */
const scenarios: readonly Scenario[] = [
  saturated(32),
  saturated(100, 0.6),
  saturated(1_000, 1.5),
  steady(32),
  steady(100, 1.6),
  steady(1_000),
  acknowledged(5),
  connectStorm(8_000),
  idleConnections(8),
  openRoom(1.2),
  searching(10),
];

const names = scenarios.map((scenario) => scenario.name).join(", ");

/** People in the database of every run: a storm is of people who are not all the same. */
const people = 1_000;

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(`${usage}\n\nScenarios: ${names}`);
  const chosen = choose(options.scenarios);
  rmSync(resultsFile, { force: true });
  await compileGenerator();
  const bench = await prepare(options);
  console.log(
    `${cpus()[0]?.model ?? "?"}, ${cpus().length} cores · Bun ${Bun.version} · load ${loadAverage()} · ` +
      `${options.reps} repetitions of ${options.seconds} s, medians; ratios are paired within a repetition`,
  );
  const sections: Section[] = [];
  for (const scenario of chosen) {
    const section = await scenario.run(bench);
    printSection(section);
    sections.push(section);
  }
  printVerdicts(sections);
  console.log(`\nEvery single run is in ${resultsFile}`);
  if (options.check && sections.some(({ verdicts }) => verdicts.some(({ met }) => !met))) process.exitCode = 1;
}

/** @throws when there is no scenario of that name */
function choose(wanted: readonly string[]): readonly Scenario[] {
  for (const name of wanted) {
    if (!scenarios.some((scenario) => scenario.name === name)) {
      throw new Error(`there is no scenario "${name}": choose from ${names}`);
    }
  }
  return wanted.length === 0 ? scenarios : scenarios.filter((scenario) => wanted.includes(scenario.name));
}

async function prepare(options: Options): Promise<Bench> {
  const command = parleyCommand(options.binary);
  const prepared = await prepareDatabase(command, "people", { people, messages: 0 });
  const product = parley("Parley", command, prepared, { pages: 0.5, batch: true });
  const frameBytes = options.padded ?? (await bytesOfDelivery(product));
  return {
    options,
    plain: raw("raw Bun", 0),
    padded: raw(`raw Bun, ${frameBytes} B`, frameBytes),
    parley: product,
    unbatched: parley("Parley, single frames", command, prepared, { pages: 0.5, batch: false }),
    pages: parley("Parley, pages only", command, prepared, { pages: 1, batch: true }),
    programs: parley("Parley, programs only", command, prepared, { pages: 0, batch: true }),
    parleyCommand: command,
  };
}

/** What a delivery of Parley's weighs on the wire, pages and programs together, so that the padded baseline weighs the same. */
async function bytesOfDelivery(contender: Contender): Promise<number> {
  const server = await contender.start();
  try {
    const { bytesPerDelivery } = await fanout(
      server,
      contender.groups(32, 32, server.port),
      { rate: 200 },
      { warm: 0.3, seconds: 1 },
    );
    return Math.round(bytesPerDelivery);
  } finally {
    await server.stop();
  }
}

// An ordinary end, so that the servers end too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
