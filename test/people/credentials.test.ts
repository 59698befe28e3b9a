import { describe, expect, test } from "bun:test";
import type { Asked } from "../../src/people/credentials.ts";
import type { Identity } from "../../src/people/identity.ts";
import { may, permissionsOf, type Role } from "../../src/people/member.ts";
import type { Claims } from "../../src/people/tokens.ts";
import { hour, minute } from "../support/clock.ts";
import { type House, openHouse, refusedLater } from "../support/house.ts";

const address = "203.0.113.9";
const identify = async (house: House, secret: string, from = address): Promise<Identity> =>
  house.credentials.identify(secret, from);
const byClaims = async (house: House, claims: Claims, from = address) =>
  identify(house, await house.tokens.sign(claims, 600), from);

describe("a session's token", () => {
  test("is whoever signed in, from where the request comes", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const identity = await identify(house, await house.enter(mira));
    expect(identity.member).toEqual({ ...mira, address, provenAt: house.log.seq });
    expect(identity.proof.kind).toBe("session");
    expect(identity.expiresAt).toBeGreaterThan(house.clock.now());
  });

  test("is refused once it is over, with the same words as one that never was", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const token = await house.enter(mira);
    await house.sessions.endAll(mira, mira);
    for (const tried of [token, "nothing", ""])
      await expect(identify(house, tried)).rejects.toThrow("That session is unknown or over: sign in again.");
  });
});

