import type { AgentState } from "../../../agents/agent.ts";
import { attachmentData } from "../../../files/file.ts";
import type { Message } from "../../../messages/message.ts";
import type { PlanEntry, StepInBrief } from "../../../tasks/step.ts";
import type { Task } from "../../../tasks/task.ts";
import type { Broadcast, TaskChangeName } from "./dialect.ts";

type Told<Type extends Broadcast["type"]> = Extract<Broadcast, { type: Type }>;

/** What both JSON dialects say alike, in camel case; the classic one respells the keys. */

/** UTC, ISO 8601. */
export function iso(ms: number): string {
  // Messages of one moment share it, and dates are dear.
  if (lastTime.ms !== ms) lastTime = { ms, iso: new Date(ms).toISOString() };
  return lastTime.iso;
}

let lastTime = { ms: Number.NaN, iso: "" };

/** A message as it is after the epoch's event `seq`. */
export function messageData(message: Message, seq: number) {
  return {
    id: message.id,
    text: message.text,
    sender: message.author.name,
    timestamp: iso(message.at),
    mentions: message.mentions,
    isCommand: message.command !== null,
    replyTo: message.replyTo?.id ?? null,
    command: message.command?.name ?? null,
    commandArgs: message.command?.args ?? [],
    room: message.room,
    threadId: message.threadId,
    ...(message.clientId !== null && { clientId: message.clientId }),
    ...(message.taskId !== null && { taskId: String(message.taskId) }),
    ...(message.files.length > 0 && { files: message.files.map(attachmentData) }),
    ...(message.editedAt !== null && { editedAt: iso(message.editedAt) }),
    ...(message.deletedAt !== null && { deletedAt: iso(message.deletedAt) }),
    origin: message.origin,
    seq,
    html: message.html,
  };
}

export function agentStatusData(state: AgentState, connected: readonly string[]) {
  return {
    agentName: state.agent.member.name,
    role: state.agent.role,
    status: state.status,
    currentTask: state.currentTask,
    progress: state.progress,
    lastActivity: iso(state.lastActivity),
    sessionId: state.currentTaskId === null ? null : String(state.currentTaskId),
    connectedUsers: connected,
  };
}

/** The last step of a task, in the words of the notification. */
export function changeOf(task: Task): TaskChangeName {
  switch (task.state) {
    case "queued":
      return "assigned";
    case "accepted":
      return "started";
    case "working":
    case "stuck":
      return "progress";
    case "completed":
      return "completed";
    case "failed":
      return "failed";
    case "cancelled":
      return "stopped";
  }
}

export function taskData(task: Task, change: TaskChangeName, seq: number) {
  return {
    type: change,
    agentName: task.agent.name,
    taskId: String(task.id),
    taskDescription: task.description,
    progress: task.progress,
    timestamp: iso(task.updatedAt),
    seq,
    metadata: {
      state: task.state,
      note: task.note,
      room: task.room,
      requestedBy: task.requester.name,
      requestId: task.requestId,
    },
  };
}

/** A step as it was after the event `seq`; what it put out was told as it came. */
export function stepData(task: Task, step: StepInBrief, seq: number) {
  return {
    agentName: task.agent.name,
    taskId: String(task.id),
    stepId: step.id,
    number: step.number,
    kind: step.kind,
    title: step.title,
    state: step.state,
    input: step.input,
    files: step.files,
    startedAt: iso(step.startedAt),
    endedAt: step.endedAt === null ? null : iso(step.endedAt),
    seq,
  };
}

export function planData(task: Task, entries: readonly PlanEntry[], at: number, seq: number) {
  return { agentName: task.agent.name, taskId: String(task.id), entries, timestamp: iso(at), seq };
}

/** @param end where what comes next begins; behind what is told here, of which the middle may have been left out */
export function outputData({ taskId, stepId, offset, data }: Told<"output">, end = offset + data.length) {
  return { taskId: String(taskId), stepId, offset, end, data };
}

export function thoughtData({ taskId, offset, delta }: Told<"thought">, end = offset + delta.length) {
  return { taskId: String(taskId), offset, end, delta };
}

export function taskCompletionData(task: Task, seq: number) {
  return {
    agentName: task.agent.name,
    task: task.description,
    output: task.note,
    timestamp: iso(task.updatedAt),
    taskId: String(task.id),
    seq,
  };
}

export function helpData(task: Task, issue: string, at: number, helpId: number) {
  return {
    agentName: task.agent.name,
    task: task.description,
    progress: task.progress,
    issue,
    timestamp: iso(at),
    helpId,
    taskId: String(task.id),
    seq: helpId,
  };
}

/** What a member is doing, for those who watch presence. */
export function memberStatusData(state: AgentState) {
  return {
    userId: state.agent.member.name,
    status: state.status,
    currentTask: state.currentTask,
    progress: state.progress,
  };
}

/** By task id, as `get_active_tasks` is answered. */
export function activeTasksData(tasks: readonly Task[]) {
  return Object.fromEntries(tasks.map((task) => [String(task.id), taskData(task, changeOf(task), task.seq)]));
}
