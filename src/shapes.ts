import { z } from "zod";
import { catalogue, type RefusalCode } from "./errors.ts";
import { allPermissions } from "./people/member.ts";

/** Shapes of what more than one door tells: what is told is written by hand and quick; these describe it, and tests hold it to them. */

/** UTC, ISO 8601 with milliseconds and `Z`. */
export const instant = z.iso.datetime({ precision: 3 });

export const wholeNumber = z.int();

/** The seq of an event, and so the id of a message or a task. */
export const seq = z.int().min(0);

/** A share, in per cent. */
export const progress = z.int().min(0).max(100);

export const refusalCode = z.enum(Object.keys(catalogue) as [RefusalCode, ...RefusalCode[]]).meta({
  id: "RefusalCode",
  description: "Why something was refused, for programs. The message beside it is for people.",
});

export const permission = z
  .enum(allPermissions)
  .meta({ id: "Permission", description: "What somebody may do, or a key grants." });

export const origin = z
  .enum(["web", "ws", "telegram", "agent", "api", "system"])
  .meta({ id: "Origin", description: "Where a message came in." });

export const agentStatus = z
  .enum(["offline", "idle", "working", "stuck", "completed"])
  .meta({ id: "AgentStatus", description: "What an agent is doing: derived from its work, never set." });

export const taskState = z
  .enum(["queued", "accepted", "working", "stuck", "completed", "failed", "cancelled"])
  .meta({ id: "TaskState", description: "How far a task is; it does not leave the last three." });

export const stepKind = z
  .enum(["read", "edit", "delete", "move", "search", "execute", "think", "fetch", "other"])
  .meta({ id: "StepKind", description: "What kind of thing a step does." });

export const stepState = z
  .enum(["pending", "running", "completed", "failed"])
  .meta({ id: "StepState", description: "How far a step is; it does not leave the last two." });

export const planEntry = z
  .strictObject({ content: z.string(), status: z.enum(["pending", "in_progress", "completed"]) })
  .meta({ id: "PlanEntry", description: "One thing that an agent means to do." });

/** What an agent asks people, as programs are told of it. */
const asked = {
  id: seq.describe("The seq of the event that asked."),
  publicId: z.string().describe("The same, as nobody could guess it."),
  taskId: z.string().describe("The task whose run waits, in digits."),
  agentName: z.string(),
  room: z.string().describe("The slug of the room."),
  kind: z.enum(["approval", "question"]),
  title: z.string().describe("What it is about, in one line."),
};
const answered = z.strictObject({
  outcome: z
    .enum(["chosen", "said", "deadline", "stopped"])
    .describe("The last two: nobody answered in time, or the run ended. Both deny."),
  option: z.string().nullable().describe("The id of the choice."),
  text: z.string().nullable(),
  by: z.string().nullable().describe("Who answered."),
  at: instant,
  words: z.string().describe("For people: “Allowed once by mira”."),
  standing: seq.nullable().describe("The approval whose “always” answered this one."),
});

export const approval = z.strictObject({
  ...asked,
  detail: z
    .string()
    .describe("The exact command, or the words of the question. It may hold anything: show what hides."),
  directory: z.string().nullable().describe("Where it would be done."),
  diffs: z.array(z.strictObject({ path: z.string(), before: z.string().nullable(), after: z.string() })),
  options: z.array(
    z.strictObject({
      id: z.string(),
      label: z.string().describe("The agent's own words: go by `kind`."),
      kind: z.enum(["allow_once", "allow_always", "reject_once", "reject_always", "choice"]),
    }),
  ),
  takesText: z.boolean().describe("Whether it may be answered in words."),
  alike: z.string().nullable().describe("What an “always” covers; null: the very same, and nothing else."),
  stepId: z.string().nullable(),
  shown: z.string().describe("Hash of all that is shown: an answer carries it."),
  askedAt: instant,
  deadline: instant.describe("When it is denied, if nobody answers."),
  answer: answered.nullable(),
  seq,
});

export const approvalUpdate = z.strictObject({ ...asked, answer: answered.nullable(), seq });

export const attachment = z
  .strictObject({
    id: z.string().describe("32 hex digits."),
    name: z.string().describe("What its sender called it."),
    type: z.string().describe("What the content is, whatever the name says."),
    bytes: z.int(),
    width: z.int().optional().describe("Of a picture, as it is seen."),
    height: z.int().optional(),
    url: z.string().describe("Where its bytes are, for whoever may read its message."),
  })
  .meta({ id: "Attachment", description: "A file that hangs on a message." });
