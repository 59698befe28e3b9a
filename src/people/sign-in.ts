import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";
import type { Limiter } from "../limiter.ts";
import type { Member, Role } from "./member.ts";
import type { Members } from "./members.ts";
import type { Sessions } from "./sessions.ts";

/** Roles that a word chosen by oneself may stand for; everything else is a developer's title. */
const rolesByTitle: Record<string, Role> = {
  owner: "owner",
  admin: "admin",
  analyst: "analyst",
  viewer: "viewer",
  guest: "guest",
};

/** Who somebody is, once that is known, whichever door they came to. */
export interface Identity {
  readonly member: Member;
  /** Of the session it came by, if it came by one. */
  readonly sessionId: number | null;
  readonly expiresAt: number | null;
}

/** What somebody says of themselves who shows nothing else. */
export interface Claim {
  readonly userId: string | undefined;
  readonly role: string;
  readonly method: string | undefined;
}

export interface SignIn {
  /** Somebody who gave a name and nothing else: in development under any name, else as a guest where that is allowed. */
  byName(claim: Claim, address: string, done: (member: Member | Refusal) => void): void;
  /** @throws Refusal AUTH_FAILED or SESSION_EXPIRED */
  bySession(token: string): Identity;
}

/** How somebody comes in, whichever door they stand at. */
export function createSignIn(config: Config, members: Members, sessions: Sessions, limiter: Limiter): SignIn {
  return {
    byName({ userId, role, method }, address, done) {
      const mode = modeFor(config, method);
      limiter.signIn(address);
      if (mode === "guest") return admitGuest(userId, done);
      if (userId === undefined) throw new Refusal("MISSING_USER_ID");
      const title = titleOf(role);
      const word = title.toLowerCase();
      const granted = Object.hasOwn(rolesByTitle, word) ? rolesByTitle[word] : undefined;
      members.admit(userId, title, granted ?? "developer", done);
    },
    bySession(token) {
      const session = sessions.find(token);
      if (!session) throw new Refusal("AUTH_FAILED", "That session is unknown or over: sign in again.");
      return { member: session.member, sessionId: session.id, expiresAt: session.expiresAt };
    },
  };

  function admitGuest(userId: string | undefined, done: (member: Member | Refusal) => void): void {
    const name = userId ?? `guest-${crypto.randomUUID().slice(0, 8)}`;
    const known = members.person(name);
    if ((known && known.role !== "guest") || members.agent(name))
      throw new Refusal("CONFLICT", `"${name}" is somebody's name here: choose another.`);
    members.admit(name, "guest", "guest", done);
  }
}

/** @throws Refusal AUTH_FAILED when the method asked for is not open */
function modeFor(config: Config, method: string | undefined): "development" | "guest" {
  if (method === "guest") {
    if (config.allowGuest) return "guest";
    throw new Refusal("AUTH_FAILED", "Guests are not allowed here (OPENCODE_ALLOW_GUEST is off).");
  }
  if (method === "development" || method === undefined) {
    if (config.development) return "development";
    if (method === undefined && config.allowGuest) return "guest";
    throw new Refusal(
      "AUTH_FAILED",
      "Signing in by name alone is off here (OPENCODE_DEV_MODE): sign in on the page, and show the session.",
    );
  }
  throw new Refusal("AUTH_FAILED", `The sign-in method "${method.slice(0, 40)}" is not open here.`);
}

function titleOf(role: string): string {
  const title = role.replace(/[\p{Cc}\p{Cf}<>]+/gu, "").trim();
  return title === "" || title.length > 50 ? "user" : title;
}
