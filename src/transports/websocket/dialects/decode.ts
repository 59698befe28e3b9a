import { z } from "zod";
import { Refusal } from "../../../errors.ts";
import { refuseDeep } from "../../../json.ts";
import { wholeNumberFrom } from "../../../people/id.ts";
import type { AuthFields, Command } from "./dialect.ts";

/** Reads chat frames of both dialects and of the page: flat or under `data`, camel or snake case. Exact shapes are in PROTOCOL.md, 1a and 1b. */

const text = z.string();
const name = z.string().trim().min(1).max(100);
const flag = z.union([z.boolean(), z.stringbool()]);
const messageId = wholeNumberFrom(1);
/** Nobody tries ten thousand times between two reports. */
const count = z.number().int().min(0).max(10_000);
const optionalText = z.string().nullish();
const optionalId = z.union([z.string(), z.number().transform(String)]).nullish();
const topicList = z.preprocess(
  (given) => (typeof given === "string" ? [given] : given),
  z.array(z.string().max(100)).max(128),
);
/** Ids of files; a form's one field holds them all. */
const fileList = z
  .preprocess(
    (given) => (typeof given === "string" ? given.split(/[\s,]+/).filter(Boolean) : given),
    z.array(z.string().max(64)).max(100),
  )
  .nullish();
/** Form fields arrive as text, and an empty one means there is none. */
const reference = z.union([z.string(), z.number()]).nullish();

const schemas = {
  message: z.object({
    text: optionalText,
    files: fileList,
    room: optionalText,
    replyTo: reference,
    clientId: optionalId,
    id: z.union([z.string().max(64), z.number()]).nullish(),
  }),
  typing: z.object({ room: optionalText, isTyping: flag.default(false) }),
  ping: z.object({ at: z.number().optional() }),
  topics: z.object({ topics: topicList }),
  agent: z.object({ agentName: name }),
  maybeAgent: z.object({ agentName: z.string().max(100).nullish() }),
  agentMessage: z.object({
    agentName: name,
    message: text.refine((words) => words.trim() !== "", "must not be blank"),
    clientId: optionalId,
  }),
  history: z.object({
    conversationId: z.string().max(100).default("main"),
    limit: wholeNumberFrom(1, 200).default(50),
    before: messageId.nullish(),
    after: wholeNumberFrom(0).nullish(),
  }),
  refresh: z.object({ token: z.string().min(1).max(8_192) }),
  edit: z.object({ id: messageId, text }),
  remove: z.object({ id: messageId }),
  task: z.object({ id: messageId, action: z.enum(["complete", "cancel"]) }),
  report: z.object({
    reconnected: flag.default(false),
    failedWebsocket: count.default(0),
    failedHttp: count.default(0),
    queued: count.default(0),
    latency: z.number().min(0).max(600_000).optional(),
  }),
  resume: z.object({
    room: z.string().max(100),
    lastSeq: wholeNumberFrom(0).optional(),
    epoch: z.string().max(64).optional(),
  }),
  auth: z.object({
    userId: z.union([z.string().max(100), z.number().transform(String)]).nullish(),
    role: z.string().max(100).nullish(),
    method: z.string().max(40).nullish(),
    token: z.string().max(8_192).nullish(),
    apiKey: z.string().max(512).nullish(),
    sessionToken: z.string().max(512).nullish(),
    guestId: z.string().max(100).nullish(),
    lastSeq: wholeNumberFrom(0).nullish(),
    epoch: z.string().max(64).nullish(),
    subscribe: topicList.nullish(),
    batch: flag.nullish(),
  }),
};

/** Snake-case spellings and what they are called here. */
const spellings = new Map([
  ["user_id", "userId"],
  ["api_key", "apiKey"],
  ["session_token", "sessionToken"],
  ["guest_id", "guestId"],
  ["last_seq", "lastSeq"],
  ["reply_to", "replyTo"],
  ["client_id", "clientId"],
  ["is_typing", "isTyping"],
  ["agent_name", "agentName"],
  ["conversation_id", "conversationId"],
]);

type Fields = Record<string, unknown>;

/** Decoders by frame type. */
const decoders: Record<string, (fields: Fields) => Command> = {
  auth: (fields) => ({ type: "auth", ...authFields(parse(schemas.auth, fields)) }),
  message: post,
  chat_message: post,
  ping: (fields) => ({ type: "ping", at: parse(schemas.ping, fields).at }),
  typing: (fields) => {
    const { room, isTyping } = parse(schemas.typing, fields);
    return { type: "typing", room: room ?? undefined, isTyping };
  },
  subscribe: (fields) => ({ type: "subscribe", topics: parse(schemas.topics, fields).topics }),
  unsubscribe: (fields) => ({ type: "unsubscribe", topics: parse(schemas.topics, fields).topics }),
  subscribe_agent: (fields) => ({ type: "subscribe_agent", name: parse(schemas.agent, fields).agentName }),
  unsubscribe_agent: (fields) => ({ type: "unsubscribe_agent", name: parse(schemas.agent, fields).agentName }),
  get_agent_status: (fields) => ({
    type: "agent_status",
    name: parse(schemas.maybeAgent, fields).agentName ?? undefined,
  }),
  get_active_tasks: () => ({ type: "active_tasks" }),
  send_agent_message: (fields) => {
    const { agentName, message, clientId } = parse(schemas.agentMessage, fields);
    return { type: "agent_message", name: agentName, text: message, clientId: clientId ?? null };
  },
  get_chat_history: (fields) => {
    const { conversationId, limit, before, after } = parse(schemas.history, fields);
    return {
      type: "history",
      conversation: conversationId,
      limit,
      ...(before != null && { before }),
      ...(after != null && { after }),
    };
  },
  refresh_token: (fields) => ({ type: "refresh", token: parse(schemas.refresh, fields).token }),
  edit_message: (fields) => ({ type: "edit", ...parse(schemas.edit, fields) }),
  delete_message: (fields) => ({ type: "delete", ...parse(schemas.remove, fields) }),
  task: (fields) => ({ type: "task", ...parse(schemas.task, fields) }),
  report: (fields) => {
    const { latency, ...counts } = parse(schemas.report, fields);
    return { type: "report", latency, ...counts };
  },
  resume: (fields) => {
    const { room, lastSeq, epoch } = parse(schemas.resume, fields);
    return { type: "resume", room, lastSeq, epoch };
  },
};

