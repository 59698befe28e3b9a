import { z } from "zod";
import { instant, progress, seq, taskState } from "../../../shapes.ts";
import { employeeInBrief, employeeInBriefExample } from "./agents.ts";
import { communicationStats, statsExample } from "./communication.ts";
import { ok, type Part } from "./entry.ts";
import { chatStatistics, done, statisticsExample } from "./shapes.ts";

const task = z
  .strictObject({
    id: seq,
    session_id: z.string(),
    name: z.string().describe("The agent's."),
    task: z.string(),
    status: taskState,
    progress,
    note: z.string(),
    room: z.string(),
    requested_by: z.string(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: "Task", description: "Work that an agent was asked to do." });
const taskExample = {
  id: 51,
  session_id: "51",
  name: "alice",
  task: "Add a dark theme",
  status: "working",
  progress: 40,
  note: "Colours are done",
  room: "general",
  requested_by: "mira",
  created_at: "2026-11-21T08:30:00.000Z",
  updated_at: "2026-11-21T08:42:00.000Z",
};

const session = z
  .strictObject({
    session_id: z.string(),
    task: z.string(),
    is_running: z.boolean(),
    files_locked: z.array(z.string()),
  })
  .meta({ id: "OlderSession", description: "A task as a session, as older programs call it." });
const sessionExample = { session_id: "51", task: "Add a dark theme", is_running: true, files_locked: [] };

const reported = z
  .strictObject({
    employee: z.string(),
    task_file: z.null(),
    last_updated: instant,
    file_status: z.record(z.string(), z.unknown()),
    overall_progress: progress,
    ready_to_release: z.array(z.string()),
    still_working_on: z.array(z.string()),
    task_description: z.string(),
    current_work: z.string(),
  })
  .meta({ id: "OlderProgress", description: "How far a task is, as older programs read it." });
const reportedExample = {
  employee: "alice",
  task_file: null,
  last_updated: "2026-11-21T08:42:00.000Z",
  file_status: {},
  overall_progress: 40,
  ready_to_release: [],
  still_working_on: [],
  task_description: "Add a dark theme",
  current_work: "Colours are done",
};

const byName = <Shape extends z.ZodType>(shape: Shape) => z.record(z.string(), shape);
const name = { name: "The agent's name." };

export const workEntries: Part = {
  name: "Work, for older programs",
  about: "Who works on what, in the words of the system Parley replaces. Of tasks, those in rooms that you may read.",
  routes: {
    "GET /tasks": {
      summary: "Open tasks",
      answers: ok("Those you may know of.", z.strictObject({ tasks: z.array(task) }), { tasks: [taskExample] }),
    },
    "GET /tasks/:name": {
      summary: "What an agent has to do",
      description: "A browser that names the number of a task gets its page.",
      params: name,
      answers: ok(
        "The first of them, and all that are open.",
        z.strictObject({
          name: z.string(),
          session_id: z.string().nullable(),
          task: z.string().nullable(),
          status: z.enum([...taskState.options, "idle"]),
          progress,
          tasks: z.array(task),
        }),
        {
          name: "alice",
          session_id: "51",
          task: "Add a dark theme",
          status: "working",
          progress: 40,
          tasks: [taskExample],
        },
      ),
      refusals: ["AGENT_NOT_FOUND"],
    },
    "POST /tasks": {
      summary: "Ask an agent for something",
      description:
        "Asks it in #general, in your name. `session_id` is the id of the task, null when the agent made none of it within 2 s. `model` and `mode` are accepted and given back, and of no effect.",
      body: { name: "alice", task: "Add a dark theme" },
      answers: ok(
        "It was asked.",
        z.strictObject({
          message: z.string(),
          session_id: z.string().nullable(),
          task: z.string(),
          model: z.string().nullable(),
          mode: z.string().nullable(),
        }),
        { message: "alice took it up.", session_id: "51", task: "Add a dark theme", model: null, mode: null },
      ),
      refusals: ["AGENT_NOT_FOUND", "AGENT_OFFLINE", "MESSAGE_TOO_LARGE"],
    },
    "DELETE /tasks/:name": {
      summary: "Stop what an agent does",
      description: "Of its open tasks those that you asked for, or all with `manage_tasks`.",
      params: name,
      answers: ok("Done.", done, { message: "alice stopped." }),
      refusals: ["AGENT_NOT_FOUND", "CONFLICT"],
    },
    "GET /status": {
      summary: "Everything at once",
      answers: ok(
        "Who works on what, and how talk is.",
        z.strictObject({
          active_sessions: byName(session),
          locked_files: z.array(z.unknown()),
          pending_requests: z.array(z.unknown()),
          employees: z.array(employeeInBrief),
          chat_enabled: z.boolean(),
          chat_statistics: chatStatistics,
          communication: communicationStats,
          degraded_mode: z.boolean().describe("What the room is talked through is not connected."),
          initialization_errors: z.array(z.string()).describe("Always none: with any, the server does not start."),
        }),
        {
          active_sessions: { alice: sessionExample },
          locked_files: [],
          pending_requests: [],
          employees: [employeeInBriefExample],
          chat_enabled: true,
          chat_statistics: statisticsExample,
          communication: statsExample,
          degraded_mode: false,
          initialization_errors: [],
        },
      ),
    },
    "GET /sessions": {
      summary: "Who works on what",
      answers: ok("By agent.", z.strictObject({ sessions: byName(session) }), { sessions: { alice: sessionExample } }),
    },
    "GET /progress": {
      summary: "How far they are",
      description: "With `name` of one agent: null when it has nothing to do.",
      query: "name=alice",
      answers: ok(
        "Of one, or by agent.",
        z.strictObject({ progress: z.union([reported, z.null(), byName(reported)]) }),
        { progress: reportedExample },
      ),
      refusals: ["AGENT_NOT_FOUND"],
    },
    "GET /bridge": {
      summary: "Open tasks in brief",
      answers: ok(
        "By agent.",
        z.strictObject({
          bridge: z.strictObject({
            active_tasks: z.int(),
            stuck_timers: z.int(),
            tasks: byName(
              z.strictObject({
                task: z.string(),
                status: taskState,
                started_at: instant,
                duration_minutes: z.int(),
              }),
            ),
          }),
        }),
        {
          bridge: {
            active_tasks: 1,
            stuck_timers: 0,
            tasks: {
              alice: {
                task: "Add a dark theme",
                status: "working",
                started_at: "2026-11-21T08:30:00.000Z",
                duration_minutes: 12,
              },
            },
          },
        },
      ),
    },
  },
};
