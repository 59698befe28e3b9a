import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import type { Permission } from "../../src/people/member.ts";
import { Client } from "../support/client.ts";
import { HandClock, second } from "../support/clock.ts";
import { openHouse } from "../support/house.ts";
import { startServer, type TestServer } from "../support/server.ts";

const clock = new HandClock();
const environment = { OPENCODE_API_KEY: "key-of-the-api", OPENCODE_ADMIN_KEY: "key-of-the-admins" };
const secretKey = "a key of the tests, 32 bytes long";
const secrets: Record<string, string> = {};
let server: TestServer;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-keys-"));
  {
    using house = openHouse({ path: join(folder, "parley.db"), clock });
    const [mira, alice] = [house.person("mira"), house.agent("alice")];
    const general = house.rooms.forReader(mira, "general");
    const cellar = await house.rooms.create(mira, "cellar", "", "private");
    const key = async (permissions: readonly Permission[], rooms: readonly number[] | null = null, of = mira) =>
      (
        await house.keys.create(of === mira ? mira : house.person("ada", "admin"), {
          ...{ name: "k", member: of, permissions, rooms, days: null },
        })
      ).secret;
    secrets.full = await key(["read", "write"]);
    secrets.readOnly = await key(["read"]);
    secrets.cellar = await key(["read", "write"], [cellar.id]);
    secrets.alice = await key(["read", "write"], [general.id], alice);
    secrets.session = await house.enter(mira);
  }
  const env = {
    OPENCODE_DEV_MODE: "false",
    OPENCODE_SAFE_MODE: "true",
    OPENCODE_SECRET_KEY: secretKey,
    ...environment,
  };
  secrets.jwt = await new SignJWT({ user_id: "mira", role: "developer" })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setExpirationTime(clock.now() / 1000 + 3_000)
    .sign(new TextEncoder().encode(secretKey));
  secrets.api = environment.OPENCODE_API_KEY;
  secrets.admin = environment.OPENCODE_ADMIN_KEY;
  server = await startServer({ folder, clock, env, limits: { addressAttempts: 10_000 } });
});
afterAll(() => server.stop());

const me = async (headers: Record<string, string>) => {
  const answer = await fetch(`${server.http}/api/v1/me`, { headers });
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into
  return { status: answer.status, body: (await answer.json()) as any };
};

/** The first answer to an auth frame, on a socket that was opened with these headers. */
async function auth(frame: Record<string, unknown>, headers: Record<string, string> = {}, query = "") {
  const client = await Client.open(`${server.ws}/ws${query}`, headers);
  client.send({ type: "auth", ...frame });
  return { client, answer: await client.until(() => client.frames[0], "an answer") };
}

/** The two headers in which a program may show a secret. */
const headersOf = (secret: string): Record<string, string>[] => [
  { authorization: `Bearer ${secret}` },
  { "x-api-key": secret },
];

describe.each([
  ["a key of hers", "full", "key", "mira"],
  ["a token signed with our key", "jwt", "token", "mira"],
  ["her session", "session", "session", "mira"],
  ["the key of the environment", "api", "environment", "api_user"],
  ["the admins' key of the environment", "admin", "environment", "admin_user"],
  ["a key of an agent", "alice", "key", "alice"],
])("%s", (_, kind, by, name) => {
  test("opens HTTP as a bearer and as X-API-Key", async () => {
    const secret = secrets[kind] ?? "";
    for (const headers of [...headersOf(secret), { authorization: `bearer  ${secret}` }])
      expect(await me(headers)).toMatchObject({ status: 200, body: { name, by } });
  });

  test("opens a socket at the upgrade by either, and whoever the frame says it is changes nothing", async () => {
    const secret = secrets[kind] ?? "";
    for (const headers of headersOf(secret)) {
      const { client, answer } = await auth({ data: { userId: "eve", role: "owner" } }, headers);
      expect(answer).toMatchObject({ type: "auth_response", data: { success: true, userId: name } });
      expect(JSON.stringify(answer)).not.toContain(secret);
      await client.close();
    }
  });

  test("opens a socket in the first frame, under every name a frame may give it", async () => {
    const secret = secrets[kind] ?? "";
    for (const fields of [
      { token: secret },
      { apiKey: secret },
      { api_key: secret },
      { sessionToken: secret },
      { session_token: secret },
    ]) {
      const { client, answer } = await auth({ data: fields });
      expect(answer).toMatchObject({ type: "auth_response", data: { success: true, userId: name } });
      await client.close();
    }
    for (const fields of [{ token: secret }, { api_key: secret }, { session_token: secret }]) {
      const { client, answer } = await auth({ user_id: "eve", ...fields });
      expect(answer).toMatchObject({ type: "auth_success", user_id: name });
      await client.close();
    }
  });
});

describe("a method that is named", () => {
  test.each([
    ["api_key", { apiKey: "full" }],
    ["token", { token: "jwt" }],
    ["jwt", { token: "jwt" }],
    ["session", { sessionToken: "session" }],
  ])("%s takes its credential from its own field", async (method, fields) => {
    const [[field, kind] = ["", ""]] = Object.entries(fields);
    const { answer } = await auth({ data: { method, [field]: secrets[kind] } });
    expect(answer.data).toMatchObject({ success: true, userId: "mira" });
    const { client, answer: none } = await auth({ data: { method, userId: "mira" } });
    expect(none.data).toMatchObject({ success: false, code: "AUTH_FAILED" });
    expect((await client.hasClosed()).code).toBe(1008);
  });
});

