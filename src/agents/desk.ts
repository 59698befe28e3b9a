import type { Config } from "../config.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import type { Member } from "../people/member.ts";
import type { Task } from "../tasks/task.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Desk, RunRequest } from "./backends/backend.ts";
import type { Roster } from "./roster.ts";
import type { Status } from "./status.ts";

interface Parts {
  config: Config;
  history: History;
  tasks: Tasks;
  status: Status;
}

/**
 * What an agent may look at while it works on a message: bounded, of that message's room, and of tasks those in public rooms besides,
 * as far as whoever asked may read them. What it knows from other rooms must not be drawn out of it here.
 */
export function deskFor(
  { config, history, tasks, status }: Parts,
  { agent, message }: Pick<RunRequest, "agent" | "message">,
  asker: () => Member,
): Omit<Desk, "ask" | "signal"> {
  const { roomId, id } = message;
  const mayKnow = (task: Task) => (task.isPublic || task.roomId === roomId) && tasks.mayRead(asker(), task);
  return {
    recent: (limit) =>
      history.page(roomId, { limit: Math.min(limit, config.limits.historyMessages), before: id }).messages,
    search: (words, limit) => (words.length === 0 ? [] : history.containing(roomId, words, Math.min(limit, 50))),
    openTasks: () => tasks.active(agent.member.id).filter(mayKnow),
    task(taskId) {
      const task = tasks.byId(taskId);
      return task && mayKnow(task) ? task : undefined;
    },
    colleagues: () => status.all(mayKnow),
  };
}

/** Groups are called like members, and are no more part of the request. */
const groups = new Set(["team", "all", "here"]);
const mention = /(^|[^\p{L}\p{N}_@/.+=-])@([\p{L}\p{M}\p{N}_]+(?:[-.][\p{L}\p{M}\p{N}_]+)*)/gu;

/**
 * What was said, without the agents and groups that were called by it. One in the middle of a sentence is a word of it: "can @alice look
 * at this" asks whether alice can.
 */
export function wordsOf(message: Message, roster: Roster): string {
  const { text } = message;
  let end = 0;
  /** Nothing but names was said so far. */
  let isStart = true;
  const kept = text.replace(mention, (whole, before: string, name: string, at: number) => {
    isStart &&= /^(?:[\s,:;]|and\b)*$/i.test(text.slice(end, at));
    end = at + whole.length;
    if (!roster.byName(name) && !groups.has(name.toLowerCase())) {
      isStart = false;
      return whole;
    }
    // The letter before it and the one after the space: no more of the text is looked at for each of many.
    const around = [text.slice(Math.max(0, at - 2), at), text.slice(end, end + 3)] as const;
    const isWord = !isStart && /\p{L}$/u.test(around[0]) && /^[^\S\n]+[\p{L}\p{N}]/u.test(around[1]);
    return isWord ? `${before}${name}` : before;
  });
  return kept
    .replace(/[^\S\n]{2,}/g, " ")
    .replace(/^(?:[\s,:;]|and\b)+/i, "")
    .trim();
}
