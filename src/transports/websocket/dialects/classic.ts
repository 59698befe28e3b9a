import { approvalData, approvalUpdateData } from "../../../approvals/data.ts";
import type { Message } from "../../../messages/message.ts";
import type { Member } from "../../../people/member.ts";
import type { Task } from "../../../tasks/task.ts";
import type { Answer, Broadcast, Dialect, TaskChangeName } from "./dialect.ts";
import {
  activeTasksData,
  agentStatusData,
  helpData,
  iso,
  messageData,
  outputData,
  planData,
  stepData,
  taskCompletionData,
  taskData,
  thoughtData,
} from "./json.ts";

/** Classic dialect: snake case, agents under `<name>-bot`, refusals as `notice` because its clients take every `error` as the end. Source: PROTOCOL.md, 1b. */
export const classic: Dialect = {
  name: "classic",
  encode(broadcast) {
    switch (broadcast.type) {
      case "posted":
        return broadcast.message.streaming ? [] : [message(broadcast.message, broadcast.seq)];
      case "finished":
        return [message(broadcast.message, broadcast.seq)];
      case "edited":
      case "deleted": {
        const { id, text, mentions, editedAt, deletedAt, room } = broadcast.message;
        const change =
          deletedAt !== null ? { deletedAt: iso(deletedAt) } : { text, mentions, editedAt: iso(editedAt ?? 0) };
        return [frame("message_update", { id, messageId: id, ...change, room, seq: broadcast.seq })];
      }
      case "task":
        return [
          frame("task_notification", taskData(broadcast.task, broadcast.change, broadcast.seq)),
          ...legacyTask(broadcast.task, broadcast.change),
          ...(broadcast.change === "completed"
            ? [frame("task_completion", taskCompletionData(broadcast.task, broadcast.seq))]
            : []),
        ];
      case "help": {
        const { agent, description, progress } = broadcast.task;
        const activity = {
          type: "help_requested",
          employee: agent.name,
          task: description.slice(0, 100),
          progress,
          issue: broadcast.issue,
        };
        return [
          frame("help_request", helpData(broadcast.task, broadcast.issue, broadcast.at, broadcast.seq)),
          frame("agent_activity", { ...activity, timestamp: iso(broadcast.at) }),
        ];
      }
      case "approval":
        return approvalFrames(broadcast);
      case "delta":
        return [
          frame("message_delta", {
            id: broadcast.messageId,
            taskId: broadcast.taskId === null ? null : String(broadcast.taskId),
            delta: broadcast.delta,
            offset: broadcast.offset,
          }),
        ];
      case "step":
        return [frame("task_step", stepData(broadcast.task, broadcast.step, broadcast.seq))];
      case "plan":
        return [frame("task_plan", planData(broadcast.task, broadcast.entries, broadcast.at, broadcast.seq))];
      case "output":
        return [frame("task_output", outputData(broadcast, broadcast.end))];
      case "thought":
        return [frame("task_thought", thoughtData(broadcast, broadcast.end))];
      case "agent":
        return [frame("agent_status_update", agentStatusData(broadcast.state, broadcast.connected))];
      case "presence":
        return [userStatus(broadcast.member, broadcast.online ? "connected" : "disconnected", broadcast.at)];
      case "typing":
        return [frame("typing", { userId: broadcast.member.name, isTyping: broadcast.isTyping, room: broadcast.room })];
      case "server_status":
        return [
          frame("server_status", {
            timestamp: iso(broadcast.at),
            activeSessions: broadcast.working,
            totalAgents: broadcast.agents,
            chatEnabled: true,
            transportType: "websocket",
          }),
        ];
      case "member_status":
      case "people":
      case "waiting":
      case "roster":
      case "room":
      case "room_gone":
      case "unseen":
      case "claims":
      case "room_members":
      case "work":
      case "terminal":
      case "thinking":
        return [];
    }
  },
  answer,
  join: (frames) => `{"type":"batch","data":[${frames.join(",")}]}`,
};

/** Who is here, as this dialect says it. @param at wall time, ms */
export function userStatus(member: Member, status: "connected" | "disconnected", at: number): string {
  const role = member.kind === "agent" ? `${member.title}-bot` : member.title;
  return frame("user_status", { userId: senderOf(member), status, role, timestamp: iso(at) });
}

