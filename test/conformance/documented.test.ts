import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { documentedOf, type Operations, undocumentedAnswer } from "../support/documented-answers.ts";
import { startWithRoutes } from "../support/routes.ts";
import { signIn, type TestServer } from "../support/server.ts";

/** A house in which things happened: its answers have every field that an answer can have. */
let server: TestServer;
let operations: Operations;
let mira: { cookie: string; origin: string };
const said: Record<string, number> = {};
let taskId = "";

beforeAll(async () => {
  const { server: started, handlers } = await startWithRoutes({ limits: { pollWaitMs: 50 } });
  server = started;
  operations = documentedOf(handlers);
  mira = { cookie: await signIn(server, "mira", "admin"), origin: server.http };
  const say = async (body: object) => (await asked("POST", "/api/v1/rooms/:slug/messages", { body })).json.message.id;
  said.first = await say({ text: "so *this* is how it begins", clientId: "c-1" });
  said.reply = await say({ text: "indeed", replyTo: said.first });
  const { file } = (await asked("POST", "/api/v1/files", { query: "name=plan.txt", raw: "the plan" })).json;
  said.file = await say({ text: "", files: [file.id] });
  said.url = file.url;
  const client = await Client.camel(server.ws, "mira", { role: "admin" });
  client.send({ type: "edit_message", data: { id: said.first, text: "so *this* is how it began" } });
  await client.next("message_update");
  client.send({ type: "delete_message", data: { id: said.reply } });
  await client.next("message_update");
  client.send({ type: "subscribe", data: { topics: ["tasks"] } });
  client.send({ type: "message", data: { text: "@alice please add a dark theme to the login page" } });
  taskId = (await client.next("task_notification", ({ data }) => data.type === "started")).data.taskId;
  await client.close();
});
afterAll(() => server.stop());

interface Asking {
  query?: string;
  body?: unknown;
  /** As it is. */
  raw?: string;
  headers?: Record<string, string>;
  params?: Record<string, string>;
  /** Somebody else than mira. */
  as?: Record<string, string>;
}

/** Agents go by their names as well. */
function idAt(pattern: string): string {
  return pattern.startsWith("/api/v1/agents/") ? "alice" : "1";
}

