import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let cookie: string;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" }, limits: { addressAttempts: 1e9 } });
  cookie = await signIn(server, "olga", "owner");
});
afterAll(() => server.stop());

const runs = { numRuns: 120 };

/** Bugs that the server logged: every answer that begins with a 5 is one. */
const bugs = () => server.logged.filter(({ level }) => level === "error");

async function ask(method: string, path: string, body?: BodyInit, type?: string): Promise<number> {
  const headers = { cookie, origin: server.http, ...(type !== undefined && { "content-type": type }) };
  const answer = await fetch(`${server.http}${path}`, {
    method,
    headers,
    redirect: "manual",
    ...(body !== undefined && { body }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

describe("JSON that is not what was asked for", () => {
  const open: [string, string][] = [
    ["POST", "/api/v1/sessions"],
    ["POST", "/api/v1/api-keys"],
    ["POST", "/api/v1/invitations"],
    ["POST", "/api/v1/members"],
    ["PATCH", "/api/v1/members/olga"],
  ];
  const shapes = [
    ...["null", "7", '"x"', "[]", "[{}]", "true", "{", "", '{"a":}', "{'a':1}", "\0", "{}{}"],
    '{"__proto__":{"name":"eve","role":"owner","permissions":["read"]}}',
    '{"constructor":{"prototype":{"name":"eve"}}}',
    `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
    `${'{"name":'.repeat(5_000)}1${"}".repeat(5_000)}`,
    '{"name":{"$gt":""},"password":{"$gt":""}}',
    '{"name":["eve"],"password":["x"],"permissions":"read","role":["owner"],"uses":"1"}',
    '{"name":"eve","password":"kestrel over moor","role":"system"}',
    '{"name":"eve","password":7,"role":null,"days":"7","uses":1e999}',
    '{"name":"\\ud800","password":"\\ud800","role":"owner ","permissions":[null]}',
    '{"uses":-1}',
    '{"days":0.5}',
    '{"rooms":["nowhere"]}',
    '{"rooms":[{"toString":"x"}]}',
    '{"role":"toString"}',
    '{"disabled":"yes"}',
  ];

  test.each(open)("%s %s refuses it", async (method, path) => {
    for (const body of shapes) {
      const status = await ask(method, path, body, "application/json");
      expect([path, body.slice(0, 60), status >= 400 && status < 500]).toEqual([path, body.slice(0, 60), true]);
    }
    expect(bugs()).toEqual([]);
  });

  test("of whatever kind never fails, and makes nobody anything", async () => {
    const key = fc.constantFrom(
      "name",
      "password",
      "role",
      "permissions",
      "rooms",
      "days",
      "uses",
      "note",
      "for",
      "disabled",
      "__proto__",
      "x",
    );
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom<unknown>(null, "owner", "read", "olga", -1, 1e21, [], {}),
    );
    const fields = fc.dictionary(key, value, { maxKeys: 5 }).map((given) => JSON.stringify({ ...given, x: 1 }));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...open), fields, async ([method, path], body) => {
        const status = await ask(method, path, body, "application/json");
        // A field that there is not is enough, whatever else is right.
        expect([path, body, status >= 400 && status < 500]).toEqual([path, body, true]);
      }),
      runs,
    );
    expect(bugs()).toEqual([]);
    const answer = await fetch(`${server.http}/api/v1/members`, { headers: { cookie } });
    const { members } = (await answer.json()) as { members: { name: string; kind: string }[] };
    expect(members.filter(({ kind }) => kind === "person").map(({ name }) => name)).toEqual(["olga"]);
  }, 20_000);
});

test("forms with fields of other kinds never fail", async () => {
  const form = fc.dictionary(
    fc.constantFrom(
      "name",
      "password",
      "role",
      "uses",
      "days",
      "rooms",
      "permissions",
      "for",
      "title",
      "current",
      "user_code",
      "decision",
      "method",
      "__proto__",
    ),
    fc.oneof(fc.string(), fc.constantFrom("owner", "read", "allow", "general", "1", "-1", "1e3", "١", "9".repeat(30))),
    { maxKeys: 5 },
  );
  const paths = [
    "/sign-in",
    "/setup/x",
    "/invitations/x",
    "/reset/x",
    "/invitations",
    "/auth/device",
    "/settings/keys",
    "/settings/profile",
    "/settings/keys/1/rotate",
    "/members/1/role",
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), form, async (path, fields) => {
      const wellFormed = Object.entries(fields).map(([name, value]) => [name, value.toWellFormed()]);
      const status = await ask("POST", path, new URLSearchParams(wellFormed));
      expect([path, JSON.stringify(fields), status < 500]).toEqual([path, JSON.stringify(fields), true]);
    }),
    runs,
  );
  expect(bugs()).toEqual([]);
}, 20_000);
