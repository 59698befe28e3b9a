import { describe, expect, test } from "bun:test";
import type { Member } from "../../src/people/member.ts";
import { type House, openHouse, refused, refusedLater } from "../support/house.ts";
import { account, address, byName, bySession, fresh, old, outcomesOf, quick } from "../support/moment.ts";

describe("a sign-in that is under way", () => {
  const open = (house: House, member: Member) =>
    house.sessions.open(member, { method: "password", device: "a thief's", address });

  test("opens nothing once the password is another one", async () => {
    using house = openHouse();
    const mira = await account(house, "mira");
    const found = await house.signIn.byPassword("mira", old, address);
    await house.passwords.set(mira, await quick(fresh), mira);
    expect(await refusedLater(open(house, found))).toBe("AUTH_FAILED");
    expect(house.sessions.of(mira.id)).toEqual([]);
    await open(house, await house.signIn.byPassword("mira", fresh, address));
    expect(house.sessions.of(mira.id)).toHaveLength(1);
  });

  test("opens nothing once its account was disabled, also when it is enabled again; or once it was signed out by somebody else", async () => {
    using house = openHouse();
    const [mira, ada] = [await account(house, "mira"), house.person("ada", "admin")];
    const found = await house.signIn.byPassword("mira", old, address);
    await house.members.disable(ada, mira);
    expect(await refusedLater(open(house, found))).toBe("AUTH_FAILED");
    await house.members.enable(ada, mira);
    expect(await refusedLater(open(house, found))).toBe("AUTH_FAILED");
    const again = await house.signIn.byPassword("mira", old, address);
    await house.sessions.endAll(mira, ada);
    expect(await refusedLater(open(house, again))).toBe("AUTH_FAILED");
    const own = await house.signIn.byPassword("mira", old, address);
    await house.sessions.endAll(mira, mira);
    await open(house, own);
  });

  test("as a guest opens nothing of the owner who takes that name", async () => {
    using house = openHouse({ env: { OPENCODE_ALLOW_GUEST: "true" } });
    const found = await byName(house, "olga", "guest");
    const owner = await house.setUp.makeOwner(house.setUp.code ?? "", "olga", old, address);
    expect(owner.id).toBe(found.id);
    const start = { method: "guest", device: "", address };
    expect(await refusedLater(house.sessions.open(found, start))).toBe("AUTH_FAILED");
  });

  test("of a device that was let in before opens nothing either", async () => {
    using house = openHouse();
    const [mira, ada] = [await account(house, "mira"), house.person("ada", "admin")];
    const { deviceCode, userCode } = house.devices.ask("laptop", "chat", address);
    house.devices.decide(userCode, await bySession(house, mira), true);
    await house.passwords.createReset(mira, ada);
    const answer = house.devices.poll(deviceCode);
    if (typeof answer === "string") throw new Error(answer);
    expect(await refusedLater(house.grants.make(answer.member, "laptop", "chat", address))).toBe("AUTH_FAILED");
  });
});

