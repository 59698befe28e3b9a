export type StepKind = "read" | "edit" | "delete" | "move" | "search" | "execute" | "think" | "fetch" | "other";
export type StepState = "pending" | "running" | "completed" | "failed";

/** A file as a step changed it; `before` null: it was not there. */
export interface StepDiff {
  readonly path: string;
  readonly before: string | null;
  readonly after: string;
}

/** What a step did to a file, counted in lines. */
export interface FileChange {
  readonly path: string;
  readonly added: number;
  readonly removed: number;
  readonly isNew: boolean;
}

/** Something a run did or does. */
export interface Step {
  readonly id: string;
  /** Which of its task's it is, from 1. */
  readonly number: number;
  readonly kind: StepKind;
  readonly title: string;
  readonly state: StepState;
  /** What exactly: a command line, a path, a query. */
  readonly input: string;
  /** What came of it, as a terminal would get it; only its beginning and end when it was long. */
  readonly output: string;
  readonly diffs: readonly StepDiff[];
  /** The same counted: lists show this. */
  readonly files: readonly FileChange[];
  readonly startedAt: number;
  readonly endedAt: number | null;
}

/** A step as lists show it, without what it may be long for. */
export type StepInBrief = Omit<Step, "output" | "diffs">;

export type StepChange = Pick<Step, "id"> &
  Partial<Pick<Step, "kind" | "title" | "state" | "input" | "output" | "diffs">>;

/** One thing that is to be done. */
export interface PlanEntry {
  readonly content: string;
  readonly status: "pending" | "in_progress" | "completed";
}

/** Whether a step of that state is over. */
export function isOver(state: StepState): boolean {
  return state === "completed" || state === "failed";
}
