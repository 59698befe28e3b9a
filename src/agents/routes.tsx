import { Hono } from "hono";
import { z } from "zod";
import { AgentsPage } from "../../views/agents.tsx";
import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";
import { type Env, hasAccount, memberOf, requires } from "../guards/identity.ts";
import { accepts, formText } from "../guards/validation.ts";
import { modeOf, page } from "../page.tsx";
import { wholeNumber } from "../people/id.ts";
import { type Member, may } from "../people/member.ts";
import type { PublicFiles } from "../public-files.ts";
import type { Task } from "../tasks/task.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Agent, AgentState } from "./agent.ts";
import type { AgentManager } from "./manager.ts";
import { expertiseByRole, type Roster } from "./roster.ts";
import type { Status } from "./status.ts";

interface Parts {
  config: Config;
  files: PublicFiles;
  roster: Roster;
  status: Status;
  tasks: Tasks;
  manager: AgentManager;
  backends: readonly string[];
}

const hiring = z.object({
  name: z.string().max(100),
  role: z.string().max(100),
  expertise: z.array(z.string()).optional(),
  backend: z.string().max(40).optional(),
  smartness: z.string().max(20).optional(),
});

const hiringForm = z.object({
  name: formText(),
  role: formText(),
  expertise: formText(),
  backend: formText(),
  smartness: formText(),
});

/** The roster: hire and fire on a page, over the clean API, and in the terms of the system Parley replaces (`/employees`). */
export function agentRoutes({ config, files, roster, status, tasks, manager, backends }: Parts) {
  const roles = Object.keys(expertiseByRole);

  return new Hono<Env>()
    .get("/agents", requires("read"), (context) => {
      if (wantsJson(context.req.header("accept"))) {
        const mayKnow = knowledgeOf(memberOf(context));
        return context.json({
          agents: Object.fromEntries(
            status.all(mayKnow).map((state) => [state.agent.member.name, workerJson(state, mayKnow)]),
          ),
        });
      }
      return rosterPage(context);
    })
    .post("/agents", requires("manage_tasks"), accepts("form", hiringForm), async (context) => {
      const form = await context.req.parseBody();
      const words = String(form.expertise ?? "").split(",");
      try {
        await roster.hire(memberOf(context), {
          name: String(form.name ?? ""),
          role: String(form.role ?? ""),
          expertise: words,
          backend: String(form.backend ?? "builtin"),
          smartness: String(form.smartness ?? "normal"),
        });
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || refusal.code === "NOT_AUTHENTICATED") throw refusal;
        return rosterPage(context, refusal);
      }
      return context.redirect("/agents", 303);
    })
    .get("/agents/:id/fire", requires("read", "page"), (context) => context.redirect("/agents"))
    .post("/agents/:id/fire", requires("manage_tasks"), async (context) => {
      const agent = roster.byId(wholeNumber(context.req.param("id")));
      if (!agent) throw new Refusal("AGENT_NOT_FOUND");
      await roster.fire(memberOf(context), agent.member.name);
      return context.redirect("/agents", 303);
    })
    .get("/employees", requires("read"), (context) => {
      return context.json({ employees: roster.list().map(employeeJson) });
    })
    .get("/employees/:name", requires("read"), (context) => {
      return context.json({ employee: employeeJson(named(context.req.param("name"))) });
    })
    .post("/employees", requires("manage_tasks"), accepts("json", hiring), async (context) => {
      const agent = await roster.hire(memberOf(context), context.req.valid("json") as z.infer<typeof hiring>);
      return context.json(
        { message: `${agent.member.name} was hired as ${agent.role}.`, employee: employeeJson(agent) },
        201,
      );
    })
    .delete("/employees/:name", requires("manage_tasks"), async (context) => {
      const agent = await roster.fire(memberOf(context), context.req.param("name"));
      return context.json({ message: `${agent.member.name} was fired.` });
    })
    .get("/api/v1/agents", requires("read"), (context) => {
      const mayKnow = knowledgeOf(memberOf(context));
      return context.json({ agents: status.all(mayKnow).map(stateJson), statistics: manager.getChatStatistics() });
    });

  /** Which tasks a member may hear of: agents work in private rooms too. */
  function knowledgeOf(member: Member) {
    return (task: Task) => tasks.mayRead(member, task);
  }

  /** A status in the terms of the system Parley replaces, and in our own. */
  function workerJson(state: AgentState, mayKnow: (task: Task) => boolean) {
    const { member, hiredAt } = state.agent;
    return {
      ...stateJson(state),
      employee_name: member.name,
      worker_status: state.status,
      active_tasks: tasks
        .active(member.id)
        .filter(mayKnow)
        .map((task) => task.description),
      last_response: state.lastActivity > hiredAt ? new Date(state.lastActivity).toISOString() : null,
    };
  }

  function named(name: string): Agent {
    const agent = roster.byName(name);
    if (!agent) throw new Refusal("AGENT_NOT_FOUND", `No agent called "${name}" works here.`);
    return agent;
  }

  function rosterPage(context: Parameters<typeof memberOf>[0], refusal?: Refusal): Response {
    const reader = memberOf(context);
    const canManage = may(reader, "manage_tasks");
    const content = (
      <AgentsPage
        workspace={config.workspaceName}
        mode={modeOf(config)}
        canAudit={may(reader, "manage_system")}
        hasAccount={hasAccount(context)}
        agents={status.all(knowledgeOf(reader))}
        backends={backends}
        roles={roles}
        error={refusal?.message}
        canManage={canManage}
        assets={files.urls}
      />
    );
    return page(context, content, refusal ? 422 : 200);
  }
}

/** Browsers name HTML first; programs that ask for JSON, or for anything, get JSON. */
function wantsJson(accept: string | undefined): boolean {
  return !(accept ?? "").includes("text/html");
}

function employeeJson({ member, role, smartness, hiredAt, expertise, backend }: Agent) {
  return { name: member.name, role, smartness, hired_at: new Date(hiredAt).toISOString(), expertise, backend };
}

function stateJson(state: AgentState) {
  return {
    ...employeeJson(state.agent),
    status: state.status,
    current_task: state.currentTask,
    progress: state.progress,
    open_tasks: state.openTasks,
    last_activity: new Date(state.lastActivity).toISOString(),
  };
}
