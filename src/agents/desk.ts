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
): Omit<Desk, "ask"> {
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

/** What was said, without the names of agents and groups that were called by it. */
export function wordsOf(message: Message, roster: Roster): string {
  return message.text
    .replace(
      /(^|[^\p{L}\p{N}_@/.+=-])@([\p{L}\p{M}\p{N}_]+(?:[-.][\p{L}\p{M}\p{N}_]+)*)/gu,
      (whole, before: string, name: string) => (roster.byName(name) || groups.has(name.toLowerCase()) ? before : whole),
    )
    .replace(/[^\S\n]{2,}/g, " ")
    .replace(/^(?:[\s,:;]|and\b)+/i, "")
    .trim();
}
