import type { Approval } from "../../src/approvals/approval.ts";
import type { Answer, Ask } from "../../src/approvals/ask.ts";
import type { Task } from "../../src/tasks/task.ts";
import type { House } from "./house.ts";

/** A command that an agent wants to run. */
export const command: Ask = {
  kind: "approval",
  title: "run a command",
  detail: "npm test",
  directory: "/srv/app",
  options: [
    { id: "once", label: "Yes", kind: "allow_once" },
    { id: "always", label: "Yes, always", kind: "allow_always" },
    { id: "no", label: "No", kind: "reject_once" },
  ],
  takesText: false,
  stepId: null,
};

/** Something an agent does not know. */
export const question: Ask = {
  kind: "question",
  title: "Which database?",
  detail: "There are two: the old one and the new one.",
  directory: null,
  options: [
    { id: "old", label: "The old one", kind: "choice" },
    { id: "new", label: "The new one", kind: "choice" },
  ],
  takesText: true,
  stepId: null,
};

/** What waits for an answer, and the card that people see. */
export interface Asked {
  readonly approval: Approval;
  readonly answer: Promise<Answer>;
  /** The run ends. */
  stop(): void;
}

/** Asks, and commits it. */
export function asking(house: House, task: Task, ask: Partial<Ask> = {}): Asked {
  const run = new AbortController();
  const answer = house.approvals.ask(task, { ...command, ...ask }, run.signal);
  answer.catch(() => undefined);
  // Once more, for what is asked after all because an "always" holds no more.
  house.log.flush();
  house.log.flush();
  const approval = house.approvals.ofTask(task.id).at(-1);
  if (!approval) throw new Error("nothing was asked");
  return { approval, answer, stop: () => run.abort() };
}
