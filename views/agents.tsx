import type { AgentState } from "../src/agents/agent.ts";
import { avatarClass, initials } from "./avatar.ts";
import { PageFrame } from "./frame.tsx";
import type { Assets } from "./layout.tsx";
import { Moment } from "./moment.tsx";
import { pagesBeside } from "./pages-beside.ts";
import type { ModeProps } from "./people/mode.tsx";
import { agentWords } from "./sidebar.tsx";

interface AgentsProps {
  workspace: string;
  mode?: ModeProps | undefined;
  /** Whether the reader may read the audit, and has settings. */
  canAudit?: boolean | undefined;
  hasAccount?: boolean | undefined;
  agents: readonly AgentState[];
  /** Names of the backends an agent can be hired with here. */
  backends: readonly string[];
  /** Jobs to suggest. */
  roles: readonly string[];
  error?: string | undefined;
  /** Whether the reader may hire and fire. */
  canManage: boolean;
  assets: Assets;
}

/** The roster: who works here, at what, and what they are doing now; with the forms to hire and to fire. */
export function AgentsPage(props: AgentsProps) {
  const { workspace, mode, agents, backends, roles, error, canManage, assets } = props;
  return (
    <PageFrame
      heading="Agents"
      workspace={workspace}
      assets={assets}
      testId="agents-page"
      address="/agents"
      mode={mode}
      links={pagesBeside("/agents", props.canAudit, props.hasAccount)}
    >
      {error && (
        <p class="notice bad" role="alert">
          {error}
        </p>
      )}
      <section aria-labelledby="roster-title">
        <h2 id="roster-title">On the roster</h2>
        <p class="lead">Mention an agent in a room to give it a task. What it does is seen by everybody.</p>
        {agents.length === 0 ? (
          <p class="notice">
            Nobody yet. {canManage ? "Hire the first one below." : "Somebody with the right to manage can hire one."}
          </p>
        ) : (
          <ul class="roster" data-testid="roster">
            {agents.map((state) => (
              <RosterItem state={state} canManage={canManage} />
            ))}
          </ul>
        )}
      </section>
      {canManage && <HireForm backends={backends} roles={roles} />}
    </PageFrame>
  );
}

function RosterItem({ state, canManage }: { state: AgentState; canManage: boolean }) {
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
          <b>
            <bdi>{member.name}</bdi>
          </b>{" "}
          <bdi class="soft">{agent.role}</bdi>
        </p>
        <p class="roster-state">{agentWords(state)}</p>
        {agent.expertise.length > 0 && (
          <ul class="chips" aria-label="Expertise">
            {agent.expertise.map((skill) => (
              <li>{skill}</li>
            ))}
          </ul>
        )}
      </div>
      <dl class="facts">
        <div>
          <dt>Backend</dt>
          <dd>{agent.backend}</dd>
        </div>
        <div>
          <dt>Model</dt>
          <dd>{agent.smartness}</dd>
        </div>
        <div>
          <dt>Open tasks</dt>
          <dd>{state.openTasks}</dd>
        </div>
        <div>
          <dt>Last active</dt>
          <dd>{state.lastActivity > 0 ? <Moment at={state.lastActivity} format="ago" /> : "not yet"}</dd>
        </div>
      </dl>
      {canManage && (
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
      )}
    </li>
  );
}

function HireForm({ backends, roles }: { backends: readonly string[]; roles: readonly string[] }) {
  return (
    <section class="panel" aria-labelledby="hire-title">
      <h2 id="hire-title">Hire an agent</h2>
      <form method="post" action="/agents" class="hire" data-testid="hire-form">
        <label>
          <span>Name</span>
          <input name="name" required={true} maxlength={50} autocomplete="off" spellcheck={false} placeholder="diana" />
          <small>People mention it as @name.</small>
        </label>
        <label>
          <span>Role</span>
          <input name="role" required={true} maxlength={60} autocomplete="off" list="role-names" placeholder="Tester" />
          <datalist id="role-names">
            {roles.map((role) => (
              <option value={role} />
            ))}
          </datalist>
        </label>
        <label class="full">
          <span>Expertise</span>
          <input name="expertise" maxlength={300} autocomplete="off" placeholder="sql, migrations, postgres" />
          <small>Separate with commas. It decides who offers help.</small>
        </label>
        <label>
          <span>Backend</span>
          <select name="backend" required={true}>
            {backends.map((backend) => (
              <option value={backend}>{backend}</option>
            ))}
          </select>
        </label>
        <label>
          <span>Model</span>
          <select name="smartness">
            <option value="normal">normal</option>
            <option value="smart">smart</option>
          </select>
        </label>
        <button type="submit" class="button primary">
          Hire
        </button>
      </form>
    </section>
  );
}
