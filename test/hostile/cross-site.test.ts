import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventsIn, inspect } from "../support/database.ts";
import { type Route, startWithRoutes } from "../support/routes.ts";
import { signIn, type TestServer } from "../support/server.ts";

let server: TestServer;
let unsafe: Route[];
let cookie: string;
beforeAll(async () => {
  const started = await startWithRoutes({
    env: { OPENCODE_SAFE_MODE: "true" },
    limits: { signInRate: 10_000, signInBurst: 10_000 },
  });
  server = started.server;
  unsafe = started.routes.filter(({ method }) => method !== "GET");
  cookie = await signIn(server, "mira");
});
afterAll(() => server.stop());

const form = "name=eve&role=writer&text=words&topic=plans";
const json = '{"name":"eve","role":"writer","text":"words","topic":"plans"}';
const parts = ["name", "role", "text"].map(
  (name) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\nwriter\r\n`,
);
/** Those that a page may send without asking first, and those that it may not. */
const bodies: [string | undefined, string][] = [
  ["application/x-www-form-urlencoded", form],
  ["multipart/form-data; boundary=b", `${parts.join("")}--b--\r\n`],
  ["text/plain", json],
  ["application/json", json],
  ["application/octet-stream", form],
  [undefined, form],
];
const routes = ["/rooms", "/rooms/general/messages", "/sign-in", "/sign-out", "/employees", "/agents"];
const methods = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/** `$` stands for the server's own port. */
const foreign: [string, string][] = [
  ["an evil page", "https://evil.example"],
  ["a page that hides itself", "null"],
  ["another port of this machine", "http://127.0.0.1:1"],
  ["our address over TLS", "https://127.0.0.1:$"],
  ["our address as its beginning", "http://127.0.0.1.evil.example:$"],
];

const port = () => new URL(server.http).port;
/** What has happened, but for the audit's notes of who was refused. */
const events = () =>
  inspect(server.config.databasePath, eventsIn)
    .map(({ kind }) => kind)
    .filter((kind) => kind !== "audit.noted");

async function ask(
  method: string,
  path: string,
  headers: Record<string, string>,
  [type, text] = bodies[0] ?? ["", ""],
) {
  // Bytes have no type of their own, so that none is sent unless it is named.
  const body = new TextEncoder().encode(text);
  const answer = await fetch(`${server.http}${path}`, {
    method,
    body,
    headers: { ...headers, ...(type === undefined ? {} : { "content-type": type }) },
    redirect: "manual",
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

describe("a request that may change something", () => {
  test.each(methods.flatMap((method) => foreign.map(([who, origin]) => [method, who, origin] as const)))(
    "%s from %s (%s) gets 403, whatever its type, with mira's cookie and without, and changes nothing",
    async (method, _, origin) => {
      const before = events();
      for (const route of routes) {
        for (const body of bodies) {
          for (const shown of [{ cookie }, {}]) {
            const headers = { origin: origin.replace("$", port()), ...shown } as Record<string, string>;
            const { status, text } = await ask(method, route, headers, body);
            expect([route, body[0], status]).toEqual([route, body[0], 403]);
            expect(JSON.parse(text)).toMatchObject({ code: "PERMISSION_DENIED" });
          }
        }
      }
      expect(events()).toEqual(before);
    },
  );

  test("from a foreign page gets 403 on every route there is", async () => {
    const before = events();
    expect(unsafe.length).toBeGreaterThan(routes.length);
    for (const { method, path } of unsafe) {
      for (const [, origin] of foreign) {
        const { status } = await ask(method, path, { cookie, origin: origin.replace("$", port()) });
        expect([method, path, origin, status]).toEqual([method, path, origin, 403]);
      }
    }
    expect(events()).toEqual(before);
  });

  test("the same from our own page goes on, to where its type is understood", async () => {
    const before = events().length;
    const origin = server.http;
    for (const body of bodies) {
      for (const route of routes) {
        // Each with a session of its own: signing in and out ends the one it comes with.
        const headers = { cookie: await signIn(server, "tomas"), origin };
        expect([route, body[0], (await ask("POST", route, headers, body)).status]).not.toContain(403);
      }
    }
    expect(events().slice(before)).toContain("message.posted");
    expect(events().slice(before)).toContain("session.ended");
  });

  test("a bearer from nowhere goes on, from elsewhere it does not", async () => {
    const authorization = `Bearer ${cookie.slice(cookie.indexOf("=") + 1)}`;
    const send = (headers: Record<string, string>) =>
      ask("POST", "/rooms/general/messages", { authorization, ...headers });
    expect((await send({})).status).toBe(201);
    expect((await send({ origin: "https://evil.example" })).status).toBe(403);
    expect((await send({ "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await send({ authorization: "Bearer forged" })).status).toBe(401);
  });
});

describe("Sec-Fetch-Site", () => {
  const post = (headers: Record<string, string>) => ask("POST", "/rooms/general/messages", headers);

  test.each([
    ["same-origin", 201],
    ["none", 201],
    ["same-site", 403],
    ["cross-site", 403],
    ["", 403],
    ["SAME-ORIGIN", 403],
    ["same-origin, cross-site", 403],
  ])('"%s" without an Origin gets %i', async (site, status) => {
    expect((await post({ cookie, "sec-fetch-site": site })).status).toBe(status);
  });

  test("no word of it helps a foreign Origin, and none is needed beside our own", async () => {
    for (const site of ["same-origin", "none", "same-site", "cross-site"]) {
      expect((await post({ cookie, "sec-fetch-site": site, origin: "https://evil.example" })).status).toBe(403);
    }
    expect((await post({ cookie, origin: server.http })).status).toBe(201);
  });

  test("a cookie without it and without an Origin gets 403", async () => {
    expect((await post({ cookie })).status).toBe(403);
    expect((await post({ cookie: "theme=dark" })).status).toBe(403);
    // Neither is a program's way: in development that is dev_user.
    expect((await post({})).status).toBe(201);
  });
});

test("a method in a header or a form is not the method", async () => {
  const before = events();
  for (const name of ["x-http-method-override", "x-http-method", "x-method-override"]) {
    const headers = { cookie, origin: "https://evil.example", [name]: "DELETE" };
    expect((await fetch(`${server.http}/employees/alice?_method=DELETE`, { headers })).status).toBe(200);
  }
  expect(events()).toEqual(before);
});

test("no answer lets a foreign page read it: not a page, not a refusal, not what browsers ask beforehand", async () => {
  const asked = { "access-control-request-method": "DELETE", "access-control-request-headers": "content-type" };
  for (const origin of ["https://evil.example", "null", server.http]) {
    for (const route of ["/", "/health", "/rooms/general", "/employees", "/nowhere", ...routes]) {
      for (const method of ["GET", "HEAD", "OPTIONS", "POST"]) {
        const headers = { cookie, origin, ...(method === "OPTIONS" ? asked : {}) };
        const answer = await fetch(`${server.http}${route}`, { method, headers, redirect: "manual" });
        const named = [...answer.headers.keys()].filter((name) => /^(access-control-|timing-allow-origin)/.test(name));
        expect([method, route, named]).toEqual([method, route, []]);
        expect(answer.headers.get("cross-origin-resource-policy")).toBe("same-origin");
      }
    }
  }
});
