import { describe, expect, test } from "bun:test";
import { acting } from "../../src/people/identity.ts";
import { resetMs } from "../../src/people/passwords.ts";
import { type House, openHouse, refusalOf, refused, refusedLater } from "../support/house.ts";

/** A hash that costs next to nothing to make and to check. */
const quick = (password: string) => Bun.password.hash(password, { algorithm: "argon2id", memoryCost: 8, timeCost: 1 });

async function withPassword(house: House, name: string, password: string) {
  const member = house.person(name);
  await house.passwords.set(member, await quick(password), member);
  return member;
}

describe("what a password may be", () => {
  const horses = "🐎🐖🐄🐑🐐🐓🦆🦢";

  test.each([
    ["7 letters", "kestrel", "A password has at least 8 characters."],
    ["7 characters that take 14 units", horses.slice(0, 14), "A password has at least 8 characters."],
    ["nothing", "", "A password has at least 8 characters."],
    ["201 characters", "é".repeat(201), "A password has at most 200 characters."],
    [
      "201 characters beyond the first plane",
      horses.repeat(26).slice(0, 402),
      "A password has at most 200 characters.",
    ],
    ["one that everybody tries", "password", "That password is among the first that are tried: choose another."],
    ["the same in capitals", "PassWord", "That password is among the first that are tried: choose another."],
    ["a row of keys", "qwertyuiop", "That password is among the first that are tried: choose another."],
    ["her own name", "mira kestrel", "That password is among the first that are tried: choose another."],
    ["one letter again and again", "aaaaaaaaaaaa", "That password is among the first that are tried: choose another."],
    ["one horse again and again", "🐎".repeat(9), "That password is among the first that are tried: choose another."],
  ])("%s is refused with its reason", async (_, password, words) => {
    using house = openHouse();
    const refusing = house.passwords.hash(password, "Mira Kestrel");
    expect(await refusing.catch(({ code, message }) => ({ code, message }))).toEqual({
      code: "INVALID_MESSAGE",
      message: words,
    });
  });

  test("8 characters are enough and 200 are taken, counted as people count them, and no kind of letter is asked for", async () => {
    using house = openHouse();
    for (const password of ["zephyrqu", horses, horses.repeat(25), `${"é".repeat(199)}x`]) {
      const hash = await house.passwords.hash(password, "Mira");
      expect(hash).toStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
      expect(hash).not.toContain(password);
      expect(await Bun.password.verify(password, hash)).toBe(true);
    }
  });
});

