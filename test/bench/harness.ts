import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "./contenders.ts";
import { loadAverage, waitForQuiet } from "./machine.ts";
import type { Options } from "./options.ts";
import type { Section } from "./report.ts";
import { buildFolder, type Running } from "./servers.ts";

/** What scenarios are given. */
export interface Bench {
  readonly options: Options;
  /** Raw Bun publish, frames of 74 bytes. */
  readonly plain: Contender;
  /** Raw Bun publish with frames as large as Parley's deliveries: the fair baseline. */
  readonly padded: Contender;
  readonly parley: Contender;
  /** The same with one JSON frame a message, for programs that do not take batches. */
  readonly unbatched: Contender;
  /** Only one kind of client, to see which of them a figure is about. */
  readonly pages: Contender;
  readonly programs: Contender;
  readonly parleyCommand: readonly string[];
}

export interface Scenario {
  readonly name: string;
  run(bench: Bench): Promise<Section>;
}

export const resultsFile = join(buildFolder, "results.jsonl");

/** Longest wait for others to leave the machine alone before a run. */
const patienceMs = 5_000;

/**
 * Measures every contender once in each repetition, each time in a fresh process; every second repetition in reverse order, so that
 * a machine that grows slower or faster favours nobody.
 * @returns the results of each contender, by repetition
 */
export async function interleaved<Result>(
  scenario: string,
  contenders: readonly Contender[],
  reps: number,
  measure: (contender: Contender, server: Running) => Promise<Result>,
): Promise<ReadonlyMap<Contender, readonly Result[]>> {
  const results = new Map<Contender, Result[]>(contenders.map((contender) => [contender, []]));
  for (let repetition = 0; repetition < reps; repetition++) {
    for (const contender of repetition % 2 === 0 ? contenders : contenders.toReversed()) {
      await waitForQuiet(patienceMs);
      progress(`${scenario} ${repetition + 1}/${reps}: ${contender.name}`);
      const server = await contender.start();
      try {
        const result = await measure(contender, server);
        results.get(contender)?.push(result);
        record({ scenario, contender: contender.name, repetition, load: loadAverage(), result });
      } finally {
        await server.stop();
      }
    }
  }
  progress("");
  return results;
}

/** What is going on now, for somebody who watches; nothing in a log file. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

/** Keeps every single run, for those who want more than medians. */
export function record(entry: unknown): void {
  appendFileSync(resultsFile, `${JSON.stringify(entry)}\n`);
}

/** The results of a contender. @throws when it did not take part */
export function resultsOf<Result>(
  results: ReadonlyMap<Contender, readonly Result[]>,
  contender: Contender,
): readonly Result[] {
  const own = results.get(contender);
  if (!own) throw new Error(`${contender.name} did not take part`);
  return own;
}
