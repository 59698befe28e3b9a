import { describe, expect, test } from "bun:test";
import { Refusal } from "../../src/errors.ts";
import { acting } from "../../src/people/identity.ts";
import type { Member } from "../../src/people/member.ts";
import { minute } from "../support/clock.ts";
import { type House, openHouse, refused, refusedLater } from "../support/house.ts";

interface Shown {
  userId?: string;
  role?: string;
  method?: string;
}

/** Somebody signs in by name. @throws the refusal they get */
function enter(house: House, { userId, role = "user", method }: Shown, address = "10.0.0.1"): Member {
  let given: Member | Refusal | undefined;
  house.signIn.byName({ userId, role, method }, address, (member) => {
    given = member;
  });
  house.log.flush();
  if (!given || given instanceof Refusal) throw given ?? new Error("no answer");
  return given;
}

const development = { OPENCODE_DEV_MODE: "true" };
const guests = { OPENCODE_ALLOW_GUEST: "true" };

describe("in development mode", () => {
  test.each([
    ["Developer", "developer"],
    ["user", "developer"],
    ["Manager", "developer"],
    ["OWNER", "owner"],
    ["admin", "admin"],
    ["analyst", "analyst"],
    ["viewer", "viewer"],
    ["guest", "guest"],
    ["agent", "developer"],
    ["system", "developer"],
    ["constructor", "developer"],
  ])("anybody enters by name; who calls themselves %s has the rights of a %s", (title, role) => {
    using house = openHouse({ env: development });
    expect(enter(house, { userId: "mira", role: title })).toMatchObject({ name: "mira", title, role });
  });

  test.each([
    ["", "user"],
    ["<b>\u202E", "b"],
    ["x".repeat(51), "user"],
  ])("the title %j is shown as %j", (title, shown) => {
    using house = openHouse({ env: development });
    expect(enter(house, { userId: "mira", role: title }).title).toBe(shown);
  });

  test("a name is needed, and it must be one", () => {
    using house = openHouse({ env: development });
    expect(refused(() => enter(house, {}))).toBe("MISSING_USER_ID");
    expect(refused(() => enter(house, { userId: "<script>" }))).toBe("INVALID_MESSAGE");
  });

  test("an address that tries too often waits, and another does not", () => {
    using house = openHouse({ env: development, limits: { signInBurst: 1, signInRate: 1 } });
    enter(house, { userId: "mira" });
    expect(refused(() => enter(house, { userId: "tomas" }))).toBe("RATE_LIMITED");
    enter(house, { userId: "tomas" }, "10.0.0.2");
  });
});

describe("otherwise", () => {
  test("nobody enters by name alone", () => {
    using house = openHouse();
    for (const method of [undefined, "development", "guest", "telepathy"]) {
      expect(refused(() => enter(house, { userId: "mira", ...(method !== undefined && { method }) }))).toBe(
        "AUTH_FAILED",
      );
    }
    expect(house.members.people()).toEqual([]);
  });

  test("guests enter where they are allowed, with a guest's rights whatever they call themselves", () => {
    using house = openHouse({ env: guests });
    expect(enter(house, { userId: "gil", role: "owner" })).toMatchObject({
      name: "gil",
      role: "guest",
      title: "guest",
    });
    expect(enter(house, {}).name).toMatch(/^guest-[0-9a-f]{8}$/);
    expect(refused(() => enter(house, { userId: "gil", method: "development" }))).toBe("AUTH_FAILED");
  });

  test("a guest never takes the name of somebody who is more than a guest", async () => {
    using house = openHouse({ env: guests });
    house.person("Mira");
    house.person("Vouched", "guest");
    for (const userId of ["mira", "vouched", "api_user", "admin_user", "dev_user"])
      expect(refused(() => enter(house, { userId }))).toBe("CONFLICT");
    const gil = enter(house, { userId: "gil" });
    await house.enter(gil, "guest");
    expect(enter(house, { userId: "gil" }).id).toBe(gil.id);
  });

  test("a guest's name is free for the next one only while nothing is behind it", async () => {
    using house = openHouse({ env: guests });
    const mira = house.person("mira");
    const gil = enter(house, { userId: "gil" });
    await house.enter(gil, "guest");
    // A conversation of before, when guests still could be in one.
    const data = { slug: `dm-${mira.id}-${gil.id}`, topic: "", visibility: "direct", members: [mira.id, gil.id] };
    const at = { seq: house.log.seq + 1, at: house.clock.now(), roomId: null, actorId: mira.id };
    house.log.replay([{ ...at, kind: "room.created", data }]);
    expect(refused(() => enter(house, { userId: "gil" }))).toBe("CONFLICT");
    // And nobody is raised who could be anybody.
    const olga = house.person("olga", "owner");
    expect(await refusedLater(house.members.setRole(olga, gil, "admin"))).toBe("CONFLICT");
  });
});

