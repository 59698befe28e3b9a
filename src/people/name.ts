import unhomoglyph from "unhomoglyph";
import { Refusal } from "../errors.ts";
import type { Member } from "./member.ts";

/** Characters of a name that are looked at: none is nearly as long, and folding combining marks costs the square of their number. */
const mostCharacters = 200;

/** Nothing is seen of these, whatever alphabet they belong to: names that differ in them are one. */
const unseen = /\p{Default_Ignorable_Code_Point}+/gu;

/** How a name is matched: one spelling for all that look alike to a person who types a mention. */
export function handleOf(name: string): string {
  return name
    .slice(0, mostCharacters)
    .replace(unseen, "")
    .normalize("NFKC")
    .replace(unseen, "")
    .toLowerCase()
    .replace(/\s+/g, "-");
}

/** What a name looks like to somebody who reads fast: letters of other alphabets that look alike are one, and what stands around it is nothing. */
export function skeletonOf(name: string): string {
  const bare = handleOf(name).replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
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
  const name = raw.slice(0, mostCharacters).normalize("NFC").trim().replace(/\s+/g, " ");
  if (name === "") throw new Refusal("INVALID_MESSAGE", "A name needs at least one letter or digit.");
  if (name.length > 50) throw new Refusal("INVALID_MESSAGE", "A name may have at most 50 characters.");
  if (!/^[\p{L}\p{M}\p{N}_.'@+ -]+$/u.test(name) || !/[\p{L}\p{N}]/u.test(name) || name.search(unseen) !== -1) {
    throw new Refusal(
      "INVALID_MESSAGE",
      "A name may hold letters, digits, spaces and the characters _ - . ' @ + only.",
    );
  }
  if (/\p{M}{3}/u.test(name)) throw new Refusal("INVALID_MESSAGE", "A letter of a name has at most two marks.");
  const [handle, skeleton] = [handleOf(name), skeletonOf(name)];
  if (reserved.has(skeleton))
    throw new Refusal("INVALID_MESSAGE", `"${name}" means many people here: choose another name.`);
  if (skeleton.endsWith("-bot"))
    throw new Refusal("INVALID_MESSAGE", 'Names that end in "-bot" belong to agents: choose another name.');
  if (formerGuest.test(handle))
    throw new Refusal("INVALID_MESSAGE", `"${name}" is what a guest was renamed to: choose another name.`);
  return { name, handle };
}
