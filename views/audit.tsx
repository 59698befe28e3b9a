import { Detail } from "./audit-detail.tsx";
import { PageFrame } from "./frame.tsx";
import type { Assets } from "./layout.tsx";
import { Moment } from "./moment.tsx";
import { pagesBeside } from "./pages-beside.ts";
import { Field } from "./people/fields.tsx";
import type { ModeProps } from "./people/mode.tsx";

export interface AuditEntry {
  readonly id: number;
  readonly at: number;
  readonly action: string;
  /** Who did it, or a word for nobody. */
  readonly actor: string;
  readonly target: string;
  readonly address: string;
  readonly result: "ok" | "refused" | "failed";
  readonly detail: string;
  readonly hash: string;
}

export interface AuditFilters {
  readonly actor: string;
  readonly action: string;
  readonly result: string;
  /** Days of UTC, as YYYY-MM-DD. */
  readonly from: string;
  readonly to: string;
  readonly text: string;
  /** "without": no sockets that came and went. */
  readonly sockets: string;
}

interface AuditProps {
  workspace: string;
  mode?: ModeProps | undefined;
  assets: Assets;
  entries: readonly AuditEntry[];
  filters: AuditFilters;
  /** Every action there can be an entry of. */
  actions: readonly string[];
  /** Where the entries before these are. */
  older: string | null;
  /** Where the newest are, when these are not. */
  newest: string | null;
  exportHref: { readonly jsonl: string; readonly csv: string };
  /** Whether every entry still fits the one before it. */
  chain: {
    readonly ok: boolean;
    readonly count: number;
    readonly head: string;
    readonly brokenAt?: number | undefined;
  };
}

/** Who did what, from where, with which result, newest first. */
export function AuditPage(props: AuditProps) {
  const { workspace, assets, entries, filters, actions, older, newest, exportHref, chain } = props;
  const { actor, action, result, from, to, text, sockets } = filters;
  const filtered = [actor, action, result, from, to, text, sockets].some((value) => value !== "");
  return (
    <PageFrame
      heading="Audit log"
      workspace={workspace}
      assets={assets}
      testId="audit-page"
      mode={props.mode}
      links={pagesBeside("/audit", true)}
      wide={true}
    >
      <Chain chain={chain} />
      <FilterForm filters={filters} actions={actions} filtered={filtered} />
      <section aria-labelledby="entries-title">
        <div class="panel-head">
          <h2 id="entries-title">Entries</h2>
          <span class="acts">
            <a class="button small" href={exportHref.jsonl} download="">
              Export JSONL
            </a>
            <a class="button small" href={exportHref.csv} download="">
              Export CSV
            </a>
          </span>
        </div>
        {entries.length === 0 ? (
          <p class="empty">{filtered ? "Nothing matches these filters." : "Nothing yet."}</p>
        ) : (
          <>
            <p class="lead">
              Newest first, in the order they were sealed: a time may be a second behind the one below it.
            </p>
            <EntryTable entries={entries} />
          </>
        )}
        {(older || newest) && (
          <p class="more acts">
            {newest && (
              <a class="button" href={newest}>
                Newest entries
              </a>
            )}
            {older && (
              <a class="button" href={older} rel="next">
                Older entries
              </a>
            )}
          </p>
        )}
      </section>
    </PageFrame>
  );
}

function Chain({ chain }: Pick<AuditProps, "chain">) {
  const number = chain.count.toLocaleString("en");
  const head = <code title={chain.head}>{chain.head.slice(0, 12)}</code>;
  if (chain.ok)
    return (
      <p class="notice good" data-testid="chain">
        <b>The log is unaltered.</b> {number} {chain.count === 1 ? "entry" : "entries"}, each sealed by the next; the
        last is {head}.
      </p>
    );
  return (
    <p class="notice bad" role="alert" data-testid="chain">
      <b>The log was altered{chain.brokenAt === undefined ? "" : ` at entry ${chain.brokenAt}`}.</b> Somebody changed or
      removed entries in the database file; what follows that entry proves nothing. {number} entries were read, the last
      is {head}.
    </p>
  );
}

interface FilterFormProps {
  filters: AuditFilters;
  actions: readonly string[];
  filtered: boolean;
}

function FilterForm({ filters, actions, filtered }: FilterFormProps) {
  return (
    <form method="get" action="/audit" class="filters" aria-label="Filters">
      <Field
        id="filter-text"
        name="text"
        type="search"
        label="Text"
        value={filters.text}
        placeholder="target or detail"
      />
      <Field id="filter-actor" name="actor" label="Who" value={filters.actor} exact={true} placeholder="mira" />
      <Select name="action" label="Action" value={filters.action} any="any action" choices={actions} />
      <Select
        name="result"
        label="Result"
        value={filters.result}
        any="any result"
        choices={["ok", "refused", "failed"]}
      />
      <Field id="filter-from" name="from" type="date" label="From (UTC)" value={filters.from} />
      <Field id="filter-to" name="to" type="date" label="To (UTC)" value={filters.to} />
      <label class="check">
        <input type="checkbox" name="sockets" value="without" checked={filters.sockets !== "" || undefined} />
        <span>Without connections that came and went</span>
      </label>
      <div class="acts">
        <button type="submit" class="button primary">
          Filter
        </button>
        {filtered && (
          <a class="button" href="/audit">
            Clear
          </a>
        )}
      </div>
    </form>
  );
}

interface SelectProps {
  name: string;
  label: string;
  value: string;
  /** Says that nothing is chosen. */
  any: string;
  choices: readonly string[];
}

function Select({ name, label, value, any, choices }: SelectProps) {
  return (
    <div class="field">
      <label for={`filter-${name}`}>{label}</label>
      <select id={`filter-${name}`} name={name}>
        <option value="">{any}</option>
        {choices.map((choice) => (
          <option value={choice} selected={choice === value || undefined}>
            {choice}
          </option>
        ))}
      </select>
    </div>
  );
}

const columns = ["When", "Who", "Action", "Target", "Address", "Result", "Seal"];

/** A table, and on the phone a card an entry: each cell says its column there. */
function EntryTable({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <table class="audit" data-testid="audit-entries">
      <thead>
        <tr>
          {columns.map((column) => (
            <th scope="col">{column}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr data-result={entry.result}>
            <td data-column="When">
              <Moment at={entry.at} format="exact" />
            </td>
            <td data-column="Who">
              <bdi>{entry.actor}</bdi>
            </td>
            <td data-column="Action">
              <code>{entry.action}</code>
            </td>
            <td data-column="Target">
              {entry.target && <bdi>{entry.target}</bdi>}
              <Detail json={entry.detail} />
            </td>
            <td data-column="Address">{entry.address}</td>
            <td data-column="Result">
              <span class="result">{entry.result}</span>
            </td>
            <td data-column="Seal">
              <span>
                {entry.id.toLocaleString("en")} <code title={entry.hash}>{entry.hash.slice(0, 8)}</code>
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
