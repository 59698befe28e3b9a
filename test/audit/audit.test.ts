import { describe, expect, test } from "bun:test";
import type { Note } from "../../src/audit/audit.ts";
import { checkChain } from "../../src/audit/chain.ts";
import { acting } from "../../src/people/identity.ts";
import { type House, openHouse, refused } from "../support/house.ts";

const newest = (house: House, limit = 100) => house.trail.page({}, limit);

function note(house: House, more: Partial<Note> = {}): void {
  house.audit.note({ action: "socket refused", actorId: null, address: "10.0.0.1", result: "refused", ...more });
}

/** Sends what was gathered, as the timer or a shutdown does. */
function written(house: House) {
  house.audit.flush();
  house.log.flush();
  return newest(house);
}

describe("an act that is an event", () => {
  test("is in the audit in the same commit: who, what, to whom, from where, when, with which result", async () => {
    using house = openHouse();
    const [olga, mira] = [house.person("olga", "owner"), house.person("mira")];
    await house.members.disable(acting(olga, "10.0.0.9"), mira);
    expect(newest(house)[0]).toMatchObject({
      action: "member disabled",
      actorId: olga.id,
      target: `member:${mira.id}`,
      address: "10.0.0.9",
      result: "ok",
      at: house.clock.now(),
      seq: house.log.seq,
      detail: "{}",
    });
  });

  test("is there once each, in the order they were done", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    await house.enter(mira);
    const { id } = await house.keys.create(mira, {
      ...{ name: "script", member: mira, permissions: ["read"], rooms: null, days: null },
    });
    await house.keys.revoke(mira, id);
    await house.sessions.endAll(mira, mira);
    const actions = newest(house).map(({ action }) => action);
    expect(actions.slice(0, 5).reverse()).toEqual([
      "member joined",
      "sign-in",
      "key made",
      "key revoked",
      "sign-out everywhere",
    ]);
  });

  test("keeps what matters of it: method and device of a sign-in, name and rights of a key", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    await house.enter(mira, "password");
    await house.keys.create(mira, { name: "script", member: mira, permissions: ["read"], rooms: [3], days: null });
    const [key, signIn] = newest(house);
    expect(JSON.parse(signIn?.detail ?? "")).toEqual({ method: "password", device: "a test" });
    expect(JSON.parse(key?.detail ?? "")).toMatchObject({ name: "script", permissions: ["read"], rooms: [3] });
  });

  test("of talk there is nothing: messages stand in their rooms", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const before = newest(house).length;
    house.say(mira, "a word in confidence");
    expect(newest(house)).toHaveLength(before);
  });

  test("is that somebody changed or took back what another said: whose, where and from where, and never what", () => {
    using house = openHouse();
    const [ada, mira] = [acting(house.person("ada", "admin"), "10.0.0.9"), house.person("mira")];
    const [one, other] = [house.say(mira, "a word in confidence"), house.say(mira, "another one")];
    const before = newest(house).length;
    house.outcomeOf((done) => house.change.edit(mira, one.id, "said better", done));
    house.outcomeOf((done) => house.change.remove(mira, one.id, done));
    expect(newest(house)).toHaveLength(before);
    house.outcomeOf((done) => house.change.edit(ada, other.id, "put right by ada", done));
    house.outcomeOf((done) => house.change.remove(ada, other.id, done));
    const [removed, edited] = newest(house);
    const where = { actorId: ada.id, target: `member:${mira.id} room:${other.roomId}`, address: "10.0.0.9" };
    expect(edited).toMatchObject({ action: "message of another changed", ...where, detail: `{"id":${other.id}}` });
    expect(removed).toMatchObject({ action: "message of another deleted", ...where, detail: `{"id":${other.id}}` });
    expect(JSON.stringify(newest(house))).not.toMatch(/confidence|another one|put right/);
  });

  test("that was refused left nothing, nor did a batch of which one was refused, and the chain holds", async () => {
    using house = openHouse();
    const olga = house.person("olga", "owner");
    await house.passwords.set(olga, "a hash of some password", olga);
    const before = newest(house);
    await house.members.disable(olga, olga).catch(() => undefined);
    const good = { kind: "sessions.ended", roomId: null, actorId: olga.id, data: { memberId: olga.id, except: null } };
    const bad = { kind: "key.revoked", roomId: null, actorId: olga.id, data: { id: 999_999, memberId: olga.id } };
    house.log.append([good, good, bad]);
    house.log.flush();
    expect(newest(house)).toEqual(before);
    house.log.append([good, good]);
    house.log.flush();
    expect(newest(house)).toHaveLength(before.length + 2);
    expect(await checkChain(house.store)).toMatchObject({ ok: true, count: before.length + 2 });
  });

  test("a commit that fails takes its entries with it, and the next one continues the chain", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const before = newest(house).length;
    house.store.sqlite.run("PRAGMA query_only = ON");
    await house.enter(mira).catch(() => undefined);
    house.store.sqlite.run("PRAGMA query_only = OFF");
    await house.enter(mira);
    expect(newest(house)).toHaveLength(before + 1);
    expect((await checkChain(house.store)).ok).toBe(true);
  });
});

