import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { Refusal } from "../errors.ts";
import type { Member } from "../people/member.ts";
import type { Session, Sessions } from "../people/sessions.ts";

/** What each request knows: where it came from, and who sent it if they showed a session. */
export interface Env {
  Bindings: { address: string };
  Variables: {
    session: Session | undefined;
    /** In development mode: the person that programs without any identity act as. */
    developer: (() => Promise<Member>) | undefined;
  };
}

/** The cookie of the sign-in page. With TLS it would carry the `__Host-` prefix; on plain loopback browsers refuse that. */
export const sessionCookie = "parley_session";

/** Looks up the session a request shows, by cookie or bearer. @throws Refusal AUTH_FAILED for a bearer that is not one */
export function identity(sessions: Sessions, developer?: () => Promise<Member>): MiddlewareHandler<Env> {
  return async (context, next) => {
    const bearer = /^Bearer\s+(\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    const token = bearer ?? getCookie(context, sessionCookie);
    const session = token ? sessions.find(token) : undefined;
    if (bearer && !session) throw new Refusal("AUTH_FAILED", "That bearer token is not accepted.");
    context.set("session", session);
    context.set("developer", developer);
    await next();
  };
}

/**
 * Who a program acts as: its session's member, or in development mode, where anybody may sign in anyway, `dev_user`.
 * @throws Refusal NOT_AUTHENTICATED
 */
export async function actorOf(context: Context<Env>): Promise<Member> {
  const developer = context.get("developer");
  if (!context.get("session") && developer) return developer();
  return memberOf(context);
}

/** Who sent the request. @throws Refusal NOT_AUTHENTICATED */
export function memberOf(context: Context<Env>): Member {
  const session = context.get("session");
  if (!session) throw new Refusal("NOT_AUTHENTICATED", "Sign in first.");
  return session.member;
}
