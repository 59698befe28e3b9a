import { z } from "zod";
import {
  agentStatus,
  approval,
  approvalUpdate,
  attachment,
  instant,
  origin,
  planEntry,
  progress,
  seq,
  stepKind,
  stepState,
  taskState,
} from "../../../shapes.ts";

/** What both JSON dialects say alike (json.ts), in camel case; the classic one respells the keys. */

const taskId = z.string().describe("The id of the task, in digits.");
const room = z.string().describe("The slug of the room.");

export const message = z.strictObject({
  id: z.int().describe("The seq of its posting; negative for what the house says to you alone, which is not stored."),
  text: z.string().describe("Markdown; empty when it was deleted."),
  sender: z.string(),
  timestamp: instant,
  mentions: z.array(z.string()).describe("Handles in the order of the text, each once."),
  isCommand: z.boolean().describe("Whether it is a slash command."),
  replyTo: seq.nullable().describe("The id of the message that it answers."),
  command: z.string().nullable(),
  commandArgs: z.array(z.string()),
  room,
  threadId: seq.nullable(),
  clientId: z.union([z.string(), z.number()]).optional().describe("What its sender called it."),
  taskId: taskId.optional(),
  files: z.array(attachment).optional(),
  editedAt: instant.optional(),
  deletedAt: instant.optional(),
  origin,
  seq: seq.describe("The seq to come back with."),
  html: z.string().describe("The text as safe HTML."),
});

/** What only a stored message has: the house's words to one person come without. */
export const stored = { threadId: true, seq: true, html: true } as const;

export const agentState = z
  .strictObject({
    agentName: z.string(),
    role: z.string(),
    status: agentStatus,
    currentTask: z.string().nullable(),
    progress,
    lastActivity: instant,
    sessionId: taskId.nullable(),
    connectedUsers: z.array(z.string()),
  })
  .meta({ description: "What an agent is doing." });

export const taskStep = z
  .strictObject({
    type: z.enum(["assigned", "started", "progress", "completed", "failed", "stopped"]),
    agentName: z.string(),
    taskId,
    taskDescription: z.string(),
    progress,
    timestamp: instant,
    seq,
    metadata: z.strictObject({
      state: taskState,
      note: z.string().describe("What the agent last said about it."),
      room,
      requestedBy: z.string(),
      requestId: seq.describe("The message that asked for it."),
    }),
  })
  .meta({ description: "A step of a task." });

export const taskCompletion = z.strictObject({
  agentName: z.string(),
  task: z.string(),
  output: z.string(),
  timestamp: instant,
  taskId,
  seq,
});

export const help = z.strictObject({
  agentName: z.string(),
  task: z.string(),
  progress,
  issue: z.string(),
  timestamp: instant,
  helpId: seq,
  taskId,
  seq,
});

export const approvalRequest = approval.meta({ description: "What an agent asks people." });
export const approvalAnswered = approvalUpdate.meta({ description: "What became of it." });

export const delta = z.strictObject({
  id: seq.describe("The message that is being written; it follows under the same id when it is finished."),
  taskId: taskId.nullable(),
  delta: z.string(),
  offset: z.int().min(0).describe("Where it goes: UTF-16 units of the text so far."),
});

const offset = z
  .int()
  .min(0)
  .describe(
    "Where it goes: UTF-16 units of all so far. Behind the end of what you have something was left out; 0 begins anew.",
  );
const end = z.int().min(0).describe("Where what comes next begins: what you hear of before it you have.");

export const fileChange = z
  .strictObject({
    path: z.string(),
    added: z.int().min(0).describe("Lines."),
    removed: z.int().min(0),
    isNew: z.boolean(),
  })
  .meta({ description: "What a step did to a file." });

export const step = z
  .strictObject({
    agentName: z.string(),
    taskId,
    stepId: z.string().describe("The agent's own; its first frame makes the step, later ones change it."),
    number: z.int().min(1).describe("Which of its task's it is."),
    kind: stepKind,
    title: z.string(),
    state: stepState,
    input: z.string().describe("What exactly: a command line, a path, a query."),
    files: z.array(fileChange).describe("Files it changed; what became of them tells `GET /api/v1/tasks/:id`."),
    startedAt: instant,
    endedAt: instant.nullable(),
    seq,
  })
  .meta({ description: "Something that an agent does for a task." });

export const plan = z.strictObject({
  agentName: z.string(),
  taskId,
  entries: z.array(planEntry).describe("All of it, each time."),
  timestamp: instant,
  seq,
});

export const output = z.strictObject({
  taskId,
  stepId: z.string(),
  offset,
  end,
  data: z
    .string()
    .describe("As a terminal would get it, with its control sequences: safe in a terminal, and nowhere else."),
});

export const thought = z.strictObject({ taskId, offset, end, delta: z.string() });

const change = { id: seq, room, seq };
export const edited = z.strictObject({
  ...change,
  text: z.string(),
  mentions: z.array(z.string()),
  editedAt: instant,
});
export const deleted = z.strictObject({ ...change, deletedAt: instant });

export const typing = z.strictObject({ userId: z.string(), isTyping: z.boolean(), room });
export const place = { seq, epoch: z.string().describe("Of which log the seq is.") };
export const sentToAgent = z.strictObject({ id: seq, agentName: z.string() });
