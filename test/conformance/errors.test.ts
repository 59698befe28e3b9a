import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { HandClock } from "../support/clock.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
});
afterAll(() => server.stop());

const people = async (own: Pick<TestServer, "ws">, name: string, more: Record<string, unknown> = {}) => ({
  camel: await Client.camel(own.ws, `${name}-c`, more),
  classic: await Client.classic(own.ws, `${name}-k`, more),
});

describe("the shape of a refusal", () => {
  test("camel: error with code, message and time", async () => {
    const mira = await Client.camel(server.ws, "mira");
    mira.send({ type: "dance" });
    const { data } = await mira.next("error");
    expect(shapeOf(data)).toEqual({ code: "string", message: "string", timestamp: "time" });
  });

  test("classic: notice with the message at top level too", async () => {
    const omar = await Client.classic(server.ws, "omar");
    omar.send({ type: "dance" });
    const notice = await omar.next("notice");
    expect(shapeOf(notice)).toMatchObject({
      type: "string",
      message: "string",
      data: { code: "string", message: "string" },
    });
    expect(notice.message).toBe(notice.data.message);
  });
});

describe("a frame that cannot be understood is answered by its code, and the socket stays open", () => {
  test.each([
    ["text that is not JSON", "hello", "INVALID_JSON"],
    ["JSON cut short", '{"type":"ping"', "INVALID_JSON"],
    ["an empty frame", "", "INVALID_JSON"],
    ["a list", "[1]", "INVALID_MESSAGE"],
    ["null", "null", "INVALID_MESSAGE"],
    ["a number", "5", "INVALID_MESSAGE"],
    ["no type", '{"data":{}}', "INVALID_MESSAGE"],
    ["a type that is no string", '{"type":["ping"]}', "INVALID_MESSAGE"],
    ["a type nobody knows", '{"type":"dance"}', "UNKNOWN_MESSAGE_TYPE"],
    ["a type of every object's", '{"type":"__proto__"}', "UNKNOWN_MESSAGE_TYPE"],
    ["another such type", '{"type":"constructor"}', "UNKNOWN_MESSAGE_TYPE"],
    ["a field of the wrong type", '{"type":"subscribe","data":{"topics":"all"}}', "INVALID_MESSAGE"],
    ["an unknown topic", '{"type":"subscribe","data":{"topics":["gossip"]}}', "INVALID_MESSAGE"],
    ["an auth frame that is all wrong", '{"type":"auth","data":{"userId":{"a":1}}}', "INVALID_MESSAGE"],
  ])("%s", async (_, frame, code) => {
    const { camel, classic } = await people(server, "mira");
    camel.send(frame);
    classic.send(frame);
    expect((await camel.next("error")).data.code).toBe(code);
    expect((await classic.next("notice")).data.code).toBe(code);
    await camel.say("still here");
    await classic.say("still here");
  });

  test("a wrong frame before auth is answered too, and auth still works", async () => {
    const mira = await Client.open(`${server.ws}/ws`);
    mira.send("hello");
    expect((await mira.next("error")).data.code).toBe("INVALID_JSON");
    mira.send({ type: "auth", data: { userId: "mira" } });
    await mira.next("auth_response");
  });
});

test.each(["team", "system", "alice-bot", "<b>", "x".repeat(51)])(
  "nobody may be called %s: INVALID_MESSAGE, and another name is taken on the same socket",
  async (name) => {
    const eve = await Client.open(`${server.ws}/ws`);
    eve.send({ type: "auth", data: { userId: name } });
    expect((await eve.next("error")).data.code).toBe("INVALID_MESSAGE");
    eve.send({ type: "auth", data: { userId: "eve" } });
    expect((await eve.next("auth_response")).data.userId).toBe("eve");
  },
);

