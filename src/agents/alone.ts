import type { Approvals } from "../approvals/approvals.ts";
import type { Replies } from "./hearing.ts";

/** Nobody can be asked, so the answer is no. */
export const alone: { approvals: Pick<Approvals, "ask">; replies: Replies } = {
  approvals: { ask: async () => ({ outcome: "none", reason: "deadline" }) },
  replies: { takes: () => false },
};
