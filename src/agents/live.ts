import type { Member } from "../people/member.ts";
import { endedStates, type Task, type TaskState } from "../tasks/task.ts";
import type { TaskChange, Tasks } from "../tasks/tasks.ts";
import type { StreamedAnswer } from "./answers.ts";
import type { RunRequest } from "./backends/backend.ts";
import { committed } from "./committed.ts";

/** A run under way: what is known of it beside the log. */
export interface LiveRun {
  readonly request: RunRequest;
  /** How many agents called one another before it. */
  readonly hops: number;
  readonly abort: AbortController;
  task: Task | undefined;
  answer: StreamedAnswer | undefined;
  /** Monotonic time of its last sign of life. */
  heardAt: number;
  /** Whether its backend has shown any. */
  begun: boolean;
  /** What it last said of itself: the card says it again when it is not quiet any more. */
  said: string;
  /** Whole minutes of silence that the card speaks of. */
  quietMinutes: number;
  stalled: boolean;
  askedForHelp: boolean;
  /** Whom or what it waits for, in the card's words; while it does, silence means nothing. */
  readonly waits: Map<symbol, string>;
  /** Its backend ended it as stuck, by its own word. */
  rests: boolean;
  /** It has ended its task itself, or is about to. */
  ended: boolean;
  stop: Stop | undefined;
  /** The last move of its task, asked for and perhaps not yet committed. */
  moves: Promise<unknown>;
}

/** Why a run is being ended from outside, and what its task is then. */
export interface Stop {
  readonly by: Member;
  readonly state: TaskState;
  /** What the card says when it is over. */
  readonly note: string;
  /** Monotonic. */
  readonly since: number;
  /** It did not end in time, and everybody was told. */
  overdue: boolean;
}

export function beginning(request: RunRequest, hops: number, now: number): LiveRun {
  return {
    request,
    hops,
    abort: new AbortController(),
    task: request.task ?? undefined,
    answer: undefined,
    heardAt: now,
    begun: false,
    said: "",
    quietMinutes: 0,
    stalled: false,
    askedForHelp: false,
    waits: new Map(),
    rests: false,
    ended: false,
    stop: undefined,
    moves: Promise.resolve(),
  };
}

/** Whether its task tells the whole of it: such a run has clocks, can be stopped, and ends its task when it ends. */
export function isWhole(live: LiveRun): boolean {
  return live.request.task !== null;
}

/**
 * Moves a run's task on, one step after the other: each is worked out from what the one before left, because the state that goes
 * unmentioned is written again. Nothing happens when the task has ended or there is nothing to change.
 */
export function moveOn(
  live: LiveRun,
  tasks: Tasks,
  change: (task: Task) => TaskChange | undefined,
  by?: Member,
): Promise<void> {
  const step = live.moves.then(async () => {
    const task = live.task && tasks.byId(live.task.id);
    const wanted = task && !endedStates.includes(task.state) ? change(task) : undefined;
    if (task && wanted) await committed((done) => tasks.move(task.id, wanted, by ?? task.agent, done));
  });
  live.moves = step.catch(() => undefined);
  return step;
}

/** A change of a run's own as it may be made now: while it waits for somebody, its card says for whom, and that it is stuck. */
export function besideWaits(live: LiveRun, change: TaskChange): TaskChange | undefined {
  if (live.waits.size === 0 || change.state !== undefined) return change;
  return change.progress === undefined ? undefined : { progress: change.progress };
}

/** How long something lasted, as cards say it: `1:05`. */
export function minutes(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
