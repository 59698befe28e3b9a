import { z } from "zod";
import { instant, refusalCode, seq, taskState } from "../../../shapes.ts";
import { spellings } from "./accepted.ts";
import { batchWords, said } from "./camel-frames.ts";
import { flat, frameName, nested, type Spoken } from "./frame.ts";
import { respelled } from "./respelled.ts";
import * as sent from "./sent-data.ts";

/** The shape of every frame of the classic dialect: what both dialects say alike in snake case, and what only this one says. */

const bots = { isBotMessage: z.boolean().describe("Whether an agent said it; its `sender` is `<name>-bot` then.") };
const message = respelled(sent.message.extend(bots)).meta({
  id: "ClassicMessage",
  description: "A message as this dialect tells it.",
});
const agentState = respelled(sent.agentState).meta({ id: "ClassicAgentState", description: "What an agent is doing." });
const taskStep = respelled(sent.taskStep).meta({ id: "ClassicTaskStep", description: "A step of a task." });

const refusal = {
  message: z.string(),
  data: z.strictObject({
    code: refusalCode,
    message: z.string(),
    timestamp: instant.optional(),
    retryAfter: z.number().optional().describe("Milliseconds."),
    client_id: z.union([z.string(), z.number()]).optional(),
  }),
};

const olderStep = {
  employee: z.string(),
  session_id: z.string(),
  task: z.string().describe("Its first 100 characters."),
  timestamp: instant,
};
const started = z.strictObject({
  type: z.literal("task_started"),
  ...olderStep,
  model: z.null(),
  mode: z.string(),
});
const stopped = z.strictObject({ type: z.literal("task_stopped"), ...olderStep, reason: z.string() });
const done = z.strictObject({ type: z.literal("task_completed"), ...olderStep });
const asksForHelp = z.strictObject({
  type: z.literal("help_requested"),
  employee: z.string(),
  task: z.string(),
  progress: sent.agentState.shape.progress,
  issue: z.string(),
  timestamp: instant,
});

const says = (type: string, description: string, data: z.ZodType) =>
  nested("ClassicServer", type, description, respelled(data));

const each = {
  auth_success: flat("ClassicServer", "auth_success", "The first answer: you are in.", {
    user_id: z.string(),
    role: z.string(),
    server_time: instant,
    session_id: z.string(),
    session_token: z.string().optional().describe("Of a session that this sign-in made: told this once."),
    ...sent.place,
  }),
  user_status: says(
    "user_status",
    "After `auth_success` one for each person who is here and each agent, never for oneself; then live.",
    z.strictObject({
      userId: z.string(),
      status: z.enum(["connected", "disconnected"]),
      role: z.string(),
      timestamp: instant,
    }),
  ),
  chat_message: nested(
    "ClassicServer",
    "chat_message",
    "What was said. Without `last_seq` the last 50 are told first.",
    respelled(sent.message.extend(bots).partial({ ...sent.stored, origin: true })),
  ),
  message_update: says(
    "message_update",
    "A message was edited, or deleted.",
    z.union([sent.edited.extend({ messageId: seq }), sent.deleted.extend({ messageId: seq })]),
  ),
  message_delta: says("message_delta", "More of an answer that is being written (topic `agents`).", sent.delta),
  agent_status_update: says("agent_status_update", "An agent does something else now (topic `agents`).", agentState),
  agent_status: says("agent_status", "The answer about one agent.", agentState),
  all_agent_statuses: says(
    "all_agent_statuses",
    "The answer about all agents, by name.",
    z.record(z.string(), agentState),
  ),
  task_notification: says("task_notification", "A task moved on (topic `tasks`).", taskStep),
  task_completion: says("task_completion", "A task is done (topic `tasks`).", sent.taskCompletion),
  task_update: says("task_update", "A task began or ended, as older clients know it.", z.union([started, stopped])),
  task_progress: says(
    "task_progress",
    "A task got further, as older clients know it.",
    z.strictObject({ ...olderStep, progress: sent.agentState.shape.progress, status: taskState, note: z.string() }),
  ),
  agent_activity: says("agent_activity", "A task is done, or an agent needs help.", z.union([done, asksForHelp])),
  task_step: says("task_step", "A step of a task begins, changes or ends (topic `tasks`).", sent.step),
  task_output: says("task_output", "More of what a step puts out (topic `tasks`); first, all so far.", sent.output),
  task_plan: says("task_plan", "What an agent means to do for a task (topic `tasks`).", sent.plan),
  task_thought: says(
    "task_thought",
    "More of what an agent thinks aloud (topic `tasks`); first, all so far.",
    sent.thought,
  ),
  active_tasks: says("active_tasks", "The answer about open tasks, by id.", z.record(z.string(), taskStep)),
  help_request: says("help_request", "An agent needs help (topic `help`).", sent.help),
  approval_request: says(
    "approval_request",
    "An agent asks people before it goes on (topic `approvals`). Answered by `approval_response`.",
    sent.approvalRequest,
  ),
  approval_update: says(
    "approval_update",
    "It was answered, or nobody answered in time, or the run ended.",
    sent.approvalAnswered,
  ),
  chat_history: nested(
    "ClassicServer",
    "chat_history",
    "Earlier messages, the oldest first.",
    z.strictObject({ conversation_id: z.string(), messages: z.array(message), has_more: z.boolean() }),
  ),
  message_sent: flat("ClassicServer", "message_sent", "The answer to `send_agent_message`.", {
    message: z.string(),
    data: respelled(sent.sentToAgent),
  }),
  typing: says("typing", "Somebody writes, or stopped; never told to themselves.", sent.typing),
  server_status: says(
    "server_status",
    "Every 30 s.",
    z.strictObject({
      timestamp: instant,
      activeSessions: z.int(),
      totalAgents: z.int(),
      chatEnabled: z.boolean(),
      transportType: z.string(),
    }),
  ),
  pong: flat("ClassicServer", "pong", "The answer to `ping`.", { timestamp: instant, ...sent.place }),
  resync: says("resync", "You missed too much, or it was another log: load history again.", z.strictObject(sent.place)),
  notice: flat("ClassicServer", "notice", "What you sent was refused; the socket stays open.", refusal),
  error: flat(
    "ClassicServer",
    "error",
    "The sign-in failed, or the socket is about to close: this dialect's clients take every `error` as the end.",
    refusal,
  ),
};

const serverFrame = z
  .union(Object.values(each))
  .meta({ id: "ClassicServerFrame", description: "Whatever the server says in this dialect, one at a time." });

const snake = Object.fromEntries([...spellings].map(([theirs, ours]) => [ours, theirs]));

const clientSends = Object.fromEntries(
  said.map(({ type: given, description, fields }) => {
    const type = given === "message" ? "chat_message" : given;
    const shape = Object.fromEntries(Object.entries(fields.shape).map(([key, field]) => [snake[key] ?? key, field]));
    const frame = z.object({ type: z.literal(type), ...shape });
    return [type, frame.meta({ id: frameName("ClassicClient", type), description })];
  }),
);

export const classicFrames: Spoken = {
  clientSends,
  serverSends: { ...each, batch: nested("ClassicServer", "batch", batchWords, z.array(serverFrame)) },
  clientFrame: z
    .union(Object.values(clientSends))
    .meta({ id: "ClassicClientFrame", description: "Whatever a client may say in this dialect." }),
  serverFrame,
};
