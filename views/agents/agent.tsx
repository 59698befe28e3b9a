import type { AgentState } from "../../src/agents/agent.ts";
import type { Checkup } from "../../src/agents/check.ts";
import type { Program } from "../../src/agents/programs.ts";
import { Fire } from "../agents.tsx";
import { avatarClass, initials } from "../avatar.ts";
import { PageFrame } from "../frame.tsx";
import type { Assets } from "../layout.tsx";
import { Moment } from "../moment.tsx";
import { pagesBeside } from "../pages-beside.ts";
import { Alert, Done, Field, typedText } from "../people/fields.tsx";
import type { ModeProps } from "../people/mode.tsx";
import { agentWords } from "../sidebar.tsx";
import { CheckupList } from "./checkup.tsx";
import { unfolds } from "./hire.tsx";
import { PlaceFields, SafetyFields, Select, type SetUpProps } from "./set-up.tsx";
import { type ShownTask, TaskLists } from "./tasks.tsx";
import { sumOf, UsageWords } from "./usage.tsx";

export interface AgentProps {
  workspace: string;
  mode?: ModeProps | undefined;
  canAudit?: boolean | undefined;
  hasAccount?: boolean | undefined;
  assets: Assets;
  state: AgentState;
  /** What works for it, and what it is walled in by, in words. */
  program: string;
  isolation: string;
  atWork: readonly ShownTask[];
  waiting: readonly ShownTask[];
  past: readonly ShownTask[];
  canFire: boolean;
  /** For those who may set it up; its directory and budgets are shown to nobody else. */
  setUp?: (SetUpProps & { readonly programs: readonly Program[]; readonly canSetUp: boolean }) | undefined;
  checkup?: Checkup | undefined;
  /** It was just hired: where to say the first word to it. */
  hired?: boolean | undefined;
  notice?: string | undefined;
  error?: string | undefined;
  /** The error is about the queue, not about the settings. */
  isOfQueue?: boolean | undefined;
}

/** An agent: what it is doing, what waits for it, what it did, and how it is set up. */
export function AgentPage(props: AgentProps) {
  const { workspace, assets, state, checkup, setUp, hired, notice, isOfQueue } = props;
  const { member } = state.agent;
  return (
    <PageFrame
      heading={member.name}
      workspace={workspace}
      assets={assets}
      testId="agent-page"
      back="/agents"
      address={`/agents/${member.id}`}
      mode={props.mode}
      links={pagesBeside("/agents/", props.canAudit, props.hasAccount)}
    >
      <div class="stack">
        {hired && (
          <p class="notice good" role="status" data-testid="hired">
            <b>
              <bdi>{member.name}</bdi> works here now.
            </b>{" "}
            <a href={`/rooms/general#say=${encodeURIComponent(`@${member.handle} hello`)}`}>Say hello</a> in #general.
          </p>
        )}
        {notice && <Done>{notice}</Done>}
        <Head {...props} />
        {isOfQueue && props.error && <Alert>{props.error}</Alert>}
        <TaskLists {...props} agentId={member.id} />
        {setUp && <SettingsForm {...props} setUp={setUp} />}
        {checkup && (
          <section class="panel" id="check" aria-labelledby="check-title">
            <h2 id="check-title">What it needs</h2>
            <CheckupList checkup={checkup} />
          </section>
        )}
      </div>
    </PageFrame>
  );
}

function Head({ state, program, isolation, atWork, past, setUp, canFire }: AgentProps) {
  const { agent } = state;
  const { member, settings } = agent;
  const used = sumOf([...atWork, ...past].map(({ usage }) => usage));
  return (
    <section class="panel" aria-label={member.name} data-handle={member.handle} data-state={state.status}>
      <div class="agent-head">
        <span class={avatarClass(member)}>
          <span aria-hidden="true">{initials(member)}</span>
          <i class="dot" />
        </span>
        <div class="roster-text">
          <p>
            <b>
              <bdi>{member.name}</bdi>
            </b>{" "}
            <bdi class="soft">{agent.role}</bdi>
          </p>
          <p class="roster-state" data-testid="agent-state">
            {agentWords(state)}
          </p>
        </div>
        <span class="agent-acts">
          {setUp?.canSetUp && (
            <a class="button" href={`/agents/${member.id}?check=1#check`}>
              Check
            </a>
          )}
          {canFire && <Fire state={state} />}
        </span>
      </div>
      <dl class="facts-list agent-facts">
        <Fact name="Program">
          <bdi>{program}</bdi>
          {settings.model !== null && (
            <>
              , <bdi>{settings.model}</bdi>
            </>
          )}
        </Fact>
        <Fact name="Isolation">
          <span data-testid="isolation">{isolation}</span>
        </Fact>
        {setUp?.canSetUp && agent.backend !== "builtin" && agent.backend !== "openai" && (
          <Fact name="Directory">
            <bdi>{settings.directory ?? "its own"}</bdi>
          </Fact>
        )}
        {settings.program !== null && (
          <Fact name="Approvals">
            {settings.approvals === "ask" ? "asks people before it acts" : "whatever would need asking is refused"}
          </Fact>
        )}
        <Fact name="Knows">
          <bdi>{agent.expertise.join(", ")}</bdi>
        </Fact>
        <Fact name="Used">{used ? <UsageWords usage={used} /> : "not counted"}</Fact>
        <Fact name="Last active">
          <Moment at={state.lastActivity} format="ago" />
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children?: unknown }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function SettingsForm(props: AgentProps & { setUp: NonNullable<AgentProps["setUp"]> }) {
  const { state, setUp, error } = props;
  const { agent } = state;
  const { settings } = agent;
  const { typed, field, programs, canSetUp } = setUp;
  const names = programs.map(({ name, title }) => [name, title] as const);
  const isGone = settings.program !== null && !names.some(([name]) => name === settings.program);
  return (
    <section class="panel" id="settings" aria-labelledby="settings-title">
      <h2 id="settings-title">Settings</h2>
      {error && !props.isOfQueue && <Alert>{error}</Alert>}
      <form method="post" action={`/agents/${agent.member.id}/settings`} class="grid-form" data-testid="settings-form">
        <Field
          id="role"
          name="role"
          label="Role"
          value={typedText(typed, "role", agent.role)}
          required={true}
          maxlength={60}
          refused={field === "role"}
        />
        <Select
          id="smartness"
          label="Level"
          chosen={typedText(typed, "smartness", agent.smartness)}
          choices={[
            ["normal", "normal"],
            ["smart", "smart"],
          ]}
        />
        <Field
          id="expertise"
          name="expertise"
          label="Expertise"
          value={typedText(typed, "expertise", agent.expertise.join(", "))}
          hint="Separate with commas."
          maxlength={1_000}
          refused={field === "expertise"}
          full={true}
        />
        {canSetUp && (
          <Select
            id="program"
            label="Program"
            chosen={typedText(typed, "program", settings.program ?? "builtin")}
            choices={[
              ["builtin", "Built-in"],
              ...names,
              ...(isGone ? [[settings.program ?? "", `${settings.program} (not in the catalogue)`] as const] : []),
            ]}
          />
        )}
        {canSetUp && (
          <>
            <PlaceFields {...setUp} />
            <details class="unfold quiet full" open={unfolds(field) || undefined} hidden={setUp.backend === null}>
              <summary>Approvals, sandbox, budget</summary>
              <div class="grid-form">
                <SafetyFields {...setUp} />
              </div>
            </details>
          </>
        )}
        <button type="submit" class="button primary">
          Save
        </button>
      </form>
    </section>
  );
}
