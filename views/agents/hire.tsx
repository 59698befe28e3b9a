import type { Checkup } from "../../src/agents/check.ts";
import type { Program } from "../../src/agents/programs.ts";
import { PageFrame } from "../frame.tsx";
import type { Assets } from "../layout.tsx";
import { pagesBeside } from "../pages-beside.ts";
import { Alert, Field, typedText } from "../people/fields.tsx";
import type { ModeProps } from "../people/mode.tsx";
import { CheckupList } from "./checkup.tsx";
import { PlaceFields, SafetyFields, Select, type SetUpProps } from "./set-up.tsx";

export interface HireProps {
  workspace: string;
  mode?: ModeProps | undefined;
  canAudit?: boolean | undefined;
  hasAccount?: boolean | undefined;
  assets: Assets;
  programs: readonly Program[];
  /** Whether the reader may hire agents with a program. */
  canSetUp: boolean;
  /** Where the operator writes programs of their own: for those who may know. */
  agentsFile: string | null;
  /** What was chosen; without it the cards are shown. */
  chosen?: Chosen | undefined;
  error?: string | undefined;
}

export interface Chosen extends SetUpProps {
  /** `builtin`, or a program's name and title. */
  readonly name: string;
  readonly title: string;
  /** What the agent could be called, which nobody is yet. */
  readonly suggested: string;
  readonly roles: readonly string[];
  readonly checkup?: Checkup | undefined;
}

/** Hiring in two steps: what works for it, then who it is. */
export function HirePage(props: HireProps) {
  const { workspace, assets, chosen, error } = props;
  return (
    <PageFrame
      heading="Hire an agent"
      workspace={workspace}
      assets={assets}
      testId="hire-page"
      address={chosen ? `/agents/hire?program=${encodeURIComponent(chosen.name)}` : "/agents/hire"}
      mode={props.mode}
      links={pagesBeside("/agents/hire", props.canAudit, props.hasAccount)}
    >
      {error && <Alert>{error}</Alert>}
      {chosen ? <HireForm {...chosen} /> : <Cards {...props} />}
    </PageFrame>
  );
}

function Cards({ programs, canSetUp, agentsFile }: HireProps) {
  return (
    <section aria-labelledby="cards-title">
      <h2 id="cards-title">What works for it?</h2>
      <p class="lead">
        A coding agent on this machine, a model, or Parley's own rules.{" "}
        {!canSetUp &&
          "What runs a program acts on this machine as Parley's own user: an owner or admin hires those. You can hire the built-in one."}
      </p>
      <ul class="cards" data-testid="programs">
        {programs.map((program) => (
          <Card name={program.name} title={program.title} words={wordsOf(program)} isOpen={canSetUp} />
        ))}
        <Card name="builtin" title="Built-in" words="Keeps tasks and finds things. No model, no key." isOpen={true} />
        <li>
          <a class="program-card" href="#script">
            <b>A script of yours</b>
            <span>Named on this machine, then a card here.</span>
          </a>
        </li>
      </ul>
      <details class="unfold quiet">
        <summary>A script, or another program of yours</summary>
        <p id="script">
          Which programs may run here is decided on this machine and never on a page. Whoever runs Parley writes it into{" "}
          <code>{agentsFile ?? "agents.json beside the database"}</code>, and it is a card here at once:
        </p>
        <pre>
          <code>{example}</code>
        </pre>
        <p>
          <code>{"{words}"}</code> is what was asked; without it the words come on standard input. What it prints is the
          answer. A program that speaks the Agent Client Protocol has the backend <code>acp</code>.
        </p>
      </details>
    </section>
  );
}

const example = `{ "programs": [
  { "name": "reviewer", "title": "Our reviewer", "backend": "exec",
    "command": ["/usr/local/bin/review", "{words}"], "passes": ["GITHUB_TOKEN"] } ] }`;

function wordsOf({ backend, endpoint }: Program): string {
  if (backend === "acp") return "A coding agent on this machine.";
  if (backend === "exec") return "A program on this machine.";
  return `A model at ${URL.parse(endpoint ?? "")?.host ?? "a service"}.`;
}

function Card({ name, title, words, isOpen }: { name: string; title: string; words: string; isOpen: boolean }) {
  const content = (
    <>
      <b>
        <bdi>{title}</bdi>
      </b>
      <span>{words}</span>
    </>
  );
  return (
    <li>
      {isOpen ? (
        <a class="program-card" href={`/agents/hire?program=${encodeURIComponent(name)}`} data-program={name}>
          {content}
        </a>
      ) : (
        <span class="program-card closed" data-program={name}>
          {content}
        </span>
      )}
    </li>
  );
}

function HireForm(props: Chosen) {
  const { name, title, suggested, roles, checkup, backend, typed, field } = props;
  return (
    <section class="panel" aria-labelledby="hire-title">
      <div class="panel-head">
        <h2 id="hire-title">
          With <bdi>{title}</bdi>
        </h2>
        <a class="button small" href="/agents/hire">
          Something else
        </a>
      </div>
      {checkup && <CheckupList checkup={checkup} />}
      <form method="post" action="/agents" class="grid-form hire-form" data-testid="hire-form">
        <input type="hidden" name="program" value={name} />
        <Field
          id="agent-name"
          name="name"
          label="Name"
          value={typedText(typed, "name", suggested)}
          hint="People mention it as @name."
          exact={true}
          required={true}
          maxlength={50}
          autofocus={field === undefined}
          refused={field === "name"}
        />
        <Field
          id="role"
          name="role"
          label="Role"
          value={typedText(typed, "role", "developer")}
          list="role-names"
          required={true}
          maxlength={60}
          refused={field === "role"}
        />
        <datalist id="role-names">
          {roles.map((role) => (
            <option value={role} />
          ))}
        </datalist>
        <PlaceFields {...props} />
        <details class="unfold quiet full" open={unfolds(field) || undefined}>
          <summary>{backend === null ? "More" : "Expertise, approvals, sandbox, budget"}</summary>
          <div class="grid-form">
            <Field
              id="expertise"
              name="expertise"
              label="Expertise"
              value={typedText(typed, "expertise")}
              hint="Separate with commas. It decides who offers help; empty: what the role usually knows."
              placeholder="sql, migrations, postgres"
              maxlength={300}
              refused={field === "expertise"}
              full={true}
            />
            <Select
              id="smartness"
              label="Level"
              chosen={typedText(typed, "smartness", "normal")}
              choices={[
                ["normal", "normal"],
                ["smart", "smart"],
              ]}
            />
            <SafetyFields {...props} />
          </div>
        </details>
        <div class="form-acts full">
          <button type="submit" class="button primary">
            Hire
          </button>
          {backend !== null && (
            <button
              type="submit"
              class="button"
              formmethod="get"
              formaction="/agents/hire"
              formnovalidate={true}
              name="check"
              value="1"
            >
              Check again
            </button>
          )}
        </div>
      </form>
    </section>
  );
}

/** Whether a field stands among those that are folded away. */
export function unfolds(field: string | undefined): boolean {
  return ["expertise", "smartness", "sandbox", "approvals", "dailyTokens", "dailyUsd"].includes(field ?? "");
}
