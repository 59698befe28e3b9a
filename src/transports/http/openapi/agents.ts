import { z } from "zod";
import { agentStatus, instant, progress } from "../../../shapes.ts";
import { made, ok, type Part } from "./entry.ts";
import { chatStatistics, done, statisticsExample } from "./shapes.ts";

const name = { name: "The agent's name." };
const roster = {
  name: z.string(),
  role: z.string(),
  smartness: z.enum(["smart", "normal"]),
  hired_at: instant,
};
const employee = z
  .strictObject({
    ...roster,
    expertise: z.array(z.string()),
    backend: z.string(),
    program: z
      .string()
      .nullable()
      .describe("What works for it, by its name in the catalogue; null: Parley's own rules."),
  })
  .meta({ id: "Employee", description: "An agent as it was hired." });
const state = employee
  .extend({
    id: z.int(),
    status: agentStatus,
    current_task: z.string().nullable().describe("Of its tasks, and so below, those that you may know of."),
    progress,
    open_tasks: z.int(),
    last_activity: instant,
    isolation: z.strictObject({
      sandboxed: z.boolean().nullable().describe("null: it starts no program."),
      words: z.string(),
    }),
  })
  .meta({ id: "Agent", description: "An agent, and what it is doing." });
const worker = state
  .extend({
    employee_name: z.string(),
    worker_status: agentStatus,
    active_tasks: z.array(z.string()),
    last_response: instant.nullable(),
  })
  .meta({ id: "Worker", description: "An agent in the words of older programs as well." });

const agent = state
  .extend({
    settings: z
      .strictObject({
        program: z.string().nullable(),
        directory: z.string().nullable().describe("null: one of its own."),
        model: z.string().nullable(),
        sandbox: z.enum(["auto", "off"]),
        approvals: z.enum(["ask", "deny"]),
        daily_tokens: z.number().nullable(),
        daily_usd: z.number().nullable(),
      })
      .optional()
      .describe("For those who manage the server: it tells of its machine."),
  })
  .meta({ id: "AgentSetUp", description: "An agent, what it is doing, and how it is set up." });
const program = z
  .strictObject({
    name: z.string(),
    title: z.string(),
    backend: z.enum(["acp", "exec", "openai"]),
    model: z.string().nullable().describe("Used when an agent names none."),
    hint: z.string().describe("How somebody gets it."),
  })
  .meta({ id: "Program", description: "What can work for an agent here. What it starts is decided on the server." });
const finding = z.strictObject({ what: z.string(), state: z.enum(["ok", "missing", "note"]), words: z.string() });

const alice = {
  name: "alice",
  role: "Developer",
  smartness: "smart",
  hired_at: "2026-11-20T08:00:00.000Z",
  expertise: ["typescript", "css"],
  backend: "builtin",
  program: null,
};
const working = {
  id: 2,
  ...alice,
  status: "working",
  current_task: "Add a dark theme",
  progress: 40,
  open_tasks: 1,
  last_activity: "2026-11-21T08:30:00.000Z",
  isolation: { sandboxed: null, words: "inside Parley: starts no program" },
};
const ada = {
  ...working,
  id: 57,
  name: "ada",
  backend: "acp",
  program: "opencode",
  isolation: { sandboxed: true, words: "sandboxed" },
  settings: {
    program: "opencode",
    directory: "/srv/projects/site",
    model: null,
    sandbox: "auto",
    approvals: "ask",
    daily_tokens: null,
    daily_usd: 5,
  },
};
const named = { name: "The agent's name, or its id." };
const why =
  "An agent with a program acts on the server's machine and spends what its keys may spend: that needs `manage_system`.";

