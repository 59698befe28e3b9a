import { Hono } from "hono";
import { z } from "zod";
import { AgentsPage } from "../../../views/agents.tsx";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { type Env, hasAccount, memberOf, requires } from "../../guards/identity.ts";
import { accepts } from "../../guards/validation.ts";
import { modeOf, page } from "../../page.tsx";
import { wholeNumber } from "../../people/id.ts";
import { type Member, may } from "../../people/member.ts";
import type { PublicFiles } from "../../public-files.ts";
import type { Task } from "../../tasks/task.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import type { Agent, AgentState } from "../agent.ts";
import { isolationOf, type SandboxHere } from "../isolation.ts";
import { type Programs, titleOf } from "../programs.ts";
import type { Hiring, Roster } from "../roster.ts";
import type { Status } from "../status.ts";
import { employeeJson, stateJson } from "./shapes.ts";

interface Parts {
  config: Config;
  files: PublicFiles;
  roster: Roster;
  status: Status;
  tasks: Tasks;
  programs: Programs;
  sandbox: SandboxHere;
}

const hiring = z.object({
  name: z.string().max(100),
  role: z.string().max(100),
  expertise: z.array(z.string()).optional(),
  backend: z.string().max(40).optional(),
  smartness: z.string().max(20).optional(),
  program: z.string().max(100).optional(),
  directory: z.string().max(1_000).optional(),
  model: z.string().max(200).optional(),
});

/** The roster on its page, and in the terms of the system Parley replaces (`/employees`, `/agents`). */
export function rosterRoutes({ config, files, roster, status, tasks, programs, sandbox }: Parts) {
  return new Hono<Env>()
    .get("/agents", requires("read"), (context) => {
      if (!wantsJson(context.req.header("accept"))) return rosterPage(context);
      const mayKnow = knowledgeOf(memberOf(context));
      return context.json({
        agents: Object.fromEntries(
          status.all(mayKnow).map((state) => [state.agent.member.name, workerJson(state, mayKnow)]),
        ),
      });
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
      const agent = await roster.hire(memberOf(context), context.req.valid("json") as z.infer<typeof hiring> & Hiring);
      return context.json(
        { message: `${agent.member.name} was hired as ${agent.role}.`, employee: employeeJson(agent) },
        201,
      );
    })
    .delete("/employees/:name", requires("manage_tasks"), async (context) => {
      const agent = await roster.fire(memberOf(context), context.req.param("name"));
      return context.json({ message: `${agent.member.name} was fired.` });
    });

  /** Which tasks a member may hear of: agents work in private rooms too. */
  function knowledgeOf(member: Member) {
    return (task: Task) => tasks.mayRead(member, task);
  }

  /** A status in the terms of the system Parley replaces, and in our own. */
  function workerJson(state: AgentState, mayKnow: (task: Task) => boolean) {
    const { member, hiredAt } = state.agent;
    return {
      ...stateJson(state, isolationOf(state.agent, sandbox)),
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

  function rosterPage(context: Parameters<typeof memberOf>[0]): Response {
    const reader = memberOf(context);
    const content = (
      <AgentsPage
        workspace={config.workspaceName}
        mode={modeOf(config)}
        canAudit={may(reader, "manage_system")}
        hasAccount={hasAccount(context)}
        agents={status.all(knowledgeOf(reader)).map((state) => ({
          state,
          program: titleOf(state.agent, programs),
          isolation: isolationOf(state.agent, sandbox).words,
        }))}
        canManage={may(reader, "manage_tasks")}
        assets={files.urls}
      />
    );
    return page(context, content);
  }
}

/** Browsers name HTML first; programs that ask for JSON, or for anything, get JSON. */
function wantsJson(accept: string | undefined): boolean {
  return !(accept ?? "").includes("text/html");
}
