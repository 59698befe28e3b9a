import type { Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import {
  type FileChange,
  isOver,
  type PlanEntry,
  type Step,
  type StepDiff,
  type StepInBrief,
  type StepKind,
  type StepState,
} from "./step.ts";

/** `task.stepped`: a step begins, is something else now, or ends. Each says all of it but `input` and `files`, which are said when they change. */
export interface TaskStepped {
  readonly taskId: number;
  readonly id: string;
  readonly number: number;
  readonly kind: StepKind;
  readonly title: string;
  readonly state: StepState;
  readonly input?: string;
  readonly files?: readonly FileChange[];
}

/**
 * `task.kept`: what a step leaves behind. It may be long and stands in no room, so that whoever catches up with a room does not read it;
 * the `task.stepped` of the same batch tells that it is there.
 */
export interface TaskKept {
  readonly taskId: number;
  readonly id: string;
  readonly output?: string;
  readonly diffs?: readonly StepDiff[];
}

/** `task.planned`: the whole plan, each time. */
export interface TaskPlanned {
  readonly taskId: number;
  readonly entries: readonly PlanEntry[];
}

/** `task.thought`: what its agent thought aloud, at the end of a run. In no room either. */
export interface TaskThought {
  readonly taskId: number;
  readonly thought: string;
}

interface BriefRow {
  id: string;
  number: number;
  kind: string;
  title: string;
  state: string;
  input: string;
  files: string;
  startedAt: number;
  endedAt: number | null;
}

interface FullRow extends BriefRow {
  output: string;
  diffs: string;
}

/** The stored steps of tasks. */
export interface StepsTable {
  step(taskId: number, id: string): Step | undefined;
  /** All of a task's, oldest first. */
  steps(taskId: number): readonly Step[];
  /** The last of a task's, oldest first, without what they are long for. */
  newest(taskId: number, most: number): readonly StepInBrief[];
  count(taskId: number): number;
  plan(taskId: number): readonly PlanEntry[];
  thought(taskId: number): string;
}

const briefColumns = "id, number, kind, title, state, input, files, started_at AS startedAt, ended_at AS endedAt";

/** Says how events change the tables of steps; nothing else does. */
export function createStepsTable(store: Store, log: Log): StepsTable {
  const { sqlite } = store;
  define(store, log);
  const one = sqlite.prepare<FullRow, [number, string]>(
    `SELECT ${briefColumns}, output, diffs FROM task_steps WHERE task_id = ? AND id = ?`,
  );
  const all = sqlite.prepare<FullRow, [number]>(
    `SELECT ${briefColumns}, output, diffs FROM task_steps WHERE task_id = ? ORDER BY number`,
  );
  const newest = sqlite.prepare<BriefRow, [number, number]>(
    `SELECT ${briefColumns} FROM task_steps WHERE task_id = ? ORDER BY number DESC LIMIT ?`,
  );
  const count = sqlite.prepare<{ count: number }, [number]>(
    "SELECT count(*) AS count FROM task_steps WHERE task_id = ?",
  );
  const plan = sqlite.prepare<{ entries: string }, [number]>("SELECT entries FROM task_plans WHERE task_id = ?");
  const thought = sqlite.prepare<{ thought: string }, [number]>("SELECT thought FROM task_thoughts WHERE task_id = ?");
  return {
    step(taskId, id) {
      const row = one.get(taskId, id);
      return row ? full(row) : undefined;
    },
    steps: (taskId) => all.all(taskId).map(full),
    newest: (taskId, most) => newest.all(taskId, most).map(brief).reverse(),
    count: (taskId) => count.get(taskId)?.count ?? 0,
    plan: (taskId) => JSON.parse(plan.get(taskId)?.entries ?? "[]") as PlanEntry[],
    thought: (taskId) => thought.get(taskId)?.thought ?? "",
  };
}

function define(store: Store, log: Log): void {
  const { sqlite } = store;
  const stepped = sqlite.prepare(
    `INSERT INTO task_steps (task_id, id, number, kind, title, state, input, files, output, diffs, started_at, ended_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, coalesce(?7, ''), coalesce(?8, '[]'), '', '[]', ?9, ?10)
     ON CONFLICT (task_id, id) DO UPDATE SET kind = ?4, title = ?5, state = ?6, input = coalesce(?7, input),
       files = coalesce(?8, files), ended_at = coalesce(ended_at, ?10)`,
  );
  const kept = sqlite.prepare(
    "UPDATE task_steps SET output = coalesce(?3, output), diffs = coalesce(?4, diffs) WHERE task_id = ?1 AND id = ?2",
  );
  const planned = sqlite.prepare(
    "INSERT INTO task_plans (task_id, entries) VALUES (?1, ?2) ON CONFLICT (task_id) DO UPDATE SET entries = ?2",
  );
  const thought = sqlite.prepare(
    "INSERT INTO task_thoughts (task_id, thought) VALUES (?1, ?2) ON CONFLICT (task_id) DO UPDATE SET thought = ?2",
  );
  log.define("task.stepped", ({ data, at }) => {
    const { taskId, id, number, kind, title, state, input, files } = data as TaskStepped;
    const filesJson = files === undefined ? null : JSON.stringify(files);
    stepped.run(taskId, id, number, kind, title, state, input ?? null, filesJson, at, isOver(state) ? at : null);
  });
  log.define("task.kept", ({ data }) => {
    const { taskId, id, output, diffs } = data as TaskKept;
    kept.run(taskId, id, output ?? null, diffs === undefined ? null : JSON.stringify(diffs));
  });
  log.define("task.planned", ({ data }) => {
    const { taskId, entries } = data as TaskPlanned;
    planned.run(taskId, JSON.stringify(entries));
  });
  log.define("task.thought", ({ data }) => {
    const given = data as TaskThought;
    thought.run(given.taskId, given.thought);
  });
}

function brief({ kind, state, files, ...row }: BriefRow): StepInBrief {
  return { ...row, kind: kind as StepKind, state: state as StepState, files: JSON.parse(files) as FileChange[] };
}

function full({ output, diffs, ...row }: FullRow): Step {
  return { ...brief(row), output, diffs: JSON.parse(diffs) as StepDiff[] };
}