describe("what a door notes", () => {
  test("is gathered and written together, each with its own moment", () => {
    using house = openHouse();
    const before = newest(house).length;
    note(house, { address: "10.0.0.1" });
    house.clock.advance(300);
    note(house, { address: "10.0.0.2", detail: { status: 403 } });
    house.log.flush();
    expect(newest(house)).toHaveLength(before);
    const [second, first] = written(house);
    expect(first).toMatchObject({ action: "socket refused", address: "10.0.0.1", at: house.clock.now() - 300 });
    expect(second).toMatchObject({ address: "10.0.0.2", detail: '{"status":403}', at: house.clock.now() });
    expect(first?.seq).toBe(second?.seq ?? 0);
  });

  test("is written a moment later by itself", async () => {
    using house = openHouse({ limits: { auditFlushMs: 1 } });
    const before = newest(house).length;
    note(house);
    const deadline = performance.now() + 4_000;
    while (newest(house).length === before && performance.now() < deadline)
      await new Promise<void>((resolve) => setImmediate(resolve));
    expect(newest(house)).toHaveLength(before + 1);
  });

  test("is bounded: of a flood only the number is kept, and the next moment is written again", async () => {
    using house = openHouse({ limits: { auditBatch: 3 } });
    for (let n = 0; n < 10; n += 1) note(house, { address: `10.0.0.${n}` });
    const [left, ...kept] = written(house);
    expect(left).toMatchObject({ action: "entries left out", actorId: null, detail: '{"more":7}' });
    expect(kept.slice(0, 3).map(({ address }) => address)).toEqual(["10.0.0.2", "10.0.0.1", "10.0.0.0"]);
    note(house, { address: "10.0.1.1" });
    expect(written(house)[0]).toMatchObject({ address: "10.0.1.1" });
    expect((await checkChain(house.store)).ok).toBe(true);
  });

  test("says once what was refused or failed many times in one moment, and how often", () => {
    using house = openHouse();
    for (let n = 0; n < 5; n += 1) note(house, { detail: { status: 403 } });
    note(house, { detail: { status: 421 } });
    for (let n = 0; n < 2; n += 1) note(house, { action: "sign-in refused", result: "failed", target: "mira" });
    expect(
      written(house)
        .slice(0, 3)
        .map(({ action, detail }) => `${action} ${detail}`),
    ).toEqual([
      'sign-in refused {"times":2}',
      'socket refused {"status":421}',
      'socket refused {"status":403,"times":5}',
    ]);
    note(house, { detail: { status: 403 } });
    expect(written(house)[0]?.detail).toBe('{"status":403}');
  });

  test("what was refused and what was not have room of their own, so that neither hides the other", () => {
    using house = openHouse({ limits: { auditBatch: 2 } });
    for (let n = 0; n < 5; n += 1) note(house, { action: "socket opened", result: "ok", address: `10.0.0.${n}` });
    for (let n = 0; n < 3; n += 1) note(house, { address: `10.0.1.${n}` });
    const actions = written(house).map(({ action, detail }) => `${action} ${detail}`);
    expect(actions.slice(0, 5)).toEqual([
      'entries left out {"more":4}',
      ...Array(2).fill("socket refused {}"),
      ...Array(2).fill("socket opened {}"),
    ]);
  });

  test("throws nothing when nothing more can be queued, and what was lost is counted", () => {
    using house = openHouse({ limits: { queuedCommands: 20 } });
    const mira = house.person("mira");
    for (let n = 0; n < 20; n += 1) house.enter(mira).catch(() => undefined);
    note(house);
    note(house, { address: "10.0.0.2" });
    house.audit.flush();
    house.log.flush();
    expect(written(house)[0]).toMatchObject({ action: "entries left out", detail: '{"more":2}' });
  });

  test.each(["half a horse \ud83d", "\udc0e", "\0 and on", "é", "\uFFFF", "x".repeat(50)])(
    "may be of any letters, and the chain still holds: %j",
    async (target) => {
      using house = openHouse();
      note(house, { action: "sign-in refused", target, address: `a ${target}`, detail: { target } });
      const [entry] = written(house);
      expect(entry?.target).toBe(target.toWellFormed());
      expect(JSON.parse(entry?.detail ?? "")).toEqual({ target });
      expect(await checkChain(house.store)).toMatchObject({ ok: true });
    },
  );
});

test("nothing of an event is kept that is not named for it", () => {
  using house = openHouse();
  const mira = house.person("mira");
  const data = {
    id: 1,
    memberId: mira.id,
    address: "10.0.0.1",
    tokenHash: "secret",
    text: "private",
    passwordHash: "x",
  };
  house.log.append([{ kind: "sessions.ended", roomId: null, actorId: mira.id, data }]);
  house.log.flush();
  expect(newest(house)[0]).toMatchObject({ action: "sign-out everywhere", detail: "{}" });
  expect(refused(() => house.sessions.find("secret") ?? house.passwords.findReset("secret"))).toBe("NOT_FOUND");
});
