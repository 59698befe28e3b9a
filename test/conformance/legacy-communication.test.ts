import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { inspect } from "../support/database.ts";
import { ScriptedTransport } from "../support/scripted.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

/** Programs for the system Parley replaces, which asked nobody who they were: in development, on this machine, they work as they did. */

let server: TestServer;
let telegram: ScriptedTransport;
beforeAll(async () => {
  telegram = new ScriptedTransport("telegram");
  server = await startServer({ telegram: () => telegram, env: { OPENCODE_TRANSPORT: "websocket" } });
});
afterAll(() => server.stop());

const get = async (path: string) => (await fetch(server.http + path)).json();
async function post(path: string, body?: unknown, headers: Record<string, string> = {}) {
  const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const answer = await fetch(server.http + path, { method: "POST", headers, ...sent });
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into by tests
  return { status: answer.status, body: (await answer.json()) as any };
}
const lastMessage = () =>
  inspect(server.config.databasePath, (sqlite) =>
    sqlite
      .query<{ author: string; kind: string; text: string; origin: string }, []>(
        "SELECT name AS author, kind, text, origin FROM messages JOIN members ON members.id = author_id ORDER BY messages.id DESC LIMIT 1",
      )
      .get(),
  );

const infoShape = {
  type: "string",
  connected: "boolean",
  is_running: "boolean",
  host: "string",
  port: "integer",
  connected_users: [],
  total_messages: "integer",
  uptime_seconds: "integer",
};

describe("POST /communication/switch", () => {
  test("goes over and says what is so now; there and back again", async () => {
    for (const transport_type of ["both", "telegram", "websocket"]) {
      const { status, body } = await post("/communication/switch", { transport_type, config: { host: "x", port: 1 } });
      expect(status).toBe(200);
      expect(shapeOf(body)).toEqual({ message: "string", transport_info: infoShape });
      expect(body.transport_info).toMatchObject({ type: transport_type, connected: true, is_running: true });
      expect(await get("/communication/stats")).toMatchObject({ transport_type });
      const expected =
        transport_type === "telegram"
          ? { transport: "telegram", connected: true }
          : { transport: transport_type, running: true };
      expect(await get("/ws-info")).toMatchObject(expected);
    }
  });

  test("under Telegram /ws-info has just these", async () => {
    await post("/communication/switch", { transport_type: "telegram" });
    expect(await get("/ws-info")).toEqual({ transport: "telegram", connected: true });
    expect(shapeOf(await get("/chat/debug"))).toMatchObject({
      transport_type: "string",
      webhook_info: { url: "string" },
    });
    await post("/communication/switch", { transport_type: "websocket" });
  });

  test("takes the camel spelling and a body without a content type", async () => {
    const { status, body } = await post("/communication/switch", { transportType: "websocket" });
    expect([status, body.transport_info.type]).toEqual([200, "websocket"]);
  });

  test.each([
    [{}, 400, "INVALID_MESSAGE"],
    [{ transport_type: "pigeon" }, 400, "INVALID_MESSAGE"],
    [{ transport_type: 7 }, 400, "INVALID_MESSAGE"],
    [[], 400, "INVALID_MESSAGE"],
    ["{transport_type", 400, "INVALID_JSON"],
  ])("%j is %i %s", async (asked, expected, code) => {
    const { status, body } = await post("/communication/switch", asked);
    expect(status).toBe(expected);
    expect(body).toMatchObject({ code, error: body.message });
  });

  test("what cannot be started is 503 in its own words, and everything stays", async () => {
    telegram.refuses = "Telegram answers 401.";
    const { status, body } = await post("/communication/switch", { transport_type: "telegram" });
    telegram.refuses = null;
    expect(status).toBe(503);
    expect(body).toEqual({
      error: "Telegram answers 401.",
      message: "Telegram answers 401.",
      code: "TRANSPORT_UNAVAILABLE",
    });
    expect(await get("/communication/info")).toMatchObject({ type: "websocket", connected: true });
  });

  test("a second one meanwhile is 409", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    telegram.holds = promise;
    const first = post("/communication/switch", { transport_type: "both" });
    await telegramStarts();
    expect(await post("/communication/switch", { transport_type: "telegram" })).toMatchObject({
      status: 409,
      body: { code: "CONFLICT" },
    });
    resolve();
    telegram.holds = null;
    expect((await first).status).toBe(200);
    await post("/communication/switch", { transport_type: "websocket" });
  });

  async function telegramStarts(): Promise<void> {
    const before = telegram.acts.length;
    while (telegram.acts.length === before) await new Promise<void>((resolve) => setImmediate(resolve));
  }
});

