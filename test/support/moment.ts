import { Refusal } from "../../src/errors.ts";
import type { Member, Role } from "../../src/people/member.ts";
import type { House } from "./house.ts";

/** What tests of things that happen in the same moment need: people, and what came of it all. */
export const address = "10.0.0.1";
export const old = "an old oak by the river";
export const fresh = "a new ash by the sea";

/** A password's hash; what a real one costs is another test's subject. */
export const quick = (password: string) =>
  Bun.password.hash(password, { algorithm: "argon2id", memoryCost: 8, timeCost: 1 });

/** Somebody who can sign in. */
export async function account(house: House, name: string, role: Role = "developer", password = old): Promise<Member> {
  const member = house.person(name, role);
  await house.passwords.set(member, await quick(password), member);
  return house.members.byId(member.id);
}

/** Somebody who comes by a name and nothing else. */
export function byName(house: House, userId: string, method?: "guest"): Promise<Member> {
  return new Promise((resolve, reject) => {
    const claim = { userId, role: "owner", method };
    house.signIn.byName(claim, address, (given) => (given instanceof Error ? reject(given) : resolve(given)));
  });
}

/** What came of things that were asked for in one moment, in that order: done, or the code of the refusal. */
export async function outcomesOf(acts: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(acts);
  return settled.map((each) => (each.status === "fulfilled" ? "done" : codeOf(each.reason)));
}

/** Somebody as a request of theirs finds them: with a session that holds at this moment. */
export async function bySession(house: House, member: Member): Promise<Member> {
  return house.credentials.bySession(await house.enter(member), address).member;
}

function codeOf(reason: unknown): string {
  if (reason instanceof Refusal) return reason.code;
  throw reason;
}
