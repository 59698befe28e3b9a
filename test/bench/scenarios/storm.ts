import { storm } from "../generator.ts";
import { interleaved, resultsOf, type Scenario } from "../harness.ts";
import { atLeast, number } from "../report.ts";
import { median, pairedRatio } from "../statistics.ts";

const clients = 1_000;

/** The first storm meets a server that has just started, the others a warm one. */
const rounds = 4;

/** A thousand people who come back at once, each signed in as somebody else. Raw Bun only upgrades them. */
export function connectStorm(goal: number): Scenario {
  return {
    name: "storm",
    async run(bench) {
      const contenders = [bench.plain, bench.parley, bench.pages, bench.programs];
      const results = await interleaved(this.name, contenders, bench.options.reps, (contender, server) =>
        storm(server, contender.groups(clients, 0, server.port), rounds),
      );
      const typical = (contender: (typeof contenders)[number]) =>
        resultsOf(results, contender).map((result) => median(result.connectionsPerSecond));
      const rows = contenders.map((contender) => {
        const runs = resultsOf(results, contender);
        return [
          contender.name,
          number(median(typical(contender))),
          number(pairedRatio(typical(contender), typical(bench.plain))),
          number(median(runs.map((result) => result.connectionsPerSecond[0] ?? Number.NaN))),
          number(median(runs.map((result) => result.serverMicrosecondsPerConnection))),
          number(median(runs.map((result) => result.generatorCpuPercent))),
        ];
      });
      return {
        title: `Connect storm of ${number(clients)}, until everybody is welcomed and subscribed`,
        columns: ["server", "connections/s", "÷ raw", "first storm", "µs CPU each", "generator %"],
        rows,
        verdicts: [atLeast("authenticated connections/s", median(typical(bench.parley)), goal)],
      };
    },
  };
}
