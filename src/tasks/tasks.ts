import type { Log, LogEvent, Outcome } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { type Member, may, type Scope } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Rooms } from "../rooms/rooms.ts";
import {
  defineTasks,
  type HelpRequested,
  type TaskMoved,
  type TaskOpened,
  type TaskPlaced,
  type TaskResumed,
} from "./events.ts";
import { createQueues, type Queues } from "./queues.ts";
import { endedStates, type Task, type TaskRun, type TaskState } from "./task.ts";

export type TaskChange = Partial<Pick<TaskMoved, "state" | "progress" | "note" | "resumable">>;

/**
 * Ends the run of a task, if one is under way: the task is ended when the run is. @returns whether there was one; then `done` is
 * called as soon as it is on disk that the run is to end
 */
export type StopRun = (task: Task, by: Member, ending: "completed" | "cancelled", done?: Done) => boolean;

/** Takes what the agent itself says of a task that a run is at, in its order among the run's own moves. @returns whether there was one */
export type ReportRun = (task: Task, change: TaskChange, done: Done) => boolean;

type Done = (outcome: Outcome) => void;

export interface Tasks extends Queues {
  /** Whether a member may know of a task: who may read its room. */
  mayRead(member: Member, task: Task): boolean;
  /** Whether a member may move a task on or end it, by themselves or by telling its agent to: their own, or with the right to manage tasks any they may read. */
  mayDecide(member: Member, task: Task): boolean;
  byId(id: number): Task | undefined;
  /** @throws Refusal NOT_FOUND alike for what does not exist and what they may not know of */
  forReader(member: Member, id: number): Task;
  open(task: TaskOpened & { roomId: number }, done: (task: Task | Refusal) => void): void;
  /** Moves a task on; an agent does it at somebody's word. @throws Refusal NOT_FOUND; the log refuses steps that the states do not allow */
  move(id: number, change: TaskChange, actor: Member, done?: Done, onWordOf?: Member): void;
  /** A person ends or cancels a task from its card; one that is being worked on ends when its run has. @throws Refusal NOT_FOUND or PERMISSION_DENIED */
  decide(member: Member, id: number, action: "complete" | "cancel", done?: Done): void;
  /** Its agent says how far it is: what it waits for stays on its card. @throws Refusal NOT_FOUND */
  report(id: number, change: Pick<TaskChange, "progress" | "note">, agent: Member, done: Done): void;
  /** Says who ends runs; without anybody, none is under way. */
  runsEndBy(stop: StopRun): void;
  runsReportBy(report: ReportRun): void;
  requestHelp(task: Task, issue: string): void;
  /** In public rooms: the figure is told to everybody. */
  pendingHelp(): number;
  /** Whether somebody was asked for help with a task and it has not gone on since. */
  waitsForHelp(taskId: number): boolean;
  /** Tasks that have not ended, oldest first; of one agent or of all. */
  active(agentId?: number): readonly Task[];
  /** What was made of a request. */
  ofRequest(messageId: number): readonly Task[];
  /** The last of an agent's tasks that ended; of those that somebody may know of, where that is asked for. */
  lastEnded(agentId: number, mayKnow?: (task: Task) => boolean): Task | undefined;
  /** The task an event is about, as it was right after it: replayed steps must differ. Undefined when it is about something else. */
  ofEvent(event: LogEvent): Task | undefined;
}

interface TaskRow {
  id: number;
  seq: number;
  roomId: number;
  agentId: number;
  requestId: number;
  requesterId: number;
  description: string;
  state: string;
  progress: number;
  note: string;
  createdAt: number;
  updatedAt: number;
  endedAt: number | null;
  place: number | null;
  reason: string | null;
  hops: number | null;
  scope: string | null;
  resumes: number | null;
  resumable: number | null;
  claims: number;
}

/** Tasks that ended which are looked through for one that somebody may know of. */
const newestEnded = 50;

// Claims stand above tasks: what is asked here is only how many there are.
const from = `SELECT id, seq, room_id AS roomId, agent_id AS agentId, request_id AS requestId, requester_id AS requesterId, description,
  state, progress, note, created_at AS createdAt, updated_at AS updatedAt, ended_at AS endedAt, place, reason, hops, scope, resumes, resumable,
  (SELECT count(*) FROM leases WHERE leases.task_id = tasks.id) AS claims FROM tasks LEFT JOIN task_runs ON task_id = id`;

