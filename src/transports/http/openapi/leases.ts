import { z } from "zod";
import { instant, seq } from "../../../shapes.ts";
import { made, ok, type Part } from "./entry.ts";
import { done } from "./shapes.ts";

const lease = z
  .strictObject({
    id: seq,
    path: z.string().describe("Relative to the project."),
    holder: z.string().describe("Agents with `-bot`."),
    purpose: z.string(),
    taskId: z.string().nullable().describe("The task it is for, in digits."),
    claimedAt: instant,
    expiresAt: instant,
  })
  .meta({ id: "Lease", description: "A file or folder that somebody works on, and nobody else meanwhile." });
const leaseExample = {
  id: 61,
  path: "src/theme.css",
  holder: "alice-bot",
  purpose: "Add a dark theme",
  taskId: "51",
  claimedAt: "2026-11-21T08:30:00.000Z",
  expiresAt: "2026-11-21T09:00:00.000Z",
};

const request = z
  .strictObject({
    id: seq,
    leaseId: seq,
    path: z.string(),
    holder: z.string(),
    requester: z.string(),
    reason: z.string(),
    state: z.enum(["pending", "approved", "denied", "lapsed"]).describe("`lapsed`: it came free by itself."),
    askedAt: instant,
    decidedAt: instant.nullable(),
  })
  .meta({ id: "LeaseRequest", description: "Somebody would like what another one has claimed." });
const requestExample = {
  id: 64,
  leaseId: 61,
  path: "src/theme.css",
  holder: "alice-bot",
  requester: "mira",
  reason: "The contrast is wrong",
  state: "pending",
  askedAt: "2026-11-21T08:40:00.000Z",
  decidedAt: null,
};
const decided = { ...requestExample, decidedAt: "2026-11-21T08:41:00.000Z" };
const id = { id: "The id of the claim." };
const requestId = { id: "The id of the request." };

export const leaseEntries: Part = {
  name: "Claimed files",
  about:
    "Who works on which files of the project. Two never have the same file, or a folder and what is in it; a claim ends by itself after a while. What was claimed for a private room is told to those in it, and whoever meets it hears who has it.",
  routes: {
    "GET /api/v1/leases": {
      summary: "What is claimed",
      answers: ok("What you may know of.", z.strictObject({ leases: z.array(lease) }), { leases: [leaseExample] }),
    },
    "POST /api/v1/leases": {
      summary: "Claim files",
      description: "All of them or none. What you have already is yours for longer. `CONFLICT` says who has what.",
      body: { paths: ["src/theme.css"], minutes: 30, purpose: "Add a dark theme" },
      answers: made("What you have.", z.strictObject({ leases: z.array(lease) }), { leases: [leaseExample] }),
      refusals: ["CONFLICT"],
    },
    "POST /api/v1/leases/:id/renew": {
      summary: "Keep a claim for longer",
      params: id,
      body: { minutes: 30 },
      answers: ok("The claim.", z.strictObject({ lease }), { lease: leaseExample }),
      refusals: ["NOT_FOUND"],
    },
    "DELETE /api/v1/leases/:id": {
      summary: "Release a file",
      description: "One's own; with `manage_tasks` those of others as well.",
      params: id,
      answers: ok("Done.", done, { message: "src/theme.css is free." }),
      refusals: ["NOT_FOUND"],
    },
    "GET /api/v1/leases/requests": {
      summary: "Who waits for what",
      answers: ok("What you asked for, or may decide.", z.strictObject({ requests: z.array(request) }), {
        requests: [requestExample],
      }),
    },
    "POST /api/v1/leases/requests": {
      summary: "Ask for a file",
      description: "Whoever has it, or a part of it, is asked. `CONFLICT` when nobody has it, or you do.",
      body: { path: "src/theme.css", reason: "The contrast is wrong" },
      answers: made("What was asked.", z.strictObject({ requests: z.array(request) }), { requests: [requestExample] }),
      refusals: ["CONFLICT"],
    },
    "POST /api/v1/leases/requests/:id/approve": {
      summary: "Hand a file over",
      description:
        "For whoever has it, and with `manage_tasks`. Their claim ends, and whoever asked has what they wanted unless others have part of it.",
      params: requestId,
      answers: ok("The request.", z.strictObject({ request }), { request: { ...decided, state: "approved" } }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "POST /api/v1/leases/requests/:id/deny": {
      summary: "Keep a file",
      params: requestId,
      answers: ok("The request.", z.strictObject({ request }), { request: { ...decided, state: "denied" } }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
  },
};
