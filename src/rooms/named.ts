import { Refusal } from "../errors.ts";
import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";

/** Whom somebody means by a name: a person, else an agent, which `-bot` says for certain. @throws Refusal NOT_FOUND */
export function memberNamed(members: Members, name: string): Member {
  const member = members.person(name.trim()) ?? members.agent(name.trim());
  if (!member || member.removedAt !== null) throw new Refusal("NOT_FOUND", "Nobody of that name is here.");
  return member;
}
