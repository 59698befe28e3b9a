import { afterEach, expect, test } from "bun:test";
import type { Limits } from "../../src/limits.ts";
import { Client } from "../support/client.ts";
import { handshake } from "../support/handshake.ts";
import { waitFor } from "../support/round.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
afterEach(() => server.stop());

async function start(limits: Partial<Limits>, env: Record<string, string> = {}): Promise<void> {
  server = await startServer({ limits, env });
}

test("one socket more than the server takes is refused before it is one, and is welcome when another one has left", async () => {
  await start({ connections: 3 });
  const here = [
    await Client.camel(server.ws, "a"),
    await Client.classic(server.ws, "b"),
    await Client.open(`${server.ws}/ws`),
  ];
  expect((await handshake(server.http, [])).status).toBe(503);
  await here[0]?.settled();
  await here[1]?.close();
  // The server hears of it a moment later than the client.
  const welcomed = await waitFor(() => Client.camel(server.ws, "c").catch(() => undefined), "room for another");
  await welcomed.say("hello");
});

test("one socket more than a person may have is refused with CONNECTION_LIMIT and 1013; somebody else is not concerned", async () => {
  await start({ connectionsPerMember: 2 });
  await Client.camel(server.ws, "Mira");
  const second = await Client.classic(server.ws, "Mira");
  const third = await Client.open(`${server.ws}/ws`);
  third.send({ type: "auth", data: { userId: "Mira", role: "user" } });
  expect((await third.next("error")).data.code).toBe("CONNECTION_LIMIT");
  expect((await third.hasClosed()).code).toBe(1013);
  // Also when the sign-in had to be written down first, because the title changed.
  const fourth = await Client.open(`${server.ws}/ws`);
  fourth.send({ type: "auth", data: { userId: "Mira", role: "Captain" } });
  expect((await fourth.next("error")).data.code).toBe("CONNECTION_LIMIT");
  expect((await fourth.hasClosed()).code).toBe(1013);
  // And by session, on the page's door.
  const headers = { cookie: await signIn(server, "Mira"), origin: server.http };
  const page = await Client.open(`${server.ws}/live`, headers);
  page.send({ type: "resume", room: "general" });
  expect((await page.hasClosed()).code).toBe(1013);
  await (await Client.camel(server.ws, "Tomas")).say("hello");
  await second.close();
  await waitFor(() => Client.camel(server.ws, "Mira").catch(() => undefined), "room for Mira");
  expect(server.logged.filter(({ level }) => level === "error")).toEqual([]);
});

test("who says nothing is closed after the time for signing in, by words in the right dialect", async () => {
  await start({ authTimeoutMs: 50, authTimeoutDevelopmentMs: 50 });
  const silent = await Client.open(`${server.ws}/ws`);
  expect((await silent.next("error")).data.code).toBe("AUTH_TIMEOUT");
  expect((await silent.hasClosed()).code).toBe(1008);
  const signedIn = await Client.camel(server.ws, "Mira");
  await waitFor(() => silent.closed, "the time is up for others");
  await signedIn.say("I am known");
});

test("an agent's queue has an end, and whoever comes after it is told", async () => {
  await start({ queuedTasks: 2 });
  const mira = await Client.camel(server.ws, "Mira");
  for (let count = 0; count < 4; count += 1) mira.send({ type: "message", data: { text: `@alice help ${count}` } });
  const full = await mira.next("agent_response", ({ data }) => /queue is full/.test(data.text));
  expect(full.data.text).toBe("My queue is full (2 requests). Ask me again when some are done.");
  await mira.say("others talk on");
});