test("PERMISSION_DENIED: a viewer may read and not write", async () => {
  const { camel, classic } = await people(server, "vera", { role: "viewer" });
  camel.send({ type: "message", data: { text: "may I?", clientId: "v1" } });
  classic.send({ type: "chat_message", text: "may I?" });
  expect((await camel.next("error")).data).toMatchObject({ code: "PERMISSION_DENIED", clientId: "v1" });
  expect((await classic.next("notice")).data.code).toBe("PERMISSION_DENIED");
  const mira = await Client.camel(server.ws, "mira");
  const { data } = await mira.say("you may listen");
  await camel.next("message", (frame) => frame.data.id === data.id);
  camel.send({ type: "get_chat_history", data: { limit: 1 } });
  await camel.next("chat_history");
});

test("RATE_LIMITED: nothing is dropped silently, and after retryAfter milliseconds the message is taken", async () => {
  const clock = new HandClock();
  const limits = { peopleRate: 20, peopleBurst: 2 };
  const own = await startServer({ env: { OPENCODE_SAFE_MODE: "true" }, limits, clock });
  const { camel, classic } = await people(own, "fast");
  for (const n of [1, 2, 3]) {
    camel.send({ type: "message", data: { text: `${n}`, clientId: `c${n}` } });
    classic.send({ type: "chat_message", text: `${n}`, client_id: `k${n}` });
  }
  expect((await camel.next("error")).data).toMatchObject({ code: "RATE_LIMITED", clientId: "c3", retryAfter: 50 });
  const notice = await classic.next("notice");
  expect(notice.data).toMatchObject({ code: "RATE_LIMITED", client_id: "k3", retryAfter: 50 });
  clock.advance(40);
  camel.send({ type: "message", data: { text: "3", clientId: "c3" } });
  const { data: again } = await camel.next("error");
  expect(again.retryAfter).toBeWithin(10, 12);
  clock.advance(again.retryAfter);
  camel.send({ type: "message", data: { text: "3", clientId: "c3" } });
  await camel.next("message", ({ data }) => data.clientId === "c3");
  await own.stop();
});

test("RATE_LIMITED: also for sign-ins of one address", async () => {
  const own = await startServer({ limits: { signInRate: 0.01, signInBurst: 1 } });
  await Client.camel(own.ws, "mira");
  const eve = await Client.open(`${own.ws}/ws`);
  eve.send({ type: "auth", data: { userId: "eve" } });
  expect((await eve.next("error")).data).toMatchObject({ code: "RATE_LIMITED", retryAfter: expect.any(Number) });
  await eve.settled();
  await own.stop();
});

test("SERVICE_UNAVAILABLE: what cannot be stored is refused, and nothing of it is told", async () => {
  const own = await startServer({ env: { OPENCODE_SAFE_MODE: "true" }, limits: { queuedCommands: 8 } });
  const { camel } = await people(own, "many");
  for (let n = 0; n < 40; n += 1) camel.send({ type: "message", data: { text: `${n}`, clientId: `m${n}` } });
  const { data } = await camel.next("error");
  expect(data.code).toBe("SERVICE_UNAVAILABLE");
  await camel.say("there is room again");
  const told = camel.ofType("message").map((frame) => frame.data.clientId);
  const refused = camel.ofType("error").map((frame) => frame.data.clientId);
  expect(told.filter((id) => refused.includes(id))).toEqual([]);
  expect(told.length + refused.length).toBe(41);
  await own.stop();
});

test("CONFLICT: a guest can never take an existing person's name", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-"));
  const development = await startServer({ folder });
  await Client.camel(development.ws, "Mira");
  await development.parley.stop();
  const own = await startServer({ folder, env: { OPENCODE_DEV_MODE: "false", OPENCODE_ALLOW_GUEST: "true" } });
  const eve = await Client.open(`${own.ws}/ws`);
  eve.send({ type: "auth", data: { userId: "mira" } });
  expect((await eve.next("error")).data.code).toBe("CONFLICT");
  eve.send({ type: "auth", data: { userId: "eve" } });
  expect((await eve.next("auth_response")).data).toMatchObject({ success: true, userId: "eve" });
  await own.stop();
});
