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
