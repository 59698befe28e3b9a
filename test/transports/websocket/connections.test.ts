import { describe, expect, test } from "bun:test";
import type { Identity } from "../../../src/people/identity.ts";
import type { Member } from "../../../src/people/member.ts";
import { createConnections } from "../../../src/transports/websocket/connections.ts";
import { openHouse, refused } from "../../support/house.ts";
import { openConnection } from "../../support/wire.ts";

describe("open sockets", () => {
  test("are counted, in all and of each person, until they are gone", () => {
    using house = openHouse();
    const connections = createConnections(house.config);
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const [phone, desk] = [openConnection(house).connection, openConnection(house).connection];
    for (const connection of [phone, desk]) {
      connections.add(connection);
      connections.claim(connection, byName(mira));
      connection.identity = byName(mira);
    }
    expect([connections.size, connections.count(mira.id), connections.count(tomas.id)]).toEqual([2, 2, 0]);
    expect([...connections.of(mira.id)]).toEqual([phone, desk]);
    connections.remove(phone);
    expect([connections.size, [...connections.all()], connections.count(mira.id)]).toEqual([1, [desk], 1]);
    connections.remove(desk);
    connections.remove(desk);
    expect([connections.size, connections.count(mira.id)]).toEqual([0, 0]);
  });

  test("may be so many and no more; one that goes makes room", () => {
    using house = openHouse({ limits: { connections: 2 } });
    const connections = createConnections(house.config);
    const first = openConnection(house).connection;
    connections.add(first);
    connections.add(openConnection(house).connection);
    expect(refused(() => connections.add(openConnection(house).connection))).toBe("CONNECTION_LIMIT");
    connections.remove(first);
    connections.add(openConnection(house).connection);
  });

  test("of one person may be so many; tomas has his own", () => {
    using house = openHouse({ limits: { connectionsPerMember: 1 } });
    const connections = createConnections(house.config);
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    connections.claim(openConnection(house).connection, byName(mira));
    expect(refused(() => connections.claim(openConnection(house).connection, byName(mira)))).toBe("CONNECTION_LIMIT");
    connections.claim(openConnection(house).connection, byName(tomas));
  });

  test("that have not said whose they are are counted by address, until they say it or go", () => {
    using house = openHouse();
    const connections = createConnections(house.config);
    const mira = house.person("mira");
    const [first, second] = [openConnection(house).connection, openConnection(house).connection];
    const { address } = first;
    for (const connection of [first, second]) connections.add(connection);
    expect(connections.strangers(address)).toBe(2);
    connections.claim(first, byName(mira));
    first.identity = byName(mira);
    expect(connections.strangers(address)).toBe(1);
    connections.remove(first);
    connections.remove(second);
    connections.remove(second);
    expect(connections.strangers(address)).toBe(0);
  });
});

function byName(member: Member): Identity {
  return { member, proof: { kind: "name", id: null }, expiresAt: null };
}
