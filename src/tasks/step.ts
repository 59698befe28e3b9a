export type StepKind = "read" | "edit" | "delete" | "move" | "search" | "execute" | "think" | "fetch" | "other";
export type StepState = "pending" | "running" | "completed" | "failed";

/** A file as a step changed it; `before` null: it was not there. */
export interface StepDiff {
  readonly path: string;
  readonly before: string | null;
  readonly after: string;
}

/** Something a run did or does. */
export interface Step {
  readonly id: string;
  readonly kind: StepKind;
  readonly title: string;
  readonly state: StepState;
  /** What exactly: a command line, a path, a query. */
  readonly input: string;
  /** What came of it, as a terminal would get it; only its beginning and end when it was long. */
  readonly output: string;
  readonly diffs: readonly StepDiff[];
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export type StepChange = Pick<Step, "id"> &
  Partial<Pick<Step, "kind" | "title" | "state" | "input" | "output" | "diffs">>;
