import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Client } from "../support/client.ts";
import { handshake } from "../support/handshake.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { waitFor } from "../support/round.ts";

setDefaultTimeout(20_000);

/** Stands in every secret that is planted here, at the doors of a server in which looking at one is a bug. */
const planted = "qmz4t7kestrel";
const secret = `fault:hash-${planted}`;

let server: ServerProcess;
beforeAll(async () => {
  server = await startProcess({
    entry: "test/support/sabotaged.ts",
    env: { OPENCODE_SAFE_MODE: "true", LOG_LEVEL: "debug" },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const bugs = () => server.bugs().length;
/** Everything it wrote, whatever it is. */
const written = () => JSON.stringify(server.logged);

async function ask(path: string, how: RequestInit = {}): Promise<Response> {
  const headers = { origin: server.http, accept: "text/html", ...(how.headers as object) };
  return fetch(server.http + path, { redirect: "manual", ...how, headers });
}

const json = (fields: object) => ({
  method: "POST",
  body: JSON.stringify(fields),
  headers: { "content-type": "application/json", accept: "application/json" },
});
const form = (fields: Record<string, string>) => ({ method: "POST", body: new URLSearchParams(fields) });

describe("a bug in the middle of a request is logged with its reference and its route, and without what was secret in it", () => {
  const inPath = encodeURIComponent(secret);
  const password = `fault:verify-${planted}`;
  test.each<[string, string, RequestInit, string]>([
    ["a set-up link", `/setup/${inPath}`, {}, "/setup/:code"],
    ["a set-up form", `/setup/${inPath}`, form({ name: "eve", password: planted }), "/setup/:code"],
    ["an invitation", `/invitations/${inPath}`, {}, "/invitations/:code"],
    ["an invitation's form", `/invitations/${inPath}`, form({ name: "eve", password: planted }), "/invitations/:code"],
    ["a reset link", `/reset/${inPath}`, {}, "/reset/:code"],
    ["a reset form", `/reset/${inPath}`, form({ password: planted }), "/reset/:code"],
    ["a question after a link", `/reset/${inPath}?${planted}=${planted}`, {}, "/reset/:code"],
    ["a bearer", "/api/v1/me", { headers: { authorization: `Bearer ${secret}` } }, ""],
    ["a key", "/api/v1/me", { headers: { "x-api-key": secret } }, ""],
    ["a cookie", "/settings", { headers: { cookie: `parley_session=${inPath}` } }, ""],
    ["a password", "/sign-in", form({ method: "password", name: "eve", password }), "/sign-in"],
    ["a password for a program", "/api/v1/sessions", json({ name: "eve", password }), "/api/v1/sessions"],
    ["a refresh token", "/api/auth/cli/refresh", json({ refresh_token: secret }), "/api/auth/cli/refresh"],
    ["a revoked token", "/api/auth/cli/revoke", json({ token: secret }), "/api/auth/cli/revoke"],
  ])("%s", async (_, path, how, route) => {
    const before = bugs();
    const answer = await ask(path, how);
    const body = await answer.text();
    expect(answer.status).toBe(500);
    await waitFor(() => bugs() > before, "a line in the log");
    const line = server.bugs().at(-1);
    const reference = /ref ([0-9a-f]{8})/.exec(body)?.[1];
    expect(line).toMatchObject({ event: "http.bug", reference });
    if (route) expect(line?.route).toBe(route);
    expect([body.includes(planted), written().includes(planted)]).toEqual([false, false]);
  });

  test("at an upgrade, and in a frame", async () => {
    for (const [lines, path] of [
      [[`Authorization: Bearer ${secret}`], "/ws"],
      [[`Cookie: parley_session=${inPath}`, `Origin: ${server.http}`], "/live"],
      [[], `/ws?ticket=${inPath}`],
    ] as const) {
      const before = bugs();
      expect((await handshake(server.http, lines, path)).status).toBe(500);
      await waitFor(() => bugs() > before, "a line in the log");
    }
    const eve = await Client.open(`${server.ws}/ws`);
    for (const fields of [{ token: secret }, { apiKey: secret }, { sessionToken: secret }])
      eve.send({ type: "auth", data: { userId: "eve", ...fields } });
    await waitFor(() => eve.ofType("error").length === 3, "an error each");
    expect(eve.texts.join()).not.toContain(planted);
    expect(written()).not.toContain(planted);
  });
});

test("whatever else is refused with a secret in it, none of it is logged", async () => {
  const asked = [
    ["/no-such-page/", {}],
    ["/setup/", {}],
    ["/rooms/", {}],
    ["/sign-in?token=", {}],
    ["/api/v1/sessions?", json({ name: planted, password: planted })],
    ["/sign-in?", form({ method: "password", name: planted, password: planted })],
    ["/api/v1/me?", { headers: { authorization: `Bearer ${planted}` } }],
    ["/ws?ticket=", {}],
  ] as const;
  for (const [path, how] of asked) expect((await ask(path + planted, how)).status).toBeLessThan(500);
  expect((await server.terminate()).code).toBe(0);
  expect(written()).not.toContain(planted);
});
