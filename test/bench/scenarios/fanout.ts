import type { Contender } from "../contenders.ts";
import { type FanoutResult, fanout, type Pace } from "../generator.ts";
import { type Bench, interleaved, resultsOf, type Scenario } from "../harness.ts";
import { atLeast, atMost, number, type Section, type Verdict } from "../report.ts";
import { disturbedPercent, median, pairedRatio, quietRepetitions } from "../statistics.ts";

type Results = ReadonlyMap<Contender, readonly FanoutResult[]>;

/** More senders than this do not make a room busier, only the generator. */
const mostSenders = 128;

/** At the fixed rate everybody together hears this much a second, however many they are. */
const fixedDeliveries = 100_000;

/** Messages always outstanding in a saturated room: enough that the server never waits, few enough that latency means something. */
const windowOf = (clients: number) =>
  Math.max(1, Math.round(Math.min(512, 4 * clients) / Math.min(clients, mostSenders)));

/** As fast as it goes: closed loop, the next message leaves when one's own came back. */
export function saturated(clients: number, goal?: number): Scenario {
  return {
    name: `saturated-${clients}`,
    async run(bench) {
      const contenders = [bench.plain, bench.padded, bench.parley, ...(clients === 100 ? [bench.unbatched] : [])];
      const results = await measured(this.name, bench, contenders, clients, { window: windowOf(clients) });
      const rate = (contender: Contender) => resultsOf(results, contender).map((result) => result.deliveriesPerSecond);
      const verdicts =
        goal === undefined
          ? []
          : [
              atLeast(
                `saturated, ${clients} clients: deliveries/s ÷ raw Bun`,
                pairedRatio(rate(bench.parley), rate(bench.plain)),
                goal,
              ),
            ];
      return table(`Saturated room, ${clients} clients (closed loop)`, bench, results, rate, verdicts);
    },
  };
}

/** 100,000 deliveries a second, open loop: what they cost and how long they take. */
export function steady(clients: number, goal?: number): Scenario {
  const rate = fixedDeliveries / clients;
  return {
    name: `steady-${clients}`,
    async run(bench) {
      const contenders = [bench.plain, bench.padded, bench.parley, ...(clients === 100 ? [bench.unbatched] : [])];
      const results = await measured(this.name, bench, contenders, clients, { rate });
      const cost = (contender: Contender) =>
        resultsOf(results, contender).map((result) => result.serverMicrosecondsPerDelivery);
      const verdicts =
        goal === undefined
          ? []
          : [
              atMost(
                `100 000 deliveries/s, ${clients} clients: CPU a delivery ÷ raw Bun`,
                pairedRatio(cost(bench.parley), cost(bench.plain)),
                goal,
              ),
            ];
      return table(
        `${number(rate)} messages/s to ${clients} clients = 100 000 deliveries/s (open loop)`,
        bench,
        results,
        cost,
        verdicts,
      );
    },
  };
}

/** How long a sender waits until his message is on disk and back. */
export function acknowledged(goalMs: number): Scenario {
  return {
    name: "ack",
    async run(bench) {
      const results = await measured(this.name, bench, [bench.plain, bench.parley], 100, { rate: 1_000 });
      const rows = [...results].map(([contender, runs]) => {
        const middle = (pick: (result: FanoutResult) => number) => number(median(runs.map(pick)));
        return [
          contender.name,
          ...(["p50", "p95", "p99", "max"] as const).map((quantile) => middle((result) => result.echo[quantile])),
          middle((result) => result.generatorLagP99),
          middle((result) => result.othersCpuPercent),
        ];
      });
      const worst = median(resultsOf(results, bench.parley).map((result) => result.echo.p99));
      return {
        title: "Send to acknowledgement at 1 000 messages/s, 100 clients, ms (Parley's means: on disk)",
        columns: ["server", "p50", "p95", "p99", "max", "generator lag p99", "others %"],
        rows,
        notes: notesOn(results),
        verdicts: [atMost("send → durable ack at 1 000 messages/s, p99", worst, goalMs, " ms")],
      };
    },
  };
}

async function measured(
  name: string,
  bench: Bench,
  contenders: readonly Contender[],
  clients: number,
  pace: Pace,
): Promise<Results> {
  const { reps, seconds } = bench.options;
  const senders = Math.min(clients, mostSenders);
  const results = await interleaved(name, contenders, reps, (contender, server) =>
    fanout(server, contender.groups(clients, senders, server.port), pace, { warm: Math.max(1, seconds / 3), seconds }),
  );
  const quiet = quietRepetitions([...results.values()].map((runs) => runs.map((run) => run.othersCpuPercent)));
  return new Map(
    [...results].map(([contender, runs]) => [contender, runs.filter((_, repetition) => quiet.includes(repetition))]),
  );
}

/** @param judged the figure whose ratios to the two baselines are shown */
function table(
  title: string,
  bench: Bench,
  results: Results,
  judged: (contender: Contender) => readonly number[],
  verdicts: readonly Verdict[],
): Section {
  const rows = [...results].map(([contender, runs]) => {
    const middle = (pick: (result: FanoutResult) => number) => number(median(runs.map(pick)));
    return [
      contender.name,
      middle((result) => result.deliveriesPerSecond),
      middle((result) => result.messagesPerSecond),
      middle((result) => result.serverMicrosecondsPerDelivery),
      number(pairedRatio(judged(contender), judged(bench.plain))),
      number(pairedRatio(judged(contender), judged(bench.padded))),
      middle((result) => result.bytesPerDelivery),
      ...(["p50", "p95", "p99"] as const).map((quantile) => middle((result) => result.delivery[quantile])),
      ...(["p50", "p99"] as const).map((quantile) => middle((result) => result.echo[quantile])),
      middle((result) => result.serverCpuPercent),
      middle((result) => result.generatorCpuPercent),
      middle((result) => result.othersCpuPercent),
      String(runs.reduce((sum, result) => sum + result.lost, 0)),
    ];
  });
  return {
    title,
    columns: [
      ...["server", "deliveries/s", "messages/s", "µs/del", "÷ raw", "÷ padded", "bytes/del", "p50 ms", "p95", "p99"],
      ...["ack p50", "ack p99", "server %", "generator %", "others %", "lost"],
    ],
    rows,
    verdicts,
    notes: notesOn(results),
  };
}

/** What makes figures worth less than they look. */
function notesOn(results: Results): string[] {
  const runs = [...results.values()];
  const typical = (pick: (result: FanoutResult) => number) => Math.max(...runs.map((own) => median(own.map(pick))));
  const lost = [...results].filter(([, own]) => own.some((result) => result.lost !== 0)).map(([{ name }]) => name);
  return [
    ...lost.map((name) => `${name} lost messages, or delivered some twice: its other figures mean nothing.`),
    ...(typical((result) => result.generatorCpuPercent) > 95
      ? ["The generator was at its own limit in one of these: that server may have been faster."]
      : []),
    ...(typical((result) => result.othersCpuPercent) > disturbedPercent
      ? ["Others used much of the machine meanwhile: repeat this when it is quiet before believing any of it."]
      : []),
  ];
}