export const agentEntries: Part = {
  name: "Agents",
  about: "Who works here besides people. What an agent is doing is derived from its work, never set.",
  routes: {
    "GET /api/v1/agents": {
      summary: "What each agent is doing",
      answers: ok("All of them.", z.strictObject({ agents: z.array(state), statistics: chatStatistics }), {
        agents: [working],
        statistics: statisticsExample,
      }),
    },
    "POST /api/v1/agents": {
      summary: "Hire an agent",
      description: why,
      body: { name: "ada", role: "developer", program: "opencode", directory: "/srv/projects/site", daily_usd: 5 },
      answers: made("The agent.", z.strictObject({ agent }), { agent: ada }),
      refusals: ["CONFLICT"],
    },
    "GET /api/v1/agents/:name": {
      summary: "One agent",
      params: named,
      answers: ok("The agent.", z.strictObject({ agent }), { agent: ada }),
      refusals: ["AGENT_NOT_FOUND"],
    },
    "PATCH /api/v1/agents/:name": {
      summary: "Set an agent up",
      description: `What is left out stays. What it is doing goes on as it began. ${why}`,
      params: named,
      body: { model: "anthropic/claude-sonnet-4-5", approvals: "deny" },
      answers: ok("The agent.", z.strictObject({ agent }), { agent: ada }),
      refusals: ["AGENT_NOT_FOUND"],
    },
    "DELETE /api/v1/agents/:name": {
      summary: "Fire an agent",
      description: "Its open tasks are cancelled.",
      params: named,
      answers: ok("Done.", done, { message: "ada was fired." }),
      refusals: ["AGENT_NOT_FOUND"],
    },
    "GET /api/v1/agents/:name/check": {
      summary: "What an agent lacks",
      description: "Looked at now: program, key, model, directory, sandbox. Names of variables, never what they hold.",
      params: named,
      answers: ok("What was found.", z.strictObject({ ready: z.boolean(), findings: z.array(finding) }), {
        ready: false,
        findings: [{ what: "key", state: "missing", words: "GEMINI_API_KEY is not set where Parley runs." }],
      }),
      refusals: ["AGENT_NOT_FOUND"],
    },
    "GET /api/v1/programs": {
      summary: "What can work for an agent",
      answers: ok("All of them.", z.strictObject({ programs: z.array(program) }), {
        programs: [
          {
            name: "codex",
            title: "Codex",
            backend: "acp",
            model: null,
            hint: "npm install -g @agentclientprotocol/codex-acp, and set OPENAI_API_KEY in Parley's environment.",
          },
        ],
      }),
    },
    "GET /agents": {
      summary: "The same by name",
      description: "JSON unless a browser asks: it gets a page.",
      answers: ok("By name.", z.strictObject({ agents: z.record(z.string(), worker) }), {
        agents: {
          alice: {
            ...working,
            employee_name: "alice",
            worker_status: "working",
            active_tasks: ["Add a dark theme"],
            last_response: "2026-11-21T08:30:00.000Z",
          },
        },
      }),
    },
    "GET /employees": {
      summary: "The roster",
      answers: ok("All of them.", z.strictObject({ employees: z.array(employee) }), { employees: [alice] }),
    },
    "GET /employees/:name": {
      summary: "One of the roster",
      params: name,
      answers: ok("The agent.", z.strictObject({ employee }), { employee: alice }),
      refusals: ["AGENT_NOT_FOUND"],
    },
    "POST /employees": {
      summary: "Hire an agent",
      body: { name: "diana", role: "Tester", smartness: "normal", expertise: ["testing"] },
      answers: made("The agent.", z.strictObject({ message: z.string(), employee }), {
        message: "diana was hired as Tester.",
        employee: { ...alice, name: "diana", role: "Tester", smartness: "normal", expertise: ["testing"] },
      }),
      refusals: ["CONFLICT"],
    },
    "DELETE /employees/:name": {
      summary: "Fire an agent",
      description: "Its open tasks are cancelled.",
      params: name,
      answers: ok("Done.", done, { message: "diana was fired." }),
      refusals: ["AGENT_NOT_FOUND"],
    },
  },
};

/** As older programs list them beside other things. */
export const employeeInBrief = z.strictObject(roster);
export const employeeInBriefExample = {
  name: "alice",
  role: "Developer",
  smartness: "smart",
  hired_at: "2026-11-20T08:00:00.000Z",
};