const password = "kestrel over moor";

/** mira and tomas, who have the same password; checking it costs next to nothing here. */
async function withPasswords(limits: Parameters<typeof openHouse>[0] = {}): Promise<House> {
  const house = openHouse(limits);
  const hash = await Bun.password.hash(password, { algorithm: "argon2id", memoryCost: 8, timeCost: 1 });
  for (const name of ["Mira", "Tomas"]) {
    const member = house.person(name);
    await house.passwords.set(member, hash, member);
  }
  return house;
}

/** The code somebody gets, or "in". */
async function tried(house: House, name: string, typed: string, address = "10.0.0.1"): Promise<string> {
  return house.signIn.byPassword(name, typed, address).then(
    () => "in",
    (refusal: Refusal) => refusal.code,
  );
}

describe("by password", () => {
  test("mira comes in with hers, however she spells her name; tomas's name and a wrong one get one answer", async () => {
    using house = await withPasswords();
    for (const name of ["Mira", "mira", " MIRA "]) expect(await tried(house, name, password)).toBe("in");
    house.person("Ada");
    for (const name of ["Mira", "Ada", "Nobody", "", "alice", "system"])
      await expect(house.signIn.byPassword(name, "something else", "10.0.0.9")).rejects.toThrow(
        "That name and password do not belong together.",
      );
  });

  test("five wrong ones for one name from one address, and the right one waits as well", async () => {
    using house = await withPasswords();
    for (let n = 0; n < 5; n += 1)
      expect(await tried(house, n % 2 ? "mira" : "MIRA", `wrong ${n}`)).toBe("AUTH_FAILED");
    const refusal = (await house.signIn.byPassword("mira", password, "10.0.0.1").catch((given) => given)) as Refusal;
    expect([refusal.code, refusal.retryAfter]).toEqual(["RATE_LIMITED", 15 * 60_000]);
    expect(await tried(house, "mira", password, "10.0.0.2")).toBe("in");
    expect(await tried(house, "tomas", password)).toBe("in");
    house.clock.advance(15 * 60_000);
    expect(await tried(house, "mira", password)).toBe("in");
  });

  test("many at once are not let through: five are tried", async () => {
    using house = await withPasswords();
    const codes = await Promise.all(Array.from({ length: 40 }, (_, n) => tried(house, "mira", `wrong ${n}`)));
    expect(codes.filter((code) => code === "AUTH_FAILED")).toHaveLength(5);
    expect(codes.filter((code) => code === "RATE_LIMITED")).toHaveLength(35);
  });

  test("the right one forgives what was wrong before", async () => {
    using house = await withPasswords();
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 4; n += 1) expect(await tried(house, "mira", "wrong")).toBe("AUTH_FAILED");
      expect(await tried(house, "mira", password)).toBe("in");
    }
  });

  test("an address that tries many names waits, and its own right password does not help it on", async () => {
    using house = await withPasswords({ limits: { addressAttempts: 8 } });
    for (let n = 0; n < 4; n += 1) expect(await tried(house, "mira", "wrong")).toBe("AUTH_FAILED");
    expect(await tried(house, "mira", password)).toBe("in");
    for (let n = 0; n < 4; n += 1) expect(await tried(house, "tomas", "wrong")).toBe("AUTH_FAILED");
    expect(await tried(house, "mira", password)).toBe("RATE_LIMITED");
    expect(await tried(house, "mira", password, "10.0.0.2")).toBe("in");
  });

  test("a name that is tried from many addresses is closed to all of them for a while", async () => {
    using house = await withPasswords({ limits: { nameAttempts: 6 } });
    for (let n = 0; n < 6; n += 1) expect(await tried(house, "mira", "wrong", `10.0.1.${n}`)).toBe("AUTH_FAILED");
    expect(await tried(house, "mira", password, "10.0.2.1")).toBe("RATE_LIMITED");
    expect(await tried(house, "tomas", password, "10.0.2.1")).toBe("in");
  });

  test("an attempt that was refused is none: it does not make the wait longer in another way", async () => {
    using house = await withPasswords({ limits: { addressAttempts: 3 } });
    for (let n = 0; n < 3; n += 1) expect(await tried(house, "tomas", "wrong")).toBe("AUTH_FAILED");
    house.clock.advance(10 * 60_000);
    for (let n = 0; n < 10; n += 1) expect(await tried(house, "mira", password)).toBe("RATE_LIMITED");
    house.clock.advance(5 * 60_000);
    expect(await tried(house, "mira", password)).toBe("in");
  });

  test("of too many others at once nothing was tried, and nothing is counted", async () => {
    using house = await withPasswords({ limits: { passwordChecks: 1, passwordQueue: 0 } });
    for (let n = 0; n < 10; n += 1) expect(await tried(house, "mira", password)).toBe("SERVICE_UNAVAILABLE");
  });
});

