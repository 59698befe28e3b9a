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
  .strictObject({ ...roster, expertise: z.array(z.string()), backend: z.string() })
  .meta({ id: "Employee", description: "An agent as it was hired." });
const state = employee
  .extend({
    status: agentStatus,
    current_task: z.string().nullable().describe("Of its tasks, and so below, those that you may know of."),
    progress,
    open_tasks: z.int(),
    last_activity: instant,
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

const alice = {
  name: "alice",
  role: "Developer",
  smartness: "smart",
  hired_at: "2026-11-20T08:00:00.000Z",
  expertise: ["typescript", "css"],
  backend: "builtin",
};
const working = {
  ...alice,
  status: "working",
  current_task: "Add a dark theme",
  progress: 40,
  open_tasks: 1,
  last_activity: "2026-11-21T08:30:00.000Z",
};

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