/** The JSON object of a text frame. @throws Refusal INVALID_JSON or INVALID_MESSAGE */
export function parseFrame(raw: string): Fields {
  refuseDeep(raw);
  let frame: unknown;
  try {
    frame = JSON.parse(raw);
  } catch {
    throw new Refusal("INVALID_JSON");
  }
  if (typeof frame !== "object" || frame === null || Array.isArray(frame)) {
    throw new Refusal("INVALID_MESSAGE", "A frame is one JSON object.");
  }
  return frame as Fields;
}

/**
 * The command of a frame.
 * @throws Refusal UNKNOWN_MESSAGE_TYPE or INVALID_MESSAGE naming the field
 */
export function decode(frame: Fields): Command {
  const { type } = frame;
  if (typeof type !== "string") throw new Refusal("INVALID_MESSAGE", 'A frame needs a "type", which is a string.');
  const decoder = Object.hasOwn(decoders, type) ? decoders[type] : undefined;
  if (!decoder) throw new Refusal("UNKNOWN_MESSAGE_TYPE", `The frame type "${type.slice(0, 60)}" is not known here.`);
  return decoder(flatten(frame));
}

/** Frames of versions to come: refused like every type that is not known, but whoever sends them is no abuser. */
const laterTypes = new Set(["react", "mark_read"]);

/** Whether a frame is of a type that a later version understands. */
export function isOfLater(frame: Fields): boolean {
  return typeof frame.type === "string" && laterTypes.has(frame.type);
}

/** The client's own id of a frame, to name it in an error, whatever else is wrong with it. */
export function clientIdOf(frame: Fields): string | number | null {
  const fields = flatten(frame);
  for (const value of [fields.clientId, fields.id]) {
    if ((typeof value === "string" && value.length <= 64) || typeof value === "number") return value;
  }
  return null;
}

function flatten(frame: Fields): Fields {
  const { data } = frame;
  const nested = typeof data === "object" && data !== null && !Array.isArray(data) ? (data as Fields) : undefined;
  // Without a prototype a field called __proto__ is a field and nothing more.
  const fields: Fields = Object.create(null);
  for (const source of [frame, nested]) {
    for (const key in source) fields[spellings.get(key) ?? key] = source[key];
  }
  return fields;
}

function post(fields: Fields): Command {
  const { text, files, room, replyTo, clientId, id } = parse(schemas.message, fields);
  if (typeof text !== "string" && !files?.length)
    throw new Refusal("INVALID_MESSAGE", '"text": must be a string, unless there are files.');
  return {
    type: "post",
    text: text ?? "",
    files: files ?? [],
    room: room || undefined,
    replyTo: referenceOf(replyTo),
    clientId: clientId || null,
    echoId: clientId ? null : (id ?? null),
  };
}

/** @throws Refusal NOT_FOUND for what cannot be a message's id */
function referenceOf(value: z.infer<typeof reference>): number | null {
  if (value === "" || value === null || value === undefined) return null;
  const { data: id } = messageId.safeParse(value);
  if (id === undefined) throw new Refusal("NOT_FOUND", "The message you answer is not in this room.");
  return id;
}

function authFields(given: z.infer<typeof schemas.auth>): AuthFields {
  const userId = given.userId?.trim() || given.guestId?.trim() || undefined;
  return {
    userId,
    role: given.role?.trim() || "user",
    method: given.method ?? undefined,
    token: given.token || undefined,
    apiKey: given.apiKey || undefined,
    sessionToken: given.sessionToken || undefined,
    lastSeq: given.lastSeq ?? undefined,
    epoch: given.epoch ?? undefined,
    subscribe: given.subscribe ?? [],
    batch: given.batch ?? false,
  };
}

function parse<T extends z.ZodType>(schema: T, fields: Fields): z.infer<T> {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join(".") || "frame";
  throw new Refusal("INVALID_MESSAGE", `"${field}": ${wordsOf(issue)}.`);
}

/** What is wrong with a field, for a person: the library's own words speak of its types. */
function wordsOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "invalid_type") return `must be a ${issue.expected}`;
  return issue?.code === "custom" ? issue.message : `is not valid: ${issue?.message ?? "unknown"}`;
}
