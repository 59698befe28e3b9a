import { approvalData, approvalUpdateData } from "../../../approvals/data.ts";
import { permissionsOf } from "../../../people/member.ts";
import type { Answer, Broadcast, Dialect } from "./dialect.ts";
import {
  activeTasksData,
  agentStatusData,
  helpData,
  iso,
  memberStatusData,
  messageData,
  outputData,
  planData,
  stepData,
  taskCompletionData,
  taskData,
  thoughtData,
} from "./json.ts";

/** Camel dialect: `{type, data}` with camel-case fields. Source: PROTOCOL.md, 1a. */
export const camel: Dialect = {
  name: "camel",
  encode(broadcast) {
    switch (broadcast.type) {
      case "posted":
        // An answer still being written is told by deltas; it becomes a message when it is finished.
        return broadcast.message.streaming ? [] : [message(broadcast)];
      case "finished":
        return [message(broadcast)];
      case "edited":
        return [
          frame("message_update", {
            id: broadcast.message.id,
            text: broadcast.message.text,
            html: broadcast.message.html,
            mentions: broadcast.message.mentions,
            editedAt: iso(broadcast.message.editedAt ?? 0),
            room: broadcast.message.room,
            seq: broadcast.seq,
          }),
        ];
      case "deleted":
        return [
          frame("message_update", {
            id: broadcast.message.id,
            deletedAt: iso(broadcast.message.deletedAt ?? 0),
            room: broadcast.message.room,
            seq: broadcast.seq,
          }),
        ];
      case "task":
        return [
          frame("task_notification", taskData(broadcast.task, broadcast.change, broadcast.seq)),
          ...(broadcast.change === "completed"
            ? [frame("task_completion", taskCompletionData(broadcast.task, broadcast.seq))]
            : []),
        ];
      case "help":
        return [frame("help_request", helpData(broadcast.task, broadcast.issue, broadcast.at, broadcast.seq))];
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
        return [
          frame("user_presence", {
            userId: broadcast.member.name,
            status: broadcast.online ? "online" : "offline",
            ...(!broadcast.online && { lastSeen: iso(broadcast.at) }),
          }),
        ];
      case "typing":
        return [frame("typing", { userId: broadcast.member.name, isTyping: broadcast.isTyping, room: broadcast.room })];
      case "member_status":
        return [frame("status_update", memberStatusData(broadcast.state))];
      case "server_status":
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

/** What is answered in the same moment, because somebody said always, is told as both. */
function approvalFrames({ approval, seq, isNew }: Extract<Broadcast, { type: "approval" }>): string[] {
  const update = approval.answer ? [frame("approval_update", approvalUpdateData(approval, seq))] : [];
  return isNew ? [frame("approval_request", approvalData(approval, seq)), ...update] : update;
}

function answer(answer: Answer): string {
  switch (answer.type) {
    case "authenticated":
      return frame("auth_response", {
        success: true,
        userId: answer.member.name,
        sessionId: answer.sessionId,
        ...(answer.sessionToken !== undefined && { sessionToken: answer.sessionToken }),
        agents: answer.names(),
        role: answer.member.title,
        permissions: permissionsOf(answer.member),
        seq: answer.seq,
        epoch: answer.epoch,
        expiresAt: answer.expiresAt === null ? null : iso(answer.expiresAt),
      });
    case "auth_failed":
      return frame("auth_response", { success: false, code: answer.refusal.code, message: answer.refusal.message });
    case "error":
      return frame("error", {
        code: answer.refusal.code,
        message: answer.refusal.message,
        timestamp: iso(answer.now),
        ...(answer.refusal.retryAfter !== undefined && { retryAfter: answer.refusal.retryAfter }),
        ...(answer.clientId !== null && { clientId: answer.clientId }),
      });
    case "pong":
      return frame("pong", { timestamp: iso(answer.now), seq: answer.seq, epoch: answer.epoch });
    case "history":
      return frame("chat_history", {
        conversationId: answer.conversation,
        messages: answer.messages.map((message) => messageData(message, message.seq)),
        hasMore: answer.hasMore,
      });
    case "agent_status":
      return frame("agent_status", agentStatusData(answer.state, answer.connected));
    case "agent_statuses":
      return frame(
        "all_agent_statuses",
        Object.fromEntries(
          answer.states.map((state) => [state.agent.member.name, agentStatusData(state, answer.connected)]),
        ),
      );
    case "active_tasks":
      return frame("active_tasks", activeTasksData(answer.tasks));
    case "message_sent":
      return frame("message_sent", { id: answer.id, agentName: answer.agent });
    case "resync":
      return frame("resync", { seq: answer.seq, epoch: answer.epoch });
    case "notice":
      return frame("message", {
        id: answer.id,
        text: answer.text,
        sender: "system",
        timestamp: iso(answer.now),
        mentions: [],
        isCommand: false,
        replyTo: null,
        room: answer.room,
        origin: "system",
        ...(answer.html !== null && { html: answer.html }),
      });
  }
}

type Said = Extract<Broadcast, { type: "posted" | "finished" | "edited" | "deleted" }>;

function message({ message, seq, agentStatus }: Said): string {
  if (message.author.kind !== "agent") return frame("message", messageData(message, seq));
  return frame("agent_response", { ...messageData(message, seq), agentStatus });
}

function frame(type: string, data: unknown): string {
  return `{"type":"${type}","data":${JSON.stringify(data)}}`;
}
