import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";
import type { Limiter } from "../limiter.ts";
import { networkOf } from "../network.ts";
import { type Attempts, createAttempts } from "./attempts.ts";
import { deviceSeconds } from "./device.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import { handleOf } from "./name.ts";
import type { Passwords } from "./passwords.ts";
import { roleNamed, titleOf } from "./title.ts";

/** What somebody says of themselves who shows nothing else. */
export interface Claim {
  readonly userId: string | undefined;
  readonly role: string;
  readonly method: string | undefined;
}

export interface SignIn {
  /** Somebody who gave a name and nothing else: in development under any name, else as a guest where that is allowed. */
  byName(claim: Claim, address: string, done: (member: Member | Refusal) => void): void;
  /**
   * The person of that name, if that is their password. The same answer after the same time whether the name exists or not.
   * @throws Refusal AUTH_FAILED, RATE_LIMITED with `retryAfter`, or SERVICE_UNAVAILABLE
   */
  byPassword(name: string, password: string, address: string): Promise<Member>;
  /** Something was guessed wrong at this address. @throws Refusal RATE_LIMITED when there were too many */
  wrong(address: string): void;
  /** Looks up a device's code that somebody typed: after too many that were wrong, a right one is not looked at either. @throws Refusal RATE_LIMITED, or what `look` throws */
  typedCode<T>(member: Member, look: () => T): T;
}

interface Parts {
  config: Config;
  clock: Clock;
  members: Members;
  passwords: Passwords;
  limiter: Limiter;
  /** The seq of the newest event on disk. */
  seq: () => number;
}

/** How somebody comes in who has nothing to show yet. */
export function createSignIn({ config, clock, members, passwords, limiter, seq }: Parts): SignIn {
  const { signInAttempts, addressAttempts, nameAttempts, attemptWindowMs, deviceCodeAttempts } = config.limits;
  const here = createAttempts(clock, signInAttempts, attemptWindowMs);
  const byAddress = createAttempts(clock, addressAttempts, attemptWindowMs);
  const everywhere = createAttempts(clock, nameAttempts, attemptWindowMs);
  const codes = createAttempts(clock, addressAttempts, attemptWindowMs);
  const codesOfAccount = createAttempts(clock, deviceCodeAttempts, deviceSeconds * 1000);

  return {
    byName({ userId, role, method }, address, admitted) {
      const done = (member: Member | Refusal) =>
        admitted(member instanceof Refusal ? member : { ...member, provenAt: seq() });
      const mode = modeFor(config, method);
      limiter.signIn(networkOf(address));
      if (mode === "guest") {
        limiter.guest(networkOf(address));
        return admitGuest(userId, done);
      }
      if (userId === undefined) throw new Refusal("MISSING_USER_ID");
      const title = titleOf(role);
      const known = members.person(userId);
      if (known && known.removedAt !== null) throw new Refusal("AUTH_FAILED", `${known.name}'s account is disabled.`);
      // Whoever has an account keeps the rights of it: trying things out must cost the workspace no owner, and make it none.
      const kept = known && members.isAccount(known.id) ? known.role : undefined;
      members.admit(userId, title, kept ?? roleNamed(title) ?? "developer", done);
    },
    async byPassword(name, password, from) {
      const address = networkOf(from);
      const handle = handleOf(name.trim()).slice(0, 100);
      const pair = `${handle} ${address}`;
      const member = members.person(name.trim());
      // The password is read in this very turn of the loop, and takes its time to be compared.
      const provenAt = seq();
      const takeBack = begin([
        [byAddress, address],
        [here, pair],
        [everywhere, handle],
      ]);
      // Too many at once: nothing was tried.
      const matches = await passwords.verify(member, password).catch((refusal: unknown) => {
        takeBack();
        throw refusal;
      });
      if (!matches || !member) throw new Refusal("AUTH_FAILED", "That name and password do not belong together.");
      here.forget(pair);
      byAddress.undo(address);
      everywhere.undo(handle);
      return { ...member, provenAt };
    },
    wrong: (address) => codes.begin(networkOf(address)),
    typedCode({ id, address = "" }, look) {
      const takeBack = begin([
        [codes, networkOf(address)],
        [codesOfAccount, String(id)],
      ]);
      const found = look();
      takeBack();
      return found;
    },
  };

  function admitGuest(userId: string | undefined, done: (member: Member | Refusal) => void): void {
    const name = userId ?? `guest-${crypto.randomUUID().slice(0, 8)}`;
    const known = members.person(name);
    if (!known) members.refuseTaken(name);
    else if (!members.isFreeGuest(known))
      throw new Refusal(
        "CONFLICT",
        `"${name}" is somebody's name here: choose another, or come back as you came before.`,
      );
    members.admit(name, "guest", "guest", done);
  }
}

/** Counts one attempt in several ways, or, when one of them refuses it, in none. @returns what takes it back */
function begin(ways: readonly (readonly [Attempts, string])[]): () => void {
  const begun: (readonly [Attempts, string])[] = [];
  const takeBack = () => {
    for (const [attempts, key] of begun) attempts.undo(key);
  };
  try {
    for (const [attempts, key] of ways) {
      attempts.begin(key);
      begun.push([attempts, key]);
    }
  } catch (refusal) {
    takeBack();
    throw refusal;
  }
  return takeBack;
}

/** @throws Refusal AUTH_FAILED when the method asked for is not open */
function modeFor(config: Config, method: string | undefined): "development" | "guest" {
  if (method === "guest") {
    if (config.allowGuest) return "guest";
    throw new Refusal("AUTH_FAILED", "Guests are not allowed here (OPENCODE_ALLOW_GUEST is off).");
  }
  if (method === "development" || method === undefined) {
    if (config.development) return "development";
    if (method === undefined && config.allowGuest) return "guest";
    throw new Refusal(
      "AUTH_FAILED",
      "Signing in by name alone is off here (OPENCODE_DEV_MODE): sign in on the page, and show the session.",
    );
  }
  throw new Refusal("AUTH_FAILED", `The sign-in method "${method.slice(0, 40)}" is not open here.`);
}
