// Longer than most files: every table stands here, as drizzle-kit reads them.
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/**
 * The tables. All but `meta` and the caches `message_html`, `session_seen`, `key_seen`, `search_progress` and `search_vocabulary` are
 * made by applying events and can be rebuilt from them; caches as well are the full-text tables `search_…`, which only the migrations
 * can describe. Times are ms since the epoch. No secret is ever in a table: tokens and keys are there as their SHA-256, passwords as
 * argon2id.
 */

/** Facts about this database file itself, above all its `epoch`: a client that knows another epoch must reload; the transport chosen last; and up to which event agents have heard. */
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
    /** When an agent was fired or a person disabled: their words stay, they do nothing any more. */
    removedAt: integer("removed_at"),
  },
  (table) => [uniqueIndex("members_handle").on(table.kind, table.handle)],
);

export const passwords = sqliteTable("passwords", {
  memberId: integer("member_id").primaryKey(),
  hash: text().notNull(),
  changedAt: integer("changed_at").notNull(),
});

/** One-use links by which a person sets a new password. */
export const passwordResets = sqliteTable(
  "password_resets",
  {
    id: integer().primaryKey(),
    memberId: integer("member_id").notNull(),
    tokenHash: text("token_hash").notNull(),
    createdBy: integer("created_by").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    usedAt: integer("used_at"),
  },
  (table) => [uniqueIndex("password_resets_token").on(table.tokenHash)],
);

/** Who somebody is for an outside issuer of JWTs. */
export const outsideIdentities = sqliteTable(
  "outside_identities",
  {
    issuer: text().notNull(),
    subject: text().notNull(),
    memberId: integer("member_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.subject] })],
);

export const invitations = sqliteTable(
  "invitations",
  {
    id: integer().primaryKey(),
    tokenHash: text("token_hash").notNull(),
    role: text().notNull(),
    /** JSON array of ids of private rooms that whoever accepts it enters. */
    rooms: text().notNull(),
    note: text().notNull(),
    maxUses: integer("max_uses").notNull(),
    uses: integer().notNull(),
    createdBy: integer("created_by").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    revokedAt: integer("revoked_at"),
  },
  (table) => [uniqueIndex("invitations_token").on(table.tokenHash)],
);

/** Keys by which programs come in as a member, narrowed to some permissions and rooms. */
export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: integer().primaryKey(),
    memberId: integer("member_id").notNull(),
    name: text().notNull(),
    /** The first characters, by which people recognise it. */
    prefix: text().notNull(),
    keyHash: text("key_hash").notNull(),
    /** JSON array of permissions. */
    permissions: text().notNull(),
    /** JSON array of room ids, or null for every room its member may enter. */
    rooms: text(),
    createdBy: integer("created_by").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at"),
    revokedAt: integer("revoked_at"),
  },
  (table) => [uniqueIndex("api_keys_hash").on(table.keyHash), index("api_keys_member").on(table.memberId)],
);

/** When each key was last used: a cache like `session_seen`. */
export const keySeen = sqliteTable("key_seen", {
  keyId: integer("key_id").primaryKey(),
  seenAt: integer("seen_at").notNull(),
});

/** What a person granted to a device: a family of refresh tokens, each usable once. */
export const grants = sqliteTable(
  "grants",
  {
    id: integer().primaryKey(),
    memberId: integer("member_id").notNull(),
    client: text().notNull(),
    /** As granted, space-separated. */
    scope: text().notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    revokedAt: integer("revoked_at"),
  },
  (table) => [index("grants_member").on(table.memberId)],
);

/** Every refresh token a grant ever had: one that comes a second time betrays that it was stolen. */
export const refreshTokens = sqliteTable("refresh_tokens", {
  tokenHash: text("token_hash").primaryKey(),
  grantId: integer("grant_id").notNull(),
  createdAt: integer("created_at").notNull(),
  usedAt: integer("used_at"),
});

