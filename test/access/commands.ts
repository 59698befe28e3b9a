import { spyOn } from "bun:test";
import { decode } from "../../src/transports/websocket/dialects/decode.ts";
import type { Frame } from "../support/client.ts";
import { type Actor, type Asking, cast, type Who, type World } from "./cast.ts";

/** What came of a frame: `ok`, or the code it was refused with. */
export type Outcomes = Readonly<Record<Who, string>>;

/** Those who have a socket at all: who shows a key that is none, or a session that is over, gets none. */
export const connected = cast.filter((who) => who !== "revokedKey" && who !== "endedSession");

/** What a command is about. */
export interface Matter {
  readonly room: string;
  /** A message of whoever sends the command, where they may write; else one of dora's. */
  readonly own: number;
  /** One of dora's, made for this. */
  readonly another: number;
  readonly task: number;
  readonly approval: Asking;
  readonly clientId: string;
}

/** One type of frame, what to put into it, and what each of the cast gets. */
export interface CommandRow {
  readonly type: string;
  readonly about?: string;
  readonly fields: (matter: Matter, actor: Actor, world: World) => object;
  /** The frame that says it was done; without one, that nothing was refused. */
  readonly done?: (frame: Frame, matter: Matter) => boolean;
  readonly outcomes: Outcomes;
  readonly inPrivate?: Outcomes;
  /** What is left in the log when it was done. */
  readonly leaves?: string;
}

function everybody(outcome: string): Outcomes {
  return Object.fromEntries(connected.map((who) => [who, outcome])) as Record<Who, string>;
}

/** Whoever has said who they are; others hear that first. */
function signedIn(outcome: string, more: Partial<Outcomes> = {}): Outcomes {
  return { ...everybody(outcome), nobody: "NOT_AUTHENTICATED", ...more };
}

const no = "PERMISSION_DENIED";
const gone = "NOT_FOUND";

function readers(more: Partial<Outcomes> = {}): Outcomes {
  return signedIn("ok", { agentBlind: no, ...more });
}

function writers(more: Partial<Outcomes> = {}): Outcomes {
  return readers({ viewer: no, agentReader: no, ...more });
}

function only(who: readonly Who[], more: Partial<Outcomes> = {}): Outcomes {
  return signedIn(no, { ...Object.fromEntries(who.map((each) => [each, "ok"])), ...more });
}

/** The same in #vault. */
function hidden(inside: Outcomes): Outcomes {
  return { ...inside, outsider: gone, owner: gone, agentElsewhere: gone };
}

/** In a row about any room: both. */
const inRooms = (outcomes: Outcomes) => ({ outcomes, inPrivate: hidden(outcomes) });

const isEcho = (frame: Frame, { clientId }: Matter) =>
  frame.type.endsWith("message") || frame.type === "agent_response"
    ? frame.data?.clientId === clientId || frame.data?.client_id === clientId
    : false;
const isUpdate = (id: (matter: Matter) => number) => (frame: Frame, matter: Matter) =>
  frame.type === "message_update" && frame.data.id === id(matter);
const isOf = (type: string) => (frame: Frame) => frame.type === type;

const said = (type: string): CommandRow => ({
  type,
  fields: ({ room, clientId }) => ({ text: "good morning", room, clientId }),
  done: isEcho,
  leaves: "message.posted",
  ...inRooms(writers()),
});
const about = (agentName = "alice") => ({ agentName });

