import { describe, expect, test } from "bun:test";
import type { Member } from "../../../src/people/member.ts";
import { channels, topicName } from "../../../src/transports/websocket/channels.ts";
import { html } from "../../../src/transports/websocket/dialects/html.tsx";
import { minute } from "../../support/clock.ts";
import { openHouse } from "../../support/house.ts";
import { openConnection } from "../../support/wire.ts";

describe("what a socket hears", () => {
  test("is its rooms and topics, each once, in its own way of reading", () => {
    using house = openHouse();
    const { connection, wire } = openConnection(house);
    const room = house.rooms.forReader(house.person("mira"), "general");
    connection.rooms.add(room);
    connection.subscribe();
    expect([...wire.topics]).toEqual([`room:${room.id}|camel`]);
    for (const topic of ["presence", "typing", "agents", "tasks", "help"]) connection.topics.add(topic);
    connection.subscribe();
    connection.subscribe();
    const heard = ["room", "typing", "deltas"].map((part) => `${part}:${room.id}`);
    expect([...wire.topics].sort()).toEqual(
      [...heard, "presence", "doings", "status", "tasks", "help"].map((channel) => `${channel}|camel`).sort(),
    );
  });

  test("of one agent is everything about that agent, and nothing twice for who hears of all", () => {
    using house = openHouse();
    const { connection, wire } = openConnection(house);
    const { id } = house.agent("alice");
    connection.agents.add(id);
    connection.subscribe();
    expect([...wire.topics].sort()).toEqual(
      ["approvals", "deltas", "help", "status", "tasks"].map((part) => `${part}:agent:${id}|camel`),
    );
    for (const topic of ["agents", "tasks", "help", "approvals"]) connection.topics.add(topic);
    connection.subscribe();
    expect([...wire.topics].sort()).toEqual(["approvals|camel", "help|camel", "status|camel", "tasks|camel"]);
  });

  test("reaches the private rooms of its member, and nobody else's", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const board = await house.rooms.create(mira, "board", "", "private");
    const { id } = house.agent("alice");
    const heardBy = (member: Member) => {
      const { connection, wire } = openConnection(house);
      connection.identity = { member, proof: { kind: "name", id: null }, expiresAt: null };
      connection.reachOf = house.rooms.reachOf;
      connection.topics.add("tasks");
      connection.agents.add(id);
      connection.subscribe();
      return [...wire.topics].map((topic) => topic.replace("|camel", "")).sort();
    };
    const common = ["tasks", ...["approvals", "deltas", "help", "status"].map((part) => `${part}:agent:${id}`)];
    expect(heardBy(tomas)).toEqual(common.sort());
    const own = [
      `tasks:room:${board.id}`,
      ...["approvals", "deltas", "help"].map((part) => `${part}:agent:${id}:room:${board.id}`),
    ];
    expect(heardBy(mira)).toEqual([...common, ...own].sort());
    const scope = { permissions: ["read"] as const, rooms: [board.id] };
    expect(heardBy({ ...mira, scope })).toEqual([...own, `status:bare:agent:${id}`].sort());
    expect(heardBy({ ...tomas, scope })).toEqual([`status:bare:agent:${id}`]);
  });

  test("of a page is what concerns its person, beside the lists for all", () => {
    using house = openHouse();
    const { connection, wire } = openConnection(house);
    const member = house.person("mira");
    connection.identity = { member, proof: { kind: "name", id: null }, expiresAt: null };
    connection.dialect = html;
    connection.topics.add("lists");
    connection.subscribe();
    expect([...wire.topics]).toEqual(["lists|html", `member:${member.id}|html`]);
  });

  test("ends with what it gave up, and with the socket", () => {
    using house = openHouse();
    const { connection, wire, audience } = openConnection(house);
    const second = openConnection(house, audience);
    for (const each of [connection, second.connection]) {
      each.topics.add("presence");
      each.subscribe();
    }
    expect(audience.count("presence|camel")).toBe(2);
    connection.topics.delete("presence");
    connection.subscribe();
    expect([[...wire.topics], audience.count("presence|camel")]).toEqual([[], 1]);
    second.connection.end();
    second.connection.end();
    expect(audience.count("presence|camel")).toBe(0);
  });

  test("keeps its kind of reader told of as long as one of that kind is there", () => {
    using house = openHouse();
    const { connection, audience } = openConnection(house);
    const second = openConnection(house, audience);
    expect(audience.hasReaders("camel", false)).toBe(false);
    for (const each of [connection, second.connection, connection]) each.subscribe();
    connection.end();
    connection.end();
    expect([audience.hasReaders("camel", false), audience.hasReaders("camel", true)]).toEqual([true, false]);
    second.connection.end();
    expect(audience.hasReaders("camel", false)).toBe(false);
  });

  test("can be held back for a moment, and only what it hears comes back", () => {
    using house = openHouse();
    const { connection, wire } = openConnection(house);
    connection.topics.add("tasks");
    connection.subscribe();
    connection.unsubscribe(channels.tasks);
    expect([...wire.topics]).toEqual([]);
    connection.resubscribe(channels.tasks);
    connection.resubscribe(channels.help);
    expect([...wire.topics]).toEqual(["tasks|camel"]);
  });

  test("readers of different kinds have topics of their own", () => {
    const names = (["html", "camel", "classic"] as const).flatMap((dialect) =>
      [true, false].map((batch) => topicName("room:1", dialect, batch)),
    );
    expect(new Set(names).size).toBe(6);
    expect(topicName("room:1", "camel", true)).toBe(topicName("room:1", "camel", true));
  });
});

describe("frames of one moment", () => {
  test("are sent one by one, or as one to who takes that", () => {
    using house = openHouse();
    const { connection, wire } = openConnection(house);
    connection.deliver([]);
    connection.deliver(["1", "2"]);
    connection.batch = true;
    connection.deliver(["3"]);
    connection.deliver(["4", "5"]);
    connection.dialect = html;
    connection.deliver(["<b></b>", "<i></i>"]);
    expect(wire.sent).toEqual(["1", "2", "3", '{"type":"batch","data":[4,5]}', "<b></b><i></i>"]);
  });
});

describe("a socket that sends", () => {
  test("too fast waits exactly as long as it is told", () => {
    using house = openHouse({ limits: { frameRate: 10, frameBurst: 2 } });
    const { connection } = openConnection(house);
    const now = house.clock.monotonic();
    expect([connection.takeFrame(now), connection.takeFrame(now), connection.takeFrame(now)]).toEqual([0, 0, 100]);
    expect(connection.takeFrame(now + 100)).toBe(0);
  });

  test("rubbish is abuse at the tenth frame within a minute, and not at the ninth or in longer", () => {
    using house = openHouse();
    const { connection: hasty } = openConnection(house);
    const { connection: clumsy } = openConnection(house);
    const judged = (connection: typeof hasty, apart: number) =>
      Array.from({ length: 10 }, (_, n) => connection.isAbuse(n * apart));
    expect(judged(hasty, 1)).toEqual([...Array(9).fill(false), true]);
    expect(judged(clumsy, minute / 8)).not.toContain(true);
  });
});
