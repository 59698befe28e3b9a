import type { Context } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import type { Config } from "../config.ts";
import { absoluteMs, type SessionStart } from "../people/sessions.ts";
import { cookieName, type Env } from "./identity.ts";

/** Gives a browser its session: not to scripts, not to other sites' posts, and over TLS only where there is TLS. */
export function keepSession(context: Context, config: Config, token: string): void {
  setCookie(context, cookieName(config), token, {
    httpOnly: true,
    sameSite: "Lax",
    path: "/",
    secure: config.publicUrl?.protocol === "https:",
    maxAge: absoluteMs / 1000,
  });
}

export function dropSession(context: Context, config: Config): void {
  deleteCookie(context, cookieName(config), { path: "/", secure: config.publicUrl?.protocol === "https:" });
}

/** What is kept of where a session began. */
export function startOf(context: Context<Env>, method: string): SessionStart {
  return { method, device: context.req.header("user-agent") ?? "", address: context.env.address };
}
