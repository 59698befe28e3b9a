import { describe, expect, test } from "bun:test";
import type { Identity } from "../../../src/people/identity.ts";
import type { Member } from "../../../src/people/member.ts";
import type { Room } from "../../../src/rooms/room.ts";
import { Audience } from "../../../src/transports/websocket/audience.ts";
import { createConnections } from "../../../src/transports/websocket/connections.ts";
import { followMembership, keepToReach } from "../../../src/transports/websocket/membership.ts";
import { createOutbound } from "../../../src/transports/websocket/outbound.ts";
import { openHouse } from "../../support/house.ts";
import { openConnection, type RememberedWire } from "../../support/wire.ts";

/** A house with sockets: what is published reaches those who are subscribed at that moment, as Bun does it. */
function openWithSockets() {
  const house = openHouse();
  const audience = new Audience();
  const wires: RememberedWire[] = [];
  const connections = createConnections(house.config);
  followMembership(house.hub, connections, house.rooms, house.typing, house.clock);
  const outbound = createOutbound({
    ...house,
    limits: house.config.limits,
    air: {
      publish: (topic, frame) =>
        wires.filter((wire) => wire.topics.has(topic)).forEach((wire) => void wire.send(frame)),
      listeners: (topic) => audience.count(topic),
      hasReaders: (dialect, batch) => audience.hasReaders(dialect, batch),
    },
    without: (_memberId, _channel, act) => act(),
  });
  function socketOf(member: Member, ...rooms: Room[]) {
    const { connection, wire } = openConnection(house, audience);
    connections.add(connection);
    const identity: Identity = { member, proof: { kind: "name", id: null }, expiresAt: null };
    connections.claim(connection, identity);
    Object.assign(connection, { identity, reachOf: house.rooms.reachOf });
    for (const room of rooms) connection.rooms.add(room);
    connection.subscribe();
    wires.push(wire);
    return { connection, wire, texts: () => wire.sent.map((frame) => JSON.parse(frame).data.text ?? frame) };
  }
  return {
    house,
    socketOf,
    [Symbol.dispose]() {
      outbound.stop();
      house[Symbol.dispose]();
    },
  };
}

describe("who was put out", () => {
  test("hears nothing of the commit that did it, whatever stands before it there", async () => {
    using open = openWithSockets();
    const { house, socketOf } = open;
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const board = await house.rooms.create(mira, "board", "", "private");
    await house.rooms.bringIn(mira, board, tomas);
    const [hers, his] = [socketOf(mira, board), socketOf(tomas, board)];
    house.say(mira, "one", { room: "board" });
    house.post(mira, { room: board.slug, text: "two", origin: "ws" });
    const out = house.rooms.putOut(mira, board, tomas);
    house.post(mira, { room: board.slug, text: "three", origin: "ws" });
    house.log.flush();
    await out;
    expect(hers.texts()).toEqual(["one", "two", "three"]);
    expect(his.texts()[0]).toBe("one");
    expect(his.wire.sent).toHaveLength(2);
    expect(JSON.parse(his.wire.sent[1] ?? "").data).toMatchObject({
      code: "PERMISSION_DENIED",
      message: "You are no longer in #board.",
    });
    expect([...his.wire.topics]).toEqual([]);
    expect(his.wire.closed).toBeUndefined();
  });

  test("types there no more, and that is told to those who are in it", async () => {
    using open = openWithSockets();
    const { house, socketOf } = open;
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const board = await house.rooms.create(mira, "board", "", "private");
    await house.rooms.bringIn(mira, board, tomas);
    const hers = socketOf(mira, board);
    hers.connection.topics.add("typing");
    hers.connection.subscribe();
    house.typing.set(tomas, board, true);
    await house.rooms.putOut(tomas, board, tomas);
    expect(hers.wire.sent.map((frame) => JSON.parse(frame).data.isTyping)).toEqual([true, false]);
  });
});

describe("a socket whose member was narrowed", () => {
  test("keeps what may still be read, and says what it lost", async () => {
    using open = openWithSockets();
    const { house, socketOf } = open;
    const mira = house.person("mira");
    const board = await house.rooms.create(mira, "board", "", "private");
    const general = house.rooms.forReader(mira, "general");
    const { connection, wire } = socketOf(mira, general, board);
    expect(keepToReach(connection, house.rooms)).toEqual([]);
    const scope = { permissions: ["read"] as const, rooms: [board.id] };
    Object.assign(connection, { identity: { member: { ...mira, scope } } });
    expect(keepToReach(connection, house.rooms)).toEqual([general]);
    expect([...wire.topics]).toEqual([`room:${board.id}|camel`]);
  });

  test("that nobody has signed in on has nothing to lose", () => {
    using open = openWithSockets();
    expect(keepToReach(openConnection(open.house).connection, open.house.rooms)).toEqual([]);
  });
});
