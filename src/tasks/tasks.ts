import type { Log, LogEvent, Outcome } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { type Member, may } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import { standingIn } from "../people/standing.ts";
import type { Rooms } from "../rooms/rooms.ts";
import { endedStates, nextStates, type Task, type TaskState } from "./task.ts";

/** `task.opened`: an agent was asked to do something. Its seq is the task's id. */
export interface TaskOpened {
  readonly agentId: number;
  readonly requestId: number;
  readonly requesterId: number;
  readonly description: string;
}

/** `task.moved`: its state, progress or note changed. */
export interface TaskMoved {
  readonly id: number;
  readonly state: TaskState;
  readonly progress: number;
  readonly note: string;
  /** Whoever told its agent so. */
  readonly onWordOf?: number;
}

/** `help.requested`: a task cannot go on without somebody. Its seq is the request's id. */
export interface HelpRequested {
  readonly agentId: number;
  readonly taskId: number;
  readonly issue: string;
  readonly progress: number;
}

export type TaskChange = Partial<Pick<TaskMoved, "state" | "progress" | "note">>;

export interface Tasks {
  /** Whether a member may know of a task: who may read its room. */
  mayRead(member: Member, task: Task): boolean;
  /** Whether a member may move a task on or end it, by themselves or by telling its agent to: their own, or with the right to manage tasks any they may read. */
  mayDecide(member: Member, task: Task): boolean;
  byId(id: number): Task | undefined;
  open(task: TaskOpened & { roomId: number }, done: (task: Task | Refusal) => void): void;
  /** Moves a task on; an agent does it at somebody's word. @throws Refusal NOT_FOUND; the log refuses steps that the states do not allow */
  move(id: number, change: TaskChange, actor: Member, done?: (outcome: Outcome) => void, onWordOf?: Member): void;
  /** A person ends or cancels a task from its card. @throws Refusal NOT_FOUND or PERMISSION_DENIED */
  decide(member: Member, id: number, action: "complete" | "cancel", done?: (outcome: Outcome) => void): void;
  requestHelp(task: Task, issue: string): void;
  /** In public rooms: the figure is told to everybody. */
  pendingHelp(): number;
  /** Tasks that have not ended, oldest first; of one agent or of all. */
  active(agentId?: number): readonly Task[];
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
}

/** Tasks that ended which are looked through for one that somebody may know of. */
const newestEnded = 50;

const columns = `id, seq, room_id AS roomId, agent_id AS agentId, request_id AS requestId, requester_id AS requesterId, description,
  state, progress, note, created_at AS createdAt, updated_at AS updatedAt, ended_at AS endedAt`;

export function createTasks(store: Store, log: Log, members: Members, rooms: Rooms): Tasks {
  const { sqlite } = store;
  const select = sqlite.prepare<TaskRow, [number]>(`SELECT ${columns} FROM tasks WHERE id = ?`);
  const open = sqlite.prepare<TaskRow, []>(`SELECT ${columns} FROM tasks WHERE ended_at IS NULL ORDER BY id`);
  const openOf = sqlite.prepare<TaskRow, [number]>(
    `SELECT ${columns} FROM tasks WHERE agent_id = ? AND ended_at IS NULL ORDER BY id`,
  );
  const ended = sqlite.prepare<TaskRow, [number, number]>(
    `SELECT ${columns} FROM tasks WHERE agent_id = ? AND ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT ?`,
  );
  const waitingHelp = sqlite.prepare<{ count: number }, []>(
    `SELECT count(*) AS count FROM help_requests JOIN rooms ON rooms.id = room_id
     WHERE answered_at IS NULL AND visibility = 'public'`,
  );

  defineTasks(store, log);

  const complete = (row: TaskRow): Task => {
    const { slug, visibility } = rooms.byId(row.roomId);
    return {
      ...row,
      state: row.state as TaskState,
      room: slug,
      isPublic: visibility === "public",
      agent: members.byId(row.agentId),
      requester: members.byId(row.requesterId),
    };
  };

  const tasks: Tasks = {
    mayRead: (member, { roomId }) => rooms.mayRead(member, rooms.byId(roomId)),
    byId(id) {
      const row = select.get(id);
      return row ? complete(row) : undefined;
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
        note: (change.note ?? task.note).slice(0, 500),
        ...(onWordOf && { onWordOf: onWordOf.id }),
      };
      log.append([{ kind: "task.moved", roomId: task.roomId, actorId: actor.id, data }], ([outcome]) => {
        if (outcome) done?.(outcome);
      });
    },
    decide(member, id, action, done) {
      const task = taskForReader(tasks, member, id);
      if (!tasks.mayDecide(member, task)) throw new Refusal("PERMISSION_DENIED", "You may not end this task.");
      tasks.move(id, action === "complete" ? { state: "completed" } : { state: "cancelled" }, member, done);
    },
    requestHelp(task, issue) {
      const data: HelpRequested = {
        agentId: task.agent.id,
        taskId: task.id,
        issue: issue.slice(0, 500),
        progress: task.progress,
      };
      log.append([{ kind: "help.requested", roomId: task.roomId, actorId: task.agent.id, data }]);
    },
    pendingHelp: () => waitingHelp.get()?.count ?? 0,
    active: (agentId) => (agentId === undefined ? open.all() : openOf.all(agentId)).map(complete),
    lastEnded(agentId, mayKnow) {
      if (mayKnow) return ended.all(agentId, newestEnded).map(complete).find(mayKnow);
      const row = ended.get(agentId, 1);
      return row ? complete(row) : undefined;
    },
    ofEvent(event) {
      if (event.kind === "task.opened") {
        const task = tasks.byId(event.seq);
        const begun = { state: "queued", progress: 0, note: "", endedAt: null } as const;
        return task && { ...task, ...begun, seq: event.seq, updatedAt: event.at };
      }
      if (event.kind === "task.moved") {
        const { id, state, progress, note } = event.data as TaskMoved;
        const task = tasks.byId(id);
        const endedAt = endedStates.includes(state) ? event.at : null;
        return task && { ...task, state, progress, note, endedAt, seq: event.seq, updatedAt: event.at };
      }
      if (event.kind === "help.requested") {
        const { taskId, progress } = event.data as HelpRequested;
        const task = tasks.byId(taskId);
        return task && { ...task, progress };
      }
      return undefined;
    },
  };
  return tasks;
}

