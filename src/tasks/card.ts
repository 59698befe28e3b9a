import type { Limits } from "../limits.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import { diffOf, type FileDiff } from "./diff.ts";
import { linesOf } from "./live.ts";
import type { PlanEntry, Step, StepInBrief } from "./step.ts";
import type { Steps } from "./steps.ts";
import { endedStates, type Task } from "./task.ts";
import type { Tasks } from "./tasks.ts";
import type { TerminalLine } from "./terminal-screen.ts";

/** What a run has used, as a card says it; money in US dollars, null where nobody says. */
export interface Spent {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number | null;
}

/** A step on a card; `screen`: the end of its terminal while it runs. */
export interface StepOnCard {
  readonly step: StepInBrief;
  readonly screen: readonly TerminalLine[];
}

/** A step with all it holds, and what its output looks like. */
export interface StepInFull {
  readonly step: Step;
  readonly screen: readonly TerminalLine[];
  /** Whether its output has more lines than fit the page. */
  readonly isCut: boolean;
  readonly diffs: readonly FileDiff[];
}

/** A task and its run, as everybody in the room sees them. */
export interface Card {
  readonly task: Task;
  /** The last steps, and how many there are in all. */
  readonly steps: readonly StepOnCard[];
  readonly stepCount: number;
  readonly plan: readonly PlanEntry[];
  /** The end of what its agent thinks aloud. */
  readonly thought: string;
  readonly spent: Spent | undefined;
  /** The message that says what came of it. */
  readonly resultId: number | null;
}

export interface TaskCards {
  of(task: Task): Card;
  /** The card that stands on a message: on the first message that speaks of the task, and on no other. */
  on(message: Message): Card | null;
  /** One step with everything it holds. */
  step(taskId: number, stepId: string): StepInFull | undefined;
  /** All of a task's steps with everything they hold. */
  steps(taskId: number): readonly StepInFull[];
}

interface Parts {
  history: History;
  tasks: Tasks;
  steps: Steps;
  limits: Limits;
  spentOn?: (taskId: number) => Spent | undefined;
}

export function createTaskCards({ history, tasks, steps, limits, spentOn }: Parts): TaskCards {
  const cards: TaskCards = {
    of(task) {
      const newest = steps.newest(task.id, limits.cardSteps);
      const last = endedStates.includes(task.state) ? history.lastOfTask(task.id) : undefined;
      return {
        task,
        steps: newest.steps.map((step) => ({ step, screen: screenOf(task.id, step) })),
        stepCount: newest.count,
        plan: steps.planOf(task.id),
        thought: steps.thoughtOf(task.id).slice(-limits.shownThought).toWellFormed(),
        spent: spentOn?.(task.id),
        resultId: last !== undefined && last !== history.cardMessage(task.id) ? last : null,
      };
    },
    on(message) {
      if (message.taskId === null || history.cardMessage(message.taskId) !== message.id) return null;
      const task = tasks.byId(message.taskId);
      return task ? cards.of(task) : null;
    },
    step(taskId, stepId) {
      const step = steps.step(taskId, stepId);
      return step && inFull(taskId, step);
    },
    steps(taskId) {
      let left = limits.terminalPageAll;
      return steps
        .of(taskId)
        .toReversed()
        .map((step) => {
          const full = inFull(taskId, step, left);
          left -= full.screen.length;
          return full;
        })
        .toReversed();
    },
  };
  return cards;

  function screenOf(taskId: number, { id, endedAt }: StepInBrief): readonly TerminalLine[] {
    if (endedAt !== null) return [];
    return steps.running(taskId, id)?.screen.lines(limits.terminalLines) ?? [];
  }

  function inFull(taskId: number, step: Step, most: number = limits.terminalPageAll): StepInFull {
    const running = step.endedAt === null ? steps.running(taskId, step.id) : undefined;
    const lines = Math.min(most, limits.terminalPageLines);
    const all = running ? running.screen.lines(limits.terminalLines) : lines > 0 ? linesOf(limits, step.output) : [];
    const screen = running ? all : all.slice(-lines);
    const isCut = screen.length < all.length || (lines <= 0 && step.output !== "");
    return { step, screen, isCut, diffs: step.diffs.map(diffOf) };
  }
}
