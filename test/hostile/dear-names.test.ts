import { afterAll, beforeAll, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

/** Marks that have to be brought into their order before two spellings are one: 30,000 of them cost 15 s. */
const tower = `a${"\u0345".repeat(15_000)}${"\u0301".repeat(15_000)}`;

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_ALLOW_GUEST: "true" } });
});
afterAll(() => server.stop());

/** Milliseconds that this process, the server's, worked for something. */
async function workOf(act: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Without the bound each of these was thousands. */
const bearable = 1_000;

function form(fields: Record<string, string>): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  return body;
}

test.each([
  ["with a password", "/sign-in", { name: tower, password: "x", method: "password" }],
  ["by name", "/sign-in", { name: tower, role: "Developer" }],
] as const)("a stranger who signs in %s under 30,000 marks is refused at once", async (_how, path, fields) => {
  const spent = await workOf(async () => {
    const asked = { method: "POST", headers: { origin: server.http }, body: form(fields), redirect: "manual" } as const;
    expect((await fetch(server.http + path, asked)).status).toBe(400);
  });
  expect(spent).toBeLessThan(bearable);
});

test("so is a stranger on a socket", async () => {
  const stranger = await Client.open(`${server.ws}/ws`);
  const spent = await workOf(async () => {
    stranger.send({ type: "auth", data: { userId: tower, role: "user" } });
    expect((await stranger.next("error")).data.code).toBe("INVALID_MESSAGE");
  });
  expect(spent).toBeLessThan(bearable);
  await stranger.close();
});

test.each([
  ["a room", "/rooms", { name: tower }],
  ["an agent", "/agents", { name: tower, role: "developer" }],
  ["a member of a conversation", "/direct", { members: tower }],
] as const)("so is who calls %s so", async (_what, path, fields) => {
  const headers = { origin: server.http, cookie: await signIn(server, "mira") };
  const spent = await workOf(async () => {
    const asked = { method: "POST", headers, body: form(fields), redirect: "manual" } as const;
    expect((await fetch(server.http + path, asked)).status).toBeGreaterThanOrEqual(400);
  });
  expect(spent).toBeLessThan(bearable);
});
