import type { Contender } from "../contenders.ts";
import { hold, storm } from "../generator.ts";
import { interleaved, resultsOf, type Scenario } from "../harness.ts";
import { residentKiB } from "../machine.ts";
import { atMost, number } from "../report.ts";
import type { Running } from "../servers.ts";
import { median } from "../statistics.ts";

const clients = 5_000;

/** Connections of the warm-up, so that what a process takes once is not divided among the measured ones. */
const warmClients = 200;

/** Time for a process to settle before its memory is read. */
const settleMs = 2_000;

/** What an open connection on which nothing happens costs in memory. Kernel buffers come on top, the same for everybody. */
export function idleConnections(goalKiB: number): Scenario {
  return {
    name: "idle",
    async run(bench) {
      const contenders = [bench.plain, bench.parley];
      const results = await interleaved(this.name, contenders, bench.options.reps, measure);
      const rows = contenders.map((contender) => {
        const runs = resultsOf(results, contender);
        const middle = (pick: (run: Memory) => number) => number(median(runs.map(pick)));
        return [
          contender.name,
          middle((run) => run.each),
          middle((run) => run.before / 1024),
          middle((run) => run.after / 1024),
        ];
      });
      const each = median(resultsOf(results, bench.parley).map((run) => run.each));
      return {
        title: `Memory of ${number(clients)} idle connections (Parley's are authenticated and subscribed)`,
        columns: ["server", "KiB each", "MiB before", "MiB with them"],
        rows,
        verdicts: [atMost(`memory of an idle connection at ${number(clients)}`, each, goalKiB, " KiB")],
      };
    },
  };
}

interface Memory {
  readonly before: number;
  readonly after: number;
  readonly each: number;
}

async function measure(contender: Contender, server: Running): Promise<Memory> {
  await storm(server, contender.groups(warmClients, 0, server.port), 1);
  await Bun.sleep(settleMs);
  const before = residentKiB(server.pid);
  const held = await hold(server, contender.groups(clients, 0, server.port));
  await Bun.sleep(settleMs);
  const after = residentKiB(server.pid);
  await held.release();
  return { before, after, each: (after - before) / clients };
}
