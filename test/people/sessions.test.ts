import { describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { day, HandClock, hour, minute, second } from "../support/clock.ts";
import { openHouse } from "../support/house.ts";

describe("mira's session", () => {
  test("is hers by its token and by no other", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const tomas = house.person("tomas");
    const token = await house.enter(mira);
    const other = await house.enter(tomas);
    expect(house.sessions.find(token)?.member).toBe(mira);
    expect(house.sessions.find(other)?.member).toBe(tomas);
    for (const guess of ["", "x", token.slice(1), `${token} `, token.toUpperCase()]) {
      expect(house.sessions.find(guess)).toBeUndefined();
    }
  });

  test("has a token of 256 random bits, never the same twice", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const [first, second] = [await house.enter(mira, "x"), await house.enter(mira, "x")];
    expect(Buffer.from(first, "base64url")).toHaveLength(32);
    expect(first).not.toBe(second);
  });

  test("that was opened by a name alone is good as long as that way in is open", async () => {
    for (const [method, env, good] of [
      ["development", { OPENCODE_DEV_MODE: "true" }, true],
      ["development", { OPENCODE_ALLOW_GUEST: "true" }, false],
      ["guest", { OPENCODE_ALLOW_GUEST: "true" }, true],
      ["guest", {}, false],
      ["password", {}, true],
    ] as const) {
      using house = openHouse({ env });
      const token = await house.enter(house.person("mira"), method);
      expect([method, env, house.sessions.find(token) !== undefined]).toEqual([method, env, good]);
    }
  });

  test.each([
    ["turned \u202e around\u2066", "turned around"],
    ["rings\u0007 and \u0000 nothing", "rings and nothing"],
    ["two\r\nlines\tand more", "two lines and more"],
    ["\ufeff\u200bnot there", "not there"],
    ["  spaces  ", "spaces"],
    ["half \ud800", "half \ufffd"],
    ["", ""],
    ["x".repeat(500), "x".repeat(200)],
  ])("keeps of the name of a device what can be read, in one line: %j", async (device, kept) => {
    using house = openHouse();
    const mira = house.person("mira");
    await house.sessions.open(mira, { method: "password", device, address: "10.0.0.1" });
    const [session] = house.sessions.of(mira.id);
    expect(session?.device.replace(/ +/g, " ")).toBe(kept);
    expect(session?.address).toBe("10.0.0.1");
  });

  test("ends when she signs out, on that device only", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const [phone, desk] = [await house.enter(mira, "x"), await house.enter(mira, "x")];
    await house.sessions.end(mira, house.sessions.find(phone)?.id ?? 0);
    expect(house.sessions.find(phone)).toBeUndefined();
    expect(house.sessions.find(desk)?.member).toBe(mira);
  });

  test("is over after a time without use, and not before", async () => {
    using house = openHouse({ env: { OPENCODE_SESSION_TIMEOUT: "60" } });
    const mira = house.person("mira");
    const [used, unused] = [await house.enter(mira, "x"), await house.enter(mira, "x")];
    house.clock.advance(40 * minute);
    expect(house.sessions.find(used)).toBeDefined();
    house.clock.advance(20 * minute);
    expect(house.sessions.find(unused)).toBeDefined();
    house.clock.advance(39 * minute);
    expect(house.sessions.find(used)).toBeDefined();
    house.clock.advance(60 * minute + 1);
    expect(house.sessions.find(unused)).toBeUndefined();
    expect(house.sessions.find(used)).toBeUndefined();
  });

  test.each([1, 2, 60])(
    "is never over while she uses it every 30 seconds, at a limit of %i minutes",
    async (minutes) => {
      using house = openHouse({ env: { OPENCODE_SESSION_TIMEOUT: String(minutes) } });
      const token = await house.enter(house.person("mira"), "x");
      for (let n = 0; n < 10; n += 1) {
        house.clock.advance(30 * second);
        expect(house.sessions.find(token)).toBeDefined();
      }
    },
  );

  test("is over after 30 days however much it is used", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const token = await house.enter(mira, "x");
    const { expiresAt } = house.sessions.find(token) ?? {};
    expect(expiresAt).toBe(house.clock.now() + 30 * day);
    for (let n = 0; n < 30 * 24 - 1; n += 1) {
      house.clock.advance(hour);
      if (!house.sessions.find(token)) throw new Error(`over after ${n} hours`);
    }
    house.clock.advance(hour - 1);
    expect(house.sessions.find(token)).toBeDefined();
    house.clock.advance(1);
    expect(house.sessions.find(token)).toBeUndefined();
  });

  test("can still be used when nothing can be written", async () => {
    using house = openHouse();
    const token = await house.enter(house.person("mira"), "x");
    house.clock.advance(hour);
    house.store.sqlite.run("PRAGMA query_only = ON");
    expect(house.sessions.find(token)).toBeDefined();
    house.store.sqlite.run("PRAGMA query_only = OFF");
  });

  test("is still there after a restart", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-sessions-"));
    try {
      const path = join(folder, "parley.db");
      const clock = new HandClock();
      let token = "";
      {
        using house = openHouse({ path, clock });
        token = await house.enter(house.person("mira"), "x");
      }
      using house = openHouse({ path, clock });
      expect(house.sessions.find(token)?.member.name).toBe("mira");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test("whoever copies the database learns no token: the file holds its SHA-256 only", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-tokens-"));
  try {
    using house = openHouse({ path: join(folder, "parley.db") });
    const token = await house.enter(house.person("mira"), "x");
    house.sessions.find(token);
    house.store.sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
    const bytes = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    const holds = (text: string) => bytes.some((file) => file.includes(text));
    expect(holds(new Bun.CryptoHasher("sha256").update(token).digest("hex"))).toBe(true);
    expect(holds(token)).toBe(false);
    expect(holds(Buffer.from(token, "base64url").toString("hex"))).toBe(false);
    expect(house.logged.some((line) => JSON.stringify(line).includes(token))).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
