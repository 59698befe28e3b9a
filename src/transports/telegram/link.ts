import type { Clock } from "../../clock.ts";
import { appended, type Log, type LogEvent, type Proposal } from "../../database/log.ts";
import { Refusal } from "../../errors.ts";
import type { Limits } from "../../limits.ts";
import type { Hub } from "../../live/hub.ts";
import { createAttempts } from "../../people/attempts.ts";
import { doneBy } from "../../people/identity.ts";
import type { Member } from "../../people/member.ts";
import { hashOf } from "../../people/secrets.ts";
import { newUserCode, shownCode, typedCode } from "../../people/user-code.ts";
import type { TelegramLinked, TelegramUnlinked } from "./events.ts";
import type { Link, Memory } from "./memory.ts";
import type { TelegramPerson } from "./who.ts";

/** Linking a Telegram account to a member: a code that is made on the page and said to the bot, once. */
export interface Linking {
  /** A code for somebody, who says it to the bot within ten minutes; an earlier one of theirs is void. */
  codeFor(member: Member): { code: string; expiresAt: number };
  /** What somebody said to the bot. @throws Refusal NOT_FOUND for a code that is none, RATE_LIMITED after too many */
  link(person: TelegramPerson, code: string): Promise<Link>;
  /** A code that others have read links nobody any more. */
  forget(code: string): void;
  /** @throws Refusal NOT_FOUND when the account is not that member's */
  unlink(member: Member, telegramId: number): Promise<void>;
  of(member: Member): readonly Link[];
}

/** Codes live ten minutes: the time to look from one screen to another. */
const codeMs = 10 * 60 * 1000;

interface Waiting {
  readonly member: Member;
  readonly until: number;
}

/** Events that take somebody's access away, or take an account back from whoever has it: a Telegram account is a way in like any other. */
function takenFrom({ kind, actorId, data }: LogEvent): number | undefined {
  const { memberId, resetId } = data as { memberId?: number; resetId?: number | null };
  if (kind === "member.disabled") return memberId;
  if (kind === "reset.created" || kind === "sessions.ended") return actorId === memberId ? undefined : memberId;
  return kind === "password.set" && resetId !== null ? memberId : undefined;
}

export function createLinking(log: Log, hub: Hub, memory: Memory, clock: Clock, limits: Limits): Linking {
  const waiting = new Map<string, Waiting>();
  const tries = createAttempts(clock, limits.signInAttempts, codeMs);
  const triesOfAll = createAttempts(clock, limits.nameAttempts, codeMs);

  function forget(fits: (entry: Waiting) => boolean): void {
    for (const [hash, entry] of waiting) if (fits(entry)) waiting.delete(hash);
  }

  function unlinked(memberId: number, telegramId: number, actorId: number | null, address: string): Proposal {
    const data: TelegramUnlinked = { telegramId, memberId, address };
    return { kind: "telegram.unlinked", roomId: null, actorId, data };
  }

  hub.onCommit((events) => {
    for (const event of events) {
      const memberId = takenFrom(event);
      if (memberId === undefined) continue;
      forget((entry) => entry.member.id === memberId);
      const links = memory.linksOf(memberId);
      if (links.length > 0)
        log.append(links.map(({ telegramId }) => unlinked(memberId, telegramId, event.actorId, "")));
    }
  });

  return {
    codeFor(member) {
      const now = clock.monotonic();
      forget((entry) => entry.until <= now || entry.member.id === member.id);
      const code = newUserCode();
      waiting.set(hashOf(code), { member, until: now + codeMs });
      return { code: shownCode(code), expiresAt: clock.now() + codeMs };
    },
    async link(person, said) {
      tries.begin(String(person.id));
      triesOfAll.begin("all");
      const hash = hashOf(typedCode(said));
      const entry = waiting.get(hash);
      if (!entry || entry.until <= clock.monotonic())
        throw new Refusal("NOT_FOUND", "That code is not one, or is too old: make a new one under Settings, Telegram.");
      waiting.delete(hash);
      tries.forget(String(person.id));
      triesOfAll.undo("all");
      const name = nameOf(person);
      const data: TelegramLinked = {
        telegramId: person.id,
        memberId: entry.member.id,
        name,
        ...doneBy(entry.member),
        address: `telegram:${person.id}`,
      };
      await appended(log, { kind: "telegram.linked", roomId: null, actorId: entry.member.id, data });
      return { telegramId: person.id, memberId: entry.member.id, name, linkedAt: clock.now() };
    },
    forget: (said) => void waiting.delete(hashOf(typedCode(said))),
    async unlink(member, telegramId) {
      if (memory.link(telegramId)?.memberId !== member.id)
        throw new Refusal("NOT_FOUND", "There is no such Telegram account of yours.");
      await appended(log, unlinked(member.id, telegramId, member.id, member.address ?? ""));
    },
    of: (member) => memory.linksOf(member.id),
  };
}

function nameOf({ first_name, last_name, username }: TelegramPerson): string {
  const name = [first_name, last_name, username && `(@${username})`].filter(Boolean).join(" ");
  return name
    .replace(/[\p{Cc}\p{Cf}]+/gu, " ")
    .trim()
    .slice(0, 100)
    .toWellFormed();
}
