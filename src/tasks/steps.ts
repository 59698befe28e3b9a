import type { PlanEntry, Step, StepChange } from "./step.ts";
import type { Task } from "./task.ts";

/** What runs do, as people see it: durable where it begins and ends, live in between. */
export interface Steps {
  change(task: Task, step: StepChange): void; // event task.stepped when it begins, changes what is durable, or ends
  output(task: Task, stepId: string, data: string): void; // live, with offset; what is kept of it is stored when the step ends
  thought(task: Task, delta: string): void;
  plan(task: Task, entries: readonly PlanEntry[]): void;
  /** At the end of a run: what is still open is over, in that way. */
  close(task: Task, state: "completed" | "failed"): void;
  of(taskId: number): readonly Step[]; // with the output so far of those that run
  planOf(taskId: number): readonly PlanEntry[];
  thoughtOf(taskId: number): string;
}
