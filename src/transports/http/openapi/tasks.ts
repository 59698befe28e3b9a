import { z } from "zod";
import { instant, planEntry, progress, seq, stepKind, stepState, taskState } from "../../../shapes.ts";
import { ok, type Part } from "./entry.ts";

const step = z
  .strictObject({
    id: z.string().describe("The agent's own."),
    number: z.int().min(1).describe("Which of the task's it is."),
    kind: stepKind,
    title: z.string(),
    state: stepState,
    input: z.string().describe("What exactly: a command line, a path, a query."),
    output: z.string().describe("As a terminal would get it; of a long one the beginning and the end."),
    diffs: z
      .array(z.strictObject({ path: z.string(), before: z.string().nullable(), after: z.string() }))
      .describe("Files as they were and became; `before` is null where there was none."),
    files: z
      .array(z.strictObject({ path: z.string(), added: z.int(), removed: z.int(), isNew: z.boolean() }))
      .describe("The same, counted in lines."),
    startedAt: instant,
    endedAt: instant.nullable(),
  })
  .meta({ id: "Step", description: "Something that an agent did or does for a task." });

const work = z
  .strictObject({
    id: seq,
    seq: seq.describe("The seq of the event that last changed it."),
    agent: z.string(),
    room: z.string().describe("The slug of the room."),
    description: z.string(),
    state: taskState,
    progress,
    note: z.string().describe("What the agent last said about it."),
    requestedBy: z.string(),
    requestId: seq.describe("The message that asked for it."),
    createdAt: instant,
    updatedAt: instant,
    endedAt: instant.nullable(),
    plan: z.array(planEntry),
    steps: z.array(step).describe("The oldest first; of those that run, what there is so far."),
    thought: z.string().describe("What its agent thought aloud."),
    usage: z
      .strictObject({
        inputTokens: z.number(),
        outputTokens: z.number(),
        costUsd: z.number().nullable().describe("Null where nobody says."),
      })
      .nullable(),
  })
  .meta({ id: "Work", description: "A task with everything that its agent does for it." });

const diff = { path: "src/theme.ts", before: "export const dark = false;\n", after: "export const dark = true;\n" };
const example = {
  id: 51,
  seq: 58,
  agent: "alice",
  room: "general",
  description: "Add a dark theme",
  state: "working",
  progress: 40,
  note: "Colours are done",
  requestedBy: "mira",
  requestId: 49,
  createdAt: "2026-11-21T08:30:00.000Z",
  updatedAt: "2026-11-21T08:42:00.000Z",
  endedAt: null,
  plan: [{ content: "Turn the colours around", status: "completed" }],
  steps: [
    {
      id: "call_1",
      number: 1,
      kind: "edit",
      title: "Edit src/theme.ts",
      state: "completed",
      input: "src/theme.ts",
      output: "",
      diffs: [diff],
      files: [{ path: "src/theme.ts", added: 1, removed: 1, isNew: false }],
      startedAt: "2026-11-21T08:31:00.000Z",
      endedAt: "2026-11-21T08:31:02.000Z",
    },
  ],
  thought: "One flag decides.",
  usage: { inputTokens: 12_300, outputTokens: 1_200, costUsd: 0.04 },
};

export const taskEntries: Part = {
  name: "Tasks",
  about: "What agents were asked to do, and what they do for it. Of tasks, those in rooms that you may read.",
  routes: {
    "GET /api/v1/tasks/:id": {
      summary: "A task and its steps",
      description: "What happens from here on is told by the frames `task_step`, `task_output` and `task_plan`.",
      params: { id: "The task's." },
      answers: ok("All of it.", z.strictObject({ task: work }), { task: example }),
      refusals: ["NOT_FOUND"],
    },
  },
};