/** A task that somebody may know of. @throws Refusal NOT_FOUND for every other, whether there is one or not */
export function taskForReader(tasks: Pick<Tasks, "byId" | "mayRead">, reader: Member, id: number): Task {
  const task = tasks.byId(id);
  if (!task || !tasks.mayRead(reader, task)) throw new Refusal("NOT_FOUND", `There is no task ${id}.`);
  return task;
}

/** How events of tasks change the tables; nothing else does. */
function defineTasks(store: Store, log: Log): void {
  const { sqlite } = store;
  const standing = standingIn(store);
  const current = sqlite.prepare<{ state: string; agentId: number; requesterId: number }, [number]>(
    "SELECT state, agent_id AS agentId, requester_id AS requesterId FROM tasks WHERE id = ?",
  );
  const insert = sqlite.prepare(
    `INSERT INTO tasks (id, seq, room_id, agent_id, request_id, requester_id, description, state, progress, note, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', 0, '', ?, ?)`,
  );
  const update = sqlite.prepare(
    "UPDATE tasks SET seq = ?, state = ?, progress = ?, note = ?, updated_at = ?, ended_at = ? WHERE id = ?",
  );
  const insertHelp = sqlite.prepare(
    "INSERT INTO help_requests (id, room_id, agent_id, task_id, issue, progress, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const answerHelp = sqlite.prepare(
    "UPDATE help_requests SET answered_at = ? WHERE task_id = ? AND answered_at IS NULL",
  );

  log.define("task.opened", (event) => {
    const { agentId, requestId, requesterId, description } = event.data as TaskOpened;
    insert.run(event.seq, event.seq, event.roomId, agentId, requestId, requesterId, description, event.at, event.at);
  });
  const moved = (event: LogEvent) => {
    const { id, state, progress, note } = event.data as TaskMoved;
    const from = current.get(id)?.state as TaskState | undefined;
    if (from === undefined) throw new Refusal("NOT_FOUND", `There is no task ${id}.`);
    if (from !== state && !nextStates[from].includes(state)) {
      throw new Refusal("CONFLICT", `Task ${id} is ${from} and cannot become ${state}.`);
    }
    if (from === state && endedStates.includes(state)) throw new Refusal("CONFLICT", `Task ${id} is ${from} already.`);
    const endedAt = endedStates.includes(state) ? event.at : null;
    update.run(event.seq, state, progress, note, event.at, endedAt, id);
    // A task that goes on or ends has had its help.
    if (state !== "stuck") answerHelp.run(event.at, id);
  };
  log.define("task.moved", moved, ({ roomId, actorId, data }) => {
    const { id, onWordOf } = data as TaskMoved;
    const task = current.get(id);
    // An agent moves its own; at somebody's word what that person may move.
    const byId = actorId === task?.agentId ? onWordOf : actorId;
    if (!task || byId === undefined || byId === null) return;
    const by = standing.needsIn(roomId, byId, "write");
    if (by.kind !== "system" && byId !== task.requesterId && !may(by, "manage_tasks"))
      throw new Refusal("PERMISSION_DENIED", "You may not move this task on.");
  });
  log.define("help.requested", (event) => {
    const { agentId, taskId, issue, progress } = event.data as HelpRequested;
    insertHelp.run(event.seq, event.roomId, agentId, taskId, issue, progress, event.at);
  });
}

function clampPercent(progress: number): number {
  return Math.round(Math.min(100, Math.max(0, progress)));
}