describe("mira's password", () => {
  test.each([
    ["spaces around it", " two  spaces ", ["two  spaces", " two spaces ", "two  spaces ", " two  spaces"]],
    ["capitals", "Kestrel-Over-Moor", ["kestrel-over-moor", "KESTREL-OVER-MOOR"]],
    ["an accent in one piece", "caf\u00e9-am-ring", ["cafe\u0301-am-ring", "cafe-am-ring"]],
    ["a NUL in the middle", "before\0after", ["before", "before\0", "before\0other"]],
    ["200 characters", `${"moor".repeat(49)}wide`, ["moor".repeat(50), "moor".repeat(49)]],
  ])("is checked exactly as she typed it: %s", async (_, typed, others) => {
    using house = openHouse();
    const mira = await withPassword(house, "mira", typed);
    expect(await house.passwords.verify(mira, typed)).toBe(true);
    for (const other of others) expect(await house.passwords.verify(mira, other)).toBe(false);
  });

  test("opens nothing for tomas, for nobody, or once she is disabled", async () => {
    using house = openHouse();
    const mira = await withPassword(house, "mira", "kestrel over moor");
    await withPassword(house, "tomas", "another thing entirely");
    const verify = (name: string) => house.passwords.verify(house.members.person(name), "kestrel over moor");
    expect([await verify("mira"), await verify("tomas"), await verify("olga")]).toEqual([true, false, false]);
    house.person("ada");
    expect(await verify("ada")).toBe(false);
    await house.members.disable(house.person("nadia", "owner"), mira);
    expect(await verify("mira")).toBe(false);
  });

  test("a megabyte that begins with it is not it", async () => {
    using house = openHouse();
    const mira = await withPassword(house, "mira", "kestrel over moor");
    expect(await house.passwords.verify(mira, "kestrel over moor".padEnd(1_000_000, "x"))).toBe(false);
  });

  test("is known to be there, and whether anybody has one", async () => {
    using house = openHouse();
    const tomas = house.person("tomas");
    expect(house.passwords.any()).toBe(false);
    const mira = await withPassword(house, "mira", "kestrel over moor");
    expect([house.passwords.has(mira.id), house.passwords.has(tomas.id), house.passwords.any()]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test("a new one takes the place of the old and ends every session of hers and nobody else's", async () => {
    using house = openHouse();
    const mira = await withPassword(house, "mira", "kestrel over moor");
    const [phone, desk] = [await house.enter(mira), await house.enter(mira)];
    const other = await house.enter(house.person("tomas"));
    for (const token of [phone, desk, other]) expect(house.sessions.find(token)).toBeDefined();
    await house.passwords.set(mira, await quick("heron under bridge"), mira);
    expect(await house.passwords.verify(mira, "kestrel over moor")).toBe(false);
    expect(await house.passwords.verify(mira, "heron under bridge")).toBe(true);
    expect([phone, desk, other].map((token) => house.sessions.find(token) !== undefined)).toEqual([false, false, true]);
  });
});

describe("a link to set a new password", () => {
  const gone = "That link was used, is too old, or never was.";

  test("is mira's for a day, once", async () => {
    using house = openHouse();
    const [mira, olga] = [house.person("mira"), house.person("olga", "owner")];
    const token = await house.passwords.createReset(mira, acting(olga, "10.0.0.9"));
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    house.clock.advance(resetMs - 1);
    const { id, memberId } = house.passwords.findReset(token);
    expect(memberId).toBe(mira.id);
    const hash = await quick("kestrel over moor");
    await house.passwords.set(mira, hash, mira, id);
    expect(refusalOf(() => house.passwords.findReset(token)).message).toBe(gone);
    expect(await refusedLater(house.passwords.set(mira, hash, mira, id))).toBe("NOT_FOUND");
  });

  test("is gone after a day, with the same words as one that never was", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const token = await house.passwords.createReset(mira, house.person("ada", "admin"));
    const { id } = house.passwords.findReset(token);
    house.clock.advance(resetMs);
    for (const tried of [token, "", "x", `${token} `]) {
      const { code, message } = refusalOf(() => house.passwords.findReset(tried));
      expect([code, message]).toEqual(["NOT_FOUND", gone]);
    }
    // Also for whoever looked in time and was slow to choose.
    expect(await refusedLater(house.passwords.set(mira, await quick("kestrel"), mira, id))).toBe("NOT_FOUND");
  });

  test("is worth nothing once a password was set by another, while tomas's still is", async () => {
    using house = openHouse();
    const [mira, tomas, ada] = [house.person("mira"), house.person("tomas"), house.person("ada", "admin")];
    const [first, second] = [
      await house.passwords.createReset(mira, ada),
      await house.passwords.createReset(mira, ada),
    ];
    const other = await house.passwords.createReset(tomas, ada);
    await house.passwords.set(mira, await quick("kestrel over moor"), mira, house.passwords.findReset(second).id);
    expect(refused(() => house.passwords.findReset(first))).toBe("NOT_FOUND");
    expect(house.passwords.findReset(other).memberId).toBe(tomas.id);
  });

  test("used twice in the same moment sets one password", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const token = await house.passwords.createReset(mira, house.person("ada", "admin"));
    const { id } = house.passwords.findReset(token);
    const hashes = await Promise.all(["kestrel over moor", "heron under bridge"].map(quick));
    const outcomes = await Promise.allSettled(hashes.map((hash) => house.passwords.set(mira, hash, mira, id)));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(await house.passwords.verify(mira, "kestrel over moor")).toBe(true);
  });
});

test("passwords are checked a few at a time, some wait, and more are told to come back", async () => {
  using house = openHouse({ limits: { passwordChecks: 1, passwordQueue: 2 } });
  const mira = await withPassword(house, "mira", "kestrel over moor");
  const tries = Array.from({ length: 5 }, () => house.passwords.verify(mira, "kestrel over moor"));
  const outcomes = await Promise.allSettled(tries);
  const told = outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : outcome.reason.code));
  expect(told).toEqual([true, true, true, "SERVICE_UNAVAILABLE", "SERVICE_UNAVAILABLE"]);
  expect(await house.passwords.verify(mira, "kestrel over moor")).toBe(true);
});