describe("an account in the hands of a thief who never rests", () => {
  /** Changes mira's password to what it is, as often as it can be: by the session it has, and the password it knows. */
  async function thief(house: House, mira: Member) {
    const proven = await house.signIn.byPassword("mira", old, address);
    return { proven, change: async () => house.passwords.set(mira, await quick(old), proven) };
  }

  test("is taken back by a link that somebody else makes, from that moment on", async () => {
    using house = openHouse();
    const [mira, ada] = [await account(house, "mira"), house.person("ada", "admin")];
    const { change } = await thief(house, mira);
    const token = await house.enter(mira);
    const { grant } = await house.grants.make(mira, "laptop", "chat", address);
    const link = await house.passwords.createReset(mira, ada);
    expect(house.sessions.find(token)).toBeUndefined();
    expect(house.grants.byId(grant.id)).toBeUndefined();
    expect(await refusedLater(house.signIn.byPassword("mira", old, address))).toBe("AUTH_FAILED");
    expect(await refusedLater(change())).toBe("AUTH_FAILED");
    const { id } = house.passwords.findReset(link);
    await house.passwords.set(mira, await quick(fresh), mira, id);
    expect(await house.passwords.verify(mira, old)).toBe(false);
    expect((await house.signIn.byPassword("mira", fresh, address)).id).toBe(mira.id);
  });

  test("is taken back also when it is disabled first, and enabled after the link was made", async () => {
    using house = openHouse();
    const [mira, ada] = [await account(house, "mira"), house.person("ada", "admin")];
    await house.members.disable(ada, mira);
    const link = await house.passwords.createReset(mira, ada);
    await house.members.enable(ada, mira);
    expect(await refusedLater(house.signIn.byPassword("mira", old, address))).toBe("AUTH_FAILED");
    expect(house.passwords.findReset(link).memberId).toBe(mira.id);
  });

  test("loses no link to a change of the password that came before it", async () => {
    using house = openHouse();
    const [mira, ada] = [await account(house, "mira"), house.person("ada", "admin")];
    const { proven } = await thief(house, mira);
    const hash = await quick(old);
    const [changed, link] = [house.passwords.set(mira, hash, proven), house.passwords.createReset(mira, ada)];
    await changed;
    expect(house.passwords.findReset(await link).memberId).toBe(mira.id);
    const again = await account(house, "mira");
    expect(house.passwords.findReset(await link).memberId).toBe(again.id);
  });

  test("leaves nothing that the thief handed out, once the link was used", async () => {
    using house = openHouse();
    const [ada, anna, mira] = [
      house.person("ada", "admin"),
      await account(house, "anna", "admin"),
      house.person("mira"),
    ];
    const invited = { role: "admin", rooms: [], note: "", uses: 5, days: 90 } as const;
    const { token } = await house.invitations.create(anna, invited);
    const forMira = await house.passwords.createReset(mira, anna);
    const link = await house.passwords.createReset(anna, ada);
    const { id } = house.passwords.findReset(link);
    await house.passwords.set(anna, await quick(fresh), anna, id);
    expect(refused(() => house.invitations.find(token))).toBe("NOT_FOUND");
    expect(refused(() => house.passwords.findReset(forMira))).toBe("NOT_FOUND");
  });

  test("hears and says nothing more by Telegram: neither by an account linked before, nor by a code that was not said yet", async () => {
    using house = openHouse();
    const [mira, ada] = [await account(house, "mira"), house.person("ada", "admin")];
    const takenAway: [string, () => Promise<unknown>][] = [
      ["a link", () => house.passwords.createReset(mira, ada)],
      ["signed out", () => house.sessions.endAll(mira, ada)],
      ["disabled", () => house.members.disable(ada, mira)],
    ];
    for (const [number, [what, take]] of takenAway.entries()) {
      const [phone, tablet] = [
        { id: number * 2 + 1, first_name: "M" },
        { id: number * 2 + 2, first_name: "M" },
      ];
      await house.linking.link(phone, house.linking.codeFor(await bySession(house, mira)).code);
      expect([what, house.linking.of(mira).length]).toEqual([what, 1]);
      const { code } = house.linking.codeFor(await bySession(house, mira));
      await take();
      house.log.flush();
      expect([what, house.linking.of(mira)]).toEqual([what, []]);
      expect([what, await refusedLater(house.linking.link(tablet, code))]).toEqual([what, "NOT_FOUND"]);
    }
    await house.members.enable(ada, mira);
    await house.linking.link({ id: 9, first_name: "M" }, house.linking.codeFor(await bySession(house, mira)).code);
    await house.sessions.endAll(mira, mira);
    expect(house.linking.of(mira)).toHaveLength(1);
  });

  test("links no Telegram account in that moment", async () => {
    using house = openHouse();
    const [mira, ada] = [await account(house, "mira"), house.person("ada", "admin")];
    const { code } = house.linking.codeFor(await bySession(house, mira));
    const acts = [house.passwords.createReset(mira, ada), house.linking.link({ id: 1, first_name: "M" }, code)];
    expect(await outcomesOf(acts)).toEqual(["done", "AUTH_FAILED"]);
  });

  test("makes no key in the moment in which it loses the account", async () => {
    using house = openHouse();
    const [mira, ada] = [await account(house, "mira"), house.person("ada", "admin")];
    const { id } = house.passwords.findReset(await house.passwords.createReset(mira, ada));
    const stolen = await bySession(house, mira);
    const hash = await quick(fresh);
    const request = { name: "k", permissions: ["read"] as const, rooms: null, days: null };
    const acts = [
      house.passwords.set(mira, hash, mira, id),
      house.keys.create(stolen, { ...request, member: stolen }),
      house.grants.make(stolen, "laptop", "chat", address),
      house.rooms.create(stolen, "mine", ""),
    ];
    expect(await outcomesOf(acts)).toEqual(["done", "PERMISSION_DENIED", "AUTH_FAILED", "PERMISSION_DENIED"]);
  });
});
