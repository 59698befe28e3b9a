import type { Member } from "../people/member.ts";
import type { StepDiff } from "../tasks/step.ts";

/** What an agent asks people, before it does something or because it does not know. */
export interface Ask {
  readonly kind: "approval" | "question";
  /** One line: "run a command", "edit src/app.ts", or the question. */
  readonly title: string;
  /** The exact command, or the words of the question; never shortened. */
  readonly detail: string;
  /** Where it would be done; null where that says nothing. */
  readonly directory: string | null;
  readonly diffs?: readonly StepDiff[];
  readonly options: readonly AskOption[];
  /** Whether another answer may be typed (questions). */
  readonly takesText: boolean;
  /** The step it is about. */
  readonly stepId: string | null;
  /** What an "always" covers: everything of its run that is asked under the same words, which people are shown. Without it, the very same ask and no other. */
  readonly alike?: string;
}

export interface AskOption {
  readonly id: string;
  readonly label: string;
  readonly kind: "allow_once" | "allow_always" | "reject_once" | "reject_always" | "choice";
}

/** `none`: nobody answered in time (then the default is to deny), or the run ended. */
export type Answer =
  | { readonly outcome: "chosen"; readonly option: AskOption; readonly by: Member }
  | { readonly outcome: "said"; readonly text: string; readonly by: Member }
  | { readonly outcome: "none"; readonly reason: "deadline" | "stopped" };