export function createTasks(store: Store, log: Log, members: Members, rooms: Rooms): Tasks {
  const { sqlite } = store;
  const select = sqlite.prepare<TaskRow, [number]>(`${from} WHERE id = ?`);
  const open = sqlite.prepare<TaskRow, []>(`${from} WHERE ended_at IS NULL ORDER BY id`);
  const openOf = sqlite.prepare<TaskRow, [number]>(`${from} WHERE agent_id = ? AND ended_at IS NULL ORDER BY id`);
  const ofRequest = sqlite.prepare<TaskRow, [number]>(`${from} WHERE request_id = ? ORDER BY id`);
  const ended = sqlite.prepare<TaskRow, [number, number]>(
    `${from} WHERE agent_id = ? AND ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT ?`,
  );
  const waitingHelp = sqlite.prepare<{ count: number }, []>(
    `SELECT count(*) AS count FROM help_requests JOIN rooms ON rooms.id = room_id
     WHERE answered_at IS NULL AND visibility = 'public'`,
  );
  const waitsForHelp = sqlite.prepare<{ id: number }, [number]>(
    "SELECT id FROM help_requests WHERE task_id = ? AND answered_at IS NULL LIMIT 1",
  );
  let stopRun: StopRun = () => false;
  let reportRun: ReportRun = () => false;

  defineTasks(store, log);

  const complete = (row: TaskRow): Task => {
    const { agentId, requesterId, place: _p, reason: _r, hops: _h, scope: _s, resumes: _e, resumable, ...plain } = row;
    const { slug, visibility } = rooms.byId(row.roomId);
    return {
      ...plain,
      state: row.state as TaskState,
      room: slug,
      isPublic: visibility === "public",
      agent: members.byId(agentId),
      requester: members.byId(requesterId),
      run: runOf(row),
      canResume: resumable === 1,
    };
  };

  const tasks: Tasks = {
    mayRead: (member, { roomId }) => rooms.mayRead(member, rooms.byId(roomId)),
    byId(id) {
      const row = select.get(id);
      return row ? complete(row) : undefined;
    },
    forReader(member, id) {
      const task = tasks.byId(id);
      if (!task || !tasks.mayRead(member, task)) throw new Refusal("NOT_FOUND", `There is no task ${id}.`);
      return task;
    },
    open({ roomId, ...data }, done) {
      log.append(
        [{ kind: "task.opened", roomId, actorId: data.agentId, data: data satisfies TaskOpened }],
        ([outcome]) => {
          const task = outcome?.ok ? tasks.byId(outcome.seq) : undefined;
          done(task ?? (outcome?.ok === false ? outcome.refusal : new Refusal("INTERNAL_ERROR")));
        },
      );
    },
    mayDecide: (member, task) =>
      tasks.mayRead(member, task) && (may(member, "manage_tasks") || member.id === task.requester.id),
    move(id, change, actor, done, onWordOf) {
      const task = tasks.byId(id);
      if (!task) throw new Refusal("NOT_FOUND", `There is no task ${id}.`);
      const data: TaskMoved = {
        id,
        state: change.state ?? task.state,
        progress: change.state === "completed" ? 100 : clampPercent(change.progress ?? task.progress),
        note: (change.note ?? task.note).slice(0, 500).toWellFormed(),
        ...(onWordOf && { onWordOf: onWordOf.id }),
        ...(change.resumable && { resumable: true }),
      };
      log.append([{ kind: "task.moved", roomId: task.roomId, actorId: actor.id, data }], ([outcome]) => {
        if (outcome) done?.(outcome);
      });
    },
    decide(member, id, action, done) {
      const task = tasks.forReader(member, id);
      if (!tasks.mayDecide(member, task)) throw new Refusal("PERMISSION_DENIED", "You may not end this task.");
      const state = action === "complete" ? "completed" : "cancelled";
      if (stopRun(task, member, state, done)) return;
      const note = task.run && state === "cancelled" ? { note: `Cancelled by ${member.name}` } : {};
      tasks.move(id, { state, ...note }, member, done);
    },
    report(id, change, agent, done) {
      const task = tasks.byId(id);
      if (!task || !reportRun(task, change, done)) tasks.move(id, change, agent, done);
    },
    runsReportBy(report) {
      reportRun = report;
    },
    runsEndBy(stop) {
      stopRun = stop;
    },
    requestHelp(task, issue) {
      const data: HelpRequested = {
        agentId: task.agent.id,
        taskId: task.id,
        issue: issue.slice(0, 500).toWellFormed(),
        progress: task.progress,
      };
      log.append([{ kind: "help.requested", roomId: task.roomId, actorId: task.agent.id, data }]);
    },
    pendingHelp: () => waitingHelp.get()?.count ?? 0,
    waitsForHelp: (taskId) => waitsForHelp.get(taskId) !== null,
    active: (agentId) => (agentId === undefined ? open.all() : openOf.all(agentId)).map(complete),
    ofRequest: (messageId) => ofRequest.all(messageId).map(complete),
    lastEnded(agentId, mayKnow) {
      if (mayKnow) return ended.all(agentId, newestEnded).map(complete).find(mayKnow);
      const row = ended.get(agentId, 1);
      return row ? complete(row) : undefined;
    },
    ofEvent(event) {
      if (event.kind === "task.opened") {
        const task = tasks.byId(event.seq);
        const begun = { state: "queued", progress: 0, note: "", endedAt: null, canResume: false } as const;
        return task && { ...task, ...begun, seq: event.seq, updatedAt: event.at };
      }
      if (event.kind === "task.moved") {
        const { id, state, progress, note, resumable = false } = event.data as TaskMoved;
        const task = tasks.byId(id);
        const endedAt = endedStates.includes(state) ? event.at : null;
        const canResume = resumable && (task?.canResume ?? false);
        return task && { ...task, state, progress, note, endedAt, canResume, seq: event.seq, updatedAt: event.at };
      }
      if (event.kind === "task.placed" || event.kind === "task.resumed") {
        const task = tasks.byId((event.data as TaskPlaced | TaskResumed).id);
        return task && { ...task, seq: event.seq, updatedAt: event.at };
      }
      if (event.kind === "help.requested") {
        const { taskId, progress } = event.data as HelpRequested;
        const task = tasks.byId(taskId);
        return task && { ...task, progress };
      }
      return undefined;
    },
    ...createQueues(log, () => tasks),
  };
  return tasks;
}

function runOf({ place, reason, hops, scope, resumes }: TaskRow): TaskRun | null {
  if (place === null) return null;
  return {
    reason: reason === "resume" ? "resume" : "mention",
    place,
    hops: hops ?? 0,
    scope: scope === null ? undefined : (JSON.parse(scope) as Scope),
    resumes,
  };
}

function clampPercent(progress: number): number {
  return Math.round(Math.min(100, Math.max(0, progress)));
}