describe("what else can be guessed", () => {
  test("tokens and keys: nobody is kept from signing in by the wrong ones of their address", async () => {
    using house = await withPasswords({ limits: { addressAttempts: 3 } });
    const show = (secret: string) => refused(() => house.credentials.identify(secret, "10.0.0.1"));
    for (const wrong of ["ply_wrong", "wrong", "ply_wrong"]) expect(show(wrong)).toBe("AUTH_FAILED");
    expect(show("ply_wrong")).toBe("RATE_LIMITED");
    expect(await tried(house, "mira", password)).toBe("in");
  });

  test("codes of devices: after so many wrong ones a right one is not looked at either, or guessing would go on", () => {
    using house = openHouse({ limits: { addressAttempts: 3 } });
    const people = ["mira", "tomas", "ines"].map((name) => house.person(name));
    let turn = 0;
    const look = (code: string, address = "10.0.0.1", member = people[turn++ % 3]) =>
      house.signIn.typedCode(acting(member ?? house.person("mira"), address), () => house.devices.look(code));
    const { userCode } = house.devices.ask("laptop", "", "10.0.0.1");
    for (let n = 0; n < 9; n += 1) look(userCode);
    for (let n = 0; n < 3; n += 1) expect(refused(() => look("BBBB-BBBB"))).toBe("NOT_FOUND");
    expect(refused(() => look(userCode))).toBe("RATE_LIMITED");
    look(userCode, "10.0.0.2");
  });

  test("codes of devices: five wrong ones of one account, from wherever they come, until such codes are over", () => {
    using house = openHouse();
    const look = (name: string, code: string, address: string) =>
      house.signIn.typedCode(acting(house.person(name), address), () => house.devices.look(code));
    const { userCode } = house.devices.ask("laptop", "", "10.0.0.1");
    for (let n = 0; n < 9; n += 1) look("mira", userCode, "10.0.0.1");
    for (let n = 0; n < 5; n += 1) expect(refused(() => look("mira", "BBBB-BBBB", `10.0.1.${n}`))).toBe("NOT_FOUND");
    expect(refused(() => look("mira", userCode, "10.0.2.1"))).toBe("RATE_LIMITED");
    look("tomas", userCode, "10.0.1.1");
    house.clock.advance(10 * minute);
    const again = house.devices.ask("laptop", "", "10.0.0.1");
    look("mira", again.userCode, "10.0.2.1");
  });
});

describe("whoever has a password", () => {
  test("keeps their rights in development mode, whatever role they choose that day", async () => {
    using house = await withPasswords({ env: development });
    expect(enter(house, { userId: "mira", role: "owner" })).toMatchObject({ title: "owner", role: "developer" });
    expect(enter(house, { userId: "mira", role: "guest" })).toMatchObject({ title: "guest", role: "developer" });
  });

  test("is not let in by name once they are disabled", async () => {
    using house = await withPasswords({ env: development });
    await house.members.disable(house.person("olga", "owner"), house.person("Mira"));
    expect(() => enter(house, { userId: "mira" })).toThrow("Mira's account is disabled.");
    expect(await tried(house, "mira", password)).toBe("AUTH_FAILED");
  });

  test("cannot be taken for a guest, nor can an agent, nor anybody whose name looks like theirs", async () => {
    using house = await withPasswords({ env: guests });
    for (const userId of ["mira", "alice", "mіra", "Mirа", "mira.", "mira_", "-mira-", "rnira", "mıra", "api_usеr"]) {
      expect([userId, refused(() => enter(house, { userId }))]).toEqual([userId, "CONFLICT"]);
    }
    for (const userId of ["mira\uFE0F", "mira\u034F", "mi\u180Bra", "mira\u3164", "mira\uFFA0", "alice-b\u043Et"])
      expect([userId, refused(() => enter(house, { userId }))]).toEqual([userId, "CONFLICT"]);
    const gil = enter(house, { userId: "gil" });
    await house.passwords.set(gil, "a hash of some password", gil);
    expect(refused(() => enter(house, { userId: "gil" }))).toBe("CONFLICT");
    const gus = enter(house, { userId: "gus" });
    await house.members.disable(house.person("olga", "owner"), gus);
    expect(refused(() => enter(house, { userId: "gus" }))).toBe("CONFLICT");
  });
});