describe("a token of somebody who holds our key", () => {
  test.each([
    [{ user_id: "mira" }, "mira"],
    [{ userId: "mira" }, "mira"],
    [{ sub: "mira" }, "mira"],
    [{ user_id: "mira", sub: "tomas" }, "mira"],
    [{ user_id: 7, sub: "mira" }, "mira"],
  ])("names a person: %j", async (claims, name) => {
    using house = openHouse();
    const mira = house.person("mira");
    house.person("tomas");
    const { member, proof } = await byClaims(house, claims as Claims);
    expect([member.name, member.id, proof.kind]).toEqual([name, mira.id, "token"]);
  });

  test.each([
    {},
    { user_id: "" },
    { user_id: 1 },
    { user_id: { name: "mira" } },
    { user_id: ["mira"] },
    { userId: true },
  ])("that names nobody is refused: %j", async (claims) => {
    using house = openHouse();
    house.person("mira");
    await expect(byClaims(house, claims)).rejects.toThrow('That token names nobody: it needs "user_id" or "sub".');
  });

  test.each([
    [undefined, "viewer"],
    ["developer", "developer"],
    ["ADMIN", "admin"],
    ["owner", "admin"],
    ["sorcerer", "viewer"],
    ["system", "viewer"],
    ["agent", "viewer"],
  ])("makes a newcomer of it, and nobody an owner by a word: role %j", async (role, made) => {
    using house = openHouse();
    const { member } = await byClaims(house, { user_id: "nadia", ...(role !== undefined && { role }) });
    expect(member).toMatchObject({ name: "nadia", role: made as Role });
    expect(house.members.hasOwner()).toBe(false);
  });

  test("grants what its role and its list say, and never more than the person has", async () => {
    using house = openHouse();
    house.person("mira", "developer");
    const granted = async (claims: Claims) =>
      permissionsOf((await byClaims(house, { user_id: "mira", ...claims })).member);
    expect(await granted({})).toEqual(["read", "write", "execute", "manage_tasks"]);
    expect(await granted({ role: "viewer" })).toEqual(["read"]);
    expect(await granted({ role: "owner" })).toEqual(["read", "write", "execute", "manage_tasks"]);
    expect(await granted({ permissions: ["read", "manage_users"] })).toEqual(["read"]);
    expect(await granted({ role: "guest", permissions: ["write", "execute"] })).toEqual(["write"]);
    expect(await granted({ permissions: [] })).toEqual([]);
    expect(house.members.person("mira")?.role).toBe("developer");
  });

  test("of a person who is disabled is refused, and so is a name that nobody may have", async () => {
    using house = openHouse();
    await house.members.disable(house.person("olga", "owner"), house.person("mira"));
    await expect(byClaims(house, { user_id: "mira" })).rejects.toThrow("That account is disabled.");
    expect(await refusedLater(byClaims(house, { user_id: "<b>" }))).toBe("INVALID_MESSAGE");
  });

  test("whose role or list is none is refused: what cannot be read must not grant everything", async () => {
    using house = openHouse();
    house.person("mira", "owner");
    for (const claims of [{ role: 7 }, { role: ["viewer"] }, { permissions: "read" }])
      expect(await refusedLater(byClaims(house, { user_id: "mira", ...claims }))).toBe("AUTH_FAILED");
    const granted = async (claims: Claims) =>
      permissionsOf((await byClaims(house, { user_id: "mira", ...claims })).member);
    expect(await granted({ role: "readonly" })).toEqual(["read"]);
    expect(await granted({ scope: "read write" })).toEqual(["read", "write"]);
    expect(await granted({ role: "Designer" })).toEqual(["read", "write", "execute", "manage_tasks"]);
  });

  const asked = { method: "GET", path: "/api/v1/members" };
  const forOne = { operator: true, run: "this run", ...asked };
  const byOperator = async (house: House, claims: Claims, from = "127.0.0.1", request: Asked | undefined = asked) =>
    house.credentials.identify(await house.tokens.sign(claims, 10), from, request);

  test("as operator is for one run of one server: sent to another program it is worth nothing here", async () => {
    using house = openHouse();
    for (const run of [undefined, "another run", 8080])
      expect(await refusedLater(byOperator(house, { ...forOne, run }))).toBe("AUTH_FAILED");
  });

  test("as operator is for one request, once", async () => {
    using house = openHouse();
    for (const other of [
      { ...asked, method: "POST" },
      { ...asked, path: "/api/v1/members?disabled=true" },
    ])
      expect(await refusedLater(byOperator(house, forOne, "127.0.0.1", other))).toBe("AUTH_FAILED");
    expect(await refusedLater(byClaims(house, forOne, "127.0.0.1"))).toBe("AUTH_FAILED");
    const token = await house.tokens.sign(forOne, 10);
    const show = async () => house.credentials.identify(token, "127.0.0.1", asked);
    expect((await show()).proof.kind).toBe("operator");
    expect(await refusedLater(show())).toBe("AUTH_FAILED");
    expect((await byOperator(house, forOne)).proof.kind).toBe("operator");
  });

  test("as operator works on this machine only", async () => {
    using house = openHouse();
    for (const here of ["127.0.0.1", "::1"]) {
      const { member, proof } = await byOperator(house, forOne, here);
      expect([member.kind, member.role, proof.kind]).toEqual(["system", "owner", "operator"]);
      expect(may(member, "manage_owners")).toBe(true);
    }
    for (const elsewhere of [address, "10.0.0.1", "::ffff:7f00:1", "fe80::1", "", "unknown", "localhost.evil.example"])
      await expect(byOperator(house, forOne, elsewhere)).rejects.toThrow(
        "That token works on the server's own machine only.",
      );
    expect(await refusedLater(byOperator(house, { ...forOne, operator: "true" }))).toBe("AUTH_FAILED");
  });
});

