import type { Approval } from "./approval.ts";
import type { AskOption } from "./ask.ts";
import { keptUnder } from "./asked.ts";
import type { ApprovalAsked, Standing } from "./events.ts";

/**
 * What people said "always" to, for each run by its task, and no longer than it lasts: it is kept in memory alone, so that a run that
 * is taken up again after a restart asks again.
 */
export interface Standings {
  /** An "always" that answers what is asked now; null where there is none. */
  of(
    taskId: number,
    asked: Pick<ApprovalAsked, "kind" | "title" | "detail" | "directory" | "diffs" | "alike" | "options">,
  ): Standing | null;
  heard(approval: Approval): void;
  /** The run is over. */
  forget(taskId: number): void;
}

interface Kept {
  readonly approvalId: number;
  readonly memberId: number;
  readonly does: "allow" | "reject";
}

export function createStandings(): Standings {
  const runs = new Map<number, Map<string, Kept>>();
  return {
    of(taskId, asked) {
      const kept = asked.kind === "approval" ? runs.get(taskId)?.get(keptUnder(asked)) : undefined;
      const option = kept && optionFor(kept.does, asked.options);
      return kept && option ? { approvalId: kept.approvalId, memberId: kept.memberId, optionId: option.id } : null;
    },
    heard(approval) {
      const { taskId, id, answer } = approval;
      const does = answer?.option && alwaysOf(answer.option);
      if (!does || !answer?.by || approval.kind !== "approval") return;
      const run = runs.get(taskId) ?? new Map<string, Kept>();
      runs.set(taskId, run.set(keptUnder(approval), { approvalId: id, memberId: answer.by.id, does }));
    },
    forget: (taskId) => void runs.delete(taskId),
  };
}

function alwaysOf({ kind }: AskOption): Kept["does"] | null {
  if (kind === "allow_always") return "allow";
  return kind === "reject_always" ? "reject" : null;
}

/** Each time the least that it takes: what "always" means is kept here, and not by whoever asks. */
function optionFor(does: Kept["does"], options: readonly AskOption[]): AskOption | undefined {
  return options.find(({ kind }) => kind === `${does}_once`) ?? options.find(({ kind }) => kind === `${does}_always`);
}
