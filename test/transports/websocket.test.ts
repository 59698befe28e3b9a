import { describe, expect, test } from "bun:test";
import type { Transport } from "../../src/transports/transport.ts";
import { createWebSocketTransport } from "../../src/transports/websocket/transport.ts";
import { Client } from "../support/client.ts";
import { inspect } from "../support/database.ts";
import { openHouse, refusalOf } from "../support/house.ts";
import { RawSocket } from "../support/raw.ts";
import { waitFor } from "../support/round.ts";
import { startServer, withServer } from "../support/server.ts";
import { Talker } from "../support/talker.ts";
import { type Stage, stageLimits, transportContract } from "./contract.ts";

transportContract("WebSocket", async (): Promise<Stage> => {
  const server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" }, limits: stageLimits });
  const { websocket } = server.parley.transports;
  await websocket.stopPolling();
  const people = { mira: new Talker("mira", "camel"), tomas: new Talker("tomas", "classic") };
  return {
    transport: websocket,
    // Without a socket it stays in the sender's hands.
    say: (name, text) => void people[name].say(text),
    async comeBack() {
      for (const person of Object.values(people)) {
        if (!person.isOnline) await person.connect(server.ws);
        person.repeat();
      }
    },
    shown: () => people.mira.log.flatMap(({ text }) => text ?? []),
    room: () => inspect(server.config.databasePath, messagesWithAuthors),
    obstruct() {
      const { WebSocket: own } = globalThis;
      globalThis.WebSocket = class {
        constructor() {
          throw new Error("too many open files");
        }
      } as unknown as typeof WebSocket;
      return () => {
        globalThis.WebSocket = own;
      };
    },
    close: () => server.stop(),
  };
});

const messagesWithAuthors = (sqlite: Parameters<Parameters<typeof inspect>[1]>[0]) =>
  sqlite
    .query<{ author: string; text: string; replyTo: number | null }, []>(
      "SELECT name AS author, text, reply_to AS replyTo FROM messages JOIN members ON members.id = author_id ORDER BY messages.id",
    )
    .all();

describe("sockets while they are not what is talked through", () => {
  test("an upgrade is refused with 503, words and when to look again; pages and the API go on", () =>
    withServer({}, async (server) => {
      await server.parley.transports.websocket.stopPolling();
      for (const path of ["/", "/ws", "/live"]) {
        const raw = await RawSocket.open(Number(new URL(server.http).port), path);
        expect(raw.status).toBe(503);
        expect(raw.answer).toMatch(/retry-after: 10/i);
        raw.end();
      }
      expect((await fetch(`${server.http}/sign-in`)).status).toBe(200);
      expect((await fetch(`${server.http}/api/v1/rooms`)).status).toBe(200);
    }));

  test("the second port refuses likewise", () =>
    withServer({ env: { WEBSOCKET_PORT: "0" } }, async (server) => {
      const port = Number(server.parley.websocketUrl?.port);
      await server.parley.transports.websocket.stopPolling();
      const raw = await RawSocket.open(port, "/any");
      expect(raw.status).toBe(503);
      raw.end();
    }));

  test("open ones are closed with 1012, those that said nothing as well, and what they had sent is stored and told", () =>
    withServer({}, async (server) => {
      const mira = await Client.camel(server.ws, "mira");
      const tomas = await Client.camel(server.ws, "tomas");
      const stranger = await Client.open(`${server.ws}/ws`);
      await mira.say("heard by both");
      await tomas.next("message");
      await server.parley.transports.websocket.stopPolling();
      for (const client of [mira, tomas, stranger]) expect((await client.hasClosed()).code).toBe(1012);
      const { connected_users } = (await (await fetch(`${server.http}/websocket/users`)).json()) as {
        connected_users: unknown[];
      };
      expect(connected_users).toEqual([]);
    }));

  test("a peer that answers no close does not hold the others up", () =>
    withServer({ limits: { drainMs: 50 } }, async (server) => {
      const raw = await RawSocket.open(Number(new URL(server.http).port));
      raw.stopReading();
      await server.parley.transports.websocket.stopPolling();
      expect(server.parley.transports.websocket.isConnected()).toBe(false);
      raw.end();
    }));

  test("the proof that it works leaves no trace: no socket, nobody online, nothing in the audit", () =>
    withServer({ env: { OPENCODE_DEV_MODE: "true" }, limits: { probeMs: 5, auditFlushMs: 5 } }, async (server) => {
      const mira = await Client.camel(server.ws, "mira");
      await mira.say("hello");
      await mira.close();
      const closes = () =>
        inspect(server.config.databasePath, (sqlite) =>
          sqlite
            .query<{ action: string }, []>("SELECT action FROM audit WHERE action LIKE 'socket %' ORDER BY id")
            .all(),
        ).map(({ action }) => action);
      await waitFor(() => closes().includes("socket closed"), "mira's own trace");
      expect(closes()).toEqual(["socket opened", "socket closed"]);
    }));

  test("nobody else comes in by the way of the proof", () =>
    withServer({ limits: { connections: 0 } }, async (server) => {
      const raw = await RawSocket.open(Number(new URL(server.http).port), `/ws?probe=${crypto.randomUUID()}`);
      expect(raw.status).toBe(503);
      raw.end();
    }));
});

describe("trouble", () => {
  const listeners = { admit() {}, async dismiss() {}, async prove() {}, url: new URL("http://127.0.0.1:8080") };

  test("is a proof that fails while it listens, in words with the address; a later one that holds ends it", async () => {
    using house = openHouse();
    let fails = false;
    const transport: Transport = createWebSocketTransport({
      ...house,
      say: house.sayAs,
      limits: { ...house.config.limits, probeMs: 1 },
      listeners: {
        ...listeners,
        async prove() {
          if (fails) throw new Error("connections are refused");
        },
      },
    });
    await transport.startPolling();
    expect(transport.trouble).toBeNull();
    fails = true;
    await waitFor(() => transport.trouble !== null, "trouble");
    expect(transport.trouble).toBe(
      "No WebSocket can be opened at 127.0.0.1:8080: connections are refused. Look at the log, and at how many files this process may open.",
    );
    expect(transport.isConnected()).toBe(true);
    fails = false;
    await waitFor(() => transport.trouble === null, "the end of it");
    await transport.stopPolling();
  });

  test("a server whose sockets cannot be proven does not let any in", async () => {
    using house = openHouse();
    const acts: string[] = [];
    const transport = createWebSocketTransport({
      ...house,
      say: house.sayAs,
      limits: house.config.limits,
      listeners: {
        ...listeners,
        admit: () => void acts.push("admit"),
        dismiss: async () => void acts.push("dismiss"),
        prove: () => Promise.reject(new Error("no")),
      },
    });
    const thrown = await transport.startPolling().catch((error: unknown) => error);
    expect(
      refusalOf(() => {
        throw thrown;
      }).message,
    ).toMatch(/^No WebSocket can be opened at 127\.0\.0\.1:8080: no\./);
    expect(acts).toEqual(["admit", "dismiss"]);
  });
});
