import type { Member } from "../src/people/member.ts";

/** Two letters that stand for a member: capitals for people, small ones for agents. The house itself has one. */
export function initials(member: Pick<Member, "kind" | "name">): string {
  if (member.kind === "system") return firstLetters(member.name, 1).toUpperCase();
  const [first = "", second = ""] = member.name.trim().split(/[\s._-]+/, 2);
  const letters = second ? firstLetters(first, 1) + firstLetters(second, 1) : firstLetters(first, 2);
  return member.kind === "person" ? letters.toUpperCase() : letters.toLowerCase();
}

/** Classes of a member's avatar: round for agents, square for people, one of eight colours that stays with the member. */
export function avatarClass(member: Pick<Member, "kind" | "id">): string {
  return `${member.kind === "agent" ? "av bot" : "av"} h${member.id % 8}`;
}

/** Whole characters, also of those that take two units. */
function firstLetters(word: string, count: number): string {
  const units = word.slice(0, count);
  return /[\uD800-\uDFFF]/.test(units) ? [...word].slice(0, count).join("") : units;
}
