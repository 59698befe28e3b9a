import type { AgentState, AgentStatus } from "../../agents/agent.ts";
import type { AgentHired } from "../../agents/roster.ts";
import type { Status } from "../../agents/status.ts";
import type { LogEvent } from "../../database/log.ts";
import type { LeaseDecided } from "../../leases/events.ts";
import type { History } from "../../messages/history.ts";
import type { Member } from "../../people/member.ts";
import type { Members } from "../../people/members.ts";
import { roomBeside } from "../../rooms/beside.ts";
import type { RoomEntered } from "../../rooms/membership.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import { cardOf } from "../../tasks/card.ts";
import type { HelpRequested } from "../../tasks/events.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import type { Broadcast } from "./dialects/dialect.ts";
import { changeOf } from "./dialects/json.ts";

export interface Reading {
  readonly history: History;
  readonly members: Members;
  readonly tasks: Tasks;
  readonly rooms: Rooms;
  readonly status: Status;
}

/** What happened, as it is told: made from an event once, for all dialects. */
export function broadcastOf(event: LogEvent, reading: Reading): Broadcast | undefined {
  const { history, tasks, status } = reading;
  const { kind, seq } = event;
  if (kind === "message.posted") {
    const message = history.ofPosted(event);
    const card = cardOf(message, history, tasks);
    return { type: "posted", seq, message, card, agentStatus: statusOf(message.author, status) };
  }
  // Rooms are renamed before anybody is let in; what a backend calls its sessions is its own.
  if (kind === "room.renamed" || kind === "agent.session") return undefined;
  if (kind.startsWith("room.")) return roomBroadcast(event, reading);
  if (kind.startsWith("lease.")) return claimsBroadcast(event, reading);
  if (kind.startsWith("agent.")) return { type: "roster", seq, states: status.all() };
  if (kind === "help.requested") {
    const task = tasks.ofEvent(event);
    return task && { type: "help", seq, task, issue: (event.data as HelpRequested).issue, at: event.at };
  }
  const message = history.ofEvent(event);
  if (message) {
    const type = kind === "message.edited" ? "edited" : kind === "message.deleted" ? "deleted" : "finished";
    const card = cardOf(message, history, tasks);
    return { type, seq, message, card, agentStatus: statusOf(message.author, status) };
  }
  const task = tasks.ofEvent(event);
  return task && { type: "task", seq, task, change: changeOf(task) };
}

/** What somebody claimed or let go shows on the card of the task it is for. */
function claimsBroadcast({ seq, data }: LogEvent, { tasks }: Reading): Broadcast | undefined {
  const { taskId } = data as { readonly taskId: number | null };
  const task = taskId === null ? undefined : tasks.byId(taskId);
  return task && { type: "claims", seq, task };
}

/** A room that was made is told to those who may enter it; who came or went, to those who are in it. */
function roomBroadcast({ kind, seq, roomId }: LogEvent, { rooms, members }: Reading): Broadcast {
  const room = rooms.byId(roomId ?? seq);
  if (kind !== "room.created")
    return { type: "room_members", seq, roomId: room.id, count: rooms.membersOf(room).length };
  const to = room.visibility === "public" ? null : rooms.membersOf(room);
  return { type: "room", seq, beside: roomBeside(room, rooms, members), to };
}

/** What an event means to some who hear of it otherwise: an agent comes as people do; a room opens or closes to one person; a conversation went on. */
export function asideOf(event: LogEvent, { rooms, members, tasks }: Reading): readonly Broadcast[] {
  const { kind, data, at, roomId, actorId } = event;
  if (kind === "lease.decided") {
    const { forTaskId } = data as LeaseDecided;
    const task = forTaskId === null ? undefined : tasks.byId(forTaskId);
    return task ? [{ type: "claims", seq: 0, task }] : [];
  }
  if (kind === "message.posted" && roomId !== null) {
    const room = rooms.byId(roomId);
    if (room.visibility !== "direct") return [];
    return [{ type: "unseen", seq: 0, roomId, to: rooms.membersOf(room).filter((id) => id !== actorId) }];
  }
  if (kind === "agent.hired" || kind === "agent.fired") {
    const member =
      kind === "agent.hired" ? members.agent((data as AgentHired).name) : members.byId((data as { id: number }).id);
    return member ? [{ type: "presence", seq: 0, member, online: kind === "agent.hired", at }] : [];
  }
  if ((kind !== "room.entered" && kind !== "room.left") || roomId === null) return [];
  const to = [(data as RoomEntered).memberId];
  if (kind === "room.left") return [{ type: "room_gone", seq: 0, roomId, to }];
  return [{ type: "room", seq: 0, beside: roomBeside(rooms.byId(roomId), rooms, members), to }];
}

/** An agent's state without what it works on: its tasks are in rooms that not everybody who hears this may read. */
export function bareState(state: AgentState): AgentState {
  return { ...state, currentTask: null, currentTaskId: null, progress: 0, openTasks: 0 };
}

function statusOf(author: Member, status: Status): AgentStatus | undefined {
  if (author.kind !== "agent") return undefined;
  return status.all().find(({ agent }) => agent.member.id === author.id)?.status;
}
