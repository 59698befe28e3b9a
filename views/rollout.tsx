import { PageFrame } from "./frame.tsx";
import type { Assets } from "./layout.tsx";
import { pagesBeside } from "./pages-beside.ts";
import { Alert, Done, Field } from "./people/fields.tsx";
import type { ModeProps } from "./people/mode.tsx";

export interface TransportFigures {
  readonly connections: number;
  readonly opened: number;
  readonly meanDurationSeconds: number | null;
  readonly failedAttempts: number;
  readonly reconnects: number;
  readonly meanLatencyMs: number | null;
  readonly meanQueueSize: number | null;
  readonly messages: number;
  readonly refusals: number;
}

interface RolloutProps {
  workspace: string;
  mode?: ModeProps;
  assets: Assets;
  setting: { readonly enabled: boolean; readonly percent: number };
  transports: Readonly<Record<"websocket_page" | "websocket_json" | "http", TransportFigures>>;
  saved?: boolean;
  error?: string;
}

/** How far WebSockets are rolled out, and how each way to connect fares. */
export function RolloutPage({ workspace, mode, assets, setting, transports, saved, error }: RolloutProps) {
  return (
    <PageFrame
      heading="Connections"
      workspace={workspace}
      assets={assets}
      testId="connections-page"
      address="/connections"
      mode={mode}
      links={pagesBeside("/connections", true)}
      wide={true}
    >
      <div class="stack">
        {saved && <Done>Saved. Open pages follow within seconds.</Done>}
        <section class="panel" aria-labelledby="rollout-title">
          <div class="panel-head">
            <h2 id="rollout-title">WebSockets</h2>
          </div>
          {error && <Alert>{error}</Alert>}
          <p class="soft">
            Pages that use none go on over HTTP by themselves: nothing is lost, every message takes a little longer.
          </p>
          <form method="post" action="/connections" class="rollout">
            <label class="check">
              <input type="checkbox" name="enabled" checked={setting.enabled || undefined} />
              <span>Use WebSockets. Without them programs that speak nothing else are refused.</span>
            </label>
            <Field
              id="percent"
              name="percent"
              type="number"
              label="People whose pages use them, in a hundred"
              hint="Always the same people; with a higher number those and others."
              value={String(setting.percent)}
              min={0}
              max={100}
              refused={error !== undefined}
              required={true}
            />
            <div class="acts">
              <button type="submit" class="button primary">
                Save
              </button>
            </div>
          </form>
        </section>
        <section class="panel" aria-labelledby="figures-title">
          <div class="panel-head">
            <h2 id="figures-title">Since the server was started</h2>
          </div>
          <Figures transports={transports} />
        </section>
      </div>
    </PageFrame>
  );
}

const columns = [
  ["websocket_page", "Pages, WebSocket"],
  ["websocket_json", "Programs, WebSocket"],
  ["http", "HTTP"],
] as const;

const rows: readonly [string, (of: TransportFigures) => string][] = [
  ["Connections", ({ connections, opened }) => `${count(connections)} of ${count(opened)}`],
  ["Mean duration", ({ meanDurationSeconds }) => seconds(meanDurationSeconds)],
  ["Reconnects", ({ reconnects }) => count(reconnects)],
  ["Latency", ({ meanLatencyMs }) => (meanLatencyMs === null ? "none yet" : `${meanLatencyMs} ms`)],
  ["Failed attempts", ({ failedAttempts }) => count(failedAttempts)],
  ["Messages waiting on return", ({ meanQueueSize }) => (meanQueueSize === null ? "none yet" : String(meanQueueSize))],
  ["Messages", ({ messages }) => count(messages)],
  ["Refused", ({ refusals }) => count(refusals)],
];

function Figures({ transports }: Pick<RolloutProps, "transports">) {
  return (
    <table class="figures" data-testid="figures">
      <thead>
        <tr>
          <th scope="col">
            <span class="sr">Figure</span>
          </th>
          {columns.map(([, title]) => (
            <th scope="col">{title}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([title, of]) => (
          <tr>
            <th scope="row">{title}</th>
            {columns.map(([transport]) => (
              <td>{of(transports[transport])}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function count(value: number): string {
  return value.toLocaleString("en");
}

function seconds(value: number | null): string {
  if (value === null) return "none yet";
  if (value < 90) return `${value} s`;
  return value < 5_400 ? `${Math.round(value / 60)} min` : `${(value / 3_600).toFixed(1)} h`;
}
