import { Refusal } from "../../errors.ts";
import type { Member } from "../../people/member.ts";
import type { Members } from "../../people/members.ts";
import { parseName } from "../../people/name.ts";
import type { Memory } from "./memory.ts";

/** A person as Telegram tells of them. */
export interface TelegramPerson {
  readonly id: number;
  readonly first_name: string;
  readonly last_name?: string;
  readonly username?: string;
}

/** How people who came by Telegram alone are known: by its numbers, because names there change hands. */
const issuer = "telegram";

/** Finds out which member somebody on Telegram is. */
export interface Who {
  /** Whose account it is, linked or come by Telegram; undefined for nobody's, and for members who were disabled. */
  known(person: TelegramPerson): Member | undefined;
  /** The same, and a guest of that name for somebody who never came before. @throws Refusal PERMISSION_DENIED for who was disabled */
  guest(person: TelegramPerson): Promise<Member>;
}

export function createWho(members: Members, memory: Memory): Who {
  function memberOf({ id }: TelegramPerson): Member | undefined {
    const link = memory.link(id);
    return link ? members.byId(link.memberId) : members.outsider(issuer, String(id));
  }

  /** The first of their names that is free and looks like nobody else's; their number in any case. */
  function nameFor({ id, first_name, last_name = "", username = "" }: TelegramPerson): ReturnType<typeof parseName> {
    const full = `${first_name} ${last_name}`.replace(/[^\p{L}\p{M}\p{N}_.'@+ -]+/gu, " ").trim();
    for (const candidate of [full, username, `${full.slice(0, 40)} ${id % 10_000}`]) {
      try {
        const parsed = parseName(candidate);
        members.refuseTaken(parsed.name);
        return parsed;
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
      }
    }
    return parseName(`telegram-${id}`);
  }

  return {
    known(person) {
      const member = memberOf(person);
      return member?.removedAt === null ? member : undefined;
    },
    async guest(person) {
      const known = memberOf(person);
      if (known?.removedAt === null) return known;
      if (known) throw new Refusal("PERMISSION_DENIED", `${known.name}'s account is disabled.`);
      const { name, handle } = nameFor(person);
      const outside = { issuer, subject: String(person.id) };
      return members.join({ kind: "person", handle, name, title: "Telegram", role: "guest", outside });
    },
  };
}
