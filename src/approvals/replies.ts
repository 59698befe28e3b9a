import { Refusal } from "../errors.ts";
import type { Hub } from "../live/hub.ts";
import type { Logger } from "../logger.ts";
import type { MessagePosted } from "../messages/events.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import { acting } from "../people/identity.ts";
import type { Member } from "../people/member.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Approval } from "./approval.ts";
import type { Approvals, Choice } from "./approvals.ts";

/** A plain reply in a task's thread answers the question that is open there. */
export interface Replies {
  /**
   * Whether a message is such an answer, and so nothing that calls the agent once more.
   * @param by its author, narrowed to what they came with
   * @param late called when another answer of the same moment was first: then it is a message like any other
   */
  takes(message: Message, by: Member, late?: () => void): boolean;
}

interface Parts {
  hub: Hub;
  logger: Logger;
  history: History;
  tasks: Tasks;
  approvals: Approvals;
}

export function createReplies({ hub, logger, history, tasks, approvals }: Parts): Replies {
  /** What is being given as an answer, by message: whether it was one. */
  const given = new Map<number, Promise<boolean>>();

  hub.onCommit((events) => {
    for (const event of events) {
      if (event.kind !== "message.posted" || (event.data as MessagePosted).replyTo === null) continue;
      const message = history.ofPosted(event);
      const by = acting(message.author, "", (event.data as MessagePosted).scope);
      const found = answered(message, by);
      if (!found) continue;
      const answering = approvals.answer(by, found.id, found.choice, message.origin).then(() => true, wasFirst);
      given.set(message.id, answering);
      void answering.finally(() => given.delete(message.id));
    }
  });

  /** The oldest open question of the thread that the message fits: agents ask one thing after the other. */
  function answered(message: Message, by: Member): { id: number; choice: Choice } | undefined {
    if (by.kind !== "person" || message.command || message.threadId === null || message.text === "") return undefined;
    for (const question of approvals.open()) {
      if (question.kind !== "question" || question.roomId !== message.roomId) continue;
      if (threadOf(question) !== message.threadId || !approvals.mayAnswer(by, question)) continue;
      const choice = choiceIn(message, question);
      if (choice) return { id: question.id, choice };
    }
    return undefined;
  }

  function threadOf({ taskId }: Approval): number | undefined {
    const request = history.row(tasks.byId(taskId)?.requestId ?? 0);
    return request && (request.threadId ?? request.id);
  }

  /** Somebody answered in the same moment, or time was up: what was said stands in the room all the same. */
  function wasFirst(thrown: unknown): boolean {
    if (thrown instanceof Refusal) return false;
    logger.error("approval.reply", { error: thrown });
    return true;
  }

  return {
    takes(message, by, late) {
      const answering = given.get(message.id);
      void answering?.then((wasAnswer) => wasAnswer || late?.());
      return answering !== undefined || answered(message, by) !== undefined;
    },
  };
}

/** What the words choose or say; undefined when they are for somebody else, or none of the choices. */
function choiceIn({ text, mentions }: Message, { agent, options, takesText }: Approval): Choice | undefined {
  if (mentions.some((handle) => handle.replace(/-bot$/, "") !== agent.handle)) return undefined;
  const words = text.replace(new RegExp(`^@${RegExp.escape(agent.handle)}(?:-bot)?[:,]?\\s+`, "iu"), "").trim();
  const option = options.find(({ label }) => label.toLowerCase() === words.toLowerCase());
  if (option) return { option: option.id };
  return takesText && words !== "" ? { text: words } : undefined;
}
