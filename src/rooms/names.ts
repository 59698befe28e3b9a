import { Refusal } from "../errors.ts";
import { longestName } from "../people/name.ts";
import type { Room } from "./room.ts";

/** The room everybody is in, and the one a frame without a room concerns. */
export const generalSlug = "general";

/** What one may not see and what does not exist are told apart by nobody. */
export const noRoom = "There is no such room, or you may not see it.";

/** Stands between a private room's name and what makes its slug its own: no name holds one. */
const apart = "~";

/** Letters of that, which spell no words; six of them are 26 bits, so that no two rooms of one name meet. */
const letters = "bcdfghjklmnpqrstvwxz";

/**
 * A new slug for a private room of that name. Private rooms have no names to themselves: whoever takes one that a private room bears
 * must not be able to tell. So others may bear it as well, and what addresses the one never addresses another.
 */
export function privateSlug(name: string): string {
  const random = [...crypto.getRandomValues(new Uint8Array(6))].map((value) => letters[value % letters.length]);
  return `${name}${apart}${random.join("")}`;
}

/** Whether this is more than a name. */
export function isPrivateSlug(slug: string): boolean {
  return slug.includes(apart);
}

/** How the public room of a name is addressed by who is in a private one of that name as well. */
export function publicAddress(name: string): string {
  return plainName(name) + apart;
}

/** Whether the public room of a name is meant, and no private one that bears it as well. */
export function isPublicAddress(slug: string): boolean {
  return slug.endsWith(apart);
}

/** What a room of that slug is called: without what makes a private one's its own. */
export function plainName(slug: string): string {
  return slug.split(apart)[0] ?? slug;
}

/** What the slugs of direct conversations begin with, and of no other room. */
const directPrefix = "dm-";

/** The slug of a name. @throws Refusal INVALID_MESSAGE */
export function slugOf(name: string): string {
  // As with names of people: nothing long is normalised.
  const slug = name.length > longestName ? "" : folded(name).replace(/\s+/g, "-");
  if (!/^[\p{L}\p{N}][\p{L}\p{N}_-]{0,39}$/u.test(slug)) {
    throw new Refusal(
      "INVALID_MESSAGE",
      "A room's name has 1 to 40 letters, digits, - or _, and begins with a letter or digit.",
      { field: "name" },
    );
  }
  if (slug.startsWith(directPrefix))
    throw new Refusal("INVALID_MESSAGE", `Names that begin with "${directPrefix}" belong to direct conversations.`, {
      field: "name",
    });
  return slug;
}

/** The slug of the one direct conversation that these members have. */
export function directSlug(memberIds: Iterable<number>): string {
  return directPrefix + [...memberIds].sort((a, b) => a - b).join("-");
}

/** Characters of a name that are looked at: no slug is nearly as long, and folding combining marks costs the square of their number. */
const mostCharacters = 200;

/**
 * A slug as somebody wrote it: with or without #, in any case, in any of the letters that mean the same. Compatibility forms first,
 * because what comes of them may be capitals, and once more, because what becomes small may fall apart.
 */
export function folded(slug: string): string {
  const plain = slug.slice(0, mostCharacters).normalize("NFKC").trim().replace(/^#/, "");
  return plain.toLowerCase().normalize("NFKC").trim();
}

/** @throws Refusal INVALID_MESSAGE */
export function topicOf(topic: string): string {
  const plain = topic.replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
  if (plain.length > 200)
    throw new Refusal("INVALID_MESSAGE", "A topic may have at most 200 characters.", { field: "topic" });
  return plain;
}

/** General first, then by name; direct conversations after all others, in the order they began. */
export function inOrder(a: Room, b: Room): number {
  const [first, second] = [rank(a), rank(b)];
  if (first !== second) return first - second;
  return a.visibility === "direct" ? a.id - b.id : plainName(a.slug).localeCompare(plainName(b.slug)) || a.id - b.id;
}

function rank(room: Room): number {
  if (room.visibility === "direct") return 2;
  return room.slug === generalSlug ? 0 : 1;
}
