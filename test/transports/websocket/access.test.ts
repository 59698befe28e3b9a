import { describe, expect, test } from "bun:test";
import { acting, type Identity } from "../../../src/people/identity.ts";
import type { Member } from "../../../src/people/member.ts";
import { watchAccess } from "../../../src/transports/websocket/access.ts";
import type { Door } from "../../../src/transports/websocket/connection.ts";
import { createConnections } from "../../../src/transports/websocket/connections.ts";
import { day, minute } from "../../support/clock.ts";
import { type House, openHouse, until } from "../../support/house.ts";
import { openConnection } from "../../support/wire.ts";

const over = { code: 4401, reason: "SESSION_EXPIRED" };

/** Sockets that are watched, as the server watches them. */
function watched(house: House) {
  const connections = createConnections(house.config);
  const { hub, clock, credentials, log, store } = house;
  const access = watchAccess({ hub, clock, limits: house.config.limits, connections, credentials, log, store });
  return {
    /** A socket that shows this. */
    async open(secret: string | Identity, door: Door = "chat") {
      const identity = typeof secret === "string" ? await house.credentials.identify(secret, "10.0.0.1") : secret;
      const { connection, wire } = openConnection(house, undefined, door);
      connection.identity = identity;
      connections.add(connection);
      return { connection, wire };
    },
    [Symbol.dispose]: access.stop,
  };
}

const byName = (member: Member): Identity => ({
  member: acting(member, "10.0.0.1"),
  proof: { kind: "name", id: null },
  expiresAt: null,
});

describe("a socket is closed with 4401 in the commit that takes its access away", () => {
  test("its session ends: that one and no other of hers", async () => {
    using house = openHouse();
    using sockets = watched(house);
    const mira = house.person("mira");
    const [phone, desk] = [await house.enter(mira), await house.enter(mira)];
    const [here, there] = [await sockets.open(phone), await sockets.open(desk)];
    await house.sessions.end(mira, house.sessions.find(phone)?.id ?? 0);
    expect([here.wire.closed, there.wire.closed]).toEqual([over, undefined]);
    expect(here.wire.sent.at(-1)).toContain("SESSION_EXPIRED");
  });

  test("all sessions but the one she is in end", async () => {
    using house = openHouse();
    using sockets = watched(house);
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const kept = await house.enter(mira);
    const opened = [await house.enter(mira), await house.enter(mira), kept, await house.enter(tomas)];
    const wires = await Promise.all(opened.map(async (token) => (await sockets.open(token)).wire));
    await house.sessions.endAll(mira, mira, house.sessions.find(kept)?.id);
    expect(wires.map(({ closed }) => closed)).toEqual([over, over, undefined, undefined]);
  });

  test("a new password is set", async () => {
    using house = openHouse();
    using sockets = watched(house);
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const hers = await sockets.open(await house.enter(mira));
    const his = await sockets.open(await house.enter(tomas));
    await house.passwords.set(mira, await house.passwords.hash("a perfectly good one", "mira"), mira);
    expect([hers.wire.closed, his.wire.closed]).toEqual([over, undefined]);
  });

  test("she is disabled: whatever she showed, even nothing but her name", async () => {
    using house = openHouse();
    using sockets = watched(house);
    const [mira, ada] = [house.person("mira"), house.person("ada", "admin")];
    const { secret } = await house.keys.create(mira, {
      name: "script",
      member: mira,
      permissions: ["read"],
      rooms: null,
      days: null,
    });
    const opened = [await house.enter(mira), secret, byName(mira), byName(ada)];
    const wires = await Promise.all(opened.map(async (shown) => (await sockets.open(shown)).wire));
    await house.members.disable(ada, mira);
    expect(wires.map(({ closed }) => closed)).toEqual([over, over, over, undefined]);
  });

  test("its key is revoked, and another key's socket stays", async () => {
    using house = openHouse();
    using sockets = watched(house);
    const mira = house.person("mira");
    const request = { member: mira, permissions: ["read"] as const, rooms: null, days: null };
    const [one, other] = [
      await house.keys.create(mira, { ...request, name: "one" }),
      await house.keys.create(mira, { ...request, name: "other" }),
    ];
    const [first, second] = [await sockets.open(one.secret), await sockets.open(other.secret)];
    await house.keys.revoke(mira, one.id);
    expect([first.wire.closed, second.wire.closed]).toEqual([over, undefined]);
  });

  test("the device's grant is revoked", async () => {
    using house = openHouse();
    using sockets = watched(house);
    const mira = house.person("mira");
    const { grant } = await house.grants.make(mira, "laptop", "chat", "10.0.0.2");
    const token = await house.tokens.sign({ grant: grant.id }, 3_600);
    const { wire } = await sockets.open(token);
    await house.grants.revoke(mira, grant.id);
    expect(wire.closed).toEqual(over);
  });
});

