import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import type { Pass } from "../agents/tools/pass.ts";
import type { Audit } from "../audit/audit.ts";
import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";
import type { Limiter } from "../limiter.ts";
import type { Asked, Credentials } from "../people/credentials.ts";
import { acting, type Identity } from "../people/identity.ts";
import { type Member, may, type Permission } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import { knowing } from "./known.ts";
import { doorFor } from "./next.ts";

/** What each request knows: where it came from, and who sent it if they showed something. */
export interface Env {
  Bindings: {
    address: string;
    /** After how many seconds of waiting the connection is cut; 0 for never: for answers that stay open. Absent where there is no server. */
    patience?: (seconds: number) => void;
  };
  Variables: {
    identity: Identity | undefined;
    /** Of an agent that uses tools. */
    pass: Pass | undefined;
    /** A browser came with a session that is one no more. */
    isOver: boolean | undefined;
    /** Whether nothing but a name is behind a member. */
    limiter: Limiter | undefined;
    isAnybody: ((memberId: number) => boolean) | undefined;
    /** In development mode: the person that programs without any identity act as. */
    developer: (() => Promise<Member>) | undefined;
  };
}

/** The cookie of the sign-in page: bound to this host and to TLS where there is TLS; on plain loopback browsers refuse that prefix. */
export function cookieName({ publicUrl }: Pick<Config, "publicUrl">): string {
  return publicUrl?.protocol === "https:" ? "__Host-parley_session" : "parley_session";
}

/** The secret a program shows in a header, by either spelling. */
export function shownSecret(headers: Headers): string | undefined {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  return bearer ?? headers.get("x-api-key")?.trim() ?? undefined;
}

/** What an open page asks without anybody doing anything: that alone keeps no session alive. */
const asksByItself: ReadonlySet<string> = new Set(["/live", "/leases/list"]);

interface Parts {
  config: Config;
  credentials: Credentials;
  audit: Audit;
  developer: (() => Promise<Member>) | undefined;
  members: Members;
  limiter: Limiter;
}

/** What was asked for, unless somebody passed it on. */
function straight({ method, url, headers }: Request): Asked | undefined {
  if (headers.has("x-forwarded-for") || headers.has("forwarded")) return undefined;
  const { pathname, search } = new URL(url);
  return { method, path: pathname + search };
}

/** Looks up who a request is from, by what it shows: bearer or key in a header, else the cookie. @throws Refusal AUTH_FAILED for a bearer or key that is not one */
export function identity({ config, credentials, audit, developer, members, limiter }: Parts): MiddlewareHandler<Env> {
  const cookie = cookieName(config);
  return async (context, next) => {
    // Who uses tools has been asked already, and by nothing but their token.
    if (context.get("pass")) return next();
    const { address } = context.env;
    const secret = shownSecret(context.req.raw.headers);
    const token = getCookie(context, cookie);
    if (secret) context.set("identity", await known(secret, address, straight(context.req.raw)));
    else if (token) {
      const found = session(token, address, !asksByItself.has(context.req.path));
      context.set("identity", found);
      context.set("isOver", found === undefined);
    }
    // Whoever has a cookie is a browser whose session ended, and no program without an identity.
    context.set("developer", token ? undefined : developer);
    context.set("isAnybody", (id) => !members.isAccount(id));
    context.set("limiter", limiter);
    await next();
    return undefined;
  };

  /** @throws Refusal AUTH_FAILED, or RATE_LIMITED for an address that guesses */
  async function known(secret: string, address: string, asked: Asked | undefined): Promise<Identity> {
    try {
      return await credentials.identify(secret, address, asked);
    } catch (refusal) {
      if (!(refusal instanceof Refusal) || refusal.code !== "AUTH_FAILED") throw refusal;
      audit.note({ action: "credential refused", actorId: null, address, result: "failed", detail: { by: "header" } });
      throw refusal;
    }
  }

  /** A stale cookie is nobody's fault: whoever has one is asked to sign in. */
  function session(token: string, address: string, isUse: boolean): Identity | undefined {
    try {
      return credentials.bySession(token, address, isUse);
    } catch (refusal) {
      if (refusal instanceof Refusal) return undefined;
      throw refusal;
    }
  }
}

