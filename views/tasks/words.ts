import type { Spent } from "../../src/tasks/card.ts";
import type { StepState } from "../../src/tasks/step.ts";
import type { Task, TaskState } from "../../src/tasks/task.ts";

const taskWords: Record<TaskState, string> = {
  queued: "Queued",
  accepted: "Accepted",
  working: "Working",
  stuck: "Stuck",
  completed: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** A task's state as its card says it: one that waits for people is not in trouble. */
export function stateWords({ state, note }: Pick<Task, "state" | "note">): string {
  const [, what] = (state === "stuck" && /^needs (approval|an answer)\b/.exec(note)) || [];
  return what ? `Needs ${what}` : taskWords[state];
}

/** How a step stands, for who does not see its mark. */
export const stepWords: Record<StepState, string> = {
  pending: "Waiting",
  running: "Running",
  completed: "Done",
  failed: "Failed",
};

/** How long something took, as short as it can be read: "0.3 s", "8 s", "1:24", "2:03:10". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const rest = String(seconds % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/** The same of a step, of which most take no second. */
export function shortDuration(ms: number): string {
  return ms < 9_950 ? `${Math.max(0.1, ms / 1000).toFixed(1)} s` : duration(ms);
}

/** "12.3k in, 1.2k out, $0.04" */
export function spentWords({ inputTokens, outputTokens, costUsd }: Spent): string {
  const cost = costUsd === null ? "" : `, ${costUsd > 0 && costUsd < 0.01 ? "under $0.01" : `$${costUsd.toFixed(2)}`}`;
  return `${tokens(inputTokens)} in, ${tokens(outputTokens)} out${cost}`;
}

function tokens(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 999_950) return `${(count / 1_000).toFixed(1)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}
