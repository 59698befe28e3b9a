import type { z } from "zod";
import { Refusal } from "../../../errors.ts";
import { refuseDeep } from "../../../json.ts";
import { type AcceptedType, accepted, messageId, spellings } from "./accepted.ts";
import type { AuthFields, Command } from "./dialect.ts";

/** Reads chat frames of both dialects and of the page: flat or under `data`, camel or snake case. Exact shapes are in PROTOCOL.md, 1a and 1b. */

type Fields = Record<string, unknown>;

/** Decoders by frame type. */
const decoders: Record<AcceptedType, (fields: Fields) => Command> = {
  auth: (fields) => ({ type: "auth", ...authFields(parse(accepted.auth, fields)) }),
  message: post,
  chat_message: post,
  ping: (fields) => ({ type: "ping", at: parse(accepted.ping, fields).at }),
  typing: (fields) => {
    const { room, isTyping } = parse(accepted.typing, fields);
    return { type: "typing", room: room ?? undefined, isTyping };
  },
  subscribe: (fields) => ({ type: "subscribe", topics: parse(accepted.subscribe, fields).topics }),
  unsubscribe: (fields) => ({ type: "unsubscribe", topics: parse(accepted.unsubscribe, fields).topics }),
  subscribe_agent: (fields) => ({ type: "subscribe_agent", name: parse(accepted.subscribe_agent, fields).agentName }),
  unsubscribe_agent: (fields) => ({
    type: "unsubscribe_agent",
    name: parse(accepted.unsubscribe_agent, fields).agentName,
  }),
  get_agent_status: (fields) => ({
    type: "agent_status",
    name: parse(accepted.get_agent_status, fields).agentName ?? undefined,
  }),
  get_active_tasks: () => ({ type: "active_tasks" }),
  send_agent_message: (fields) => {
    const { agentName, message, clientId } = parse(accepted.send_agent_message, fields);
    return { type: "agent_message", name: agentName, text: message, clientId: clientId ?? null };
  },
  get_chat_history: (fields) => {
    const { conversationId, limit, before, after } = parse(accepted.get_chat_history, fields);
    return {
      type: "history",
      conversation: conversationId,
      limit,
      ...(before != null && { before }),
      ...(after != null && { after }),
    };
  },
  refresh_token: (fields) => ({ type: "refresh", token: parse(accepted.refresh_token, fields).token }),
  edit_message: (fields) => ({ type: "edit", ...parse(accepted.edit_message, fields) }),
  delete_message: (fields) => ({ type: "delete", ...parse(accepted.delete_message, fields) }),
  task: (fields) => ({ type: "task", ...parse(accepted.task, fields) }),
  approval_response: answer,
  report: (fields) => {
    const { latency, ...counts } = parse(accepted.report, fields);
    return { type: "report", latency, ...counts };
  },
  resume: (fields) => {
    const { room, task, lastSeq, epoch } = parse(accepted.resume, fields);
    return { type: "resume", room, task, lastSeq, epoch };
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
  if (!isAccepted(type))
    throw new Refusal("UNKNOWN_MESSAGE_TYPE", `The frame type "${type.slice(0, 60)}" is not known here.`);
  return decoders[type](flatten(frame));
}

function isAccepted(type: string): type is AcceptedType {
  return Object.hasOwn(decoders, type);
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
  const { text, files, room, replyTo, clientId, id } = parse(accepted.message, fields);
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

/** @throws Refusal INVALID_MESSAGE for what neither chooses nor says anything */
function answer(fields: Fields): Command {
  const { id, option, text, shown } = parse(accepted.approval_response, fields);
  if (option) return { type: "answer", id, choice: { option, shown } };
  if (!text) throw new Refusal("INVALID_MESSAGE", '"option": must be a choice, unless there is a text.');
  return { type: "answer", id, choice: { text, shown } };
}

/** @throws Refusal NOT_FOUND for what cannot be a message's id */
function referenceOf(value: z.infer<typeof accepted.message>["replyTo"]): number | null {
  if (value === "" || value === null || value === undefined) return null;
  const { data: id } = messageId.safeParse(value);
  if (id === undefined) throw new Refusal("NOT_FOUND", "The message you answer is not in this room.");
  return id;
}

function authFields(given: z.infer<typeof accepted.auth>): AuthFields {
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
