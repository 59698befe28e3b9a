import { Refusal } from "../errors.ts";
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

/** A title as somebody chose it for themselves; nothing in it is changed behind their back. Empty stands for none. @throws Refusal INVALID_MESSAGE */
export function chosenTitle(given: string): string {
  const title = given.trim();
  const wrong = (message: string) => new Refusal("INVALID_MESSAGE", message, { field: "title" });
  if (title.length > 50) throw wrong("A title has at most 50 characters.");
  if (title !== "" && titleOf(title) !== title)
    throw wrong("A title may not hold < or >, or characters that nobody sees.");
  return title;
}
