import { Refusal } from "../../errors.ts";
import type { Member } from "../../people/member.ts";
import { generalSlug } from "../../rooms/rooms.ts";
import type { Connection } from "./connection.ts";
import type { Answer, Command } from "./dialects/dialect.ts";
import type { InboundParts } from "./inbound.ts";

/** Topics that stand for something beside a room. */
const knownTopics = new Set(["presence", "typing", "agents", "tasks", "help"]);

type Question = Extract<
  Command,
  {
    type:
      | "subscribe"
      | "unsubscribe"
      | "subscribe_agent"
      | "unsubscribe_agent"
      | "agent_status"
      | "active_tasks"
      | "history";
  }
>;

/** What a JSON client asks about, and what it wants to be told. Changes nothing but the socket's own subscriptions. */
export function answerQuestion(
  parts: InboundParts,
  connection: Connection,
  member: Member,
  question: Question,
  answer: (answer: Answer) => void,
): void {
  const connected = () => parts.presence.online(100).map(({ name }) => name);
  switch (question.type) {
    case "subscribe":
      setTopics(parts, connection, member, question.topics);
      connection.subscribe();
      sendWriting(parts, connection, question.topics.includes("agents"));
      return;
    case "unsubscribe":
      for (const topic of question.topics) {
        connection.topics.delete(topic);
        for (const room of connection.rooms) if (topic === `room:${room.slug}`) connection.rooms.delete(room);
      }
      connection.subscribe();
      return;
    case "subscribe_agent": {
      const agent = agentNamed(parts, question.name);
      if (connection.agents.size >= parts.config.limits.topicsPerSocket)
        throw new Refusal("CONFLICT", "That is enough agents for one socket.");
      connection.agents.add(agent.member.id);
      connection.subscribe();
      answer({ type: "agent_status", state: parts.status.of(agent), connected: connected() });
      return;
    }
    case "unsubscribe_agent":
      connection.agents.delete(agentNamed(parts, question.name).member.id);
      connection.subscribe();
      return;
    case "agent_status": {
      const agent = question.name === undefined ? undefined : parts.roster.byName(question.name);
      if (agent) answer({ type: "agent_status", state: parts.status.of(agent), connected: connected() });
      else answer({ type: "agent_statuses", states: parts.status.all(), connected: connected() });
      return;
    }
    case "active_tasks":
      answer({
        type: "active_tasks",
        tasks: parts.tasks.active().filter((task) => parts.rooms.mayRead(member, parts.rooms.byId(task.roomId))),
      });
      return;
    case "history": {
      const slug = question.conversation === "main" ? generalSlug : question.conversation;
      const page = parts.history.page(parts.rooms.forReader(member, slug).id, question);
      const messages = page.messages.filter((message) => !message.streaming);
      answer({ type: "history", conversation: question.conversation, messages, hasMore: page.hasMore });
    }
  }
}

/**
 * Adds topics to a socket.
 * @throws Refusal INVALID_MESSAGE for a topic that does not exist, NOT_FOUND for a room one may not see
 */
export function setTopics(
  parts: InboundParts,
  connection: Connection,
  member: Member,
  topics: readonly string[],
): void {
  if (connection.topics.size + connection.rooms.size + topics.length > parts.config.limits.topicsPerSocket) {
    throw new Refusal("CONFLICT", `A socket hears at most ${parts.config.limits.topicsPerSocket} topics.`);
  }
  for (const topic of topics) {
    if (topic.startsWith("room:")) connection.rooms.add(parts.rooms.forReader(member, topic.slice("room:".length)));
    else if (knownTopics.has(topic)) connection.topics.add(topic);
    else
      throw new Refusal(
        "INVALID_MESSAGE",
        `There is no topic "${topic.slice(0, 60)}": ${[...knownTopics].join(", ")} or room:<name>.`,
      );
  }
}

/** Somebody who comes in the middle of an answer gets its text so far, as one delta from the beginning. */
function sendWriting(parts: InboundParts, connection: Connection, wanted: boolean): void {
  if (!wanted) return;
  parts.outbound.flushDeltas();
  for (const room of connection.rooms) {
    for (const { message, text } of parts.runs.writing(room.id)) {
      const delta = {
        messageId: message.id,
        taskId: message.taskId,
        roomId: room.id,
        agent: message.author,
        offset: 0,
        delta: text,
      };
      for (const frame of connection.dialect.encode({ type: "delta", seq: 0, ...delta })) connection.wire.send(frame);
    }
  }
}

function agentNamed(parts: InboundParts, name: string) {
  const agent = parts.roster.byName(name);
  if (!agent) throw new Refusal("AGENT_NOT_FOUND", `No agent called "${name}" works here.`);
  return agent;
}
