import { afterEach, expect, test } from "bun:test";
import type { Limits } from "../../src/limits.ts";
import { Client } from "../support/client.ts";
import { HandClock } from "../support/clock.ts";
import { PageReader } from "../support/page.ts";
import { waitFor } from "../support/round.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
afterEach(() => server.stop());

async function start(limits: Partial<Limits>, clock?: HandClock): Promise<void> {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" }, limits, ...(clock && { clock }) });
}

async function get(cookie: string, path: string) {
  const answer = await fetch(server.http + path, { headers: { cookie } });
  return { status: answer.status, retryAfter: answer.headers.get("retry-after"), body: await answer.text() };
}

test("a page of the longest messages weighs a quarter of a megabyte, however many are asked for", async () => {
  await start({});
  const mira = await Client.camel(server.ws, "mira");
  for (let count = 0; count < 100; count += 1) await mira.say("<".repeat(8_000));
  mira.send({ type: "get_chat_history", data: { limit: 200 } });
  const { data } = await mira.next("chat_history");
  expect(data.hasMore).toBe(true);
  expect(JSON.stringify(data).length).toBeLessThan(400_000);
  const page = await get(await signIn(server, "tomas"), "/api/v1/rooms/general/messages?limit=200");
  expect(page.body.length).toBeLessThan(400_000);
});

test("whoever asks for history without end is refused with when to come back, on sockets and over HTTP together; others are not", async () => {
  const clock = new HandClock();
  await start({ readRate: 1, readBurst: 80 }, clock);
  const [mallory, mira] = [await Client.camel(server.ws, "mallory"), await Client.camel(server.ws, "mira")];
  for (let count = 0; count < 40; count += 1) await mira.say("<".repeat(8_000));
  for (let count = 0; count < 10; count += 1) mallory.send({ type: "get_chat_history", data: { limit: 200 } });
  await mallory.settled();
  // Each read is one, and one for each 8 KiB besides.
  expect(mallory.ofType("chat_history").length).toBe(3);
  expect(mallory.ofType("error").map(({ data }) => data.code)).toEqual(Array(7).fill("RATE_LIMITED"));
  const { retryAfter } = mallory.ofType("error")[0]?.data ?? {};
  expect(retryAfter).toBeGreaterThan(1_000);
  expect(retryAfter).toBeLessThanOrEqual(81_000);
  const over = await get(await signIn(server, "mallory"), "/api/v1/rooms/general/messages");
  expect([over.status, Number(over.retryAfter) > 1]).toEqual([429, true]);
  expect(JSON.parse(over.body)).toMatchObject({ code: "RATE_LIMITED", retryAfter: expect.any(Number) });
  mira.send({ type: "get_chat_history", data: { limit: 200 } });
  await mira.next("chat_history");
  clock.advance(retryAfter);
  mallory.send({ type: "get_chat_history", data: { limit: 1 } });
  await mallory.next("chat_history");
});

test.each([
  ["subscribe", { topics: ["tasks"] }],
  ["subscribe_agent", { agentName: "alice" }],
  ["get_agent_status", {}],
  ["get_active_tasks", {}],
  ["get_chat_history", {}],
])("%s is a read; taking a subscription back is not", async (type, data) => {
  await start({ readRate: 1, readBurst: 2 }, new HandClock());
  const mira = await Client.camel(server.ws, "mira");
  for (let count = 0; count < 3; count += 1) mira.send({ type, data });
  expect((await mira.next("error")).data.code).toBe("RATE_LIMITED");
  mira.send({ type: "unsubscribe", data: { topics: ["tasks"] } });
  await mira.settled();
  expect(mira.ofType("error").length).toBe(1);
});

test.each([
  "/api/v1/rooms",
  "/api/v1/me",
  "/api/v1/members",
  "/rooms/general/messages?before=9",
  "/members",
  "/agents",
  "/websocket/users",
])("%s is a read", async (path) => {
  await start({ readRate: 1, readBurst: 2 }, new HandClock());
  const cookie = await signIn(server, "mira");
  const answers = [];
  for (let count = 0; count < 3; count += 1) answers.push((await get(cookie, path)).status);
  expect(answers).toEqual([200, 200, 429]);
});

test("a page is given what it missed once, and not again within the second; it goes on hearing what comes", async () => {
  const clock = new HandClock();
  await start({ resumeRate: 1, resumeBurst: 1 }, clock);
  const mira = await Client.camel(server.ws, "mira");
  const page = await PageReader.open(server, "tomas");
  await page.connect();
  const refusals = () => page.told.filter(({ type, code }) => type === "error" && code === "RATE_LIMITED");
  const again = { type: "resume", room: "general", lastSeq: 1, epoch: page.epoch };
  page.send(again);
  page.send(again);
  await waitFor(() => refusals().length === 2, "two refusals");
  expect(refusals()[0]).toMatchObject({ retryAfter: 1_000 });
  await mira.say("still here");
  await waitFor(() => [...page.shown.values()].some((item) => item.includes("still here")), "it");
  clock.advance(1_000);
  page.send(again);
  page.send({ type: "ping" });
  await waitFor(() => page.told.some(({ type }) => type === "pong"), "a pong");
  expect(refusals().length).toBe(2);
});

test("a page is never refused what it missed because its person read much before", async () => {
  await start({ readRate: 1, readBurst: 1 }, new HandClock());
  const page = await PageReader.open(server, "mira");
  const mira = await Client.camel(server.ws, "mira");
  await mira.say("while the page was away");
  mira.send({ type: "get_chat_history" });
  mira.send({ type: "get_chat_history" });
  await mira.settled();
  await page.connect();
  await waitFor(() => [...page.shown.values()].some((item) => item.includes("was away")), "it");
});
