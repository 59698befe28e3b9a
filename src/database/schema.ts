import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** The tables. All but `meta`, `message_html` and `session_seen` are made by applying events and can be rebuilt from them. Times are ms since the epoch. */

/** Facts about this database file itself, above all its `epoch`: a client that knows another epoch must reload. */
export const meta = sqliteTable("meta", { key: text().primaryKey(), value: text().notNull() });

/** The log: everything durable, in one order. `seq` never repeats because the newest row is never deleted. */
export const events = sqliteTable(
  "events",
  {
    seq: integer().primaryKey(),
    at: integer().notNull(),
    kind: text().notNull(),
    roomId: integer("room_id"),
    actorId: integer("actor_id"),
    data: text().notNull(),
  },
  (table) => [index("events_room").on(table.roomId, table.seq)],
);

/** People, agents and the system: whoever can be the author of a message. An id is the seq of the event that made the row. */
export const members = sqliteTable(
  "members",
  {
    id: integer().primaryKey(),
    kind: text({ enum: ["person", "agent", "system"] }).notNull(),
    handle: text().notNull(),
    name: text().notNull(),
    title: text().notNull(),
    role: text().notNull(),
    createdAt: integer("created_at").notNull(),
    removedAt: integer("removed_at"),
  },
  (table) => [uniqueIndex("members_handle").on(table.kind, table.handle)],
);

export const sessions = sqliteTable(
  "sessions",
  {
    id: integer().primaryKey(),
    memberId: integer("member_id").notNull(),
    tokenHash: text("token_hash").notNull(),
    method: text().notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    endedAt: integer("ended_at"),
  },
  (table) => [uniqueIndex("sessions_token").on(table.tokenHash)],
);

/** When each session was last used, written at most once a minute. Beside the truth: losing a row costs nothing but a later expiry. */
export const sessionSeen = sqliteTable("session_seen", {
  sessionId: integer("session_id").primaryKey(),
  seenAt: integer("seen_at").notNull(),
});

export const rooms = sqliteTable(
  "rooms",
  {
    id: integer().primaryKey(),
    slug: text().notNull(),
    topic: text().notNull(),
    visibility: text({ enum: ["public", "private"] }).notNull(),
    createdBy: integer("created_by"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [uniqueIndex("rooms_slug").on(table.slug)],
);

/** `seq` is that of the last event that changed the row; `id` that of the one that made it. Earlier texts of an edited message are in the log. */
export const messages = sqliteTable(
  "messages",
  {
    id: integer().primaryKey(),
    seq: integer().notNull(),
    roomId: integer("room_id").notNull(),
    authorId: integer("author_id").notNull(),
    at: integer().notNull(),
    text: text().notNull(),
    mentions: text().notNull(),
    replyTo: integer("reply_to"),
    threadId: integer("thread_id"),
    clientId: text("client_id"),
    origin: text().notNull(),
    taskId: integer("task_id"),
    streaming: integer({ mode: "boolean" }).notNull(),
    editedAt: integer("edited_at"),
    deletedAt: integer("deleted_at"),
  },
  (table) => [
    index("messages_room").on(table.roomId, table.id),
    uniqueIndex("messages_client").on(table.authorId, table.clientId).where(sql`client_id is not null`),
    index("messages_task").on(table.taskId).where(sql`task_id is not null`),
    index("messages_streaming").on(table.id).where(sql`streaming = 1`),
  ],
);

/** Cache of rendered Markdown for texts that are more than plain words; filled on demand, never part of the truth. */
export const messageHtml = sqliteTable("message_html", {
  id: integer().primaryKey(),
  seq: integer().notNull(),
  html: text().notNull(),
});

export const agents = sqliteTable("agents", {
  memberId: integer("member_id").primaryKey(),
  role: text().notNull(),
  expertise: text().notNull(),
  backend: text().notNull(),
  smartness: text().notNull(),
  hiredAt: integer("hired_at").notNull(),
  firedAt: integer("fired_at"),
});

export const tasks = sqliteTable(
  "tasks",
  {
    id: integer().primaryKey(),
    seq: integer().notNull(),
    roomId: integer("room_id").notNull(),
    agentId: integer("agent_id").notNull(),
    requestId: integer("request_id").notNull(),
    requesterId: integer("requester_id").notNull(),
    description: text().notNull(),
    state: text().notNull(),
    progress: integer().notNull(),
    note: text().notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    endedAt: integer("ended_at"),
  },
  (table) => [
    index("tasks_agent").on(table.agentId, table.id),
    index("tasks_room").on(table.roomId, table.id),
    index("tasks_open").on(table.id).where(sql`ended_at is null`),
  ],
);

export const helpRequests = sqliteTable("help_requests", {
  id: integer().primaryKey(),
  roomId: integer("room_id").notNull(),
  agentId: integer("agent_id").notNull(),
  taskId: integer("task_id").notNull(),
  issue: text().notNull(),
  progress: integer().notNull(),
  askedAt: integer("asked_at").notNull(),
  answeredAt: integer("answered_at"),
});
