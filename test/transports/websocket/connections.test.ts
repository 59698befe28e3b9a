import { describe, expect, test } from "bun:test";
import { closeEndedSessions, createConnections } from "../../../src/transports/websocket/connections.ts";
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
      connections.claim(connection, mira);
      connection.identity = { member: mira, sessionId: null, expiresAt: null };
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
    connections.claim(openConnection(house).connection, mira);
    expect(refused(() => connections.claim(openConnection(house).connection, mira))).toBe("CONNECTION_LIMIT");
    connections.claim(openConnection(house).connection, tomas);
  });

  test("of a session close the moment it ends, and no others", async () => {
    using house = openHouse();
    const connections = createConnections(house.config);
    closeEndedSessions(house.hub, connections);
    const mira = house.person("mira");
    const opened = await Promise.all(
      ["phone", "desk"].map(async (method) => {
        const session = house.sessions.find(await house.sessions.open(mira, method));
        const { connection, wire } = openConnection(house);
        connection.identity = { member: mira, sessionId: session?.id ?? null, expiresAt: null };
        connections.add(connection);
        return { wire, id: session?.id ?? 0 };
      }),
    );
    await house.sessions.end(opened[0]?.id ?? 0);
    expect(opened.map(({ wire }) => wire.closed)).toEqual([{ code: 4401, reason: "SESSION_EXPIRED" }, undefined]);
  });
});
