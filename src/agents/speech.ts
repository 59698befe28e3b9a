import { Refusal } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import type { Draft, PostMessage } from "../messages/post.ts";
import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Task } from "../tasks/task.ts";
import type { Agent } from "./agent.ts";

/** What is said around runs, beside what their backends say. Where it cannot be said, that is logged, and the work goes on. */
export interface Speech {
  /** An agent answers a message. */
  answer(agent: Agent, message: Message, text: string): void;
  /** An agent says something in the thread of its task. */
  inThread(task: Task, text: string): void;
  /** An agent says that it was heard, and what comes first. The task's card stands on this message. */
  acknowledge(task: Task, before: number): void;
  isAcknowledgement(message: Message): boolean;
  /** The house answers a message. */
  house(message: Message, text: string): void;
}

interface Parts {
  logger: Logger;
  members: Members;
  history: History;
  post: PostMessage;
}

/** The client id of what acknowledges a task begins so: said again after a crash, it is the same message. */
const acknowledgement = "taken-up:";

export function createSpeech({ logger, members, history, post }: Parts): Speech {
  function say(author: Member, draft: Omit<Draft, "origin">): void {
    try {
      post(author, { ...draft, origin: author.kind === "system" ? "system" : "agent" });
    } catch (error) {
      logger.warn("run.silent", { agent: author.handle, error });
    }
  }

  /** A card must not be missing because its agent was asked by many at once: said as soon as it may be. */
  function sayLater(author: Member, draft: Omit<Draft, "origin">): void {
    try {
      post(author, { ...draft, origin: "agent" });
    } catch (error) {
      const after = error instanceof Refusal ? error.retryAfter : undefined;
      if (after === undefined) logger.warn("run.silent", { agent: author.handle, error });
      else setTimeout(() => sayLater(author, draft), Math.max(1, after)).unref();
    }
  }

  return {
    answer: (agent, message, text) => say(agent.member, { room: message.room, replyTo: message.id, text }),
    inThread: (task, text) => say(task.agent, { room: task.room, replyTo: task.requestId, taskId: task.id, text }),
    acknowledge(task, before) {
      const again = task.run?.resumes ? `Taking task ${task.run.resumes} up again.` : "On it.";
      const wait = before === 1 ? "one request comes" : `${before} requests come`;
      const text = before === 0 ? again : `In my queue: ${wait} before this one.`;
      const clientId = `${acknowledgement}${task.id}`;
      sayLater(task.agent, { room: task.room, replyTo: task.requestId, taskId: task.id, clientId, text });
    },
    isAcknowledgement: ({ id }) => history.row(id)?.clientId?.startsWith(acknowledgement) ?? false,
    house: (message, text) => say(members.system, { room: message.room, replyTo: message.id, text }),
  };
}