describe("what a key does not grant", () => {
  const bearer = (kind: string) => ({ authorization: `Bearer ${secrets[kind]}` });

  test("is refused on the socket, which stays open, and over HTTP", async () => {
    const { client, answer } = await auth({}, bearer("readOnly"));
    expect(answer.data.permissions).toEqual(["read"]);
    client.send({ type: "message", data: { text: "a word", clientId: "c1" } });
    expect((await client.next("error")).data).toMatchObject({ code: "PERMISSION_DENIED" });
    client.send({ type: "get_chat_history", data: {} });
    await client.next("chat_history");
    await client.close();
    const body = new URLSearchParams({ text: "a word" });
    const post = (kind: string) =>
      fetch(`${server.http}/rooms/general/messages`, { method: "POST", headers: bearer(kind), body });
    expect([(await post("readOnly")).status, (await post("full")).status]).toEqual([403, 201]);
  });

  test("are rooms it does not name: they do not exist for it, and for mira's other key they do", async () => {
    const history = async (kind: string, room: string) => {
      const { client } = await auth({}, bearer(kind));
      client.send({ type: "get_chat_history", data: { conversationId: room } });
      const frame = await client.until(() => client.frames[1], "an answer");
      await client.close();
      return frame.data.code ?? "shown";
    };
    expect([await history("cellar", "cellar"), await history("cellar", "general")]).toEqual(["shown", "NOT_FOUND"]);
    expect([await history("full", "cellar"), await history("alice", "cellar")]).toEqual(["shown", "NOT_FOUND"]);
  });

  test("is its holder's account: no key makes keys, ends sessions or sees them", async () => {
    const ask = (method: string, path: string, body?: unknown) =>
      fetch(`${server.http}${path}`, {
        method,
        headers: { ...bearer("full"), "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const answers = [
      await ask("POST", "/api/v1/api-keys", { name: "k", permissions: ["read"] }),
      await ask("GET", "/api/v1/api-keys"),
      await ask("GET", "/api/v1/sessions"),
      await ask("DELETE", "/api/v1/sessions"),
      await ask("POST", "/settings/password", { password: "kestrel over moor" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, expect.any(Number)]);
    expect(answers.at(-1)?.ok).toBe(false);
  });
});

describe("a ticket", () => {
  const issue = async (kind = "full") => {
    const headers = { authorization: `Bearer ${secrets[kind]}` };
    const answer = await fetch(`${server.http}/api/v1/tickets`, { method: "POST", headers });
    expect(answer.status).toBe(201);
    return (await answer.json()) as { ticket: string; expiresIn: number };
  };

  test("stands in the address of one socket, for thirty seconds, as whoever asked for it", async () => {
    const { ticket, expiresIn } = await issue("readOnly");
    expect(expiresIn).toBe(30);
    const { client, answer } = await auth({}, {}, `?ticket=${ticket}`);
    expect(answer.data).toMatchObject({ success: true, userId: "mira", permissions: ["read"] });
    await client.close();
    await expect(Client.open(`${server.ws}/ws?ticket=${ticket}`)).rejects.toThrow("no socket");
    const { ticket: late } = await issue();
    clock.advance(30 * second);
    await expect(Client.open(`${server.ws}/ws?ticket=${late}`)).rejects.toThrow("no socket");
  });

  test("is for those who showed who they are", async () => {
    expect((await fetch(`${server.http}/api/v1/tickets`, { method: "POST" })).status).toBe(401);
  });

  test("is the only secret that may stand in an address", async () => {
    for (const field of ["token", "apiKey", "api_key", "access_token", "session_token"]) {
      for (const kind of ["full", "jwt", "session"]) {
        const query = `?${field}=${secrets[kind]}`;
        expect((await fetch(`${server.http}/api/v1/me${query}`)).status).toBe(401);
      }
      const { client, answer } = await auth({ data: { userId: "mira" } }, {}, `?${field}=${secrets.full}`);
      expect(answer.data).toMatchObject({ success: false, code: "AUTH_FAILED" });
      await client.hasClosed();
    }
    expect((await me({ authorization: `Bearer ${(await issue()).ticket}` })).status).toBe(401);
  });
});

test("what is not accepted is 401 at the upgrade and over HTTP, and 1008 after the first frame", async () => {
  for (const secret of ["nothing", "ply_nothing", "a.b.c", `${secrets.full}x`, `x${secrets.jwt}`, "key-of-the-ap"]) {
    const headers = { authorization: `Bearer ${secret}` };
    const upgrade = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    };
    expect((await me(headers)).status).toBe(401);
    expect((await fetch(`${server.http}/ws`, { headers: { ...headers, ...upgrade } })).status).toBe(401);
    const { client, answer } = await auth({ data: { token: secret } });
    expect(answer.data).toMatchObject({ success: false, code: "AUTH_FAILED" });
    expect((await client.hasClosed()).code).toBe(1008);
  }
});

test("the list of keys names rooms as their making does", async () => {
  const listed = async (headers: Record<string, string>) => {
    const answer = await fetch(`${server.http}/api/v1/api-keys`, { headers });
    const { keys } = (await answer.json()) as { keys: { for: string; rooms: string[] | null }[] };
    return keys.map(({ for: owner, rooms }) => ({ owner, rooms }));
  };
  const mine = await listed({ cookie: `parley_session=${secrets.session}` });
  expect(mine).toContainEqual({ owner: "mira", rooms: null });
  expect(mine).toContainEqual({ owner: "mira", rooms: [expect.stringMatching(/^cellar~/)] });
});
