import type { TransportInfo } from "../src/transports/info.ts";
import { PageFrame } from "./frame.tsx";
import type { Assets } from "./layout.tsx";
import { Moment } from "./moment.tsx";
import { pagesBeside } from "./pages-beside.ts";
import { Alert, Confirm, Field } from "./people/fields.tsx";
import type { ModeProps } from "./people/mode.tsx";
import { count } from "./people/words.ts";

export interface ShownSwitch {
  readonly id: number;
  readonly at: number;
  readonly by: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly durationMs: number;
}

interface TransportProps {
  workspace: string;
  mode?: ModeProps | undefined;
  assets: Assets;
  info: TransportInfo;
  /** Open sockets of people and programs. */
  sockets: number;
  /** OPENCODE_TRANSPORT as it was given. */
  setting: string;
  /** The newest first. */
  switches: readonly ShownSwitch[];
  error?: string | undefined;
  /** What was asked for with a switch that was refused. */
  typed?: { readonly to: string; readonly reason: string } | undefined;
}

const names: Readonly<Record<string, string>> = {
  websocket: "WebSocket",
  telegram: "Telegram",
  both: "WebSocket and Telegram",
};

const meanings = [
  { value: "websocket", words: "browsers and programs; Telegram is not read and not written to" },
  { value: "telegram", words: "the Telegram chat; pages go on over HTTP, other sockets are closed" },
  { value: "both", words: "the same room in both, both ways" },
] as const;

/** What the room is talked through, how that does, and going over to something else. */
export function TransportPage(props: TransportProps) {
  const { workspace, assets, info, sockets, setting, switches, error, typed } = props;
  return (
    <PageFrame
      heading="Transport"
      workspace={workspace}
      assets={assets}
      testId="transport-page"
      address="/transport"
      mode={props.mode}
      links={pagesBeside("/transport", true)}
    >
      {error && <Alert>{error}</Alert>}
      <section aria-labelledby="now-title">
        <div class="panel-head">
          <h2 id="now-title">Now</h2>
          <Power info={info} />
        </div>
        <Summary info={info} />
        <ul class="roster transports" data-testid="transports">
          {info.transports.map((transport) => (
            <TransportItem transport={transport} sockets={sockets} />
          ))}
        </ul>
      </section>
      <SwitchForm info={info} setting={setting} typed={typed} />
      <section aria-labelledby="switches-title">
        <h2 id="switches-title">Last switches</h2>
        {switches.length === 0 ? <p class="empty">None yet.</p> : <SwitchTable switches={switches} />}
      </section>
    </PageFrame>
  );
}

function Summary({ info }: Pick<TransportProps, "info">) {
  const { type, chosen, connected, polling, since } = info;
  const when = (
    <>
      since <Moment at={since} format="exact" />
    </>
  );
  if (!polling)
    return (
      <p class="notice bad" data-testid="summary">
        <b>Talk is off</b> {when}: somebody stopped it. Pages go on over HTTP. It would begin again over {names[chosen]}
        .
      </p>
    );
  if (type !== chosen)
    return (
      <p class="notice bad" role="alert" data-testid="summary">
        <b>
          {names[chosen]} fails: talk goes on over {names[type]}
        </b>{" "}
        {when}. When {names[chosen]} has worked again for a while, it is used alone as before.
      </p>
    );
  const failing = info.transports.filter(({ on, trouble }) => on && trouble !== null);
  const state = !connected ? "does not listen" : type === "both" ? "are on" : "is on";
  return (
    <p class={connected && failing.length === 0 ? "notice good" : "notice bad"} data-testid="summary">
      <b>
        {names[type]} {state}
      </b>{" "}
      {when}
      {failing.length > 0 && `; ${failing.map((each) => names[each.type]).join(" and ")} fails`}.
    </p>
  );
}

