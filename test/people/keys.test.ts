import { describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { acting } from "../../src/people/identity.ts";
import type { KeyRequest } from "../../src/people/keys.ts";
import { type Member, may, type Permission } from "../../src/people/member.ts";
import { day, hour, minute } from "../support/clock.ts";
import { type House, openHouse, refused, refusedLater } from "../support/house.ts";

const both: readonly Permission[] = ["read", "write"];

function ask(member: Member, more: Partial<KeyRequest> = {}): KeyRequest {
  return { name: "backup script", member, permissions: both, rooms: null, days: null, ...more };
}

const make = (house: House, member: Member, more: Partial<KeyRequest> = {}) =>
  house.keys.create(member, ask(member, more));

describe("mira's key", () => {
  test("begins with ply_, has 256 random bits, and finds her with what it was made for", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { id, secret } = await make(house, mira, { rooms: [3] });
    expect(secret).toMatch(/^ply_[\w-]{43}$/);
    expect(house.keys.find(secret)).toMatchObject({
      id,
      member: mira,
      name: "backup script",
      permissions: both,
      rooms: [3],
      prefix: secret.slice(0, 10),
      expiresAt: null,
    });
    for (const guess of ["", "ply_", secret.slice(4), secret.slice(0, -1), secret.toUpperCase(), `${secret} `])
      expect(house.keys.find(guess)).toBeUndefined();
  });

  test("is stored as its hash and nothing else: not in the file, not in its log, not in what is logged", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-keys-"));
    try {
      using house = openHouse({ path: join(folder, "parley.db") });
      const { id, secret } = await make(house, house.person("mira"));
      const rotated = await house.keys.rotate(house.person("mira"), id);
      house.keys.find(secret);
      house.keys.flush();
      house.store.sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
      const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
      const holds = (text: string) => files.some((bytes) => bytes.includes(text));
      expect(holds(new Bun.CryptoHasher("sha256").update(secret).digest("hex"))).toBe(true);
      for (const each of [secret, rotated.secret]) {
        expect(holds(each)).toBe(false);
        expect(holds(each.slice(11))).toBe(false);
        expect(JSON.stringify(house.logged)).not.toContain(each);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("grants no more than she has, whatever becomes of her", async () => {
    using house = openHouse();
    const mira = house.person("mira", "developer");
    const { secret } = await make(house, mira, { permissions: ["read", "write", "manage_tasks"] });
    const throughKey = () => {
      const key = house.keys.find(secret);
      if (!key) throw new Error("the key is gone");
      return acting(key.member, "10.0.0.1", key);
    };
    expect(both.every((permission) => may(throughKey(), permission))).toBe(true);
    expect(may(throughKey(), "execute")).toBe(false);
    await house.members.setRole(house.person("olga", "owner"), mira, "viewer");
    expect([may(throughKey(), "read"), may(throughKey(), "write"), may(throughKey(), "manage_tasks")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("opens the rooms it names and no others, and none that she may not enter", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const hers = await house.rooms.create(mira, "hers", "", "private");
    const his = await house.rooms.create(tomas, "his", "", "private");
    const key = acting(mira, "10.0.0.1", { permissions: both, rooms: [hers.id, his.id] });
    const general = house.rooms.forReader(mira, "general");
    expect([hers, his, general].map((room) => house.rooms.mayRead(key, room))).toEqual([true, false, false]);
  });

  test("works until its day is over", async () => {
    using house = openHouse();
    const { id, secret } = await make(house, house.person("mira"), { days: 2 });
    house.clock.advance(2 * day - 1);
    expect(house.keys.find(secret)).toBeDefined();
    expect(house.keys.holds(id)).toBe(true);
    house.clock.advance(1);
    expect(house.keys.find(secret)).toBeUndefined();
    expect(house.keys.holds(id)).toBe(false);
  });

  test("works no more from the moment it is revoked, nor once she is disabled, even after she is back", async () => {
    using house = openHouse();
    const [mira, olga] = [house.person("mira"), house.person("olga", "owner")];
    const [first, second] = [await make(house, mira), await make(house, mira)];
    await house.keys.revoke(mira, first.id);
    expect([first, second].map(({ secret }) => house.keys.find(secret) !== undefined)).toEqual([false, true]);
    expect(await refusedLater(house.keys.revoke(mira, first.id))).toBe("NOT_FOUND");
    await house.members.disable(olga, mira);
    expect(house.keys.holds(second.id)).toBe(false);
    await house.members.enable(olga, house.person("mira"));
    expect(house.keys.find(second.secret)).toBeUndefined();
  });

  test("remembers when it was last used, at most once a minute", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { secret } = await make(house, mira);
    const seenAt = () => {
      house.keys.flush();
      return house.keys.visibleTo(mira)[0]?.seenAt;
    };
    expect(seenAt()).toBeNull();
    house.keys.find(secret);
    const first = house.clock.now();
    expect(seenAt()).toBe(first);
    house.clock.advance(minute);
    house.keys.find(secret);
    expect(seenAt()).toBe(first);
    house.clock.advance(1);
    house.keys.find(secret);
    expect(seenAt()).toBe(first + minute + 1);
  });
});

describe("a key that is replaced", () => {
  test("works a day beside the new one, which is of the same kind and lives as long", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { id, secret } = await make(house, mira, { days: 30, rooms: [5] });
    house.clock.advance(10 * day);
    const next = await house.keys.rotate(mira, id);
    expect(next.name).toBe("backup script");
    expect(house.keys.find(next.secret)).toMatchObject({
      permissions: both,
      rooms: [5],
      expiresAt: house.clock.now() + 30 * day,
    });
    house.clock.advance(24 * hour - 1);
    expect(house.keys.find(secret)?.id).toBe(id);
    house.clock.advance(1);
    expect(house.keys.find(secret)).toBeUndefined();
    expect(house.keys.find(next.secret)).toBeDefined();
  });

  test("is not prolonged by it, and can be ended at once", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const short = await make(house, mira, { days: 1 });
    const long = await make(house, mira);
    house.clock.advance(23 * hour);
    await house.keys.rotate(mira, short.id);
    await house.keys.rotate(mira, long.id);
    await house.keys.revoke(mira, long.id);
    expect(house.keys.find(long.secret)).toBeUndefined();
    house.clock.advance(hour);
    expect(house.keys.find(short.secret)).toBeUndefined();
  });
});

describe("who may make and end keys", () => {
  test("oneself; tomas has no business with mira's, and is told there is none", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const { id } = await make(house, mira);
    expect(house.keys.visibleTo(tomas)).toEqual([]);
    expect(house.keys.visibleTo(mira).map((key) => key.id)).toEqual([id]);
    expect(await refusedLater(house.keys.revoke(tomas, id))).toBe("NOT_FOUND");
    expect(await refusedLater(house.keys.rotate(tomas, id))).toBe("NOT_FOUND");
    expect(await refusedLater(house.keys.revoke(tomas, 999_999))).toBe("NOT_FOUND");
    expect(await refusedLater(house.keys.create(tomas, ask(mira)))).toBe("PERMISSION_DENIED");
  });

  test("for an agent: an admin, and no developer; never for another person, not even an owner", async () => {
    using house = openHouse();
    const [admin, owner, mira] = [house.person("ada", "admin"), house.person("olga", "owner"), house.person("mira")];
    const alice = house.agent("alice");
    const general = house.rooms.forReader(admin, "general").id;
    const board = await house.rooms.create(mira, "board", "", "private");
    await house.rooms.bringIn(mira, board, alice);
    // Not a way into rooms that alice is in and ada is not.
    expect(await refusedLater(house.keys.create(admin, ask(alice)))).toBe("INVALID_MESSAGE");
    const inside = { ...ask(alice), rooms: [general, board.id] };
    expect(await refusedLater(house.keys.create(admin, inside))).toBe("PERMISSION_DENIED");
    const { id, secret } = await house.keys.create(admin, { ...ask(alice), rooms: [general] });
    expect(house.keys.find(secret)?.member.id).toBe(alice.id);
    expect(house.keys.visibleTo(owner).map((key) => key.id)).toEqual([id]);
    expect(house.keys.visibleTo(mira)).toEqual([]);
    expect(await refusedLater(house.keys.create(mira, ask(alice)))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(house.keys.create(owner, ask(mira)))).toBe("PERMISSION_DENIED");
    await house.keys.revoke(owner, id);
  });

  test("nobody who came by a key: it neither makes nor ends another", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { id } = await make(house, mira);
    const byKey = acting(mira, "10.0.0.1", { permissions: ["read", "write"], rooms: null });
    expect(await refusedLater(house.keys.create(byKey, ask(byKey)))).toBe("PERMISSION_DENIED");
    expect(await refusedLater(house.keys.rotate(byKey, id))).toBe("NOT_FOUND");
    expect(await refusedLater(house.keys.revoke(byKey, id))).toBe("NOT_FOUND");
    expect(house.keys.visibleTo(byKey)).toEqual([]);
  });

  test("nobody with more than they have themselves", async () => {
    using house = openHouse();
    const viewer = house.person("vera", "viewer");
    const asking = make(house, viewer, { permissions: ["read", "write", "execute"] });
    await expect(asking).rejects.toThrow("vera may not write, execute, and neither may a key.");
    const alice = ask(house.agent("alice"), { permissions: ["manage_users"] });
    expect(await refusedLater(house.keys.create(house.person("olga", "owner"), alice))).toBe("PERMISSION_DENIED");
  });

  test.each([
    ["no name", { name: " \u202E " }, "A key needs a name of 1 to 60 characters, so that it can be recognised."],
    [
      "a long name",
      { name: "x".repeat(61) },
      "A key needs a name of 1 to 60 characters, so that it can be recognised.",
    ],
    ["no permission", { permissions: [] }, "Choose at least one permission for the key."],
    ["no days", { days: 0 }, "A key lives 1 to 3650 days, or for ever."],
    ["half a day", { days: 0.5 }, "A key lives 1 to 3650 days, or for ever."],
    ["eleven years", { days: 4_000 }, "A key lives 1 to 3650 days, or for ever."],
  ])("nobody with %s", async (_, more, words) => {
    using house = openHouse();
    await expect(make(house, house.person("mira"), more)).rejects.toThrow(words);
  });
});

test("a key that was never made is refused like one that is over", () => {
  using house = openHouse();
  expect(refused(() => house.credentials.identify("ply_nothing", "10.0.0.1"))).toBe("AUTH_FAILED");
});