export const sessions = sqliteTable(
  "sessions",
  {
    id: integer().primaryKey(),
    memberId: integer("member_id").notNull(),
    tokenHash: text("token_hash").notNull(),
    method: text().notNull(),
    /** What the browser or program calls itself, and where it came from. */
    device: text().notNull().default(""),
    address: text().notNull().default(""),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    endedAt: integer("ended_at"),
  },
  (table) => [uniqueIndex("sessions_token").on(table.tokenHash), index("sessions_member").on(table.memberId)],
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
    visibility: text({ enum: ["public", "private", "direct"] }).notNull(),
    createdBy: integer("created_by"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [uniqueIndex("rooms_slug").on(table.slug)],
);

/** Who is in a private room or a direct conversation. Public rooms are everybody's and have no rows here. */
export const roomMembers = sqliteTable(
  "room_members",
  {
    roomId: integer("room_id").notNull(),
    memberId: integer("member_id").notNull(),
    joinedAt: integer("joined_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.roomId, table.memberId] }), index("room_members_member").on(table.memberId)],
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

/** Photos and documents, whose bytes lie beside the database. One that hangs on no message is its owner's alone, and for a day. */
export const files = sqliteTable(
  "files",
  {
    /** 32 random hex digits, the name its bytes are stored under. */
    id: text().primaryKey(),
    ownerId: integer("owner_id").notNull(),
    name: text().notNull(),
    type: text().notNull(),
    bytes: integer().notNull(),
    sha256: text().notNull(),
    width: integer(),
    height: integer(),
    createdAt: integer("created_at").notNull(),
    messageId: integer("message_id"),
    roomId: integer("room_id"),
    /** Among the files of its message. */
    place: integer(),
  },
  (table) => [
    index("files_owner").on(table.ownerId),
    index("files_message").on(table.messageId).where(sql`message_id is not null`),
    index("files_left").on(table.createdAt).where(sql`message_id is null`),
  ],
);

/** Cache of rendered Markdown for texts that are more than plain words; filled on demand, never part of the truth. */
export const messageHtml = sqliteTable("message_html", {
  id: integer().primaryKey(),
  seq: integer().notNull(),
  html: text().notNull(),
});

/** How far the search index is, and which form it has. */
export const searchProgress = sqliteTable("search_progress", {
  form: integer().primaryKey(),
  seq: integer().notNull(),
});

/** Every word of the search index once. */
export const searchVocabulary = sqliteTable(
  "search_vocabulary",
  { id: integer().primaryKey(), word: text().notNull() },
  ({ word }) => [uniqueIndex("search_vocabulary_word").on(word)],
);

export const agents = sqliteTable("agents", {
  memberId: integer("member_id").primaryKey(),
  role: text().notNull(),
  expertise: text().notNull(),
  backend: text().notNull(),
  smartness: text().notNull(),
  /** How it is set up, as JSON; what is not in it is as `defaultSettings` has it. */
  settings: text().notNull().default("{}"),
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
    index("tasks_request").on(table.requestId),
  ],
);

/** Of tasks that are runs from their beginning: what the run begins with, and its place in its agent's queue. */
export const taskRuns = sqliteTable("task_runs", {
  taskId: integer("task_id").primaryKey(),
  place: integer().notNull(),
  reason: text().notNull(),
  hops: integer().notNull(),
  /** JSON of what the requester came with, where that is less than they are. */
  scope: text(),
  /** The task that broke off and is taken up by this one. */
  resumes: integer(),
  /** Whether it broke off where its agent can go on, and nobody has had it do so yet. */
  resumable: integer({ mode: "boolean" }).notNull(),
});

/** What agents ask people before they go on, and what became of it. A row holds all that was shown, as it was asked. */
export const approvals = sqliteTable(
  "approvals",
  {
    id: integer().primaryKey(),
    seq: integer().notNull(),
    publicId: text("public_id").notNull(),
    roomId: integer("room_id").notNull(),
    taskId: integer("task_id").notNull(),
    agentId: integer("agent_id").notNull(),
    stepId: text("step_id"),
    kind: text({ enum: ["approval", "question"] }).notNull(),
    title: text().notNull(),
    detail: text().notNull(),
    directory: text(),
    /** JSON, as the next one. */
    diffs: text().notNull(),
    options: text().notNull(),
    takesText: integer("takes_text", { mode: "boolean" }).notNull(),
    /** What an "always" covers; null: the very same ask. */
    alike: text(),
    /** Hash of everything that is shown. */
    shown: text().notNull(),
    askedAt: integer("asked_at").notNull(),
    deadline: integer().notNull(),
    answeredAt: integer("answered_at"),
    outcome: text({ enum: ["chosen", "said", "deadline", "stopped"] }),
    optionId: text("option_id"),
    text: text(),
    answeredBy: integer("answered_by"),
    /** The approval whose "always" answered this one. */
    standing: integer(),
  },
  (table) => [
    uniqueIndex("approvals_public").on(table.publicId),
    index("approvals_task").on(table.taskId, table.id),
    index("approvals_open").on(table.id).where(sql`answered_at is null`),
  ],
);

/** What runs do, step by step; `output` is what is kept of it, `diffs` and `files` are JSON. */
export const taskSteps = sqliteTable(
  "task_steps",
  {
    taskId: integer("task_id").notNull(),
    /** The backend's own. */
    id: text().notNull(),
    number: integer().notNull(),
    kind: text().notNull(),
    title: text().notNull(),
    state: text().notNull(),
    input: text().notNull(),
    files: text().notNull(),
    output: text().notNull(),
    diffs: text().notNull(),
    startedAt: integer("started_at").notNull(),
    endedAt: integer("ended_at"),
  },
  (table) => [
    primaryKey({ columns: [table.taskId, table.id] }),
    index("task_steps_number").on(table.taskId, table.number),
  ],
);

/** The last plan of each task, as JSON. */
export const taskPlans = sqliteTable("task_plans", {
  taskId: integer("task_id").primaryKey(),
  entries: text().notNull(),
});

/** What agents thought aloud. */
export const taskThoughts = sqliteTable("task_thoughts", {
  taskId: integer("task_id").primaryKey(),
  thought: text().notNull(),
});

/** What each agent's backend calls its session of a thread, to come back to. */
export const agentSessions = sqliteTable(
  "agent_sessions",
  {
    agentId: integer("agent_id").notNull(),
    threadId: integer("thread_id").notNull(),
    session: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.agentId, table.threadId] })],
);

export const helpRequests = sqliteTable(
  "help_requests",
  {
    id: integer().primaryKey(),
    roomId: integer("room_id").notNull(),
    agentId: integer("agent_id").notNull(),
    taskId: integer("task_id").notNull(),
    issue: text().notNull(),
    progress: integer().notNull(),
    askedAt: integer("asked_at").notNull(),
    answeredAt: integer("answered_at"),
  },
  (table) => [index("help_requests_task").on(table.taskId)],
);

/** What a task used on a day. */
export const usage = sqliteTable(
  "usage",
  {
    taskId: integer("task_id").notNull(),
    /** Of UTC, as YYYY-MM-DD. */
    day: text().notNull(),
    agentId: integer("agent_id").notNull(),
    /** The person on whose behalf, also where an agent asked for it. */
    requesterId: integer("requester_id").notNull(),
    inputTokens: integer("input_tokens").notNull(),
    outputTokens: integer("output_tokens").notNull(),
    /** Millionths of a US dollar: sums of them are exact. Null where nobody said. */
    costMicros: integer("cost_micros"),
  },
  (table) => [primaryKey({ columns: [table.taskId, table.day] }), index("usage_day").on(table.day)],
);

/** Who did what, from where, with which result: each row's hash covers the row and the hash before it, so none can be changed or taken out. */
export const audit = sqliteTable(
  "audit",
  {
    id: integer().primaryKey(),
    at: integer().notNull(),
    /** Of the event it tells of. */
    seq: integer().notNull(),
    action: text().notNull(),
    actorId: integer("actor_id"),
    target: text().notNull(),
    address: text().notNull(),
    result: text().notNull(),
    /** JSON object with what else is worth knowing; never a secret, never a message. */
    detail: text().notNull(),
    hash: text().notNull(),
  },
  (table) => [index("audit_action").on(table.action, table.id), index("audit_actor").on(table.actorId, table.id)],
);

/** Where each Telegram bot is in its updates: the next one it has not seen, written in the transaction of what the one before became. */
export const telegramOffsets = sqliteTable("telegram_offsets", {
  botId: integer("bot_id").primaryKey(),
  next: integer().notNull(),
  /** When the newest came: after a quiet week Telegram begins to count anew. */
  at: integer().notNull(),
});

/** Whose a Telegram account is, by its number: names there change hands. */
export const telegramLinks = sqliteTable(
  "telegram_links",
  {
    telegramId: integer("telegram_id").primaryKey(),
    memberId: integer("member_id").notNull(),
    /** What the account called itself when it was linked. */
    name: text().notNull(),
    linkedAt: integer("linked_at").notNull(),
  },
  (table) => [index("telegram_links_member").on(table.memberId)],
);

/** Which room a chat, or a topic of one, shows, and up to which event it has been told. */
export const telegramPlaces = sqliteTable(
  "telegram_places",
  {
    id: integer().primaryKey(),
    chatId: integer("chat_id").notNull(),
    /** 0 outside topics. */
    threadId: integer("thread_id").notNull(),
    roomId: integer("room_id").notNull(),
    /** Whose private chat it is; null for a group. */
    memberId: integer("member_id"),
    /** Seq of the last event of the room that Telegram has. */
    cursor: integer().notNull(),
  },
  (table) => [uniqueIndex("telegram_places_chat").on(table.chatId, table.threadId)],
);

/** Which message is which: several may stand in one of Telegram's, and a long one fills several. */
export const telegramMessages = sqliteTable(
  "telegram_messages",
  {
    chatId: integer("chat_id").notNull(),
    telegramId: integer("telegram_id").notNull(),
    messageId: integer("message_id").notNull(),
    /** Which part of a long one, from 0. */
    part: integer().notNull(),
    /** Sent by our bot, so that it can be edited. */
    ours: integer({ mode: "boolean" }).notNull(),
    /** Of what somebody wrote there: when it was edited last, by Telegram's clock in seconds; 0 for never. */
    edited: integer().notNull().default(0),
    /** What it read like there last, as a digest; null for what came before that was kept. */
    said: text(),
    /** Words of ours beneath it, for a file that could not be kept. */
    missing: text().notNull().default(""),
  },
  (table) => [
    primaryKey({ columns: [table.chatId, table.telegramId, table.messageId] }),
    index("telegram_messages_message").on(table.messageId, table.chatId),
  ],
);

/** Groups that became supergroups, and have another number since. */
export const telegramMoves = sqliteTable("telegram_moves", {
  fromChat: integer("from_chat").primaryKey(),
  toChat: integer("to_chat").notNull(),
});

/** Files and folders of the project that somebody works on, and nobody else meanwhile. A row goes when it is released or its time is over. */
export const leases = sqliteTable(
  "leases",
  {
    id: integer().primaryKey(),
    /** Relative to the project. */
    path: text().notNull(),
    /** What is compared: one for all spellings that some disk or some eye takes for one file. */
    key: text().notNull(),
    holderId: integer("holder_id").notNull(),
    /** The room of the work it is for; null when everybody may know of it. */
    roomId: integer("room_id"),
    taskId: integer("task_id"),
    purpose: text().notNull(),
    claimedAt: integer("claimed_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [
    index("leases_key").on(table.key),
    index("leases_holder").on(table.holderId),
    index("leases_task").on(table.taskId),
  ],
);

/** What somebody asked another one to hand over, and what became of that. */
export const leaseRequests = sqliteTable(
  "lease_requests",
  {
    id: integer().primaryKey(),
    leaseId: integer("lease_id").notNull(),
    holderId: integer("holder_id").notNull(),
    requesterId: integer("requester_id").notNull(),
    path: text().notNull(),
    key: text().notNull(),
    /** Of the work it is wanted for; and of the lease it was asked of, which says who may know of it. */
    roomId: integer("room_id"),
    leaseRoomId: integer("lease_room_id"),
    taskId: integer("task_id"),
    reason: text().notNull(),
    askedAt: integer("asked_at").notNull(),
    state: text({ enum: ["pending", "approved", "denied", "lapsed"] }).notNull(),
    decidedBy: integer("decided_by"),
    decidedAt: integer("decided_at"),
  },
  (table) => [
    index("lease_requests_lease").on(table.leaseId, table.state),
    index("lease_requests_state").on(table.state, table.id),
  ],
);
