import unhomoglyph from "unhomoglyph";
import { Refusal } from "../errors.ts";
import type { Member } from "./member.ts";

/** Nothing is seen of these, whatever alphabet they belong to: names that differ in them are one. */
const unseen = /\p{Default_Ignorable_Code_Point}+/gu;

/**
 * Nothing longer is taken for a name, in whatever form it comes: bringing marks of letters into their order costs the square of how many
 * there are, and 30,000 of them stopped everybody for 15 s.
 */
export const longestName = 100;

/** How a name is matched: one spelling for all that look alike to a person who types a mention. What is too long to be one matches nobody. */
export function handleOf(name: string): string {
  if (name.length > longestName) return "";
  return name.replace(unseen, "").normalize("NFKC").replace(unseen, "").toLowerCase().replace(/\s+/g, "-");
}

/** What a name looks like to somebody who reads fast: letters of other alphabets that look alike are one, and what stands around it is nothing. */
export function skeletonOf(name: string): string {
  const [bare = ""] = /[\p{L}\p{N}](?:.*[\p{L}\p{N}])?/su.exec(handleOf(name)) ?? [];
  return unhomoglyph(unhomoglyph(bare).toLowerCase());
}

/** The same of a member: an agent's name is read with and without `-bot`. */
export function skeletonsOf(name: string, kind?: Member["kind"]): readonly string[] {
  const skeleton = skeletonOf(name);
  return kind === "agent" ? [skeleton, `${skeleton}-bot`] : [skeleton];
}

/** Names that mean many members or the house itself; nobody may be called so, or so that it looks like it. */
const reserved = new Set(["team", "all", "here", "system", "everyone", "channel"].map(skeletonOf));

/** What a guest's name becomes when somebody comes whose it is. */
const formerGuest = /-guest-\d+$/;

/** The name that a guest goes on under after somebody came whose name it is. */
export function formerName(name: string, id: number): string {
  return `${name.slice(0, 30).trim()}-guest-${id}`;
}

/**
 * A person's or agent's name as it came in, made safe to show: letters, digits and `_ - . ' @ +` with single spaces between, 1 to 50.
 * @throws Refusal INVALID_MESSAGE saying what is wrong with it
 */
export function parseName(raw: string): { name: string; handle: string } {
  const wrong = (message: string) => new Refusal("INVALID_MESSAGE", message, { field: "name" });
  if (raw.length > longestName) throw wrong("A name may have at most 50 characters.");
  const name = raw.normalize("NFC").trim().replace(/\s+/g, " ");
  if (name.length > 50) throw wrong("A name may have at most 50 characters.");
  if (!/^[\p{L}\p{M}\p{N}_.'@+ -]*$/u.test(name) || name.search(unseen) !== -1)
    throw wrong("A name may hold letters, digits, spaces and the characters _ - . ' @ + only.");
  if (!/[\p{L}\p{N}]/u.test(name)) throw wrong("A name needs at least one letter or digit.");
  if (/\p{M}{3}/u.test(name)) throw wrong("A letter of a name has at most two marks.");
  const [handle, skeleton] = [handleOf(name), skeletonOf(name)];
  // One letter may be folded into eighteen: a handle must be found by itself as well.
  if (handle.length > longestName) throw wrong("That name is too long when it is folded.");
  if (reserved.has(skeleton)) throw wrong(`"${name}" means many people here: choose another name.`);
  if (skeleton.endsWith("-bot")) throw wrong('Names that end in "-bot" belong to agents: choose another name.');
  if (formerGuest.test(handle)) throw wrong(`"${name}" is what a guest was renamed to: choose another name.`);
  return { name, handle };
}
