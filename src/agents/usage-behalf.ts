import type { History } from "../messages/history.ts";
import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Task } from "../tasks/task.ts";
import type { Tasks } from "../tasks/tasks.ts";

export interface Behalf {
  tasks: Pick<Tasks, "byId">;
  history: Pick<History, "row">;
  members: Pick<Members, "byId">;
  /** Whom its log names as the one behind a task, where an agent asked for it. */
  namedBehind: (taskId: number) => number | null;
}

/** Agents that ask one another, one after the other: far more than they may. */
const mostHops = 16;

/**
 * On whose behalf a task is worked on: of a task that an agent asked for, whoever set that agent to work. Else budgets of people would
 * end where agents begin to ask each other. The agent itself where nobody did. What an agent asks in another room names nobody itself,
 * so that it is kept with the task; of older tasks the request tells.
 */
export function personBehind(task: Task, { tasks, history, members, namedBehind }: Behalf): Member {
  let current = task;
  for (let hop = 0; hop < mostHops && current.requester.kind === "agent"; hop += 1) {
    const named = namedBehind(current.id);
    if (named !== null) return members.byId(named);
    const asking = history.row(current.requestId)?.taskId;
    const from = asking === undefined || asking === null ? undefined : tasks.byId(asking);
    if (!from || from.agent.id !== current.requester.id) return current.requester;
    current = from;
  }
  return current.requester;
}

/** What an agent that asks another one is at itself. */
export function workOf(agent: Member, tasks: Pick<Tasks, "active">): Task | undefined {
  const open = tasks.active(agent.id);
  return open.find(({ state }) => state === "working") ?? open[0];
}
