import { Refusal } from "../../errors.ts";
import type { Member } from "../../people/member.ts";
import { generalSlug } from "../../rooms/names.ts";
import type { Task } from "../../tasks/task.ts";
import type { Connection } from "./connection.ts";
import type { Answer, Command } from "./dialects/dialect.ts";
import type { InboundParts } from "./parts.ts";
import { sendGrowing } from "./sofar.ts";

/** Topics that stand for something beside a room. */
const knownTopics = new Set(["presence", "typing", "agents", "tasks", "help", "approvals"]);

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
  const mayKnow = (task: Task) => parts.tasks.mayRead(member, task);
  if (!question.type.startsWith("unsubscribe")) parts.limiter.read(member);
  switch (question.type) {
    case "subscribe": {
      const refusal = setTopics(parts, connection, member, question.topics);
      sendGrowing(parts, connection);
      connection.subscribe();
      if (refusal) throw refusal;
      return;
    }
    case "unsubscribe":
      for (const topic of question.topics) {
        connection.topics.delete(topic);
        const room = topic.startsWith("room:") ? parts.rooms.find(member, topic.slice("room:".length)) : undefined;
        if (room) connection.rooms.delete(room);
      }
      connection.subscribe();
      return;
    case "subscribe_agent": {
      const agent = agentNamed(parts, question.name);
      if (connection.agents.size >= parts.config.limits.topicsPerSocket)
        throw new Refusal("CONFLICT", "That is enough agents for one socket.");
      connection.agents.add(agent.member.id);
      sendGrowing(parts, connection, agent.member.id);
      connection.subscribe();
      answer({ type: "agent_status", state: parts.status.of(agent, mayKnow), connected: connected() });
      return;
    }
    case "unsubscribe_agent":
      connection.agents.delete(agentNamed(parts, question.name).member.id);
      connection.subscribe();
      return;
    case "agent_status": {
      const agent = question.name === undefined ? undefined : parts.roster.byName(question.name);
      if (agent) answer({ type: "agent_status", state: parts.status.of(agent, mayKnow), connected: connected() });
      else answer({ type: "agent_statuses", states: parts.status.all(mayKnow), connected: connected() });
      return;
    }
    case "active_tasks":
      answer({ type: "active_tasks", tasks: parts.tasks.active().filter(mayKnow) });
      return;
    case "history": {
      const slug = question.conversation === "main" ? generalSlug : question.conversation;
      const page = parts.history.page(parts.rooms.forReader(member, slug).id, question);
      parts.limiter.haveRead(member, page.characters);
      const messages = page.messages.filter((message) => !message.streaming);
      answer({ type: "history", conversation: question.conversation, messages, hasMore: page.hasMore });
    }
  }
}

/**
 * Adds topics to a socket. One that is refused costs that topic and not the others.
 * @returns the first refusal: INVALID_MESSAGE for a topic that does not exist, NOT_FOUND for a room one may not see, CONFLICT for
 * all of them when they are too many
 */
export function setTopics(
  parts: InboundParts,
  connection: Connection,
  member: Member,
  topics: readonly string[],
): Refusal | undefined {
  if (connection.topics.size + connection.rooms.size + topics.length > parts.config.limits.topicsPerSocket) {
    return new Refusal("CONFLICT", `A socket hears at most ${parts.config.limits.topicsPerSocket} topics.`);
  }
  let refused: Refusal | undefined;
  for (const topic of topics) {
    try {
      if (topic.startsWith("room:")) connection.rooms.add(parts.rooms.forReader(member, topic.slice("room:".length)));
      else if (knownTopics.has(topic)) connection.topics.add(topic);
      else throw unknownTopic(topic);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      refused ??= thrown;
    }
  }
  return refused;
}

function unknownTopic(topic: string): Refusal {
  const known = [...knownTopics].join(", ");
  return new Refusal("INVALID_MESSAGE", `There is no topic "${topic.slice(0, 60)}": ${known} or room:<name>.`);
}

function agentNamed(parts: InboundParts, name: string) {
  const agent = parts.roster.byName(name);
  if (!agent) throw new Refusal("AGENT_NOT_FOUND", `No agent called "${name}" works here.`);
  return agent;
}
