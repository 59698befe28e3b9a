import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { HandClock, second } from "../support/clock.ts";
import { openHouse } from "../support/house.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

const clock = new HandClock();
const grantType = "urn:ietf:params:oauth:grant-type:device_code";
let server: TestServer;
const cookies: Record<string, string> = {};
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-device-"));
  {
    using house = openHouse({ path: join(folder, "parley.db"), clock });
    for (const [name, role] of [
      ["mira", "developer"],
      ["vera", "viewer"],
    ] as const)
      cookies[name] = `parley_session=${await house.enter(house.person(name, role))}`;
  }
  const env = { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true" };
  server = await startServer({ folder, clock, env, limits: { addressAttempts: 10_000, devicesPerAddress: 1_000 } });
});
afterAll(() => server.stop());

type Fields = Record<string, unknown>;
interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into
  readonly body: any;
}

/** A request as a device sends it: JSON, or a form as OAuth libraries do. */
async function send(
  path: string,
  fields: Fields,
  as: "json" | "form" = "json",
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = as === "json" ? JSON.stringify(fields) : new URLSearchParams(fields as Record<string, string>);
  const type: Record<string, string> = as === "json" ? { "content-type": "application/json" } : {};
  const answer = await fetch(`${server.http}/api/auth${path}`, {
    method: "POST",
    body,
    headers: { ...type, ...headers },
  });
  return { status: answer.status, body: await answer.json() };
}

const authorize = async (scope = "chat") => (await send("/device/authorize", { client_id: "laptop", scope })).body;
const confirm = (code: string, name = "mira", as: "json" | "form" = "json") =>
  send("/device/confirm", { user_code: code }, as, { cookie: cookies[name] ?? "", origin: server.http });
const token = (code: string, as: "json" | "form" = "json") =>
  send("/device/token", { device_code: code, grant_type: grantType, client_id: "laptop" }, as);

/** Everything that a device has after mira said yes. */
async function signedIn(scope = "chat") {
  const { device_code, user_code } = await authorize(scope);
  await confirm(user_code);
  return (await token(device_code)).body as { access_token: string; refresh_token: string };
}
const me = async (secret: string): Promise<Answer> => {
  const answer = await fetch(`${server.http}/api/v1/me`, { headers: { authorization: `Bearer ${secret}` } });
  return { status: answer.status, body: await answer.json() };
};

describe.each(["json", "form"] as const)("device sign-in with %s bodies", (as) => {
  test("from asking to the tokens, in exactly these shapes", async () => {
    const asked = await send("/device/authorize", { client_id: "laptop", scope: "agent:manage" }, as);
    expect(asked.status).toBe(200);
    const { device_code, user_code } = asked.body;
    const uri = `${server.http.replace("127.0.0.1", "localhost")}/auth/device`;
    expect(asked.body).toEqual({
      device_code: expect.stringMatching(/^[\w-]{43}$/),
      user_code: expect.stringMatching(/^[B-Z]{4}-[B-Z]{4}$/),
      verification_uri: uri,
      verification_uri_complete: `${uri}?user_code=${user_code}`,
      expires_in: 600,
      interval: 5,
    });

    const waiting = await token(device_code, as);
    expect(waiting.status).toBe(400);
    expect(waiting.body).toMatchObject({ error: "authorization_pending", error_description: expect.any(String) });
    const early = await token(device_code, as);
    expect([early.status, early.body.error]).toEqual([400, "slow_down"]);

    const confirmed = await confirm(user_code, "mira", as);
    expect([confirmed.status, confirmed.body]).toEqual([200, { success: true, message: "laptop may act as mira." }]);

    clock.advance(5 * second);
    const given = await token(device_code, as);
    expect(given.status).toBe(200);
    expect(given.body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      refresh_token: expect.stringMatching(/^[\w-]{43}$/),
      token_type: "Bearer",
      expires_in: 3600,
      scope: "agent:manage",
    });
    const again = await token(device_code, as);
    expect([again.status, again.body.error]).toEqual([400, "invalid_grant"]);
  });

  test("the tokens say whose they are, are refreshed and are ended", async () => {
    const first = await signedIn();
    const valid = await send("/cli/validate", { access_token: first.access_token }, as);
    expect([valid.status, valid.body]).toEqual([
      200,
      { valid: true, user_id: "mira", scopes: ["chat"], expires_at: Math.floor(clock.now() / 1000) + 3600 },
    ]);
    const refreshed = await send(
      "/cli/refresh",
      { refresh_token: first.refresh_token, grant_type: "refresh_token" },
      as,
    );
    expect(refreshed.status).toBe(200);
    expect(shapeOf(refreshed.body)).toMatchObject({ access_token: "string", refresh_token: "string", scope: "string" });
    expect(refreshed.body).toMatchObject({ token_type: "Bearer", expires_in: 3600 });
    expect((await me(refreshed.body.access_token)).body).toMatchObject({ name: "mira", by: "grant" });
    const ended = await send("/cli/revoke", { token: refreshed.body.refresh_token }, as);
    expect([ended.status, ended.body]).toEqual([200, { success: true }]);
    expect((await send("/cli/validate", { access_token: refreshed.body.access_token }, as)).body).toEqual({
      valid: false,
    });
    expect((await me(refreshed.body.access_token)).status).toBe(401);
  });
});

