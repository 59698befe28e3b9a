import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SignJWT } from "jose";
import { Client, type Frame } from "../support/client.ts";
import { HandClock, second } from "../support/clock.ts";
import { startServer, type TestServer } from "../support/server.ts";

const clock = new HandClock();
const secret = "a key of the tests, 32 bytes long";
let server: TestServer;
beforeAll(async () => {
  const env = { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true", OPENCODE_SECRET_KEY: secret };
  server = await startServer({ clock, env, limits: { expiryCheckMs: 10, addressAttempts: 10_000 } });
});
afterAll(() => server.stop());

const tokenOf = (name: string, seconds: number, claims: Record<string, unknown> = {}) =>
  new SignJWT({ user_id: name, role: "developer", ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(Math.floor(clock.now() / 1000) + seconds)
    .sign(new TextEncoder().encode(secret));
const iso = (ms: number) => new Date(ms).toISOString();

/** How each dialect signs in, is refreshed, and says what was wrong. */
const dialects = {
  camel: {
    open: async (token: string) => {
      const client = await Client.open(`${server.ws}/ws`);
      client.send({ type: "auth", data: { token } });
      return client;
    },
    refresh: (token: unknown) => ({ type: "refresh_token", data: { token } }),
    welcome: "auth_response",
    refusal: "error",
    said: "message",
  },
  classic: {
    open: async (token: string) => {
      const client = await Client.open(`${server.ws}/`);
      client.send({ type: "auth", user_id: "ignored when a token is shown", token });
      return client;
    },
    refresh: (token: unknown) => ({ type: "refresh_token", token }),
    welcome: "auth_success",
    refusal: "notice",
    said: "chat_message",
  },
} as const;

describe.each(["camel", "classic"] as const)("a token that is running out, in the %s dialect", (name) => {
  const { open, refresh, welcome, refusal, said } = dialects[name];

  async function mira(seconds = 60): Promise<{ client: Client; first: Frame }> {
    const client = await open(await tokenOf("mira", seconds));
    return { client, first: await client.next(welcome) };
  }

  test("is followed by the next on the same socket, which outlives the time of the first", async () => {
    const { client, first } = await mira(60);
    const later = await tokenOf("mira", 600);
    client.send(refresh(later));
    const again = await client.next(welcome);
    if (name === "camel") {
      expect(first.data.expiresAt).toBe(iso(clock.now() + 60 * second));
      expect(again.data).toMatchObject({ success: true, userId: "mira", expiresAt: iso(clock.now() + 600 * second) });
      expect(again.data.sessionId).toBe(first.data.sessionId);
    } else expect(again).toMatchObject({ user_id: "mira", session_id: first.session_id });
    expect(JSON.stringify(client.frames)).not.toContain(later);
    clock.advance(120 * second);
    const echo = await client.say("still here");
    expect(echo.type).toBe(said);
    clock.advance(480 * second);
    expect((await client.hasClosed()).code).toBe(4401);
  });

  test.each([
    ["one that is none", () => "nonsense"],
    ["one that is over", () => tokenOf("mira", -61)],
    ["one that lives too long", () => tokenOf("mira", 86_400)],
    ["a key that is none", () => "ply_nothing"],
  ])("stays with what it has when the next is %s", async (_, wrong) => {
    const { client } = await mira(60);
    client.send(refresh(await wrong()));
    const told = await client.next(refusal);
    expect(told.data.code).toBe("AUTH_FAILED");
    expect(told.data.message).toBeString();
    await client.say("still here");
    clock.advance(60 * second);
    expect((await client.hasClosed()).code).toBe(4401);
  });

  test("is not followed by somebody else's: CONFLICT, and it is still mira's", async () => {
    const { client } = await mira();
    client.send(refresh(await tokenOf("tomas", 600)));
    const told = await client.next(refusal);
    expect(told.data).toMatchObject({ code: "CONFLICT", message: "That token is not mira's." });
    expect((await client.say("still me")).data.sender).toBe("mira");
    await client.close();
  });

  test("may be followed by one that grants less, and from then on less is granted", async () => {
    const { client } = await mira();
    client.send(refresh(await tokenOf("mira", 60, { permissions: ["read"] })));
    await client.next(welcome);
    client.send(
      name === "camel" ? { type: "message", data: { text: "a word" } } : { type: "chat_message", text: "a word" },
    );
    expect((await client.next(refusal)).data.code).toBe("PERMISSION_DENIED");
    await client.close();
  });

  test("needs a token in the frame", async () => {
    const { client } = await mira();
    for (const token of ["", 7, null, "x".repeat(8_193)]) {
      client.send(refresh(token));
      expect((await client.next(refusal)).data.code).toBe("INVALID_MESSAGE");
    }
    await client.close();
  });
});

test("before a socket is anybody's there is nothing to refresh", async () => {
  const client = await Client.open(`${server.ws}/ws`);
  client.send({ type: "refresh_token", data: { token: await tokenOf("mira", 60) } });
  expect((await client.next("error")).data.code).toBe("NOT_AUTHENTICATED");
  await client.close();
});
