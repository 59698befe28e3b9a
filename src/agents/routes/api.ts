import { Hono } from "hono";
import { z } from "zod";
import { Refusal } from "../../errors.ts";
import { type Env, memberOf, requires } from "../../guards/identity.ts";
import { accepts } from "../../guards/validation.ts";
import { countIn } from "../../people/id.ts";
import { type Member, may } from "../../people/member.ts";
import type { Task } from "../../tasks/task.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import type { Agent } from "../agent.ts";
import type { Check } from "../check.ts";
import { isolationOf, type SandboxHere } from "../isolation.ts";
import type { AgentManager } from "../manager.ts";
import type { Programs } from "../programs.ts";
import type { Roster } from "../roster.ts";
import type { Status } from "../status.ts";
import type { Wishes } from "../terms.ts";
import { checkJson, programJson, settingsJson, stateJson } from "./shapes.ts";

interface Parts {
  roster: Roster;
  status: Status;
  tasks: Tasks;
  manager: AgentManager;
  programs: Programs;
  sandbox: SandboxHere;
  check: Check;
}

const wishes = {
  role: z.string().max(100),
  expertise: z.array(z.string().max(1_000)).max(100).optional(),
  smartness: z.string().max(20).optional(),
  program: z
    .string()
    .max(100)
    .nullable()
    .optional()
    .describe("One of GET /api/v1/programs; null for the built-in agent."),
  directory: z
    .string()
    .max(5_000)
    .nullable()
    .optional()
    .describe("Inside the operator's folders (PARLEY_PROJECTS); null: one of its own."),
  model: z.string().max(200).nullable().optional(),
  sandbox: z.enum(["auto", "off"]).optional(),
  approvals: z.enum(["ask", "deny"]).optional().describe("`deny`: whatever would need asking is refused."),
  daily_tokens: z.number().nullable().optional(),
  daily_usd: z.number().nullable().optional(),
};
const hiring = z.strictObject({ name: z.string().max(100), ...wishes });
const change = z.strictObject(wishes).partial();

/** Agents over the clean API: who works here, how they are set up, and what they lack. */
export function agentApi({ roster, status, tasks, manager, programs, sandbox, check }: Parts) {
  return new Hono<Env>()
    .get("/api/v1/programs", requires("read"), (context) =>
      context.json({ programs: programs.list().map(programJson) }),
    )
    .get("/api/v1/agents", requires("read"), (context) => {
      const states = status.all(knowledgeOf(memberOf(context)));
      return context.json({
        agents: states.map((state) => stateJson(state, isolationOf(state.agent, sandbox))),
        statistics: manager.getChatStatistics(),
      });
    })
    .post("/api/v1/agents", requires("manage_tasks"), accepts("json", hiring), async (context) => {
      const { name, role, ...more } = context.req.valid("json");
      const me = memberOf(context);
      const agent = await roster.hire(me, { name, ...wishesOf(more), role });
      return context.json({ agent: shownTo(me, agent) }, 201);
    })
    .get("/api/v1/agents/:name", requires("read"), (context) =>
      context.json({ agent: shownTo(memberOf(context), agentAt(roster, context.req.param("name"))) }),
    )
    .patch("/api/v1/agents/:name", requires("manage_tasks"), accepts("json", change), async (context) => {
      const me = memberOf(context);
      const { member } = agentAt(roster, context.req.param("name"));
      const agent = await roster.change(me, member.name, wishesOf(context.req.valid("json")));
      return context.json({ agent: shownTo(me, agent) });
    })
    .delete("/api/v1/agents/:name", requires("manage_tasks"), async (context) => {
      const { member } = agentAt(roster, context.req.param("name"));
      await roster.fire(memberOf(context), member.name);
      return context.json({ message: `${member.name} was fired.` });
    })
    .get("/api/v1/agents/:name/check", requires("manage_system"), async (context) =>
      context.json(checkJson(await check(agentAt(roster, context.req.param("name"))))),
    );

  /** Which tasks a member may hear of: agents work in private rooms too. */
  function knowledgeOf(member: Member) {
    return (task: Task) => tasks.mayRead(member, task);
  }

  /** How an agent is set up tells of this machine: for those who set them up. */
  function shownTo(member: Member, agent: Agent) {
    const state = stateJson(status.of(agent, knowledgeOf(member)), isolationOf(agent, sandbox));
    return may(member, "manage_system") ? { ...state, settings: settingsJson(agent) } : state;
  }
}

/** The agent that an address names, by its id or its name. @throws Refusal AGENT_NOT_FOUND */
export function agentAt(roster: Roster, named: string): Agent {
  const agent = /^\d+$/.test(named) ? roster.byId(countIn(named)) : roster.byName(named);
  if (!agent) throw new Refusal("AGENT_NOT_FOUND", "No such agent works here.");
  return agent;
}

function wishesOf({ daily_tokens, daily_usd, ...rest }: z.infer<typeof change>): Wishes {
  return {
    ...defined(rest),
    ...(daily_tokens !== undefined && { dailyTokens: daily_tokens }),
    ...(daily_usd !== undefined && { dailyUsd: daily_usd }),
  };
}

/** Without the fields that are not there. */
function defined<T extends object>(given: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>;
  };
}
