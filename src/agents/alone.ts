import type { Approvals } from "../approvals/approvals.ts";
import type { Steps } from "../tasks/steps.ts";
import type { Replies } from "./hearing.ts";
import type { UsageBook } from "./usage.ts";

/** What runs speak to beside the room, where none of it is kept: steps are not shown, nobody can be asked (so the answer is no), and nothing is counted. */
export const alone: { steps: Steps; approvals: Pick<Approvals, "ask">; usage: UsageBook; replies: Replies } = {
  steps: {
    change() {},
    output() {},
    thought() {},
    plan() {},
    close() {},
    of: () => [],
    planOf: () => [],
    thoughtOf: () => "",
  },
  approvals: { ask: async () => ({ outcome: "none", reason: "deadline" }) },
  usage: { note() {}, close() {}, ofTask: () => undefined, exhausted: () => null },
  replies: { takes: () => false },
};
