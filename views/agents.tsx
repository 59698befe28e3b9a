import type { AgentState } from "../src/agents/agent.ts";
import { avatarClass, initials } from "./avatar.ts";
import { PageFrame } from "./frame.tsx";
import type { Assets } from "./layout.tsx";
import { Moment } from "./moment.tsx";
import { pagesBeside } from "./pages-beside.ts";
import type { ModeProps } from "./people/mode.tsx";
import { agentWords } from "./sidebar.tsx";

/** An agent of the list, with what works for it and what it is walled in by, in words. */
export interface RosterEntry {
  readonly state: AgentState;
  readonly program: string;
  readonly isolation: string;
}

interface AgentsProps {
  workspace: string;
  mode?: ModeProps | undefined;
  /** Whether the reader may read the audit, and has settings. */
  canAudit?: boolean | undefined;
  hasAccount?: boolean | undefined;
  agents: readonly RosterEntry[];
  /** Whether the reader may hire and fire. */
  canManage: boolean;
  assets: Assets;
}

/** The roster: who works here, at what, with which program, and what they are doing now. */
export function AgentsPage({ workspace, mode, canAudit, hasAccount, agents, canManage, assets }: AgentsProps) {
  return (
    <PageFrame
      heading="Agents"
      workspace={workspace}
      assets={assets}
      testId="agents-page"
      address="/agents"
      mode={mode}
      links={pagesBeside("/agents", canAudit, hasAccount)}
    >
      <section aria-labelledby="roster-title">
        <div class="panel-head">
          <h2 id="roster-title">On the roster</h2>
          {canManage && (
            <a class="button primary" href="/agents/hire" data-testid="hire">
              Hire an agent
            </a>
          )}
        </div>
        <p class="lead">Mention an agent in a room to give it a task. What it does is seen by everybody.</p>
        {agents.length === 0 ? (
          <p class="notice">Nobody yet. {!canManage && "Somebody with the right to manage can hire one."}</p>
        ) : (
          <ul class="roster" data-testid="roster">
            {agents.map((entry) => (
              <RosterItem entry={entry} canManage={canManage} />
            ))}
          </ul>
        )}
      </section>
    </PageFrame>
  );
}

function RosterItem({ entry, canManage }: { entry: RosterEntry; canManage: boolean }) {
  const { state, program, isolation } = entry;
  const { agent } = state;
  const { member } = agent;
  return (
    <li id={`roster-${member.id}`} class="roster-item" data-handle={member.handle} data-state={state.status}>
      <span class={avatarClass(member)}>
        <span aria-hidden="true">{initials(member)}</span>
        <i class="dot" />
      </span>
      <div class="roster-text">
        <p>
          <a class="roster-name" href={`/agents/${member.id}`}>
            <b>
              <bdi>{member.name}</bdi>
            </b>
          </a>{" "}
          <bdi class="soft">{agent.role}</bdi>
        </p>
        <p class="roster-state">{agentWords(state)}</p>
        <p class="soft roster-set-up" data-testid="set-up">
          <bdi>{program}</bdi>, {isolation}
        </p>
        {agent.expertise.length > 0 && (
          <ul class="chips" aria-label="Expertise">
            {agent.expertise.map((skill) => (
              <li>{skill}</li>
            ))}
          </ul>
        )}
      </div>
      <dl class="facts few">
        <div>
          <dt>Open tasks</dt>
          <dd>{state.openTasks}</dd>
        </div>
        <div>
          <dt>Last active</dt>
          <dd>{state.lastActivity > 0 ? <Moment at={state.lastActivity} format="ago" /> : "not yet"}</dd>
        </div>
      </dl>
      {canManage && <Fire state={state} />}
    </li>
  );
}

/** Lets an agent go, and asks before. */
export function Fire({ state }: { state: AgentState }) {
  const { member } = state.agent;
  return (
    <details class="confirm" name="confirm">
      <summary class="button danger" aria-label={`Fire ${member.name}`}>
        Fire
      </summary>
      <form method="post" action={`/agents/${member.id}/fire`}>
        <span>{state.openTasks > 0 ? "Its open tasks are cancelled." : "It leaves the roster."}</span>
        <button type="submit" class="button danger solid">
          Fire {member.name}
        </button>
      </form>
    </details>
  );
}