describe("keys of the environment", () => {
  const env = { OPENCODE_API_KEY: "key-of-the-api-1", OPENCODE_ADMIN_KEY: "key.of.admins" };

  test("are two people, a developer and an admin, made when they are first used", async () => {
    using house = openHouse({ env });
    expect(house.members.people()).toEqual([]);
    const [api, admin] = [await identify(house, "key-of-the-api-1"), await identify(house, "key.of.admins")];
    expect(api).toMatchObject({ member: { name: "api_user", role: "developer" }, expiresAt: null });
    expect(admin).toMatchObject({ member: { name: "admin_user", role: "admin" }, proof: { kind: "environment" } });
    expect((await identify(house, "key-of-the-api-1")).member.id).toBe(api.member.id);
  });

  test.each(["ply_looks-like-ours", "a.b.cdefghij"])("work however they look: %s", async (key) => {
    using house = openHouse({ env: { OPENCODE_API_KEY: key } });
    expect((await identify(house, key)).member.name).toBe("api_user");
  });

  test("are nobody's when they are not set, and stop when their person is disabled", async () => {
    using closed = openHouse();
    for (const key of ["", "undefined", "null", "key-of-the-api-1"])
      expect(await refusedLater(identify(closed, key))).toBe("AUTH_FAILED");
    using house = openHouse({ env });
    const { member } = await identify(house, "key-of-the-api-1");
    await house.members.disable(house.person("olga", "owner"), member);
    expect(await refusedLater(identify(house, "key-of-the-api-1"))).toBe("AUTH_FAILED");
  });

  test("that are short keep the server from starting", () => {
    expect(() => openHouse({ env: { OPENCODE_API_KEY: "short" } })).toThrow("OPENCODE_API_KEY has 5 bytes");
    expect(() => openHouse({ env: { HOST: "0.0.0.0", OPENCODE_ADMIN_KEY: "key-of-the-api-1" } })).toThrow(
      "OPENCODE_ADMIN_KEY has 16 bytes and needs at least 24 on a public address",
    );
    expect(() => openHouse({ env: { OPENCODE_SECRET_KEY: "x".repeat(31) } })).toThrow("needs at least 32");
  });
});

describe("what an open socket showed", () => {
  test("ends by itself at its time, or when a session is idle too long", async () => {
    using house = openHouse({ env: { OPENCODE_SESSION_TIMEOUT: "60" } });
    house.person("mira");
    const token = await byClaims(house, { user_id: "mira" });
    const [used, idle] = [
      await identify(house, await house.enter(house.person("mira"))),
      await identify(house, await house.enter(house.person("mira"))),
    ];
    house.clock.advance(10 * minute - 1);
    expect(house.credentials.isOver(token, false)).toBe(false);
    house.clock.advance(1);
    expect(house.credentials.isOver(token, false)).toBe(true);
    expect(house.credentials.isOver(used, true)).toBe(false);
    house.clock.advance(hour - 5 * minute);
    expect([house.credentials.isOver(used, false), house.credentials.isOver(idle, false)]).toEqual([false, true]);
  });

  test("holds until it is taken away, by whichever way", async () => {
    using house = openHouse();
    const [mira, olga] = [house.person("mira"), house.person("olga", "owner")];
    const byToken = await byClaims(house, { user_id: "mira" });
    const bySession = await identify(house, await house.enter(mira));
    const { id, secret } = await house.keys.create(mira, {
      ...{ name: "k", member: mira, permissions: ["read"], rooms: null, days: null },
    });
    const byKey = await identify(house, secret);
    const holding = () => [byToken, bySession, byKey].map((identity) => house.credentials.holds(identity));
    expect(holding()).toEqual([true, true, true]);
    await house.keys.revoke(mira, id);
    await house.sessions.endAll(mira, mira);
    expect(holding()).toEqual([true, false, false]);
    await house.members.disable(olga, mira);
    expect(holding()).toEqual([false, false, false]);
  });

  test("acts with the role of now, still narrowed", async () => {
    using house = openHouse();
    const mira = house.person("mira", "admin");
    const before = await byClaims(house, { user_id: "mira", permissions: ["read", "manage_users"] });
    expect(may(before.member, "manage_users")).toBe(true);
    await house.members.setRole(house.person("olga", "owner"), mira, "developer");
    expect(permissionsOf(house.credentials.renewed(before).member)).toEqual(["read"]);
    expect(house.credentials.renewed(before).member.address).toBe(address);
  });
});