/** Asks a route by its pattern. Fails when the answer is not what the document says of it. */
async function asked(method: string, pattern: string, { query, body, raw, headers, params = {}, as }: Asking = {}) {
  const filled = pattern.replace(
    /:(\w+)/g,
    (_, name: string) => params[name] ?? { slug: "general", name: "alice", id: idAt(pattern) }[name] ?? "1",
  );
  const answer = await fetch(`${server.http}${filled}${query ? `?${query}` : ""}`, {
    method,
    body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    headers: { ...(as ?? mira), ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    redirect: "manual",
  });
  const text = await answer.text();
  const { status } = answer;
  expect(
    undocumentedAnswer(operations, `${method} ${pattern}`, { status, headers: answer.headers, text }),
  ).toBeUndefined();
  return { status, text, json: text.startsWith("{") ? JSON.parse(text) : undefined };
}

test("every route that only tells something tells what is documented, when there is much to tell", async () => {
  const tellers = [...operations.values()].filter(
    ({ method, path }) => method === "GET" && path !== "/files/:id/:name",
  );
  expect(tellers.length).toBeGreaterThan(30);
  for (const { path } of tellers) {
    const { status } = await asked("GET", path, path.includes("/tasks/:id") ? { params: { id: taskId } } : {});
    expect([path, status]).toEqual([path, 200]);
  }
  const { messages } = (await asked("GET", "/api/v1/rooms/:slug/messages")).json;
  const fields = new Set(messages.flatMap((message: object) => Object.keys(message)));
  for (const field of ["files", "clientId", "taskId", "editedAt", "deletedAt"])
    expect([field, fields.has(field)]).toEqual([field, true]);
  expect(Object.keys((await asked("GET", "/bridge")).json.bridge.tasks)).toEqual(["alice"]);
});

describe("asked in particular", () => {
  test.each([
    ["/api/v1/search", "q=began&limit=5"],
    ["/api/v1/members", "disabled=true"],
    ["/api/v1/audit", "action=session+opened&limit=2"],
    ["/api/system/audit-logs", "limit=2"],
    ["/progress", "name=alice"],
    ["/progress", "name=bob"],
    ["/progress", ""],
    ["/api/v1/events", "after=0"],
    ["/api/v1/events", "after=0&epoch=another"],
    ["/api/v1/rooms/:slug/messages", "after=1&limit=2"],
  ])("%s?%s", async (path, query) => {
    expect((await asked("GET", path, { query })).status).toBe(200);
  });

  test("a file, a part of it, and what is known already", async () => {
    const [, , id = "", name = ""] = String(said.url).split("/");
    const get = (headers: Record<string, string>) =>
      asked("GET", "/files/:id/:name", { params: { id, name }, headers });
    expect((await get({})).text).toBe("the plan");
    expect((await get({ range: "bytes=0-2" })).status).toBe(206);
    expect((await get({ range: "bytes=99-" })).status).toBe(416);
    expect((await get({ "if-none-match": "*" })).status).toBe(304);
  });

  test("a device, from its question to its end", async () => {
    const device = (await asked("POST", "/api/auth/device/authorize", { body: { client_id: "robot", scope: "chat" } }))
      .json;
    const exchange = () => asked("POST", "/api/auth/device/token", { body: { device_code: device.device_code } });
    expect((await exchange()).json.error).toBe("authorization_pending");
    expect((await exchange()).json.error).toBe("slow_down");
    await asked("POST", "/api/auth/device/confirm", { body: { user_code: device.user_code } });
    // Too soon after the last question it would be told to slow down for ever: it asks by another code.
    const other = (
      await asked("POST", "/api/auth/device/authorize", {
        raw: "client_id=robot&scope=chat",
        headers: { "content-type": "application/x-www-form-urlencoded" },
      })
    ).json;
    await asked("POST", "/api/auth/device/confirm", { body: { user_code: other.user_code } });
    const tokens = (await asked("POST", "/api/auth/device/token", { body: { device_code: other.device_code } })).json;
    const { access_token, refresh_token } = tokens;
    expect((await asked("POST", "/api/auth/cli/validate", { body: { access_token } })).json.valid).toBe(true);
    expect((await asked("POST", "/api/auth/cli/validate", { body: { access_token: "no" } })).json.valid).toBe(false);
    expect((await asked("POST", "/api/auth/cli/refresh", { body: { refresh_token } })).status).toBe(200);
    expect((await asked("POST", "/api/auth/cli/refresh", { body: { refresh_token } })).json.error).toBe(
      "invalid_grant",
    );
    expect(
      (await asked("POST", "/api/auth/device/token", { body: { device_code: "x", grant_type: "password" } })).json
        .error,
    ).toBe("unsupported_grant_type");
    expect((await asked("POST", "/api/auth/cli/revoke", { body: { token: "unknown" } })).json).toEqual({
      success: true,
    });
  });

  test("a task over the older routes, asked for and stopped", async () => {
    const { json } = await asked("POST", "/tasks", { body: { name: "bob", task: "write the release notes" } });
    expect(json.session_id).toMatch(/^\d+$/);
    await asked("GET", "/tasks/:name", { params: { name: "bob" } });
    await asked("DELETE", "/tasks/:name", { params: { name: "bob" } });
  });
});

describe("refused", () => {
  const refused = async (method: string, path: string, asking: Asking = {}) => {
    const { status, json } = await asked(method, path, asking);
    return [status, json.code];
  };

  test("for what is no JSON, for what does not fit, and for what is too large", async () => {
    const json = { "content-type": "application/json" };
    expect(await refused("POST", "/api/v1/rooms", { raw: "{", headers: json })).toEqual([400, "INVALID_JSON"]);
    expect(await refused("POST", "/api/v1/rooms", { body: {} })).toEqual([400, "INVALID_MESSAGE"]);
    expect(await refused("GET", "/api/v1/search", { query: "limit=0" })).toEqual([400, "INVALID_MESSAGE"]);
    const text = "x".repeat(9_000);
    expect(await refused("POST", "/api/v1/rooms/:slug/messages", { body: { text } })).toEqual([
      413,
      "MESSAGE_TOO_LARGE",
    ]);
    const huge = { name: "x".repeat(2_000_000) };
    expect(await refused("POST", "/api/v1/rooms", { body: huge })).toEqual([413, "MESSAGE_TOO_LARGE"]);
  });

  test("for what there is not, and what is there already", async () => {
    const nowhere = { params: { slug: "cellar" } };
    expect(await refused("GET", "/api/v1/rooms/:slug/messages", nowhere)).toEqual([404, "NOT_FOUND"]);
    expect(await refused("GET", "/employees/:name", { params: { name: "zoe" } })).toEqual([404, "AGENT_NOT_FOUND"]);
    expect(await refused("POST", "/tasks", { body: { name: "zoe", task: "x" } })).toEqual([404, "AGENT_NOT_FOUND"]);
    expect(await refused("POST", "/api/v1/rooms", { body: { name: "general" } })).toEqual([409, "CONFLICT"]);
    expect(await refused("POST", "/employees", { body: { name: "alice", role: "x" } })).toEqual([409, "CONFLICT"]);
    const replyTo = { text: "x", replyTo: 999_999 };
    expect(await refused("POST", "/api/v1/rooms/:slug/messages", { body: replyTo })).toEqual([404, "NOT_FOUND"]);
  });

  test("for a credential that is none, wherever it is shown, and for another site's page", async () => {
    const as = { authorization: "Bearer ply_no" };
    for (const { method, path } of operations.values()) {
      const [status, code] = await refused(method, path, { as });
      expect([`${method} ${path}`, status === 401 || status === 429, code]).toEqual([
        `${method} ${path}`,
        true,
        status === 401 ? "AUTH_FAILED" : "RATE_LIMITED",
      ]);
    }
    for (const { method, path } of operations.values())
      if (method !== "GET")
        expect([path, await refused(method, path, { as: { origin: "https://elsewhere.example" } })]).toEqual([
          path,
          [403, "PERMISSION_DENIED"],
        ]);
  });
});
