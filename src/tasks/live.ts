import type { Limits } from "../limits.ts";
import { Kept } from "./kept.ts";
import { isOver, type Step } from "./step.ts";
import type { Task } from "./task.ts";
import { Terminal } from "./terminal.ts";

/** A step that runs, or whose end is not on the disk yet. */
export interface LiveStep {
  step: Omit<Step, "output">;
  output: Kept;
  screen: Terminal;
  /** Whether what is kept of it is to be stored with its end. */
  hasNews: boolean;
  /** Whether something of it could not be stored: the next change says all of it. */
  isBehind: boolean;
}

/** What is going on in a task's run, beside what is stored of it. */
export interface LiveTask {
  readonly task: Task;
  readonly steps: Map<string, LiveStep>;
  thought: Kept;
  /** The last plan, as JSON. */
  plan: string;
  /** Steps it has had. */
  count: number;
  /** Characters that its steps have stored. */
  stored: number;
}

export function thoughtOf(limits: Limits, text: string): Kept {
  return new Kept({ head: limits.thoughtHeadCharacters, tail: limits.thoughtTailCharacters }, text);
}

/** What is kept of a step's output; little, when its task has stored much already. */
export function outputOf(limits: Limits, stored: number, text = ""): Kept {
  if (stored < limits.taskOutputCharacters)
    return new Kept({ head: limits.stepHeadCharacters, tail: limits.stepTailCharacters }, text);
  return new Kept({ head: 0, tail: limits.stepLeastCharacters }, text);
}

/** A terminal that a run writes to. */
export function screenOf(limits: Limits, text = ""): Terminal {
  const { terminalColumns, terminalRows, terminalLines, terminalWriteCharacters } = limits;
  const size = { columns: terminalColumns, rows: terminalRows, lines: terminalLines };
  return new Terminal(size, terminalWriteCharacters, text);
}

/** A finished output as lines, for a page. */
export function linesOf(limits: Limits, text: string) {
  const { terminalColumns, terminalRows, terminalPageLines } = limits;
  // One more than is shown: then one knows that there is more.
  const lines = terminalPageLines + 1;
  const size = { columns: terminalColumns, rows: terminalRows, lines };
  return new Terminal(size, Number.POSITIVE_INFINITY, text).lines(lines);
}

export function stepOf({ step, output }: LiveStep): Step {
  return { ...step, output: output.text() };
}

/** A step whose run is over, and that nobody ended: it did not come to its end. */
export function abandoned<T extends Pick<Step, "state" | "endedAt">>(step: T, taskEndedAt: number | null): T {
  if (taskEndedAt === null || isOver(step.state)) return step;
  return { ...step, state: "failed", endedAt: taskEndedAt };
}
