import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let cookie: string;
let omar: Client;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
  cookie = await signIn(server, "mira");
  omar = await Client.camel(server.ws, "omar");
});
afterAll(() => server.stop());

/** What the page sends when it has no socket: the composer's form, to the same room. */
async function post(fields: Record<string, string>, room = "general", headers: Record<string, string> = { cookie }) {
  const answer = await fetch(`${server.http}/rooms/${room}/messages`, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { origin: server.http, ...headers },
    redirect: "manual",
  });
  return { status: answer.status, body: (await answer.json()) as { id: number; code: string; retryAfter?: number } };
}

describe("POST /rooms/:slug/messages, the fallback without a socket", () => {
  test("posts like any door: 201 with the id, and everybody hears it live", async () => {
    const { status, body } = await post({ text: "hello over HTTP", clientId: "h1" });
    expect(status).toBe(201);
    const { data } = await omar.next("message", (frame) => frame.data.id === body.id);
    expect(data).toMatchObject({ text: "hello over HTTP", sender: "mira", origin: "web", clientId: "h1" });
  });

  test("the same clientId gives the first result again, also when the first time was over the socket", async () => {
    const first = await post({ text: "once", clientId: "h2" });
    const second = await post({ text: "once", clientId: "h2" });
    expect(second).toEqual(first);
    const mira = await Client.camel(server.ws, "mira");
    mira.send({ type: "message", data: { text: "from the socket", clientId: "h3" } });
    const echo = await mira.next("message", ({ data }) => data.clientId === "h3");
    expect((await post({ text: "from the socket", clientId: "h3" })).body.id).toBe(echo.data.id);
    await omar.say("that was it");
    expect(omar.ofType("message").filter(({ data }) => data.clientId === "h2")).toHaveLength(1);
    expect(omar.ofType("message").filter(({ data }) => data.clientId === "h3")).toHaveLength(1);
  });

  test("answers a message by replyTo", async () => {
    const root = await omar.say("any questions?");
    const { body } = await post({ text: "none", replyTo: String(root.data.id) });
    const { data } = await omar.next("message", (frame) => frame.data.id === body.id);
    expect(data).toMatchObject({ replyTo: root.data.id, threadId: root.data.id });
  });

  test.each([
    ["blank text", { text: " " }, "general", 400, "INVALID_MESSAGE"],
    ["no text at all", {}, "general", 400, "INVALID_MESSAGE"],
    ["8,001 characters", { text: "x".repeat(8_001) }, "general", 413, "MESSAGE_TOO_LARGE"],
    ["a room that does not exist", { text: "hm" }, "cellar", 404, "NOT_FOUND"],
    ["an unknown replyTo", { text: "hm", replyTo: "987654" }, "general", 404, "NOT_FOUND"],
    ["a replyTo that is no id", { text: "hm", replyTo: "the first one" }, "general", 404, "NOT_FOUND"],
    ["a clientId of 65 characters", { text: "hm", clientId: "c".repeat(65) }, "general", 400, "INVALID_MESSAGE"],
    ["a body beyond 64 KiB", { text: "x".repeat(70_000) }, "general", 413, "MESSAGE_TOO_LARGE"],
  ])("%s is refused", async (_, fields, room, status, code) => {
    expect(await post(fields as Record<string, string>, room)).toMatchObject({ status, body: { code } });
  });

  test("only who has signed in can post: with a session that is over 401, a viewer 403, a foreign page 403", async () => {
    const stale = { cookie: "parley_session=stale" };
    expect(await post({ text: "hm" }, "general", stale)).toMatchObject({
      status: 401,
      body: { code: "NOT_AUTHENTICATED" },
    });
    const viewer = { cookie: await signIn(server, "vera", "viewer") };
    expect(await post({ text: "hm" }, "general", viewer)).toMatchObject({
      status: 403,
      body: { code: "PERMISSION_DENIED" },
    });
    const foreign = { cookie, origin: "https://evil.example" };
    expect((await post({ text: "hm" }, "general", foreign)).status).toBe(403);
    const { data } = await omar.say("nothing of that was heard");
    expect(omar.frames.at(-1)?.data.id).toBe(data.id);
    expect(omar.ofType("message").filter((frame) => frame.data.text === "hm")).toEqual([]);
  });
});

test("too many messages get 429 with retryAfter in milliseconds and the header in seconds", async () => {
  const own = await startServer({ limits: { peopleBurst: 1, peopleRate: 0.1 } });
  const headers = { cookie: await signIn(own, "mira"), origin: own.http };
  const say = () =>
    fetch(`${own.http}/rooms/general/messages`, { method: "POST", body: new URLSearchParams({ text: "hi" }), headers });
  expect((await say()).status).toBe(201);
  const answer = await say();
  expect(answer.status).toBe(429);
  expect(Number(answer.headers.get("retry-after"))).toBeWithin(9, 11);
  const body = (await answer.json()) as { code: string; retryAfter: number };
  expect(body.code).toBe("RATE_LIMITED");
  expect(body.retryAfter).toBeWithin(9_000, 10_001);
  await own.stop();
});
