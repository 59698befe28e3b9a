import { Refusal } from "../errors.ts";
import { acting } from "../people/identity.ts";
import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Task } from "../tasks/task.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Desk, RunRequest } from "./backends/backend.ts";

/** Whoever asked, as they are by now: a run may wait, and take its time. Narrowed to what they came with. */
export function askerOf({ asker }: RunRequest, members: Members): Member {
  return acting(members.byId(asker.id), "", asker.scope);
}

/**
 * A task that an agent may move on at somebody's word: one that is on its desk, not whatever number it was told, and that they might
 * move themselves. An agent may more than most who talk to it.
 * @throws Refusal PERMISSION_DENIED
 */
export function atTheirWord(taskId: number, desk: Pick<Desk, "task">, asker: Member, tasks: Tasks): Task | undefined {
  const task = desk.task(taskId);
  if (task && !tasks.mayDecide(asker, task))
    throw new Refusal("PERMISSION_DENIED", `task ${task.id} is ${task.requester.name}'s, and not yours to move on.`);
  return task;
}
