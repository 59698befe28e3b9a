import type { PersonRole } from "./member.ts";

/** Words for a role that mean rights; everything else is what a developer calls themselves. */
const rolesByWord: Readonly<Record<string, PersonRole>> = {
  owner: "owner",
  admin: "admin",
  developer: "developer",
  analyst: "analyst",
  viewer: "viewer",
  guest: "guest",
};

/** The role a word stands for, if it is one. */
export function roleNamed(word: string): PersonRole | undefined {
  const folded = word.trim().toLowerCase();
  return Object.hasOwn(rolesByWord, folded) ? rolesByWord[folded] : undefined;
}

/** What somebody calls their role, made safe to show: one line of at most 50 characters, or the usual word. */
export function titleOf(given: string): string {
  const title = given.replace(/[\p{Cc}\p{Cf}<>]+/gu, "").trim();
  return title === "" || title.length > 50 ? "user" : title;
}
