import type { Log, LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { may, type Scope } from "../people/member.ts";
import { standingIn } from "../people/standing.ts";
import { endedStates, nextStates, type TaskRun, type TaskState } from "./task.ts";

/** `task.opened`: an agent was asked to do something. Its seq is the task's id. */
export interface TaskOpened {
  readonly agentId: number;
  readonly requestId: number;
  readonly requesterId: number;
  readonly description: string;
  /** Of a task that is a run from its beginning. */
  readonly run?: RunOpened;
}

export interface RunOpened {
  readonly reason: TaskRun["reason"];
  readonly hops: number;
  readonly scope?: Scope;
  /** Who set the agent to work that asks: they pay for it. */
  readonly behind?: number;
  readonly resumes?: number;
}

/** `task.moved`: its state, progress or note changed. */
export interface TaskMoved {
  readonly id: number;
  readonly state: TaskState;
  readonly progress: number;
  readonly note: string;
  /** Whoever told its agent so. */
  readonly onWordOf?: number;
  /** It failed because its process ended, and its agent can go on from there. */
  readonly resumable?: boolean;
}

/** `task.resumed`: somebody has it taken up again, by the task that is opened in the same commit. */
export interface TaskResumed {
  readonly id: number;
}

/** `task.placed`: what an agent has waiting stands in another order now. */
export interface TaskPlaced {
  /** The one that was moved. */
  readonly id: number;
  /** All that wait, the next one first. */
  readonly order: readonly number[];
}

/** `help.requested`: a task cannot go on without somebody. Its seq is the request's id. */
export interface HelpRequested {
  readonly agentId: number;
  readonly taskId: number;
  readonly issue: string;
  readonly progress: number;
}

interface Current {
  readonly state: TaskState;
  readonly agentId: number;
  readonly requesterId: number;
}

/** How events of tasks change the tables; nothing else does. */
export function defineTasks(store: Store, log: Log): void {
  const { sqlite } = store;
  const standing = standingIn(store);
  const current = sqlite.prepare<Current, [number]>(
    "SELECT state, agent_id AS agentId, requester_id AS requesterId FROM tasks WHERE id = ?",
  );
  const insert = sqlite.prepare(
    `INSERT INTO tasks (id, seq, room_id, agent_id, request_id, requester_id, description, state, progress, note, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', 0, '', ?, ?)`,
  );
  const insertRun = sqlite.prepare(
    "INSERT INTO task_runs (task_id, place, reason, hops, scope, resumes, resumable) VALUES (?, ?, ?, ?, ?, ?, 0)",
  );
  const update = sqlite.prepare(
    "UPDATE tasks SET seq = ?, state = ?, progress = ?, note = ?, updated_at = ?, ended_at = ? WHERE id = ?",
  );
  const resumable = sqlite.prepare("UPDATE task_runs SET resumable = ?2 WHERE task_id = ?1");
  const isResumable = sqlite.prepare<{ resumable: number }, [number]>(
    "SELECT resumable FROM task_runs WHERE task_id = ?",
  );
  const place = sqlite.prepare("UPDATE task_runs SET place = ?2 WHERE task_id = ?1");
  const insertHelp = sqlite.prepare(
    "INSERT INTO help_requests (id, room_id, agent_id, task_id, issue, progress, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const answerHelp = sqlite.prepare(
    "UPDATE help_requests SET answered_at = ? WHERE task_id = ? AND answered_at IS NULL",
  );

  const opened = (event: LogEvent) => {
    const { agentId, requestId, requesterId, description, run } = event.data as TaskOpened;
    insert.run(event.seq, event.seq, event.roomId, agentId, requestId, requesterId, description, event.at, event.at);
    if (!run) return;
    const scope = run.scope ? JSON.stringify(run.scope) : null;
    insertRun.run(event.seq, event.seq, run.reason, run.hops, scope, run.resumes ?? null);
  };
  log.define("task.opened", opened, ({ roomId, actorId, data }) => {
    const { agentId, requesterId, run } = data as TaskOpened;
    if (run) {
      // Real work is done at the word of those who may have things done.
      standing.needsIn(roomId, requesterId, "execute");
      // Nobody would ever begin with it.
      if (standing.member(agentId)?.removedAt !== null)
        throw new Refusal("CONFLICT", "That agent was fired in this moment: ask another one.");
    }
    // An agent takes up what it was asked; others have it go on with what broke off.
    if (actorId !== null && actorId !== agentId) standing.needsIn(roomId, actorId, "write");
  });
  const resumed = ({ data }: LogEvent) => {
    const { id } = data as TaskResumed;
    if (isResumable.get(id)?.resumable !== 1)
      throw new Refusal("CONFLICT", `Task ${id} cannot be taken up again, or somebody had it so already.`);
    resumable.run(id, 0);
  };
  log.define("task.resumed", resumed, ({ roomId, actorId, data }) =>
    mayDecide(roomId, actorId, (data as TaskResumed).id),
  );
  const moved = (event: LogEvent) => {
    const { id, state, progress, note, resumable: canResume } = event.data as TaskMoved;
    const from = current.get(id)?.state;
    if (from === undefined) throw new Refusal("NOT_FOUND", `There is no task ${id}.`);
    if (from !== state && !nextStates[from].includes(state)) {
      throw new Refusal("CONFLICT", `Task ${id} is ${from} and cannot become ${state}.`);
    }
    if (from === state && endedStates.includes(state)) throw new Refusal("CONFLICT", `Task ${id} is ${from} already.`);
    const endedAt = endedStates.includes(state) ? event.at : null;
    update.run(event.seq, state, progress, note, event.at, endedAt, id);
    if (canResume && state === "failed") resumable.run(id, 1);
    // A task that goes on or ends has had its help.
    if (state !== "stuck") answerHelp.run(event.at, id);
  };
  log.define("task.moved", moved, ({ roomId, actorId, data }) => {
    const { id, onWordOf } = data as TaskMoved;
    // An agent moves its own; at somebody's word what that person may move.
    const byId = actorId === current.get(id)?.agentId ? onWordOf : actorId;
    if (byId !== undefined) mayDecide(roomId, byId, id);
  });
  const placed = (event: LogEvent) => {
    const { id, order } = event.data as TaskPlaced;
    if (current.get(id)?.state !== "queued")
      throw new Refusal("CONFLICT", `Task ${id} does not wait any more: it has no place in the queue.`);
    // Below zero: whatever is asked later has its own number for a place and comes behind all of these.
    for (const [index, each] of order.entries()) place.run(each, index - order.length);
  };
  log.define("task.placed", placed, ({ roomId, actorId }) => {
    if (actorId !== null && !may(standing.needsIn(roomId, actorId, "write"), "manage_tasks"))
      throw new Refusal("PERMISSION_DENIED", "You may not change the order of what waits.");
  });
  log.define("help.requested", (event) => {
    const { agentId, taskId, issue, progress } = event.data as HelpRequested;
    insertHelp.run(event.seq, event.roomId, agentId, taskId, issue, progress, event.at);
  });

  /** @throws Refusal NOT_FOUND or PERMISSION_DENIED */
  function mayDecide(roomId: number | null, memberId: number | null, taskId: number): void {
    const task = current.get(taskId);
    if (!task || memberId === null) return;
    const by = standing.needsIn(roomId, memberId, "write");
    if (by.kind !== "system" && memberId !== task.requesterId && !may(by, "manage_tasks"))
      throw new Refusal("PERMISSION_DENIED", "You may not move this task on.");
  }
}
