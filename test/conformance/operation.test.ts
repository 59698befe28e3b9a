import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { dirname } from "node:path";
import { Client } from "../support/client.ts";
import { HandClock } from "../support/clock.ts";
import { openHouse } from "../support/house.ts";
import { signIn, startServer, type TestServer, withServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ limits: { figuresMs: 0 } });
});
afterAll(() => server.stop());

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${server.http}${path}`, { headers });
const json = async (path: string, headers: Record<string, string> = {}) => (await get(path, headers)).json();

const healthShape = {
  status: "string",
  chat_enabled: "boolean",
  active_sessions: "integer",
  total_agents: "integer",
  version: "string",
  uptime_seconds: "integer",
  components: Object.fromEntries(
    ["agents", "communication", "database", "disk", "process", "recovery", "telegram", "websocket"].map((name) => [
      name,
      { status: "string" },
    ]),
  ),
};
const userShape = {
  user_id: "string",
  role: "string",
  connected_at: "time",
  last_activity: "time",
  message_count: "integer",
};

describe("/health", () => {
  test("says how the server is, to anybody", async () => {
    const health = await json("/health");
    expect(shapeOf(health)).toEqual(healthShape);
    expect(health).toMatchObject({ status: "healthy", chat_enabled: true, total_agents: 4, active_sessions: 0 });
  });

  test("gives details to administrators only", async () => {
    const asked = async (role: string) => {
      const cookie = await signIn(server, `health-${role}`, role);
      return (await json("/health", { cookie, origin: server.http })).components;
    };
    expect(await asked("admin")).toMatchObject({
      database: { status: "healthy", seq: expect.any(Number), waiting: 0 },
      disk: { status: "healthy", free_bytes: expect.any(Number) },
      communication: { status: "healthy", type: "websocket", chosen: "websocket", automatic_switches: 0 },
      websocket: { status: "healthy", connections: 0, trouble: null },
      telegram: { status: "not set up" },
      agents: { status: "healthy", total_agents: 4 },
      recovery: { status: "clean", answers_cut_off: 0, tasks_failed: 0 },
      process: { status: "healthy", late_ms: { p99: expect.any(Number), max: expect.any(Number) } },
    });
    expect((await asked("admin")).database.wal_bytes).toBeGreaterThan(0);
    expect(shapeOf({ ...(await json("/health")), components: await asked("developer") })).toEqual(healthShape);
  });
});

test("/health tells what is not as it should be: no space, sockets that are off, what a crash left open", async () => {
  const limits = { diskFreeBytes: Number.MAX_SAFE_INTEGER };
  const full = await startServer({ limits });
  const health = await (await fetch(`${full.http}/health`)).json();
  expect(health).toMatchObject({ status: "degraded", components: { disk: { status: "low" } } });
  await full.parley.transports.websocket.stopPolling();
  expect(await (await fetch(`${full.http}/health`)).json()).toMatchObject({
    chat_enabled: false,
    components: { communication: { status: "degraded" }, websocket: { status: "failing" } },
  });
  await full.parley.stop();
  {
    using house = openHouse({ path: full.config.databasePath });
    house.say(house.agent("alice"), "", { streaming: true });
    house.work(house.person("mira"), "bob", "never begun");
  }
  const again = await startServer({ folder: dirname(full.config.databasePath) });
  const cookie = await signIn(again, "ada", "admin");
  const { components } = (await (
    await fetch(`${again.http}/health`, { headers: { cookie, origin: again.http } })
  ).json()) as { components: unknown };
  expect(components).toMatchObject({ recovery: { status: "recovered", answers_cut_off: 1, tasks_failed: 1 } });
  await again.stop();
});

test("/health goes through the agents once a second, however many strangers ask", async () => {
  const clock = new HandClock();
  await withServer({ clock }, async ({ http }) => {
    const agents = async () =>
      ((await (await fetch(`${http}/health`)).json()) as { total_agents: number }).total_agents;
    expect(await agents()).toBe(4);
    const body = JSON.stringify({ name: "eve", role: "tester" });
    const hired = await fetch(`${http}/employees`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect(hired.status).toBe(201);
    expect(await agents()).toBe(4);
    clock.advance(1_000);
    expect(await agents()).toBe(5);
  });
});

test("/ready is 200 while the server takes requests", async () => {
  const answer = await get("/ready");
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ ready: true });
});

describe("the communication routes", () => {
  test("connected means listening: with nobody here it is true already", async () => {
    expect(await json("/communication/stats")).toMatchObject({ connected: true, connected_users: 0 });
    expect(await json("/communication/info")).toMatchObject({ connected: true, connected_users: [] });
  });

  test("/communication/info, /websocket/users: who is connected and what they did", async () => {
    const mira = await Client.camel(server.ws, "mira", { role: "designer" });
    await mira.say("one");
    await mira.say("two");
    const info = await json("/communication/info");
    expect(shapeOf(info)).toEqual({
      type: "string",
      connected: "boolean",
      is_running: "boolean",
      host: "string",
      port: "integer",
      connected_users: [userShape],
      total_messages: "integer",
      uptime_seconds: "integer",
    });
    const { hostname, port } = new URL(server.http);
    expect(info).toMatchObject({
      type: "websocket",
      is_running: true,
      host: hostname,
      port: Number(port),
      total_messages: 2,
    });
    expect(info.connected_users).toMatchObject([{ user_id: "mira", role: "designer", message_count: 2 }]);
    expect(await json("/websocket/users")).toEqual({ connected_users: info.connected_users });
    await mira.close();
  });

  test("/communication/stats and /ws-info give numbers", async () => {
    const omar = await Client.camel(server.ws, "omar");
    // Not counted before they said who they are.
    await Client.open(`${server.ws}/ws`);
    const stats = await json("/communication/stats");
    expect(shapeOf(stats)).toEqual({
      transport_type: "string",
      connected: "boolean",
      is_running: "boolean",
      host: "string",
      port: "integer",
      connected_users: "integer",
      total_messages: "integer",
      uptime_seconds: "integer",
    });
    expect(stats).toMatchObject({ transport_type: "websocket", connected_users: 1 });
    const info = await json("/ws-info");
    const port = Number(new URL(server.http).port);
    expect(info).toEqual({ transport: "websocket", host: "127.0.0.1", port, connected_users: 1, running: true });
    await omar.close();
  });
});

test("the port told is WEBSOCKET_PORT's when that is set", async () => {
  const own = await startServer({ env: { WEBSOCKET_PORT: "0" } });
  const { port } = (await (await fetch(`${own.http}/ws-info`)).json()) as { port: number };
  expect(port).toBe(Number(own.parley.websocketUrl?.port));
  await own.stop();
});

describe("errors over HTTP", () => {
  test.each([
    ["GET", "/nowhere", 404, "NOT_FOUND"],
    ["POST", "/health", 404, "NOT_FOUND"],
    ["GET", "/employees/zoe", 404, "AGENT_NOT_FOUND"],
    ["GET", "/tasks/zoe", 404, "AGENT_NOT_FOUND"],
    ["DELETE", "/tasks/zoe", 404, "AGENT_NOT_FOUND"],
    ["GET", "/progress?name=zoe", 404, "AGENT_NOT_FOUND"],
    ["DELETE", "/communication/switch", 404, "NOT_FOUND"],
  ])("%s %s is %i %s, as JSON with error, message and code", async (method, path, status, code) => {
    const answer = await fetch(`${server.http}${path}`, { method });
    expect(answer.status).toBe(status);
    const body = (await answer.json()) as { error: string };
    expect(shapeOf(body)).toEqual({ error: "string", message: "string", code: "string" });
    expect(body).toMatchObject({ code, message: body.error });
  });

  test("a foreign Host gets 421 and a foreign Origin 403 before anything else", async () => {
    expect((await get("/health", { host: "evil.example" })).status).toBe(421);
    const headers = { origin: "https://evil.example", "content-type": "application/json" };
    const body = JSON.stringify({ name: "erin", role: "developer" });
    expect((await fetch(`${server.http}/employees`, { method: "POST", body, headers })).status).toBe(403);
    expect(JSON.stringify(await json("/employees"))).not.toContain("erin");
  });

  test("a bearer that is none gets 401", async () => {
    const answer = await get("/employees", { authorization: "Bearer forged" });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: "AUTH_FAILED" });
  });
});
