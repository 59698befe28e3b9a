import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SignJWT } from "jose";
import { readWhereabouts } from "../../src/whereabouts.ts";
import { Client } from "../support/client.ts";
import { ownedFolder } from "../support/owned.ts";
import { startServer, type TestServer } from "../support/server.ts";

const secret = "a key of the tests, 32 bytes long";
let server: TestServer;
beforeAll(async () => {
  const env = {
    OPENCODE_DEV_MODE: "false",
    OPENCODE_SAFE_MODE: "true",
    OPENCODE_SECRET_KEY: secret,
    TRUSTED_PROXY: "127.0.0.1",
  };
  server = await startServer({ folder: await ownedFolder(), env, limits: { addressAttempts: 10_000 } });
});
afterAll(() => server.stop());

/** A token as commands of this machine make it, for one request. */
const operator = (path = "/api/v1/invitations", method = "GET") =>
  new SignJWT({ operator: true, run: readWhereabouts(server.config.databasePath)?.run, method, path })
    .setProtectedHeader({ alg: "HS256" })
    .setJti(crypto.randomUUID())
    .setExpirationTime("5m")
    .sign(new TextEncoder().encode(secret));

/** What the operator's token gets from a client at this address, as the proxy in front tells it. */
async function from(forwarded: string | undefined): Promise<number> {
  const headers: Record<string, string> = { authorization: `Bearer ${await operator()}` };
  if (forwarded !== undefined) headers["x-forwarded-for"] = forwarded;
  return (await fetch(`${server.http}/api/v1/invitations`, { headers })).status;
}

describe("the operator's token", () => {
  test("works on this machine", async () => {
    expect(await from(undefined)).toBe(200);
  });

  test("works for one request, and that once", async () => {
    const token = await operator();
    const show = async (path: string, method = "GET") =>
      (await fetch(server.http + path, { method, headers: { authorization: `Bearer ${token}` } })).status;
    expect(await show("/api/v1/audit")).toBe(401);
    expect(await show("/api/v1/invitations?x=1")).toBe(401);
    expect(await show("/api/v1/invitations", "POST")).toBe(401);
    expect([await show("/api/v1/invitations"), await show("/api/v1/invitations")]).toEqual([200, 401]);
  });

  test("opens no socket, also on this machine", async () => {
    const headers = { authorization: `Bearer ${await operator("/ws")}` };
    await expect(Client.open(`${server.ws}/ws`, headers)).rejects.toThrow("no socket");
    const client = await Client.open(`${server.ws}/ws`);
    client.send({ type: "auth", data: { token: await operator("/ws") } });
    expect((await client.next("auth_response")).data).toMatchObject({ success: false, code: "AUTH_FAILED" });
    await client.hasClosed();
  });

  test.each([
    "203.0.113.9",
    "127.0.0.1, 203.0.113.9",
    "::1, 203.0.113.9",
    "10.0.0.1",
    "2001:db8::1",
    "::ffff:203.0.113.9",
    "garbage",
    "",
    "127.0.0.1",
    "127.5.5.5",
    "::1",
  ])("works for nobody who comes through the proxy from elsewhere: %s", async (forwarded) => {
    expect(await from(forwarded)).toBe(401);
    const headers = { authorization: `Bearer ${await operator()}`, "x-forwarded-for": forwarded };
    await expect(Client.open(`${server.ws}/ws`, headers)).rejects.toThrow("no socket");
  });

  test("nor in the first frame of a socket that came through it", async () => {
    const client = await Client.open(`${server.ws}/ws`, { "x-forwarded-for": "203.0.113.9" });
    client.send({ type: "auth", data: { token: await operator() } });
    expect((await client.next("auth_response")).data).toMatchObject({ success: false, code: "AUTH_FAILED" });
    expect((await client.hasClosed()).code).toBe(1008);
  });

  test("is a word that only true makes", async () => {
    for (const word of ["true", 1, {}, ["true"]]) {
      const token = await new SignJWT({ operator: word })
        .setProtectedHeader({ alg: "HS256" })
        .setExpirationTime("5m")
        .sign(new TextEncoder().encode(secret));
      const answer = await fetch(`${server.http}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } });
      expect(answer.status).toBe(401);
    }
  });
});
