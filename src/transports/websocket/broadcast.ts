import type { AgentState, AgentStatus } from "../../agents/agent.ts";
import type { AgentHired } from "../../agents/roster.ts";
import type { Status } from "../../agents/status.ts";
import type { Approval } from "../../approvals/approval.ts";
import type { Approvals } from "../../approvals/approvals.ts";
import type { LogEvent } from "../../database/log.ts";
import type { History } from "../../messages/history.ts";
import type { Member } from "../../people/member.ts";
import type { Members } from "../../people/members.ts";
import { roomBeside } from "../../rooms/beside.ts";
import type { RoomEntered } from "../../rooms/membership.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import { cardOf } from "../../tasks/card.ts";
import type { Task } from "../../tasks/task.ts";
import type { HelpRequested, Tasks } from "../../tasks/tasks.ts";
import type { Broadcast } from "./dialects/dialect.ts";
import { changeOf } from "./dialects/json.ts";

export interface Reading {
  readonly history: History;
  readonly members: Members;
  readonly tasks: Tasks;
  readonly approvals: Approvals;
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
    return {
      type: "posted",
      seq,
      message,
      card,
      ...asksOn(card, reading),
      agentStatus: statusOf(message.author, status),
    };
  }
  // Rooms are renamed before anybody is let in.
  if (kind === "room.renamed") return undefined;
  if (kind.startsWith("room.")) return roomBroadcast(event, reading);
  if (kind.startsWith("agent.")) return { type: "roster", seq, states: status.all() };
  if (kind === "help.requested") {
    const task = tasks.ofEvent(event);
    return task && { type: "help", seq, task, issue: (event.data as HelpRequested).issue, at: event.at };
  }
  const message = history.ofEvent(event);
  if (message) {
    const type = kind === "message.edited" ? "edited" : kind === "message.deleted" ? "deleted" : "finished";
    const card = cardOf(message, history, tasks);
    return { type, seq, message, card, ...asksOn(card, reading), agentStatus: statusOf(message.author, status) };
  }
  const approval = reading.approvals.ofEvent(event);
  if (approval) return { type: "approval", seq, approval, isNew: kind === "approval.asked" };
  const task = tasks.ofEvent(event);
  return task && { type: "task", seq, task, change: changeOf(task) };
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
export function asideOf(event: LogEvent, { rooms, members }: Reading): readonly Broadcast[] {
  const { kind, data, at, roomId, actorId } = event;
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

/** What a card's task asks people, which stands beneath it. */
function asksOn(card: Task | null, { approvals }: Reading): { asks?: readonly Approval[] } {
  return card ? { asks: approvals.ofTask(card.id) } : {};
}

function statusOf(author: Member, status: Status): AgentStatus | undefined {
  if (author.kind !== "agent") return undefined;
  return status.all().find(({ agent }) => agent.member.id === author.id)?.status;
}