/** The same step of a task once more, under the names that older clients of this dialect wait for. */
function legacyTask(task: Task, change: TaskChangeName): string[] {
  const shared = {
    employee: task.agent.name,
    sessionId: String(task.id),
    task: task.description.slice(0, 100),
    timestamp: iso(task.updatedAt),
  };
  switch (change) {
    case "assigned":
      return [];
    case "started":
      return [frame("task_update", { type: "task_started", ...shared, model: null, mode: "build" })];
    case "progress":
      return [frame("task_progress", { ...shared, progress: task.progress, status: task.state, note: task.note })];
    case "completed":
      return [frame("agent_activity", { type: "task_completed", ...shared })];
    case "failed":
    case "stopped":
      return [frame("task_update", { type: "task_stopped", ...shared, reason: task.note })];
  }
}

function message(message: Message, seq: number): string {
  const data = {
    ...messageData(message, seq),
    sender: senderOf(message.author),
    isBotMessage: message.author.kind === "agent",
  };
  return frame("chat_message", data);
}

function senderOf(member: Member): string {
  return member.kind === "agent" ? `${member.name}-bot` : member.name;
}

/** What is answered in the same moment, because somebody said always, is told as both. */
function approvalFrames({ approval, seq, isNew }: Extract<Broadcast, { type: "approval" }>): string[] {
  const update = approval.answer ? [frame("approval_update", approvalUpdateData(approval, seq))] : [];
  return isNew ? [frame("approval_request", approvalData(approval, seq)), ...update] : update;
}

function answer(answer: Answer): string {
  switch (answer.type) {
    case "authenticated":
      return flat("auth_success", {
        userId: answer.member.name,
        role: answer.member.title,
        serverTime: iso(answer.now),
        sessionId: answer.sessionId,
        ...(answer.sessionToken !== undefined && { sessionToken: answer.sessionToken }),
        seq: answer.seq,
        epoch: answer.epoch,
      });
    case "auth_failed":
      return refusal("error", answer.refusal.code, answer.refusal.message);
    case "error":
      return refusal(answer.closing ? "error" : "notice", answer.refusal.code, answer.refusal.message, {
        timestamp: iso(answer.now),
        ...(answer.refusal.retryAfter !== undefined && { retryAfter: answer.refusal.retryAfter }),
        ...(answer.clientId !== null && { clientId: answer.clientId }),
      });
    case "pong":
      return flat("pong", { timestamp: iso(answer.now), seq: answer.seq, epoch: answer.epoch });
    case "history":
      return frame("chat_history", {
        conversationId: answer.conversation,
        messages: answer.messages.map((said) => ({
          ...messageData(said, said.seq),
          sender: senderOf(said.author),
          isBotMessage: said.author.kind === "agent",
        })),
        hasMore: answer.hasMore,
      });
    case "agent_status":
      return frame("agent_status", agentStatusData(answer.state, answer.connected));
    case "agent_statuses": {
      // Keyed by name, so only what is inside is respelled.
      const states = answer.states.map((state) => [
        state.agent.member.name,
        snake(agentStatusData(state, answer.connected)),
      ]);
      return JSON.stringify({ type: "all_agent_statuses", data: Object.fromEntries(states) });
    }
    case "active_tasks":
      return frame("active_tasks", activeTasksData(answer.tasks));
    case "message_sent":
      return flat("message_sent", {
        message: `Message sent to ${answer.agent}`,
        data: snake({ id: answer.id, agentName: answer.agent }),
      });
    case "resync":
      return frame("resync", { seq: answer.seq, epoch: answer.epoch });
    case "notice":
      return frame("chat_message", {
        id: answer.id,
        text: answer.text,
        sender: "system",
        timestamp: iso(answer.now),
        mentions: [],
        isCommand: false,
        command: null,
        commandArgs: [],
        replyTo: null,
        isBotMessage: false,
        room: answer.room,
        ...(answer.html !== null && { html: answer.html }),
      });
  }
}

/** `message` at top level as well, where this dialect's clients look for it. */
function refusal(type: "error" | "notice", code: string, message: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ type, message, data: snake({ code, message, ...more }, ["retryAfter"]) });
}

function flat(type: string, fields: Record<string, unknown>): string {
  return JSON.stringify({ type, ...(snake(fields) as object) });
}

function frame(type: string, data: unknown): string {
  return JSON.stringify({ type, data: snake(data) });
}

/** Keys in snake case, at every depth. */
function snake(value: unknown, except: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((item) => snake(item, except));
  if (typeof value !== "object" || value === null) return value;
  const respelled: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    respelled[except.includes(key) ? key : respell(key)] = snake(item, except);
  }
  return respelled;
}

const respellings = new Map<string, string>();

function respell(key: string): string {
  let known = respellings.get(key);
  if (known === undefined) {
    known = /^[a-z]+(?:[A-Z][a-z]*)+$/.test(key) ? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : key;
    if (respellings.size < 500) respellings.set(key, known);
  }
  return known;
}
