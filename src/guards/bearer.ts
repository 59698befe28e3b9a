import type { MiddlewareHandler } from "hono";
import type { Roster } from "../agents/roster.ts";
import type { Pass, Passes } from "../agents/tools/pass.ts";
import type { Audit } from "../audit/audit.ts";
import { Refusal } from "../errors.ts";
import type { Limiter } from "../limiter.ts";
import type { Credentials } from "../people/credentials.ts";
import { acting, type Identity } from "../people/identity.ts";
import { may, permissionsOf } from "../people/member.ts";
import type { Env } from "./identity.ts";

interface Parts {
  passes: Passes;
  credentials: Credentials;
  roster: Roster;
  audit: Audit;
  limiter: Limiter;
  /** A pass of whoever came by a key of their own. */
  passOf: (identity: Identity) => Pass;
}

/**
 * Lets agents to their tools: by the pass of a run, or by an agent's own key, in the one header that a browser sends for nobody. What
 * cookies come along mean nothing here.
 * @throws Refusal NOT_AUTHENTICATED, AUTH_FAILED, PERMISSION_DENIED for who is no agent or may not read, RATE_LIMITED
 */
export function bearerOnly({ passes, credentials, roster, audit, limiter, passOf }: Parts): MiddlewareHandler<Env> {
  return async (context, next) => {
    const { address } = context.env;
    // Whoever is turned away learns how to come back.
    context.header("www-authenticate", 'Bearer realm="parley"');
    const secret = /^Bearer\s+(\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    if (!secret) throw new Refusal("NOT_AUTHENTICATED", "Show a token: Authorization: Bearer …");
    const ofRun = passes.find(secret);
    const identity = ofRun ? identityOf(ofRun, address) : await known(secret, address);
    const { member } = identity;
    if (member.kind !== "agent" || !roster.byId(member.id))
      throw new Refusal("PERMISSION_DENIED", "Tools are for agents that work here: show a key of one.");
    if (!may(member, "read")) throw new Refusal("PERMISSION_DENIED", "What you came in with does not allow this.");
    context.set("identity", identity);
    context.set("pass", ofRun ?? passOf(identity));
    limiter.read(member);
    context.header("www-authenticate", undefined);
    await next();
  };

  /** @throws Refusal AUTH_FAILED, or RATE_LIMITED for an address that guesses */
  async function known(secret: string, address: string): Promise<Identity> {
    try {
      const identity = await credentials.identify(secret, address);
      if (identity.proof.kind === "key") return identity;
    } catch (refusal) {
      if (!(refusal instanceof Refusal) || refusal.code !== "AUTH_FAILED") throw refusal;
      audit.note({ action: "credential refused", actorId: null, address, result: "failed", detail: { by: "tools" } });
      throw refusal;
    }
    throw new Refusal("PERMISSION_DENIED", "Tools are for agents: show the key of one.");
  }
}

function identityOf({ agent, rooms }: Pass, address: string): Identity {
  const scope = { permissions: permissionsOf(agent.member), rooms };
  return { member: acting(agent.member, address, scope), proof: { kind: "token", id: null }, expiresAt: null };
}
