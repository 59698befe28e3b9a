import { z } from "zod";
import { instant, progress, seq, taskState } from "../../../shapes.ts";
import { made, ok, type Part } from "./entry.ts";

const task = z
  .strictObject({
    id: seq,
    agent: z.string(),
    description: z.string(),
    state: taskState,
    progress,
    note: z.string().describe("What the agent last said about it, or what it waits for."),
    room: z.string(),
    requestId: seq.describe("The message that asked for it."),
    requestedBy: z.string(),
    resumes: seq.nullable().describe("The task that broke off and is taken up by this one."),
    canResume: z.boolean().describe("It broke off where its agent can go on, and nobody has had it do so yet."),
    createdAt: instant,
    updatedAt: instant,
    endedAt: instant.nullable(),
  })
  .meta({ id: "QueuedTask", description: "Work that an agent was asked to do, and how it stands." });
const example = {
  id: 51,
  agent: "alice",
  description: "Add a dark theme",
  state: "working",
  progress: 40,
  note: "Colours are done",
  room: "general",
  requestId: 49,
  requestedBy: "mira",
  resumes: null,
  canResume: false,
  createdAt: "2026-11-21T08:30:00.000Z",
  updatedAt: "2026-11-21T08:42:00.000Z",
  endedAt: null,
};
const waiting = { ...example, id: 57, state: "queued", progress: 0, note: "", description: "Fix the login" };

const one = z.strictObject({ task });
const id = { id: "The task's." };

export const queueEntries: Part = {
  name: "Queues",
  about: "What agents were asked to do: each agent is at one thing at a time, and the rest waits in its queue.",
  routes: {
    "GET /api/v1/agents/:id/queue": {
      summary: "What an agent is at, and what waits for it",
      description: "The next one first; of tasks, those that you may know of.",
      params: { id: "The agent's, or its name." },
      answers: ok("The queue.", z.strictObject({ agent: z.string(), current: task.nullable(), queue: z.array(task) }), {
        agent: "alice",
        current: example,
        queue: [waiting],
      }),
      refusals: ["AGENT_NOT_FOUND"],
    },
    "POST /api/v1/tasks/:id/place": {
      summary: "Move what waits to another place",
      params: id,
      body: { to: "first" },
      answers: ok("Done.", one, { task: waiting }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "POST /api/v1/tasks/:id/steer": {
      summary: "Have what waits done now",
      description: "It comes first, and what the agent is at is stopped, which you must be allowed to.",
      params: id,
      answers: ok("Done.", one, { task: waiting }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "POST /api/v1/tasks/:id/cancel": {
      summary: "Cancel a task, and stop what works on it",
      description:
        "Answered as soon as it is known that it is to end. What is being worked on is `cancelled` when its run has ended; one that does not end within 20 s becomes `stuck`, and its note says so.",
      params: id,
      answers: ok("Done, or about to be.", one, { task: { ...example, note: "Stopping: mira asked" } }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "POST /api/v1/tasks/:id/complete": {
      summary: "Say that a task is done",
      params: id,
      answers: ok("Done, or about to be.", one, { task: { ...example, note: "Ending: done, says mira" } }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "POST /api/v1/tasks/:id/resume": {
      summary: "Have what broke off taken up again",
      description: "A new task of the same request, in the session of the old one.",
      params: id,
      answers: made("The new task.", one, { task: { ...waiting, resumes: 51 } }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
  },
};