/**
 * Lets through who may do something: the one guard of every route that is not open to everybody. Pages send strangers to the sign-in
 * page; in development mode, where anybody may sign in anyway, programs without any identity are `dev_user`.
 * @param what whether the route only ever shows a page, whoever asks; or takes messages, which have a limit of their own
 * @param standIn what `dev_user` may do here: the system Parley replaces asked nobody who they were, and its routes for administrators
 * go on to work so in development, where anybody could sign in as one
 * @throws Refusal NOT_AUTHENTICATED, PERMISSION_DENIED or, for somebody who does too much, RATE_LIMITED
 */
export function requires(
  permission: Permission,
  what: "anything" | "page" | "message" = "anything",
  standIn: "developer" | "admin" = "developer",
): MiddlewareHandler<Env> {
  const guard: MiddlewareHandler<Env> = async (context, next) => {
    const isPage = what === "page" || asksForPage(context);
    const developer = context.get("developer");
    if (!context.get("identity") && developer && !isPage) {
      const member = acting({ ...(await developer()), role: standIn }, context.env.address);
      context.set("identity", { member, proof: { kind: "name", id: null }, expiresAt: null });
    }
    if (!context.get("identity") && isPage) return context.redirect(doorFor(context.req, context.get("isOver")), 303);
    const member = memberOf(context);
    if (!may(member, permission)) throw new Refusal("PERMISSION_DENIED", whyNot(member));
    // A page shows what every room has beside it: a key for certain rooms has no page.
    if (what === "page" && member.scope && member.scope.rooms !== null)
      throw new Refusal("PERMISSION_DENIED", "A key for certain rooms opens the API, not the pages.");
    const limiter = context.get("limiter");
    if (["GET", "HEAD"].includes(context.req.method)) limiter?.read(member);
    else if (what !== "message") limiter?.act(member);
    await next();
    return undefined;
  };
  return knowing(guard, { permission });
}

/** A browser that follows a link or sends a form shows what it gets, so it gets a page; programs ask for something else. */
export function asksForPage(context: Context): boolean {
  return (context.req.header("accept") ?? "").includes("text/html") && !context.req.header("hx-request");
}

function whyNot({ role, scope }: Member): string {
  return scope ? "What you came in with does not allow this." : `Your role, ${role}, does not allow this.`;
}

/** Whether somebody has an account here: a guest's name is anybody's who comes by it next. */
export function hasAccount(context: Context<Env>): boolean {
  const member = memberOf(context);
  return member.role !== "guest" || !context.get("isAnybody")?.(member.id);
}

/** Counts what a request gave to read. */
export function haveRead(context: Context<Env>, characters: number): void {
  context.get("limiter")?.haveRead(memberOf(context), characters);
}

/** Who sent the request. @throws Refusal NOT_AUTHENTICATED */
export function memberOf(context: Context<Env>): Member {
  return identityOf(context).member;
}

/** The same with what they showed. @throws Refusal NOT_AUTHENTICATED */
export function identityOf(context: Context<Env>): Identity {
  const found = context.get("identity");
  if (!found) throw new Refusal("NOT_AUTHENTICATED", "Sign in first.");
  return found;
}

/** The person themselves: a key or a device opens rooms, never the account it was made by. @throws Refusal PERMISSION_DENIED */
export function ownerOf(context: Context<Env>): Member {
  const { member, proof } = identityOf(context);
  if (!["session", "name", "operator"].includes(proof.kind))
    throw new Refusal("PERMISSION_DENIED", "A key or a device's token cannot change an account: sign in.");
  // Nothing may be left behind under such a name.
  if (!hasAccount(context)) throw new Refusal("PERMISSION_DENIED", "Guests have no account: ask for an invitation.");
  return member;
}

/** Whether a session is the one that was shown. */
export function isThat(proof: Identity["proof"], sessionId: number): boolean {
  return proof.kind === "session" && proof.id === sessionId;
}