test("without Telegram's settings the words name them", async () => {
  const without = await startServer();
  const answer = await fetch(`${without.http}/communication/switch`, {
    method: "POST",
    body: JSON.stringify({ transport_type: "telegram" }),
  });
  expect(answer.status).toBe(503);
  expect(((await answer.json()) as { message: string }).message).toContain("TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID");
  await without.stop();
});

describe("POST /websocket/switch", () => {
  test("needs no body, and does nothing when it is so already", async () => {
    const { status, body } = await post("/websocket/switch");
    expect(status).toBe(200);
    expect(shapeOf(body)).toEqual({ message: "string", transport_info: infoShape });
  });

  test("host and port are settings: what it is given of them is answered, not obeyed", async () => {
    const { body } = await post("/websocket/switch", { host: "0.0.0.0", port: 9999 });
    expect(body.message).toContain("settings");
    expect(body.transport_info.port).toBe(Number(new URL(server.http).port));
  });
});

describe("/chat", () => {
  test("GET /chat/status and /chat/debug", async () => {
    const status = await get("/chat/status");
    const statistics = {
      total_agents: "integer",
      working_agents: "integer",
      stuck_agents: "integer",
      idle_agents: "integer",
      pending_help_requests: "integer",
      chat_connected: "boolean",
    };
    const shape = {
      transport_type: "string",
      transport_info: infoShape,
      connected: "boolean",
      polling: "boolean",
      statistics,
      websocket_integration: {
        integrated: "boolean",
        transport_type: "string",
        transport_info: infoShape,
        connected: "boolean",
        host: "string",
        websocket_port: "integer",
        status_broadcasters: "integer",
        task_listeners: "integer",
      },
    };
    expect(shapeOf(status)).toEqual(shape);
    expect(status).toMatchObject({ transport_type: "websocket", connected: true, polling: true });
    expect(shapeOf(await get("/chat/debug"))).toEqual({ ...shape, connected_users: [] });
  });

  test("stop, and start again: sockets are closed, what was said stays, and what is said meanwhile is refused in words", async () => {
    const mira = await Client.camel(server.ws, "mira");
    await mira.say("before");
    expect(await post("/chat/stop")).toMatchObject({ status: 200, body: { message: expect.any(String) } });
    expect((await mira.hasClosed()).code).toBe(1012);
    expect(await get("/chat/status")).toMatchObject({ connected: false, polling: false });
    expect(await get("/health")).toMatchObject({ chat_enabled: false, status: "healthy" });
    expect(await post("/chat/stop")).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
    expect(await post("/chat/send", { message: "anybody?" })).toMatchObject({
      status: 503,
      body: { code: "TRANSPORT_UNAVAILABLE" },
    });
    expect(await post("/chat/start")).toMatchObject({ status: 200 });
    expect(await post("/chat/start")).toMatchObject({ status: 200, body: { message: "Talk is on already." } });
    expect(lastMessage()?.text).toBe("before");
  });

  test("send: as the house, or as an agent, whatever the field is called", async () => {
    expect(await post("/chat/send", { message: "the build is green" })).toEqual({
      status: 200,
      body: { message: "Sent." },
    });
    expect(lastMessage()).toEqual({ author: "system", kind: "system", text: "the build is green", origin: "system" });
    await post("/chat/send", { text: "I am on it", sender: "alice" });
    expect(lastMessage()).toEqual({ author: "alice", kind: "agent", text: "I am on it", origin: "agent" });
    await post("/chat/send", { message: "so am I", sender: "bob-bot" });
    expect(lastMessage()).toMatchObject({ author: "bob", kind: "agent" });
  });

  test.each([
    [{}, 400, "INVALID_MESSAGE"],
    [{ message: "  " }, 400, "INVALID_MESSAGE"],
    [{ message: "x".repeat(8_001) }, 413, "MESSAGE_TOO_LARGE"],
    [{ message: "x", sender: "zoe" }, 404, "NOT_FOUND"],
    ["{", 400, "INVALID_JSON"],
    ["null", 400, "INVALID_MESSAGE"],
  ])("send %j is %i %s", async (asked, expected, code) => {
    const { status, body } = await post("/chat/send", asked);
    expect([status, body.code]).toEqual([expected, code]);
  });

  test("nobody speaks for another person, whatever they may; who may not speaks for nobody at all", async () => {
    await signIn(server, "tomas");
    expect(await post("/chat/send", { message: "I resign", sender: "tomas" })).toMatchObject({ status: 403 });
    const as = async (role: string) => ({ cookie: await signIn(server, `by-${role}`, role), origin: server.http });
    for (const sender of ["system", "alice", "tomas"])
      expect(await post("/chat/send", { message: "x", sender }, await as("developer"))).toMatchObject({ status: 403 });
    expect(lastMessage()?.text).not.toBe("x");
    expect(await post("/chat/send", { message: "me", sender: "by-developer" }, await as("developer"))).toMatchObject({
      status: 200,
    });
    expect(lastMessage()).toMatchObject({ author: "by-developer", origin: "api" });
    expect(await post("/chat/send", { message: "me again" }, await as("developer"))).toMatchObject({ status: 200 });
    expect(lastMessage()).toMatchObject({ author: "by-developer", text: "me again" });
    expect(await post("/chat/send", { message: "hear, hear", sender: "alice" }, await as("admin"))).toMatchObject({
      status: 200,
    });
    const noted = () =>
      inspect(server.config.databasePath, (sqlite) =>
        sqlite.query<{ target: string }, []>("SELECT target FROM audit WHERE action = 'spoke for another'").all(),
      );
    while (!noted().some(({ target }) => target === "alice-bot"))
      await new Promise<void>((resolve) => setImmediate(resolve));
  });

  test("who speaks too fast is told when to come back", async () => {
    const quick = await startServer({ limits: { agentRate: 1, agentBurst: 1 } });
    const send = () =>
      fetch(`${quick.http}/chat/send`, { method: "POST", body: JSON.stringify({ message: "x", sender: "alice" }) });
    expect((await send()).status).toBe(200);
    const second = await send();
    expect(second.status).toBe(429);
    expect(shapeOf(await second.json())).toEqual({
      error: "string",
      message: "string",
      code: "string",
      retryAfter: "integer",
    });
    expect(Number(second.headers.get("retry-after"))).toBeGreaterThan(0);
    await quick.stop();
  });
});

describe("POST /websocket/broadcast", () => {
  test("says how many sockets it was delivered to, and they have it", async () => {
    expect(await post("/websocket/broadcast", { message: "to nobody" })).toMatchObject({
      status: 200,
      body: { delivered: 0 },
    });
    const mira = await Client.camel(server.ws, "mira");
    const omar = await Client.classic(server.ws, "omar");
    const { body } = await post("/websocket/broadcast", { message: "lunch", sender: "alice" });
    expect(body).toEqual({ message: "Sent to 2 sockets.", delivered: 2 });
    expect((await mira.next("agent_response")).data).toMatchObject({ text: "lunch", sender: "alice" });
    expect((await omar.next("chat_message", ({ data }) => data.text === "lunch")).data.sender).toBe("alice-bot");
    await Promise.all([mira.close(), omar.close()]);
  });
});
