import { z } from "zod";
import { approval as shape } from "../../../shapes.ts";
import { ok, type Part } from "./entry.ts";

const approval = shape.meta({ id: "Approval", description: "What an agent asks people, and what became of it." });

const approvalExample = {
  id: 64,
  publicId: "dq3nM0mCk2P5vXb9Yt1r4w",
  taskId: "51",
  agentName: "alice",
  room: "general",
  kind: "approval",
  title: "run a command",
  detail: "npm test",
  directory: "/srv/app",
  diffs: [],
  options: [
    { id: "once", label: "Allow", kind: "allow_once" },
    { id: "no", label: "Reject", kind: "reject_once" },
  ],
  takesText: false,
  alike: null,
  stepId: null,
  shown: "5f2b7d0c9a4e4c1d8b3f6e7a01c2d3e4",
  askedAt: "2026-11-21T08:30:00.000Z",
  deadline: "2026-11-21T08:45:00.000Z",
  answer: null,
  seq: 64,
};
const answered = {
  outcome: "chosen",
  option: "once",
  text: null,
  by: "mira",
  at: "2026-11-21T08:31:00.000Z",
  words: "Allowed once by mira",
  standing: null,
};

export const approvalEntries: Part = {
  name: "Approvals",
  about:
    "Agents ask before they act, and when they do not know. The first answer of a person with `execute` wins; nobody's, within 15 minutes, denies. No agent answers, whatever its key says.",
  routes: {
    "GET /api/v1/approvals": {
      summary: "What waits for you",
      answers: ok("Those that you may answer, the oldest first.", z.strictObject({ approvals: z.array(approval) }), {
        approvals: [approvalExample],
      }),
    },
    "POST /api/v1/approvals/:id/answer": {
      summary: "Answer one",
      description:
        "By a choice or in words. `shown` says what you were shown: it is refused when that is not what is asked. Whoever comes second is told who was first, and when.",
      params: { id: "Either of its ids." },
      body: { option: "once", shown: "5f2b7d0c9a4e4c1d8b3f6e7a01c2d3e4" },
      answers: ok("As it is now.", z.strictObject({ approval }), {
        approval: { ...approvalExample, seq: 66, answer: answered },
      }),
      refusals: ["NOT_FOUND", "CONFLICT", "MESSAGE_TOO_LARGE"],
    },
  },
};