function TransportItem({ transport, sockets }: { transport: TransportInfo["transports"][number]; sockets: number }) {
  const { type, available, on, trouble } = transport;
  const state = trouble !== null ? "failing" : on ? "on" : available ? "off" : "not set up";
  return (
    <li class="roster-item" data-transport={type} data-result={trouble !== null ? "failed" : on ? "ok" : "off"}>
      <div class="roster-text">
        <p>
          <b>{names[type]}</b>
        </p>
        <p class="roster-state">
          {trouble ?? (type === "websocket" ? whoIsThere(on, sockets) : telegramWords(available, on))}
        </p>
      </div>
      <span class="result">{state}</span>
    </li>
  );
}

function whoIsThere(on: boolean, sockets: number): string {
  if (!on) return "New sockets are refused; pages go on over HTTP.";
  return `${count(sockets, "socket is", "sockets are")} open.`;
}

function telegramWords(available: boolean, on: boolean): string {
  if (!available) return "Set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, and start the server again.";
  return on ? "The chat is read and written to." : "The chat is not read: what is said there waits there.";
}

/** Everything off, or on again. */
function Power({ info }: Pick<TransportProps, "info">) {
  if (!info.polling)
    return (
      <form method="post" action="/transport/start">
        <button type="submit" class="button small">
          Start talk
        </button>
      </form>
    );
  return (
    <Confirm
      action="/transport/stop"
      verb="Stop talk"
      whom=""
      words="Sockets are closed and Telegram is not read until somebody starts it again. What was said stays."
    />
  );
}

function SwitchForm({ info, setting, typed }: Pick<TransportProps, "info" | "setting" | "typed">) {
  const hasTelegram = info.transports.some(({ type, available }) => type === "telegram" && available);
  return (
    <section class="panel" aria-labelledby="switch-title">
      <h2 id="switch-title">Switch</h2>
      <p class="lead">
        The new one must show that it works before the old one stops. Nobody loses anything that was said.{" "}
        {setting === "auto"
          ? "What is chosen here holds after a restart as well."
          : `It holds until the server stops: OPENCODE_TRANSPORT=${setting} decides what it starts with.`}
      </p>
      <form method="post" action="/transport" class="switch" data-testid="switch-form">
        <fieldset class="choices">
          <legend>Talk over</legend>
          <div class="choice-list">
            {meanings.map(({ value, words }) => (
              <label class="choice">
                <input
                  type="radio"
                  name="to"
                  value={value}
                  required={true}
                  checked={value === (typed?.to ?? info.chosen) || undefined}
                  disabled={(value !== "websocket" && !hasTelegram) || undefined}
                />
                <span>
                  <b>{names[value]}</b>: {words}
                </span>
              </label>
            ))}
          </div>
          {!hasTelegram && <small>Telegram is not set up here.</small>}
        </fieldset>
        <Field
          id="reason"
          name="reason"
          label="Reason"
          value={typed?.reason ?? ""}
          maxlength={200}
          hint="It stands in the audit log."
        />
        <button type="submit" class="button primary">
          Switch
        </button>
      </form>
    </section>
  );
}

const columns = ["When", "Who", "What", "Why", "Took"];

/** A table, and on the phone a card each: every cell says its column there. */
function SwitchTable({ switches }: Pick<TransportProps, "switches">) {
  return (
    <table class="audit" data-testid="switches">
      <thead>
        <tr>
          {columns.map((column) => (
            <th scope="col">{column}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {switches.map(({ at, by, from, to, reason, durationMs }) => (
          <tr>
            <td data-column="When">
              <Moment at={at} format="exact" />
            </td>
            <td data-column="Who">
              <bdi>{by || "nobody"}</bdi>
            </td>
            <td data-column="What">
              <span>
                {from} to <b>{to}</b>
              </span>
            </td>
            <td data-column="Why">
              <bdi>{reason}</bdi>
            </td>
            <td data-column="Took">
              <span>{durationMs < 1_000 ? `${durationMs} ms` : `${(durationMs / 1_000).toFixed(1)} s`}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
