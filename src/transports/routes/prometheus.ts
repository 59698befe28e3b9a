import type { Figures, Measures } from "../measures.ts";

/** One kind of figure: its name, what it says, and its samples of one transport, each with what is added to the name and to the labels. */
interface Family {
  readonly name: string;
  readonly type: "gauge" | "counter" | "summary";
  readonly help: string;
  readonly samples: (figures: Figures) => readonly (readonly [suffix: string, labels: string, value: number])[];
}

const one = (value: number) => [["", "", value]] as const;
const summary = ({ count, sum }: { count: number; sum: number }) =>
  [
    ["_sum", "", sum],
    ["_count", "", count],
  ] as const;

const families: readonly Family[] = [
  {
    name: "parley_connections",
    type: "gauge",
    help: "Connections that are open.",
    samples: ({ connections }) => one(connections),
  },
  {
    name: "parley_connections_opened_total",
    type: "counter",
    help: "Connections that were opened.",
    samples: ({ opened }) => one(opened),
  },
  {
    name: "parley_connections_closed_total",
    type: "counter",
    help: "Connections that ended, by close code.",
    samples: ({ closed }) => [...closed].map(([code, count]) => ["", `,code="${code}"`, count] as const),
  },
  {
    name: "parley_connection_duration_seconds",
    type: "summary",
    help: "How long connections that ended had been open.",
    samples: ({ seconds }) => summary(seconds),
  },
  {
    name: "parley_connection_failures_total",
    type: "counter",
    help: "Attempts that were turned away, or failed as pages report it.",
    samples: ({ failedAttempts }) => one(failedAttempts),
  },
  {
    name: "parley_reconnects_total",
    type: "counter",
    help: "Connections of somebody who came back.",
    samples: ({ reconnects }) => one(reconnects),
  },
  {
    name: "parley_latency_seconds",
    type: "summary",
    help: "From a ping to its pong, as pages report it.",
    samples: ({ latency }) => summary(latency),
  },
  {
    name: "parley_away_queue_messages",
    type: "summary",
    help: "Messages that waited in a page while it was away.",
    samples: ({ queued }) => summary(queued),
  },
  {
    name: "parley_message_acknowledge_seconds",
    type: "summary",
    help: "From a message to its commit.",
    samples: ({ messages }) => summary(messages),
  },
  {
    name: "parley_refusals_total",
    type: "counter",
    help: "Frames that were refused.",
    samples: ({ refusals }) => one(refusals),
  },
];

/** The figures of every transport as Prometheus reads them. */
export function prometheus({ figures, polls }: Measures): string {
  const lines = families.flatMap(({ name, type, help, samples }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...Object.entries(figures).flatMap(([transport, of]) =>
      samples(of).map(([suffix, labels, value]) => `${name}${suffix}{transport="${transport}"${labels}} ${value}`),
    ),
  ]);
  const asked = ["# HELP parley_polls_total Questions for events.", "# TYPE parley_polls_total counter"];
  return `${[...lines, ...asked, `parley_polls_total ${polls}`].join("\n")}\n`;
}
