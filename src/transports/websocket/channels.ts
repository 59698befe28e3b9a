import type { Room } from "../../rooms/room.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Broadcast, Dialect } from "./dialects/dialect.ts";

/**
 * Channels are named here and nowhere else. What a room holds goes out on channels of that room; for public rooms there is beside them
 * one for the whole workspace, so that whoever hears everything is subscribed once and told once.
 */
export const channels = {
  room: (roomId: number) => `room:${roomId}`,
  typing: (roomId: number) => `typing:${roomId}`,
  deltas: (roomId: number) => `deltas:${roomId}`,
  presence: "presence",
  /** What agents do: of public rooms. */
  status: "status",
  /** That agents do something, for those who may not hear at what. */
  bareStatus: "status:bare",
  /** What members do, for dialects that say it beside presence. */
  doings: "doings",
  tasks: "tasks",
  help: "help",
  approvals: "approvals",
  /** A task's own page. */
  task: (taskId: number) => `task:${taskId}`,
  partIn: (part: Part, roomId: number) => `${part}:room:${roomId}`,
  /** What one agent does, for those who asked for it and not for all: in public rooms. */
  agent: (part: AgentPart | "status" | "status:bare", memberId: number) => `${part}:agent:${memberId}`,
  /** The same in one room. */
  agentIn: (part: AgentPart, memberId: number, roomId: number) => `${part}:agent:${memberId}:room:${roomId}`,
  /** The lists beside the messages, of the page only. */
  lists: "lists",
  /** What concerns one person only: on their pages. */
  member: (memberId: number) => `member:${memberId}`,
};

/** What a workspace, a room and an agent have a channel of each for. */
type Part = "tasks" | "help" | "approvals";
type AgentPart = Part | "deltas";

/** Who hears what: what a socket asked for, and how far it reaches. */
export interface Hearing {
  readonly rooms: Iterable<Room>;
  readonly topics: ReadonlySet<string>;
  readonly agents: ReadonlySet<number>;
  readonly memberId: number | undefined;
  readonly dialect: Dialect;
  /** The task whose page it is: it shows nothing else. */
  readonly task: number | null;
  reach(): ReturnType<Rooms["reachOf"]>;
}

/** The channels of a socket. Of each thing that is told it hears one: nothing comes twice. */
export function* channelsOf(hearing: Hearing): Iterable<string> {
  const { topics, rooms, agents, memberId, dialect, task } = hearing;
  if (task !== null) {
    yield channels.task(task);
    return;
  }
  for (const room of rooms) {
    yield channels.room(room.id);
    if (topics.has("typing")) yield channels.typing(room.id);
    if (topics.has("agents")) yield channels.deltas(room.id);
  }
  if (topics.has("lists")) {
    yield channels.lists;
    if (memberId !== undefined) yield channels.member(memberId);
  }
  if (topics.has("presence")) yield channels.presence;
  if (topics.has("agents") && dialect.name === "html") yield channels.status;
  // The page asks for nothing else, and it is most of those who come.
  if (dialect.name === "html") return;
  const { everywhere, rooms: own } = hearing.reach();
  if (topics.has("presence") && everywhere && dialect.name === "camel") yield channels.doings;
  if (topics.has("agents")) yield everywhere ? channels.status : channels.bareStatus;
  for (const part of ["tasks", "help", "approvals"] as const) {
    if (!topics.has(part)) continue;
    if (everywhere) yield channels[part];
    for (const room of own) yield channels.partIn(part, room.id);
  }
  for (const id of agents) {
    if (!topics.has("agents")) yield channels.agent(everywhere ? "status" : "status:bare", id);
    for (const part of ["deltas", "tasks", "help", "approvals"] as const) {
      if (topics.has(part === "deltas" ? "agents" : part)) continue;
      if (everywhere) yield channels.agent(part, id);
      for (const room of own) yield channels.agentIn(part, id, room.id);
    }
  }
}

/** The channels a broadcast goes out on, for the page and for JSON clients. A task's card stands in its room's messages. */
export function channelsFor(broadcast: Broadcast, dialect: Dialect, rooms: Rooms): readonly string[] {
  switch (broadcast.type) {
    case "posted":
    case "finished":
    case "edited":
    case "deleted":
      return [channels.room(broadcast.message.roomId)];
    case "task":
    case "step":
    case "plan":
      if (dialect.name === "html") return [channels.room(broadcast.task.roomId)];
      return channelsOfPart("tasks", rooms.byId(broadcast.task.roomId), broadcast.task.agent.id);
    case "output":
    case "thought":
      // Pages are told what it looks like by now, a few times a second.
      if (dialect.name === "html") return [];
      return channelsOfPart("tasks", rooms.byId(broadcast.roomId), broadcast.agent.id);
    case "terminal":
    case "thinking":
      return dialect.name === "html" ? [channels.room(broadcast.roomId), channels.task(broadcast.taskId)] : [];
    case "work":
      return dialect.name === "html" ? [channels.task(broadcast.taskId)] : [];
    case "claims":
      return dialect.name === "html" ? [channels.room(broadcast.task.roomId)] : [];
    case "help":
      return channelsOfPart("help", rooms.byId(broadcast.task.roomId), broadcast.task.agent.id);
    case "approval":
      if (dialect.name === "html") return [channels.room(broadcast.approval.roomId)];
      return channelsOfPart("approvals", rooms.byId(broadcast.approval.roomId), broadcast.approval.agent.id);
    case "delta": {
      const { roomId, agent } = broadcast;
      const those = [channels.deltas(roomId), channels.agentIn("deltas", agent.id, roomId)];
      return rooms.byId(roomId).visibility === "public" ? [...those, channels.agent("deltas", agent.id)] : those;
    }
    case "agent": {
      const { id } = broadcast.state.agent.member;
      return broadcast.bare
        ? [channels.bareStatus, channels.agent("status:bare", id)]
        : [channels.status, channels.agent("status", id)];
    }
    case "member_status":
      return [channels.doings];
    case "presence":
    case "people":
    case "server_status":
      return [channels.presence];
    case "typing":
      return [channels.typing(broadcast.roomId)];
    case "room_members":
      return [channels.room(broadcast.roomId)];
    case "roster":
      return [channels.lists];
    case "room":
      return broadcast.to === null ? [channels.lists] : broadcast.to.map(channels.member);
    case "room_gone":
    case "unseen":
    case "waiting":
      return broadcast.to.map(channels.member);
  }
}

function channelsOfPart(part: Part, room: Room, agentId: number): readonly string[] {
  const those = [channels.partIn(part, room.id), channels.agentIn(part, agentId, room.id)];
  return room.visibility === "public" ? [channels[part], channels.agent(part, agentId), ...those] : those;
}

/** Bun's topic of a channel for one kind of reader. */
export function topicName(channel: string, dialect: Dialect["name"], batch: boolean): string {
  const names = batch ? topicNames[dialect].batched : topicNames[dialect].single;
  let name = names.get(channel);
  if (name === undefined) {
    name = `${channel}|${dialect}${batch ? "+" : ""}`;
    // Rooms and agents are few; the bound is for a workspace that makes and drops them for years.
    if (names.size > 10_000) names.clear();
    names.set(channel, name);
  }
  return name;
}

/** Names once made: they are looked up for every event. */
const topicNames = { html: cache(), camel: cache(), classic: cache() };

function cache() {
  return { single: new Map<string, string>(), batched: new Map<string, string>() };
}
