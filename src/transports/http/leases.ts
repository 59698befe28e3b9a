import { Hono } from "hono";
import { z } from "zod";
import { type Env, memberOf, requires } from "../../guards/identity.ts";
import { accepts, acceptsUnannounced } from "../../guards/validation.ts";
import type { Leases } from "../../leases/leases.ts";
import type { LeaseRequests } from "../../leases/requests.ts";
import { wholeNumber } from "../../people/id.ts";
import { leaseJson, requestJson } from "./lease-shapes.ts";

interface Parts {
  leases: Leases;
  leaseRequests: LeaseRequests;
}

const path = z.string().min(1).max(1_000).describe("Relative to the project, with / between its parts.");
const minutes = z.number().int().optional().describe("For how long; half an hour without it.");
const claim = z.strictObject({
  paths: z.array(path).min(1).max(200),
  minutes,
  purpose: z.string().max(1_000).optional().describe("What for, in a few words."),
});
const renewal = z.strictObject({ minutes });
const asking = z.strictObject({ path, reason: z.string().max(1_000).optional() });

/** Who works on which files, for programs: claim, renew, release, and ask for what another one has. */
export function leaseApi({ leases, leaseRequests }: Parts) {
  const answering = (approved: boolean) =>
    [
      `/api/v1/leases/requests/:id/${approved ? "approve" : "deny"}`,
      requires("write"),
      async (context: Parameters<typeof memberOf>[0]) => {
        const id = wholeNumber(context.req.param("id") ?? "");
        const request = await leaseRequests.decide(memberOf(context), id, approved);
        return context.json({ request: requestJson(request) });
      },
    ] as const;

  return new Hono<Env>()
    .get("/api/v1/leases", requires("read"), (context) =>
      context.json({ leases: leases.list(memberOf(context)).map(leaseJson) }),
    )
    .post("/api/v1/leases", requires("write"), accepts("json", claim), async (context) => {
      const claimed = await leases.claim(memberOf(context), context.req.valid("json"));
      return context.json({ leases: claimed.map(leaseJson) }, 201);
    })
    .get("/api/v1/leases/requests", requires("read"), (context) =>
      context.json({ requests: leaseRequests.waiting(memberOf(context)).map(requestJson) }),
    )
    .post("/api/v1/leases/requests", requires("write"), accepts("json", asking), async (context) => {
      const asked = await leaseRequests.ask(memberOf(context), context.req.valid("json"));
      return context.json({ requests: asked.map(requestJson) }, 201);
    })
    .post(...answering(true))
    .post(...answering(false))
    .post("/api/v1/leases/:id/renew", requires("write"), acceptsUnannounced(renewal), async (context) => {
      const id = wholeNumber(context.req.param("id"));
      const lease = await leases.renew(memberOf(context), id, context.req.valid("json").minutes);
      return context.json({ lease: leaseJson(lease) });
    })
    .delete("/api/v1/leases/:id", requires("write"), async (context) => {
      const lease = await leases.release(memberOf(context), wholeNumber(context.req.param("id")));
      return context.json({ message: `${lease.path} is free.` });
    });
}
