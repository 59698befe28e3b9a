import type { Log, Outcome } from "../database/log.ts";
import { Refusal } from "../errors.ts";
import { type Member, may } from "../people/member.ts";
import type { TaskOpened, TaskPlaced, TaskResumed } from "./events.ts";
import type { Task } from "./task.ts";

export type Place = "first" | "up" | "down";

type Done = (outcome: Outcome) => void;

/** What waits for each agent, and how people change it. */
export interface Queues {
  /** What waits for an agent, the next one first. */
  queueOf(agentId: number): readonly Task[];
  /** What an agent's run is at. */
  underWay(agentId: number): Task | undefined;
  /**
   * Moves what waits to another place, past what the member may see.
   * @throws Refusal NOT_FOUND, PERMISSION_DENIED without the right to manage tasks, CONFLICT for what does not wait
   */
  place(member: Member, id: number, where: Place, done?: Done): void;
  /** Has what waits done now: it comes first, and what is under way is stopped. @throws Refusal as `place`, and PERMISSION_DENIED when they may not stop that */
  steer(member: Member, id: number, done?: Done): void;
  /** Has an agent go on with what broke off, as a new task. @throws Refusal NOT_FOUND, PERMISSION_DENIED or CONFLICT */
  resume(member: Member, id: number, done?: (task: Task | Refusal) => void): void;
}

/** What the order of tasks rests on. */
interface Known {
  byId(id: number): Task | undefined;
  forReader(member: Member, id: number): Task;
  mayRead(member: Member, task: Task): boolean;
  mayDecide(member: Member, task: Task): boolean;
  active(agentId: number): readonly Task[];
  decide(member: Member, id: number, action: "cancel", done: Done): void;
}

export function createQueues(log: Log, tasks: () => Known): Queues {
  /** @throws Refusal */
  function waiting(member: Member, id: number): Task {
    const task = tasks().forReader(member, id);
    if (!may(member, "manage_tasks"))
      throw new Refusal("PERMISSION_DENIED", "You may not change the order of what waits.");
    if (task.run === null || task.state !== "queued")
      throw new Refusal("CONFLICT", `Task ${id} is ${task.state} and does not wait: it has no place in the queue.`);
    return task;
  }

  const queues: Queues = {
    queueOf: (agentId) =>
      tasks()
        .active(agentId)
        .filter((task) => task.state === "queued" && task.run !== null)
        .sort((a, b) => (a.run?.place ?? 0) - (b.run?.place ?? 0)),
    underWay: (agentId) =>
      tasks()
        .active(agentId)
        .find((task) => task.state !== "queued" && task.run !== null),
    place(member, id, where, done) {
      const task = waiting(member, id);
      const queue = queues.queueOf(task.agent.id);
      const seen = queue.filter((each) => tasks().mayRead(member, each)).map((each) => each.id);
      const past = seen[seen.indexOf(id) + (where === "up" ? -1 : 1)];
      const rest = queue.map((each) => each.id).filter((each) => each !== id);
      const index = past === undefined ? rest.length : rest.indexOf(past) + (where === "down" ? 1 : 0);
      const order =
        where === "first" || (where === "up" && past === undefined) ? [id, ...rest] : rest.toSpliced(index, 0, id);
      const data: TaskPlaced = { id, order };
      log.append([{ kind: "task.placed", roomId: task.roomId, actorId: member.id, data }], ([outcome]) => {
        if (outcome) done?.(outcome);
      });
    },
    steer(member, id, done) {
      const task = waiting(member, id);
      const current = queues.underWay(task.agent.id);
      if (current && !tasks().mayDecide(member, current))
        throw new Refusal(
          "PERMISSION_DENIED",
          `${task.agent.name} is at something that you may not stop: wait, or ask.`,
        );
      queues.place(member, id, "first", (outcome) => {
        if (!outcome.ok || !current) {
          done?.(outcome);
          return;
        }
        try {
          tasks().decide(member, current.id, "cancel", (stopped) => {
            // It may have ended by itself meanwhile: what was wanted comes next all the same.
            done?.(stopped.ok ? stopped : outcome);
          });
        } catch {
          done?.(outcome);
        }
      });
    },
    resume(member, id, done) {
      const task = tasks().forReader(member, id);
      if (!tasks().mayDecide(member, task))
        throw new Refusal("PERMISSION_DENIED", "You may not have this task taken up again.");
      if (!task.canResume)
        throw new Refusal("CONFLICT", `Task ${id} cannot be taken up again, or somebody had it so already.`);
      if (task.agent.removedAt !== null)
        throw new Refusal("CONFLICT", `${task.agent.name} was fired: nobody takes task ${id} up again.`);
      const scope = member.scope ? { scope: member.scope } : {};
      const data: TaskOpened = {
        agentId: task.agent.id,
        requestId: task.requestId,
        requesterId: member.id,
        description: task.description,
        run: { reason: "resume", hops: 0, resumes: id, ...scope },
      };
      const by = { roomId: task.roomId, actorId: member.id };
      const resumed: TaskResumed = { id };
      const both = [
        { kind: "task.resumed", ...by, data: resumed },
        { kind: "task.opened", ...by, data },
      ];
      log.append(both, ([, outcome]) => {
        const opened = outcome?.ok ? tasks().byId(outcome.seq) : undefined;
        done?.(opened ?? (outcome?.ok === false ? outcome.refusal : new Refusal("INTERNAL_ERROR")));
      });
    },
  };
  return queues;
}
