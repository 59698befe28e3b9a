import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" }, limits: { presenceGraceMs: 20 } });
});
afterAll(() => server.stop());

/** Sends one auth frame on a fresh socket and gives the first frame that comes back. */
async function authenticate(fields: Record<string, unknown>, headers: Record<string, string> = {}) {
  const client = await Client.open(`${server.ws}/`, headers);
  client.send({ type: "auth", ...fields });
  const answer = await client.until(() => client.frames[0], "an answer to auth");
  return { client, answer };
}

/** How a listener heard of somebody, in order. */
const heardOf = (client: Client, user: string) =>
  client.ofType("user_status").flatMap(({ data }) => (data.user_id === user ? [data.status] : []));

describe("auth in the classic dialect", () => {
  test("auth_success is first and flat, with every field the protocol names", async () => {
    const { answer } = await authenticate({ user_id: "mira", role: "designer" });
    expect(shapeOf(answer)).toMatchObject({
      type: "string",
      user_id: "string",
      role: "string",
      server_time: "time",
      seq: "integer",
      epoch: "string",
    });
    expect(answer).toMatchObject({ type: "auth_success", user_id: "mira", role: "designer" });
    expect(answer).not.toHaveProperty("data");
    expect(answer).not.toHaveProperty("session_token");
  });

  test("the role is user when none is given", async () => {
    expect((await authenticate({ user_id: "mira" })).answer.role).toBe("user");
  });

  test("a socket is camel until a frame with user_id at top level", async () => {
    const client = await Client.open(`${server.ws}/`);
    client.send({ type: "message", data: { text: "hello" } });
    expect((await client.next("error")).data.code).toBe("NOT_AUTHENTICATED");
    client.send({ type: "chat_message", user_id: "mira", text: "hello" });
    expect(await client.next("notice")).toMatchObject({ data: { code: "NOT_AUTHENTICATED" } });
    client.send({ type: "auth", user_id: "mira" });
    await client.next("auth_success");
    // user_id under data does not make it classic.
    const camel = await Client.open(`${server.ws}/`);
    camel.send({ type: "auth", data: { user_id: "mira" } });
    expect((await camel.next("auth_response")).data.userId).toBe("mira");
  });

  test("an empty user_id is an error with its message at top level, and the socket stays open", async () => {
    const { client, answer } = await authenticate({ user_id: "" });
    expect(answer).toMatchObject({ type: "error", data: { code: "MISSING_USER_ID" } });
    expect(answer.message).toBe(answer.data.message);
    client.send({ type: "auth", user_id: "mira" });
    await client.next("auth_success");
  });

  test.each([
    ["token", { token: "abc" }],
    ["api_key", { api_key: "abc" }],
    ["session_token", { session_token: "abc" }],
  ])("a %s that is not accepted is an error and then 1008", async (_, credential) => {
    const { client, answer } = await authenticate({ user_id: "mira", ...credential });
    expect(answer).toMatchObject({ type: "error", message: expect.any(String), data: { code: "AUTH_FAILED" } });
    expect((await client.hasClosed()).code).toBe(1008);
  });

  test("a session shown at the upgrade or as session_token is that person, whatever user_id says", async () => {
    const cookie = await signIn(server, "Jun");
    const token = cookie.slice(cookie.indexOf("=") + 1);
    const shown = [
      await authenticate({ user_id: "eve" }, { cookie, origin: server.http }),
      await authenticate({ user_id: "eve" }, { authorization: `Bearer ${token}` }),
      await authenticate({ user_id: "eve", session_token: token }),
    ];
    for (const { answer } of shown) expect(answer).toMatchObject({ type: "auth_success", user_id: "Jun" });
  });

  test("a batch client may get several frames as one, the others never", async () => {
    const ana = await Client.classic(server.ws, "ana");
    for (let n = 0; n < 5; n += 1) await ana.say(`line ${n}`);
    const together = await Client.classic(server.ws, "lee", { batch: true });
    await together.next("chat_message", ({ data }) => data.text === "line 4");
    expect(together.texts.some((text) => JSON.parse(text).type === "batch")).toBe(true);
    const single = await Client.classic(server.ws, "lena");
    await single.next("chat_message", ({ data }) => data.text === "line 4");
    expect(single.texts.some((text) => JSON.parse(text).type === "batch")).toBe(false);
  });
});

describe("user_status", () => {
  test("after auth_success one for each person online and each agent, never for oneself, then the last 50 messages", async () => {
    const omar = await Client.classic(server.ws, "omar", { role: "tester" });
    await omar.say("first words");
    const mira = await Client.classic(server.ws, "mira");
    await mira.next("chat_message", ({ data }) => data.text === "first words");
    const kinds = mira.frames.map(({ type }) => type);
    expect(kinds[0]).toBe("auth_success");
    expect(kinds.lastIndexOf("user_status")).toBeLessThan(kinds.indexOf("chat_message"));
    const told = mira.ofType("user_status");
    for (const { data } of told) {
      expect(shapeOf(data)).toEqual({ user_id: "string", status: "string", role: "string", timestamp: "time" });
      expect(data.status).toBe("connected");
    }
    const roles = Object.fromEntries(told.map(({ data }) => [data.user_id, data.role]));
    expect(roles).toMatchObject({ omar: "tester", "alice-bot": "developer-bot", "diana-bot": "qa-bot" });
    expect(heardOf(mira, "mira")).toEqual([]);
    expect(new Set(told.map(({ data }) => data.user_id)).size).toBe(told.length);
  });

  test("live: connected when somebody comes, disconnected when their last socket is gone", async () => {
    const mira = await Client.classic(server.ws, "mira");
    const kim = await Client.camel(server.ws, "kim", { role: "manager" });
    const comes = await mira.next("user_status", ({ data }) => data.user_id === "kim");
    expect(comes.data).toMatchObject({ status: "connected", role: "manager" });
    const phone = await Client.classic(server.ws, "kim", { role: "manager" });
    await kim.close();
    await phone.close();
    await mira.next("user_status", ({ data }) => data.user_id === "kim" && data.status === "disconnected");
    expect(heardOf(mira, "kim")).toEqual(["connected", "disconnected"]);
    expect(heardOf(phone, "kim")).toEqual([]);
  });
});

test("without last_seq a classic client gets the last 50 messages, oldest first, and no more", async () => {
  const ana = await Client.classic(server.ws, "ana");
  const ids: number[] = [];
  for (let n = 0; n < 55; n += 1) ids.push((await ana.say(`n ${n}`)).data.id);
  const jun = await Client.classic(server.ws, "jun");
  const live = await ana.say("live");
  await jun.next("chat_message", ({ data }) => data.id === live.data.id);
  expect(jun.ofType("chat_message").map(({ data }) => data.id)).toEqual([...ids.slice(-50), live.data.id]);
});
