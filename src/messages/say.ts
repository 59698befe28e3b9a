import { Refusal } from "../errors.ts";
import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import { generalSlug } from "../rooms/names.ts";
import type { PostMessage } from "./post.ts";

/**
 * Says something in the main room in somebody's name: `system` is the house itself, an agent is meant before a person of the same name.
 * @returns the message's id, once it is on disk
 * @throws Refusal NOT_FOUND for a name that is nobody's here, and whatever posting refuses
 */
export type Say = (text: string, senderName?: string, replyTo?: number | null) => Promise<number>;

export function createSay(members: Members, post: PostMessage): Say {
  return async (text, senderName = "system", replyTo = null) => {
    const sender = memberOfTheHouse(members, senderName);
    const origin = sender.kind === "person" ? "api" : sender.kind;
    return new Promise<number>((resolve, reject) => {
      post(sender, { room: generalSlug, text, replyTo, origin }, (outcome) =>
        outcome.ok ? resolve(outcome.seq) : reject(outcome.refusal),
      );
    });
  };
}

/** @throws Refusal NOT_FOUND */
export function memberOfTheHouse(members: Members, name: string): Member {
  const wanted = name.trim();
  if (wanted.toLowerCase() === "system") return members.system;
  const found = [members.agent(wanted), members.person(wanted)].find((member) => member?.removedAt === null);
  if (!found) throw new Refusal("NOT_FOUND", `Nobody called "${wanted.slice(0, 50)}" is here.`);
  return found;
}
