import { PageFrame } from "./frame.tsx";
import type { Assets } from "./layout.tsx";
import { pagesBeside } from "./pages-beside.ts";
import type { ModeProps } from "./people/mode.tsx";
import { count } from "./people/words.ts";

/** A line of a table: what was used, in words, and how much that is of what the largest line used. */
export interface UsageRow {
  readonly name: string;
  readonly tasks: number;
  readonly input: string;
  readonly output: string;
  readonly cost: string;
  readonly percent: number;
}

interface UsageProps {
  workspace: string;
  mode?: ModeProps | undefined;
  assets: Assets;
  canAudit: boolean;
  hasAccount: boolean;
  /** Of everybody, and not only what was used on the reader's behalf. */
  isOfAll: boolean;
  /** Days of UTC, as YYYY-MM-DD. */
  from: string;
  to: string;
  spans: readonly { readonly words: string; readonly href: string; readonly isHere: boolean }[];
  exportHref: string;
  /** Today's. */
  budgets: readonly {
    readonly of: string;
    readonly words: string;
    readonly percent: number;
    readonly isUsedUp: boolean;
  }[];
  /** Null where nothing was used. */
  total: UsageRow | null;
  days: readonly UsageRow[];
  agents: readonly UsageRow[];
  people: readonly UsageRow[];
}

/** What agents used: tokens and money, by day, agent and person, and what of today's budgets is left. */
export function UsagePage(props: UsageProps) {
  const { workspace, assets, canAudit, hasAccount, isOfAll, from, to, spans, exportHref, budgets, total } = props;
  return (
    <PageFrame
      heading="Usage"
      workspace={workspace}
      assets={assets}
      testId="usage-page"
      mode={props.mode}
      links={pagesBeside("/usage", canAudit, hasAccount)}
    >
      {budgets.length > 0 && <Budgets budgets={budgets} />}
      <section aria-labelledby="used-title">
        <div class="panel-head">
          <h2 id="used-title">{isOfAll ? "Used by all" : "Used on your behalf"}</h2>
          <span class="acts">
            {spans.map(({ words, href, isHere }) => (
              <a class="button small" href={href} aria-current={isHere ? "true" : undefined}>
                {words}
              </a>
            ))}
            <a class="button small" href={exportHref} download="">
              Export CSV
            </a>
          </span>
        </div>
        <p class="lead" data-testid="usage-total">
          {from} to {to}, days of UTC.{" "}
          {total === null ? (
            "Nothing was used."
          ) : (
            <>
              {count(total.tasks, "task", "tasks")}: <b>{total.input}</b> tokens in, <b>{total.output}</b> out, cost{" "}
              <b>{total.cost}</b>.
            </>
          )}
        </p>
      </section>
      {total !== null && (
        <>
          <UsageTable id="agents" heading="By agent" column="Agent" rows={props.agents} />
          {isOfAll && <UsageTable id="people" heading="By person" column="Person" rows={props.people} />}
          <UsageTable id="days" heading="By day" column="Day" rows={props.days} />
        </>
      )}
      <p class="lead">
        Tokens and money as the agents' backends report them, or by the price the operator set. What nobody says is not
        guessed: a cost is unknown then, or with a + at least so much.
      </p>
    </PageFrame>
  );
}

function Budgets({ budgets }: Pick<UsageProps, "budgets">) {
  return (
    <section aria-labelledby="budgets-title">
      <h2 id="budgets-title">Budgets of today</h2>
      <ul class="budgets" data-testid="budgets">
        {budgets.map(({ of, words, percent, isUsedUp }) => (
          <li data-used-up={isUsedUp ? "" : undefined}>
            <bdi>{of}</bdi>
            <progress max={100} value={percent} aria-label={`${of}: ${words}`} />
            <span>
              {words}
              {isUsedUp && ", used up"}
            </span>
          </li>
        ))}
      </ul>
      <p class="lead">They begin anew at 00:00 UTC.</p>
    </section>
  );
}

interface UsageTableProps {
  id: string;
  heading: string;
  column: string;
  rows: readonly UsageRow[];
}

function UsageTable({ id, heading, column, rows }: UsageTableProps) {
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{heading}</h2>
      <table class="usage-table" data-testid={`usage-${id}`}>
        <thead>
          <tr>
            <th scope="col">{column}</th>
            <th scope="col">Tasks</th>
            <th scope="col">In</th>
            <th scope="col">Out</th>
            <th scope="col">Cost</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, tasks, input, output, cost, percent }) => (
            <tr>
              <th scope="row">
                <bdi>{name}</bdi>
                <progress max={100} value={percent} aria-hidden="true" />
              </th>
              <td>{tasks}</td>
              <td>{input}</td>
              <td>{output}</td>
              <td>{cost}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
