import type { DoneBy } from "../people/identity.ts";
import type { Ask } from "./ask.ts";

/** `approval.asked`: an agent waits for people. Its seq is the approval's id; the agent is its actor. */
export interface ApprovalAsked extends Required<Omit<Ask, "alike">> {
  readonly taskId: number;
  /** Random: nobody finds an approval by trying. */
  readonly publicId: string;
  readonly alike: string | null;
  /** The hash of everything that is shown: an answer carries it. */
  readonly shown: string;
  /** Wall time after which nobody answers any more, ms. */
  readonly deadline: number;
  /** It is answered in the same moment, because somebody said "always" for this run. */
  readonly standing: Standing | null;
}

/** An "always" that is in force for the rest of a run. */
export interface Standing {
  /** The approval that it was said to. */
  readonly approvalId: number;
  readonly memberId: number;
  /** Of the new one. */
  readonly optionId: string;
}

/** `approval.answered`: once, by a person; or by the house, when time was up or the run ended. */
export interface ApprovalAnswered extends DoneBy {
  readonly id: number;
  readonly outcome: "chosen" | "said" | "deadline" | "stopped";
  readonly optionId: string | null;
  readonly text: string | null;
  /** What whoever answers has seen. */
  readonly shown: string;
  /** The door it came by. */
  readonly origin: string;
}
