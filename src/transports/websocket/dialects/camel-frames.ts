import { z } from "zod";
import { agentStatus, instant, permission, refusalCode } from "../../../shapes.ts";
import { type AcceptedType, accepted } from "./accepted.ts";
import { flat, nested, type Spoken } from "./frame.ts";
import * as sent from "./sent-data.ts";

/** The shape of every frame of the camel dialect, for documents, generated types and tests: nothing asks them while frames are sent. */

const message = sent.message.meta({ id: "CamelMessage", description: "A message as this dialect tells it." });
const agentState = sent.agentState.meta({ id: "CamelAgentState", description: "What an agent is doing." });
const taskStep = sent.taskStep.meta({ id: "CamelTaskStep", description: "A step of a task." });

const welcome = z.strictObject({
  success: z.literal(true),
  userId: z.string().describe("Your name here."),
  sessionId: z.string().describe("Public; no credential."),
  sessionToken: z.string().optional().describe("Of a session that this sign-in made: told this once."),
  agents: z.array(z.string()).describe("At most 200 who are connected, and the agents."),
  role: z.string().describe("Your title."),
  permissions: z.array(permission),
  ...sent.place,
  expiresAt: instant.nullable().describe("When what you showed ends."),
});
const turnedAway = z.strictObject({ success: z.literal(false), code: refusalCode, message: z.string() });

const says = (type: string, description: string, data: z.ZodType) => nested("CamelServer", type, description, data);

const each = {
  auth_response: says(
    "auth_response",
    "The answer to `auth`, and to `refresh_token`. After a failure the socket is closed with 1008.",
    z.discriminatedUnion("success", [welcome, turnedAway]),
  ),
  message: says(
    "message",
    "What a person said, to everybody in the room, its sender included: that echo is the acknowledgement. And what the house says to you alone.",
    message.partial({ ...sent.stored, command: true, commandArgs: true }),
  ),
  agent_response: says(
    "agent_response",
    "What an agent said.",
    message.extend({ agentStatus: agentStatus.optional() }),
  ),
  message_update: says(
    "message_update",
    "A message was edited, or deleted.",
    z.union([sent.edited.extend({ html: z.string() }), sent.deleted]),
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
    "It was answered, or nobody answered in time, or the run ended (topic `approvals`). To who answered and does not hear that topic it is the acknowledgement.",
    sent.approvalAnswered,
  ),
  chat_history: says(
    "chat_history",
    "Earlier messages, the oldest first.",
    z.strictObject({ conversationId: z.string(), messages: z.array(message), hasMore: z.boolean() }),
  ),
  message_sent: says("message_sent", "The answer to `send_agent_message`.", sent.sentToAgent),
  user_presence: says(
    "user_presence",
    "Somebody came or went (topic `presence`).",
    z.strictObject({ userId: z.string(), status: z.enum(["online", "offline"]), lastSeen: instant.optional() }),
  ),
  status_update: says(
    "status_update",
    "What a member is doing (topic `presence`).",
    z.strictObject({
      userId: z.string(),
      status: agentStatus,
      currentTask: z.string().nullable(),
      progress: agentState.shape.progress,
    }),
  ),
  typing: says("typing", "Somebody writes, or stopped (topic `typing`); never told to themselves.", sent.typing),
  pong: says("pong", "The answer to `ping`.", z.strictObject({ timestamp: instant, ...sent.place })),
  resync: says("resync", "You missed too much, or it was another log: load history again.", z.strictObject(sent.place)),
  error: says(
    "error",
    "What you sent was refused. The socket stays open, but where the codes say otherwise.",
    z.strictObject({
      code: refusalCode,
      message: z.string(),
      timestamp: instant,
      retryAfter: z.number().optional().describe("Milliseconds."),
      clientId: z.union([z.string(), z.number()]).optional(),
    }),
  ),
};

const serverFrame = z
  .union(Object.values(each))
  .meta({ id: "CamelServerFrame", description: "Whatever the server says in this dialect, one at a time." });

const words: Readonly<Record<Exclude<AcceptedType, "resume" | "chat_message">, string>> = {
  auth: "Who you are, and what you missed: the first frame.",
  message: "Say something. Its echo is the acknowledgement.",
  ping: "Answered at once, whatever else goes on.",
  typing: "You write, or stopped.",
  subscribe: "Hear more.",
  unsubscribe: "Hear less.",
  subscribe_agent: "Hear everything about one agent; the answer is its `agent_status`.",
  unsubscribe_agent: "Hear no more about it.",
  get_agent_status: "Answered by `agent_status`, or `all_agent_statuses`.",
  get_active_tasks: "Answered by `active_tasks`.",
  send_agent_message: "Ask an agent in #general; answered by `message_sent`.",
  get_chat_history: "Answered by `chat_history`.",
  refresh_token: "Another proof of the same person, before the old one ends; answered by `auth_response`.",
  edit_message: "Change one of your own.",
  delete_message: "Take one back.",
  task: "End a task.",
  approval_response:
    "Answer what an agent asks, by a choice or in words. The first answer wins; a late one is `CONFLICT`.",
  report: "What only you know of how you came back; said once after each connection.",
};

export const batchWords = "Several frames of one moment, for who asked for it in `auth`.";

/** What clients of both dialects send, with words on each. The page's own first frame is not theirs. */
export const said = Object.entries(words).map(([type, description]) => ({
  type: type as keyof typeof words,
  description,
  fields: accepted[type as keyof typeof words],
}));

const clientSends = Object.fromEntries(
  said.map(({ type, description, fields }) => {
    if (Object.keys(fields.shape).length === 0) return [type, flat("CamelClient", type, description, {})];
    const isNeeded = type === "auth" || type === "message" || !fields.safeParse({}).success;
    const data: z.ZodType = isNeeded ? fields : fields.optional();
    return [type, nested("CamelClient", type, description, data)];
  }),
);

export const camelFrames: Spoken = {
  clientSends,
  serverSends: { ...each, batch: says("batch", batchWords, z.array(serverFrame)) },
  clientFrame: z
    .union(Object.values(clientSends))
    .meta({ id: "CamelClientFrame", description: "Whatever a client may say in this dialect." }),
  serverFrame,
};
