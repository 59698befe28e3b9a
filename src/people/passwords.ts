import { dictionary } from "@zxcvbn-ts/language-common";
import type { Clock } from "../clock.ts";
import { appended, type Log, type LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { endings } from "./endings.ts";
import { type DoneBy, doneBy } from "./identity.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import { hashOf, newSecret } from "./secrets.ts";
import { standingIn } from "./standing.ts";

/** `password.set`: a person's new password, as argon2id; it ends every session of theirs. Old hashes stay in the log, which is why they are slow ones. */
export interface PasswordSet extends DoneBy {
  readonly memberId: number;
  readonly hash: string;
  /** The one-use link by which it was set. */
  readonly resetId: number | null;
  readonly rules?: 2;
}

/**
 * `reset.created`: a link by which somebody sets a new password. Made by somebody else it takes the account out of whosever hands it is
 * in, at once: the old password opens nothing any more, and sessions and devices end.
 */
interface ResetCreated extends DoneBy {
  readonly memberId: number;
  readonly tokenHash: string;
  readonly expiresAt: number;
  readonly rules?: 2;
}

/** Links live a day: long enough to be sent by hand, short enough to be forgotten. */
export const resetMs = 24 * 60 * 60 * 1000;

/** In one sentence, for the pages that ask for one. */
export const passwordRules = "8 to 200 characters, any you like; nothing that is on lists of common passwords.";

export interface Passwords {
  /** @throws Refusal INVALID_MESSAGE saying what is wrong with it */
  hash(password: string, name: string): Promise<string>;
  /** Whether this is the member's password. Takes as long for members that do not exist or have none. @throws Refusal SERVICE_UNAVAILABLE when too many are being checked */
  verify(member: Member | undefined, password: string): Promise<boolean>;
  has(memberId: number): boolean;
  /** Whether anybody has one, so that signing in by it makes sense. */
  any(): boolean;
  /** Sets it, for the person themselves or by a link; ends their sessions. @throws Refusal AUTH_FAILED, NOT_FOUND or PERMISSION_DENIED when what gave the right to is worth nothing any more */
  set(member: Member, hash: string, by: Member, resetId?: number): Promise<void>;
  /** A new one-use link for somebody else; see `reset.created`. @returns its secret part. @throws Refusal PERMISSION_DENIED for one's own account */
  createReset(member: Member, by: Member): Promise<string>;
  /** @throws Refusal NOT_FOUND, the same for unknown, used and expired links */
  findReset(token: string): { id: number; memberId: number };
}

/** What argon2id costs: 19 MiB and 2 passes, about 40 ms (the minimum that OWASP names). */
const argon = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;

export function createPasswords(store: Store, log: Log, members: Members, clock: Clock, limits: Limits): Passwords {
  const { sqlite } = store;
  const select = sqlite.prepare<{ hash: string }, [number]>("SELECT hash FROM passwords WHERE member_id = ?");
  const first = sqlite.prepare<{ hash: string }, []>("SELECT hash FROM passwords LIMIT 1");
  const selectReset = sqlite.prepare<{ id: number; memberId: number; createdBy: number }, [string, number]>(
    `SELECT id, member_id AS memberId, created_by AS createdBy FROM password_resets
     WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?`,
  );
  definePasswords(store, log);

  const slots = createSlots(limits);
  // Whoever is not there is measured against this, so that time does not tell names.
  const nobodys = Bun.password.hash(newSecret(), argon);

  return {
    async hash(password, name) {
      checkPassword(password, name);
      return slots(() => Bun.password.hash(password, argon));
    },
    async verify(member, password) {
      const row = member && member.removedAt === null ? select.get(member.id) : null;
      const isSet = row !== null && row.hash !== voided;
      const hash = isSet ? row.hash : await nobodys;
      // Longer ones cannot have been set, and hashing megabytes is nobody's right.
      const matches = await slots(() => Bun.password.verify(password.slice(0, 1_000), hash));
      return matches && isSet;
    },
    has: (memberId) => select.get(memberId) !== null,
    any: () => first.get() !== null,
    async set(member, hash, by, resetId) {
      const data: PasswordSet = {
        memberId: member.id,
        hash,
        resetId: resetId ?? null,
        ...doneBy(by),
        rules: 2,
      };
      await appended(log, { kind: "password.set", roomId: null, actorId: by.id, data });
    },
    async createReset(member, by) {
      // Whoever finds an open browser must not be able to keep the account: for one's own, the old password is asked for.
      if (by.id === member.id)
        throw new Refusal(
          "PERMISSION_DENIED",
          "Set your own password in your settings, or have somebody else reset it.",
        );
      const token = newSecret();
      const data: ResetCreated = {
        memberId: member.id,
        tokenHash: hashOf(token),
        expiresAt: clock.now() + resetMs,
        ...doneBy(by),
        rules: 2,
      };
      await appended(log, { kind: "reset.created", roomId: null, actorId: by.id, data });
      return token;
    },
    findReset(token) {
      const found = selectReset.get(hashOf(token), clock.now());
      if (!found || !members.stands(found.createdBy))
        throw new Refusal("NOT_FOUND", "That link was used, is too old, or never was.");
      return found;
    },
  };
}

/** What stands in the place of a password that opens nothing any more: no hash is empty. */
const voided = "";

/**
 * How events of passwords change the tables. A new password ends the member's sessions; the log decides which of two users of one link
 * was first. Events without `rules` were made before links took an account back at once.
 */
function definePasswords(store: Store, log: Log): void {
  const { sqlite } = store;
  const standing = standingIn(store);
  const upsert = sqlite.prepare("INSERT OR REPLACE INTO passwords (member_id, hash, changed_at) VALUES (?, ?, ?)");
  const makeVoid = sqlite.prepare(`UPDATE passwords SET hash = '${voided}', changed_at = ? WHERE member_id = ?`);
  const insertReset = sqlite.prepare(
    "INSERT INTO password_resets (id, member_id, token_hash, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const reset = sqlite.prepare<{ usedAt: number | null; expiresAt: number }, [number]>(
    "SELECT used_at AS usedAt, expires_at AS expiresAt FROM password_resets WHERE id = ?",
  );
  const end = endings(store);

  const set = (event: LogEvent) => {
    const { memberId, hash, resetId, rules } = event.data as PasswordSet;
    const link = resetId === null ? undefined : reset.get(resetId);
    if (link === null || (link && (link.usedAt !== null || link.expiresAt <= event.at))) {
      throw new Refusal("NOT_FOUND", "That link was used, is too old, or never was.");
    }
    if (standing.member(memberId)?.removedAt !== null)
      throw new Refusal("PERMISSION_DENIED", "That account is disabled.");
    upsert.run(memberId, hash, event.at);
    // By a link, because the old one is lost or in other hands: so may be what was made with it.
    if (link) end.keys(event.at, memberId);
    if (link) end.grants(event.at, memberId);
    if (link && rules === 2) end.handedOut(event.at, memberId);
    // One's own change leaves the links alone that others made: whoever stole the old password would go on changing it.
    if (link || rules !== 2) end.resets(event.at, memberId);
    end.sessions(event.at, memberId);
  };
  log.define("password.set", set, (event) => {
    const { memberId, resetId, provenAt } = event.data as PasswordSet;
    if (resetId === null) standing.needsProof(memberId, provenAt);
  });

  const made = (event: LogEvent) => {
    const { memberId, tokenHash, expiresAt, rules } = event.data as ResetCreated;
    insertReset.run(event.seq, memberId, tokenHash, event.actorId, event.at, expiresAt);
    if (rules !== 2 || event.actorId === memberId) return;
    makeVoid.run(event.at, memberId);
    end.sessions(event.at, memberId);
    end.grants(event.at, memberId);
  };
  log.define("reset.created", made, (event) => {
    const member = standing.member((event.data as ResetCreated).memberId);
    if (member) standing.needsToManage(event, member.role);
  });
}

/** @throws Refusal INVALID_MESSAGE */
function checkPassword(password: string, name: string): void {
  const characters = [...password].length;
  const wrong = (message: string) => new Refusal("INVALID_MESSAGE", message, { field: "password" });
  if (characters < 8) throw wrong("A password has at least 8 characters.");
  if (characters > 200) throw wrong("A password has at most 200 characters.");
  const folded = password.toLowerCase();
  if (commonPasswords().has(folded) || folded === name.toLowerCase() || /^(.)\1*$/u.test(password)) {
    throw wrong("That password is among the first that are tried: choose another.");
  }
}

let common: Set<string> | undefined;

/** Some 20,000 that are long enough to be allowed; made when the first is asked for. */
function commonPasswords(): Set<string> {
  common ??= new Set(dictionary["passwords-common"].filter((word) => word.length >= 8));
  return common;
}

/** Lets a few hashes be computed at a time: each takes 19 MiB, and sign-in must not be a way to fill the memory. */
function createSlots({ passwordChecks, passwordQueue }: Limits) {
  let busy = 0;
  const waiting: (() => void)[] = [];
  return async <T>(compute: () => Promise<T>): Promise<T> => {
    if (waiting.length >= passwordQueue) {
      throw new Refusal("SERVICE_UNAVAILABLE", "Too many people are signing in at once: try again in a moment.");
    }
    if (busy >= passwordChecks) await new Promise<void>((resolve) => waiting.push(resolve));
    busy += 1;
    try {
      return await compute();
    } finally {
      busy -= 1;
      waiting.shift()?.();
    }
  };
}
