import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { type Route, startWithRoutes } from "../support/routes.ts";
import { signIn, type TestServer } from "../support/server.ts";

let server: TestServer;
let routes: readonly Route[];
let headers: Record<string, string>;
beforeAll(async () => {
  ({ server, routes } = await startWithRoutes({ env: { OPENCODE_SAFE_MODE: "true" } }));
  headers = { cookie: await signIn(server, "olga", "Owner"), origin: server.http, "content-type": "application/json" };
  await signIn(server, "mira");
});
afterAll(() => server.stop());

async function ask(
  method: string,
  path: string,
  body?: string,
): Promise<{ status: number; told: { code?: string; message?: string } }> {
  const answer = await fetch(server.http + path, { method, headers, ...(body !== undefined && { body }) });
  return { status: answer.status, told: (await answer.json()) as { code?: string; message?: string } };
}

/** A body that each route of the API takes; null for those that take none. */
const bodies: Readonly<Record<string, object | null>> = {
  "POST /api/v1/sessions": { name: "olga", password: "wrong but well-formed" },
  "POST /api/v1/tickets": null,
  "POST /api/v1/api-keys": { name: "k", permissions: ["read"], rooms: ["general"], days: 1 },
  "POST /api/v1/api-keys/:id/rotate": null,
  "POST /api/v1/members": { name: "nils", role: "viewer", password: "an old oak by the river" },
  "PATCH /api/v1/members/:name": { role: "viewer" },
  "POST /api/v1/members/:name/reset": null,
  "POST /api/v1/invitations": { role: "viewer", rooms: [], note: "n", uses: 1, days: 1 },
  "POST /api/v1/agents": { name: "eve", role: "qa", program: "ollama", model: "m", daily_usd: 1 },
  "PATCH /api/v1/agents/:name": { role: "writer", expertise: ["text"], smartness: "smart" },
  "POST /api/v1/rooms": { name: "ops", topic: "t", private: false },
  "POST /api/v1/direct": { members: ["mira"] },
  "POST /api/v1/rooms/:slug/members": { name: "mira" },
  "POST /api/v1/approvals/:id/answer": { option: "once", shown: "0" },
  "POST /api/v1/tasks/:id/place": { to: "first" },
  "POST /api/v1/tasks/:id/steer": null,
  "POST /api/v1/tasks/:id/cancel": null,
  "POST /api/v1/tasks/:id/complete": null,
  "POST /api/v1/tasks/:id/resume": null,
  "POST /api/v1/leases": { paths: ["src/a.ts"], purpose: "p", minutes: 5 },
  "POST /api/v1/leases/:id/renew": { minutes: 5 },
  "POST /api/v1/leases/requests": { path: "src/a.ts", reason: "r" },
  "POST /api/v1/leases/requests/:id/approve": null,
  "POST /api/v1/leases/requests/:id/deny": null,
  "PATCH /api/v1/rollout": { enabled: true, percent: 100 },
  // What comes here is files, in parts.
  "POST /api/v1/files": null,
  "POST /api/v1/telegram/code": null,
  "POST /api/v1/rooms/:slug/messages": { text: "hello", replyTo: null, clientId: "c1" },
};

test("every route of the API that takes a body is here", () => {
  const taking = routes.filter(
    ({ method, pattern }) => /^(POST|PATCH|PUT)$/.test(method) && pattern.startsWith("/api/v1/"),
  );
  expect(taking.map(({ method, pattern }) => `${method} ${pattern}`).sort()).toEqual(Object.keys(bodies).sort());
});

const taking = Object.entries(bodies).flatMap(([route, body]) => {
  const [method = "", pattern = ""] = route.split(" ");
  const named = pattern.startsWith("/api/v1/agents/") ? "alice" : "mira";
  const path = pattern.replace(":slug", "general").replace(":name", named);
  return body === null ? [] : [[route, method, path, body] as const];
});

describe("a body holds what is known and nothing else", () => {
  test.each(taking)("%s: a field that is none is refused, by name", async (_, method, path, body) => {
    const { status, told } = await ask(method, path, JSON.stringify({ ...body, unheardOf: true }));
    expect([status, told.code]).toEqual([400, "INVALID_MESSAGE"]);
    expect(told.message).toContain("unheardOf");
    // And it is that alone that it was refused for.
    expect((await ask(method, path, JSON.stringify(body))).told.code).not.toBe("INVALID_MESSAGE");
  });

  test.each(taking)("%s: what is nested too deep is refused before anybody reads it", async (_, method, path, body) => {
    const deep = `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`;
    for (const given of [
      deep,
      `{"name":${deep}}`,
      JSON.stringify({ ...body, x: 1 }).replace(":1}", `:${"[".repeat(17)}${"]".repeat(17)}}`),
    ]) {
      const { status, told } = await ask(method, path, given);
      expect([status, told.code]).toEqual([400, "INVALID_JSON"]);
      expect(told.message).toContain("16 deep");
    }
  });

  test.each(taking)("%s: __proto__ is a field that is none", async (_, method, path, body) => {
    const rest = JSON.stringify(body).slice(1);
    const { status } = await ask(method, path, `{"__proto__":{"role":"owner","admin":true},${rest}`);
    expect(status).not.toBe(500);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});

describe("a frame", () => {
  const deep = (depth: number) =>
    `{"type":"message","data":{"text":"deep","x":${"[".repeat(depth - 2)}${"]".repeat(depth - 2)}}}`;

  test("is nested 16 deep at most; unknown fields in it are nobody's business", async () => {
    const mira = await Client.camel(server.ws, "mira");
    mira.send(deep(16));
    await mira.next("message", ({ data }) => data.text === "deep");
    for (const depth of [17, 10_000]) {
      mira.send(deep(depth));
      expect((await mira.next("error")).data).toMatchObject({
        code: "INVALID_JSON",
        message: expect.stringContaining("16 deep"),
      });
    }
    await mira.close();
  });

  test("is what its own fields say: what stands under __proto__ is no part of it", async () => {
    const mira = await Client.camel(server.ws, "mira");
    for (const frame of [
      '{"type":"message","__proto__":{"text":"smuggled"}}',
      '{"type":"message","data":{"__proto__":{"text":"smuggled"}}}',
      '{"type":"message","data":{"constructor":{"prototype":{"text":"smuggled"}}}}',
    ]) {
      mira.send(frame);
      expect((await mira.next("error")).data.code).toBe("INVALID_MESSAGE");
    }
    mira.send(
      '{"type":"message","__proto__":{"room":"nowhere","replyTo":1},"data":{"text":"all my own","__proto__":null}}',
    );
    expect((await mira.next("message", ({ data }) => data.text === "all my own")).data).toMatchObject({
      room: "general",
      replyTo: null,
    });
    expect(Object.keys(Object.prototype)).toEqual([]);
    await mira.close();
  });
});
