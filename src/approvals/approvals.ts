import type { Member } from "../people/member.ts";
import type { Task } from "../tasks/task.ts";
import type { Answer, Ask } from "./ask.ts";

/** Something that people were asked, and what came of it. */
export interface Approval {
  readonly id: number;
  readonly taskId: number;
  readonly ask: Ask;
}

export interface Approvals {
  /** Makes the card, waits for the answer; `signal` withdraws it. "Always" answers are kept for the run: the same kind is answered at once then. */
  ask(task: Task, ask: Ask, signal: AbortSignal): Promise<Answer>;
  /** Somebody answers. First answer wins. @throws Refusal NOT_FOUND, PERMISSION_DENIED, CONFLICT (with who answered and when) */
  answer(by: Member, id: number, choice: { option: string } | { text: string }, origin: string): Promise<Approval>;
  byId(id: number): Approval | undefined;
  /** Open ones that a member may answer, oldest first. */
  waitingFor(member: Member): readonly Approval[];
  openOf(taskId: number): readonly Approval[];
  /** At start: what was open when the process ended is closed (reason "stopped"). */
  recover(): number;
}