export const commands: readonly CommandRow[] = [
  { type: "ping", fields: () => ({}), done: isOf("pong"), outcomes: everybody("ok") },
  {
    type: "auth",
    about: "once more",
    fields: () => ({}),
    done: isOf("auth_response"),
    outcomes: { ...everybody("ok"), nobody: "AUTH_FAILED" },
  },
  {
    type: "auth",
    about: "as somebody else",
    fields: () => ({ userId: "paul", role: "owner" }),
    outcomes: { ...everybody("CONFLICT"), nobody: "AUTH_FAILED" },
  },
  {
    type: "resume",
    about: "at the wrong door",
    fields: ({ room }) => ({ room }),
    outcomes: everybody("NOT_AUTHENTICATED"),
  },
  {
    type: "refresh_token",
    fields: (_, { secret }) => ({ token: secret || "none" }),
    done: isOf("auth_response"),
    outcomes: signedIn("ok"),
  },
  {
    type: "refresh_token",
    about: "with the token of somebody else",
    fields: (_, { who }, world) => ({ token: world.as(who === "member" ? "guest" : "member").secret }),
    outcomes: signedIn("CONFLICT"),
  },
  {
    type: "refresh_token",
    about: "with a key that was revoked",
    fields: (_, __, world) => ({ token: world.as("revokedKey").secret }),
    outcomes: signedIn("AUTH_FAILED"),
  },
  said("message"),
  said("chat_message"),
  {
    type: "message",
    about: "as a reply",
    fields: ({ room, clientId, another }) => ({ text: "yes", room, clientId, replyTo: another }),
    done: isEcho,
    leaves: "message.posted",
    ...inRooms(writers()),
  },
  {
    type: "edit_message",
    fields: ({ own }) => ({ id: own, text: "good evening" }),
    done: isUpdate(({ own }) => own),
    leaves: "message.edited",
    ...inRooms(writers()),
  },
  {
    type: "edit_message",
    about: "of somebody else",
    fields: ({ another }) => ({ id: another, text: "good evening" }),
    done: isUpdate(({ another }) => another),
    leaves: "message.edited",
    // Dora's own, and for moderators.
    ...inRooms(only(["developer", "admin", "owner", "adminKey"])),
  },
  {
    type: "delete_message",
    fields: ({ own }) => ({ id: own }),
    done: isUpdate(({ own }) => own),
    leaves: "message.deleted",
    ...inRooms(writers()),
  },
  {
    type: "delete_message",
    about: "of somebody else",
    fields: ({ another }) => ({ id: another }),
    done: isUpdate(({ another }) => another),
    leaves: "message.deleted",
    ...inRooms(only(["developer", "admin", "owner", "adminKey"])),
  },
  {
    type: "task",
    fields: ({ task }) => ({ id: task, action: "complete" }),
    done: (frame, { task }) =>
      /^task_/.test(frame.type) && Number(frame.data.taskId ?? frame.data.metadata?.taskId) === task,
    leaves: "task.moved",
    // Mira asked for it; the others may manage tasks.
    ...inRooms(only(["member", "outsider", "developer", "admin", "owner", "adminKey"])),
  },
  {
    type: "task",
    about: "to be taken up again, which did not break off",
    fields: ({ task }) => ({ id: task, action: "resume" }),
    ...inRooms(
      only([], {
        ...{ member: "CONFLICT", outsider: "CONFLICT", developer: "CONFLICT" },
        ...{ admin: "CONFLICT", owner: "CONFLICT", adminKey: "CONFLICT" },
      }),
    ),
  },
  {
    type: "approval_response",
    fields: ({ approval: { id, answer } }) => ({ id, ...answer }),
    done: (frame, { approval: { id } }) => frame.type === "approval_update" && frame.data.id === id,
    leaves: "approval.answered",
    // An agent may have things done, and answers nothing all the same.
    ...inRooms(only(["outsider", "developer", "admin", "owner", "adminKey"], { agentBlind: gone })),
  },
  { type: "typing", fields: ({ room }) => ({ room, isTyping: true }), ...inRooms(writers()) },
  { type: "report", fields: () => ({ reconnected: true, queued: 2, latency: 12.5 }), outcomes: readers() },
  { type: "subscribe", fields: ({ room }) => ({ topics: [`room:${room}`, "typing"] }), ...inRooms(readers()) },
  // Nobody is told whether there was anything to leave.
  {
    type: "unsubscribe",
    fields: ({ room }) => ({ topics: [`room:${room}`] }),
    outcomes: readers(),
    inPrivate: readers(),
  },
  { type: "subscribe_agent", fields: () => about(), done: isOf("agent_status"), outcomes: readers() },
  { type: "unsubscribe_agent", fields: () => about(), outcomes: readers() },
  { type: "get_agent_status", fields: () => about(), done: isOf("agent_status"), outcomes: readers() },
  { type: "get_active_tasks", fields: () => ({}), done: isOf("active_tasks"), outcomes: readers() },
  {
    type: "send_agent_message",
    fields: ({ clientId }) => ({ ...about(), message: "hello", clientId }),
    done: isOf("message_sent"),
    leaves: "message.posted",
    outcomes: writers(),
  },
  {
    type: "get_chat_history",
    fields: ({ room }) => ({ conversationId: room, limit: 5 }),
    done: (frame, { room }) => frame.type === "chat_history" && frame.data.conversationId === room,
    ...inRooms(readers()),
  },
];

/** Every type of frame that is understood, as the decoder itself knows them: it is asked about one that does not exist. */
export function typesOfFrames(): string[] {
  const looking = spyOn(Object, "hasOwn");
  try {
    decode({ type: "of no kind" });
  } catch {
    const [decoders] = looking.mock.calls.find(([, type]) => type === "of no kind") ?? [];
    if (decoders) return Object.keys(decoders);
  } finally {
    looking.mockRestore();
  }
  throw new Error("the decoder looks its types up otherwise: this has to find them elsewhere");
}

/** Who may write, so that they have a message of their own. */
export function writes(who: Who, room: string): boolean {
  const row = commands.find(({ type }) => type === "message");
  return (room === "general" ? row?.outcomes : row?.inPrivate)?.[who] === "ok";
}
