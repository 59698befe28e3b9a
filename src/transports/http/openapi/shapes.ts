import { z } from "zod";
import { attachment, instant, origin, refusalCode, seq } from "../../../shapes.ts";

/** What several routes answer with. */

export const refusal = z
  .strictObject({
    error: z.string().describe("The same as `message`, for older programs."),
    message: z.string().describe("For people, as it is."),
    code: refusalCode,
    retryAfter: z.number().optional().describe("Milliseconds after which it may be accepted."),
  })
  .meta({ id: "Refusal", description: "Why a request was refused." });

/** Done, in words. */
export const done = z
  .strictObject({ message: z.string() })
  .meta({ id: "Done", description: "What was done, in words for people." });

export const message = z
  .strictObject({
    id: seq,
    seq: seq.describe("The seq of the event that last changed it."),
    room: z.string().describe("The slug of the room."),
    sender: z.string().describe("Agents with `-bot`."),
    text: z.string().describe("Markdown; empty when it was deleted."),
    html: z.string().describe("The text as safe HTML."),
    timestamp: instant,
    mentions: z.array(z.string()).describe("Handles in the order of the text, each once."),
    replyTo: seq.nullable().describe("The id of the message that it answers."),
    threadId: seq.nullable(),
    origin,
    files: z.array(attachment).optional(),
    clientId: z.union([z.string(), z.number()]).optional().describe("What its sender called it."),
    taskId: z.string().optional().describe("The task that it is about, in digits."),
    editedAt: instant.optional(),
    deletedAt: instant.optional(),
  })
  .meta({ id: "Message", description: "A message of a room." });

export const messageExample = {
  id: 42,
  seq: 42,
  room: "general",
  sender: "mira",
  text: "Good *morning* @alice",
  html: '<p>Good <em>morning</em> <span class="mention" data-mention="alice">@alice</span></p>',
  timestamp: "2026-11-21T08:30:00.000Z",
  mentions: ["alice"],
  replyTo: null,
  threadId: null,
  origin: "api",
  clientId: "morning-1",
};

export const room = z
  .strictObject({
    slug: z.string().describe("What addresses it: of a private room its name, `~` and letters of its own."),
    name: z.string().describe("What it is called; several private rooms may be called alike."),
    topic: z.string(),
    visibility: z.enum(["public", "private", "direct"]),
    members: z.array(z.string()).optional().describe("Of a room that not everybody is in; agents with `-bot`."),
  })
  .meta({ id: "Room", description: "A room that you may read." });

export const roomExample = {
  slug: "workshop~kdrtmv",
  name: "workshop",
  topic: "What is being built",
  visibility: "private",
  members: ["mira", "alice-bot"],
};

export const roleName = z.enum(["owner", "admin", "developer", "analyst", "viewer", "guest", "agent", "system"]);

export const member = z
  .strictObject({
    id: seq,
    kind: z.enum(["person", "agent", "system"]),
    handle: z.string().describe("What a mention is matched with."),
    name: z.string(),
    title: z.string().describe("Shown beside the name. It grants nothing."),
    role: roleName,
    disabled: z.boolean(),
  })
  .meta({ id: "Member", description: "Somebody who belongs here." });

export const memberExample = {
  id: 7,
  kind: "person",
  handle: "mira",
  name: "mira",
  title: "Designer",
  role: "developer",
  disabled: false,
};

export const chatStatistics = z
  .strictObject({
    total_agents: z.int(),
    working_agents: z.int(),
    stuck_agents: z.int(),
    idle_agents: z.int(),
    pending_help_requests: z.int(),
    chat_connected: z.boolean().describe("Whether any person is here."),
  })
  .meta({ id: "ChatStatistics", description: "How many agents do what." });

export const statisticsExample = {
  total_agents: 4,
  working_agents: 1,
  stuck_agents: 0,
  idle_agents: 3,
  pending_help_requests: 0,
  chat_connected: true,
};

export const slugParam = { slug: "The slug of the room." };
