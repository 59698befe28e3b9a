import type { AgentState, AgentStatus } from "../../agents/agent.ts";
import type { AgentHired } from "../../agents/roster.ts";
import type { Status } from "../../agents/status.ts";
import type { Approval } from "../../approvals/approval.ts";
import type { Approvals } from "../../approvals/approvals.ts";
import type { LogEvent } from "../../database/log.ts";
import type { LeaseDecided } from "../../leases/events.ts";
import type { History } from "../../messages/history.ts";
import type { Member } from "../../people/member.ts";
import type { Members } from "../../people/members.ts";
import { roomBeside } from "../../rooms/beside.ts";
import type { RoomEntered } from "../../rooms/membership.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Card, TaskCards } from "../../tasks/card.ts";
import type { HelpRequested, TaskMoved } from "../../tasks/events.ts";
import type { Steps } from "../../tasks/steps.ts";
import type { TaskPlanned } from "../../tasks/steps-table.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import type { Broadcast } from "./dialects/dialect.ts";
import { changeOf } from "./dialects/json.ts";

export interface Reading {
  readonly history: History;
  readonly members: Members;
  readonly tasks: Tasks;
  readonly steps: Steps;
  readonly cards: TaskCards;
  readonly approvals: Approvals;
  readonly rooms: Rooms;
  readonly status: Status;
}

/** What happened, as it is told: made from an event once, for all dialects. */
export function broadcastOf(event: LogEvent, reading: Reading): Broadcast | undefined {
  const { history, tasks, cards, status } = reading;
  const { kind, seq } = event;
  if (kind === "message.posted") {
    const message = history.ofPosted(event);
    const card = cards.on(message);
    return {
      type: "posted",
      seq,
      message,
      card,
      ...asksOn(card, reading),
      agentStatus: statusOf(message.author, status),
    };
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
  if (kind === "task.stepped" || kind === "task.planned") return workBroadcast(event, reading);
  const message = history.ofEvent(event);
  if (message) {
    const type = kind === "message.edited" ? "edited" : kind === "message.deleted" ? "deleted" : "finished";
    const card = cards.on(message);
    return { type, seq, message, card, ...asksOn(card, reading), agentStatus: statusOf(message.author, status) };
  }
  const approval = reading.approvals.ofEvent(event);
  if (approval) return { type: "approval", seq, approval, isNew: kind === "approval.asked" };
  const task = tasks.ofEvent(event);
  return task && { type: "task", seq, task, change: changeOf(task), card: () => cards.of(tasks.byId(task.id) ?? task) };
}

/** What a run does, or means to do. */
function workBroadcast(event: LogEvent, { tasks, steps, cards }: Reading): Broadcast | undefined {
  const { seq, at } = event;
  if (event.kind === "task.planned") {
    const { taskId, entries } = event.data as TaskPlanned;
    const task = tasks.byId(taskId);
    return task && { type: "plan", seq, task, entries, at, card: () => cards.of(task) };
  }
  const stepped = steps.ofEvent(event);
  const task = stepped && tasks.byId(stepped.taskId);
  return task && { type: "step", seq, task, step: stepped.step, card: () => cards.of(task) };
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
export function asideOf(event: LogEvent, reading: Reading): readonly Broadcast[] {
  const { rooms, members, tasks } = reading;
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
  if (kind === "task.moved" || kind === "task.stepped" || kind === "task.planned") return onPageOf(event, reading);
  if ((kind !== "room.entered" && kind !== "room.left") || roomId === null) return [];
  const to = [(data as RoomEntered).memberId];
  if (kind === "room.left") return [{ type: "room_gone", seq: 0, roomId, to }];
  return [{ type: "room", seq: 0, beside: roomBeside(rooms.byId(roomId), rooms, members), to }];
}

/** What the task's own page is told besides. */
function onPageOf(event: LogEvent, { tasks, steps, cards }: Reading): readonly Broadcast[] {
  const stepped = steps.ofEvent(event);
  const { id } = event.data as TaskMoved;
  const taskId = stepped?.taskId ?? (event.kind === "task.planned" ? (event.data as TaskPlanned).taskId : id);
  const task = tasks.byId(taskId);
  if (!task) return [];
  const step = () => (stepped ? cards.step(taskId, stepped.step.id) : undefined);
  return [{ type: "work", seq: 0, taskId, card: () => cards.of(task), step }];
}

/** An agent's state without what it works on: its tasks are in rooms that not everybody who hears this may read. */
export function bareState(state: AgentState): AgentState {
  return { ...state, currentTask: null, currentTaskId: null, progress: 0, openTasks: 0 };
}

/** What a card's task asks people, which stands beneath it. */
function asksOn(card: Card | null, { approvals }: Reading): { asks?: readonly Approval[] } {
  return card ? { asks: approvals.ofTask(card.task.id) } : {};
}

function statusOf(author: Member, status: Status): AgentStatus | undefined {
  if (author.kind !== "agent") return undefined;
  return status.all().find(({ agent }) => agent.member.id === author.id)?.status;
}