describe("a device", () => {
  test("hears after ten minutes that its code is too old", async () => {
    const { device_code, user_code } = await authorize();
    clock.advance(600 * second);
    expect(await token(device_code)).toMatchObject({ status: 400, body: { error: "expired_token" } });
    expect((await confirm(user_code)).status).toBe(404);
  });

  test("that nobody confirmed has nothing, and mira's code is not confirmed by a stranger", async () => {
    const { device_code, user_code } = await authorize();
    expect((await send("/device/confirm", { user_code })).status).toBe(401);
    const foreign = { cookie: cookies.mira ?? "", origin: "https://evil.example" };
    expect((await send("/device/confirm", { user_code }, "form", foreign)).status).toBe(403);
    expect((await token(device_code)).body.error).toBe("authorization_pending");
  });

  test("is refused a scope that there is not, another grant type, and fields that are no strings", async () => {
    expect(await send("/device/authorize", { scope: "root" })).toMatchObject({
      status: 400,
      body: { code: "INVALID_MESSAGE" },
    });
    const wrong = await send("/device/token", { device_code: "x", grant_type: "password" });
    expect(wrong).toMatchObject({ status: 400, body: { error: "unsupported_grant_type" } });
    for (const fields of [{ device_code: 7 }, { device_code: ["a"] }, { device_code: "x".repeat(8_193) }, []])
      expect((await send("/device/token", fields as Fields)).status).toBe(400);
    for (const code of ["", "x", "__proto__"]) expect((await token(code)).body.error).toBe("invalid_grant");
    expect((await send("/device/token", {})).body.error).toBe("invalid_grant");
  });

  test("has no more than its person: vera may only read, whatever the device asked for", async () => {
    const { device_code, user_code } = await authorize("execute");
    await confirm(user_code, "vera");
    const { access_token } = (await token(device_code)).body;
    expect((await me(access_token)).body).toMatchObject({ name: "vera", permissions: ["read"] });
  });

  test("may not change the account, nor confirm other devices", async () => {
    const { access_token } = await signedIn("agent:manage");
    const { user_code } = await authorize();
    const headers = { authorization: `Bearer ${access_token}` };
    expect((await send("/device/confirm", { user_code }, "json", headers)).status).toBe(403);
    const key = JSON.stringify({ name: "k", permissions: ["read"] });
    const json = { ...headers, "content-type": "application/json" };
    expect((await fetch(`${server.http}/api/v1/api-keys`, { method: "POST", headers: json, body: key })).status).toBe(
      403,
    );
    expect((await fetch(`${server.http}/api/v1/sessions`, { headers })).status).toBe(403);
  });

  test("whose refresh token comes a second time is out, its open socket included", async () => {
    const { access_token, refresh_token } = await signedIn();
    const client = await Client.open(`${server.ws}/ws`, { authorization: `Bearer ${access_token}` });
    client.send({ type: "auth" });
    expect((await client.next("auth_response")).data).toMatchObject({ userId: "mira", permissions: ["read", "write"] });
    const next = (await send("/cli/refresh", { refresh_token })).body;
    const reused = await send("/cli/refresh", { refresh_token });
    expect(reused).toMatchObject({
      status: 400,
      body: { error: "invalid_grant", error_description: expect.any(String) },
    });
    expect((await client.hasClosed()).code).toBe(4401);
    expect(client.frames.at(-1)?.data).toMatchObject({ code: "SESSION_EXPIRED" });
    expect((await send("/cli/refresh", { refresh_token: next.refresh_token })).status).toBe(400);
    expect((await me(next.access_token)).status).toBe(401);
  });

  test("may show any token to have it ended, and an unknown one is as good as ended", async () => {
    const { access_token } = await signedIn();
    for (const each of ["nothing", access_token, access_token, ""])
      expect(await send("/cli/revoke", { token: each })).toEqual({ status: 200, body: { success: true } });
    expect((await me(access_token)).status).toBe(401);
    for (const each of ["nothing", "", "a.b.c"])
      expect((await send("/cli/validate", { access_token: each })).body).toEqual({ valid: false });
  });
});

test("the tokens live no longer than any may", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-device-"));
  const env = { PARLEY_JWT_MAX_MINUTES: "15", OPENCODE_SAFE_MODE: "true" };
  const short = await startServer({ folder, env });
  try {
    const post = async (path: string, fields: Fields) =>
      (
        await fetch(`${short.http}/api/auth${path}`, {
          method: "POST",
          body: JSON.stringify(fields),
          headers: { "content-type": "application/json" },
        })
      ).json();
    const { device_code, user_code } = (await post("/device/authorize", {})) as Record<string, string>;
    await post("/device/confirm", { user_code });
    const given = (await post("/device/token", { device_code })) as { access_token: string; expires_in: number };
    expect(given.expires_in).toBe(900);
    expect(await post("/cli/validate", { access_token: given.access_token })).toMatchObject({ valid: true });
  } finally {
    await short.stop();
  }
});