describe("a socket whose access ends by itself is closed within a moment", () => {
  const limits = { expiryCheckMs: 5 };

  test("a token's time is over, and a pong of a tab nobody uses does not keep a session", async () => {
    using house = openHouse({ limits, env: { OPENCODE_SESSION_TIMEOUT: "60" } });
    using sockets = watched(house);
    const mira = house.person("mira");
    const token = await sockets.open(await house.tokens.sign({ user_id: "mira" }, 600));
    const idle = await sockets.open(await house.enter(mira));
    const busy = await sockets.open(await house.enter(mira));
    house.clock.advance(59 * minute);
    busy.connection.used = true;
    await until(() => token.wire.closed !== undefined, "the end of the token's socket");
    await until(() => !busy.connection.used, "a look at the sockets");
    house.clock.advance(2 * minute);
    await until(() => idle.wire.closed !== undefined, "the end of the idle session's socket");
    expect([token.wire.closed, idle.wire.closed, busy.wire.closed]).toEqual([over, over, undefined]);
  });

  test("at the very moment, though nothing happens and the next look is far off", async () => {
    using house = openHouse({ limits: { expiryCheckMs: 3_600_000 } });
    using sockets = watched(house);
    const open = (ms: number) => sockets.open({ ...byName(house.person("mira")), expiresAt: house.clock.now() + ms });
    const [late, soon, never] = [await open(60), await open(20), await sockets.open(byName(house.person("mira")))];
    house.clock.advance(20);
    await until(() => soon.wire.closed !== undefined, "the end of the first");
    expect(late.wire.closed).toBeUndefined();
    late.connection.identity = { ...byName(house.person("mira")), expiresAt: house.clock.now() + 10 };
    house.clock.advance(10);
    await until(() => late.wire.closed !== undefined, "the end of the other, which ends sooner by now");
    expect(never.wire.closed).toBeUndefined();
  });

  test("a key that was replaced works a day more, also for sockets that were open", async () => {
    using house = openHouse({ limits });
    using sockets = watched(house);
    const mira = house.person("mira");
    const made = { name: "script", member: mira, permissions: ["read"] as const, rooms: null, days: null };
    const { id, secret } = await house.keys.create(mira, made);
    const { wire } = await sockets.open(secret);
    const next = await sockets.open((await house.keys.rotate(mira, id)).secret);
    house.clock.advance(day - 1);
    expect(house.keys.holds(id)).toBe(true);
    house.clock.advance(1);
    await until(() => wire.closed !== undefined, "the end of the old key's socket");
    expect(next.wire.closed).toBeUndefined();
  });
});

test("a new role counts from its commit on, for sockets that are open", async () => {
  using house = openHouse();
  using sockets = watched(house);
  const [mira, ada] = [house.person("mira"), house.person("ada", "admin")];
  const { connection } = await sockets.open(byName(mira));
  await house.members.setRole(ada, mira, "viewer");
  expect(connection.identity?.member).toMatchObject({ role: "viewer", address: "10.0.0.1" });
});

test("a page is made anew for whoever has another role, because it offers what they might before; no other is", async () => {
  using house = openHouse();
  using sockets = watched(house);
  const [mira, ada] = [house.person("mira"), house.person("ada", "admin")];
  const hers = await sockets.open(byName(mira), "page");
  const others = [await sockets.open(byName(ada), "page"), await sockets.open(byName(mira), "chat")];
  await house.members.setTitle(mira, "Gardener");
  expect(hers.wire.sent).toEqual([]);
  await house.members.setRole(ada, mira, "viewer");
  const { seq } = house.log;
  expect(hers.wire.sent.map((frame) => JSON.parse(frame))).toEqual([{ type: "resync", seq, epoch: house.store.epoch }]);
  expect(others.flatMap(({ wire }) => wire.sent)).toEqual([]);
});
