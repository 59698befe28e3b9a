import { afterAll, beforeAll, expect, test } from "bun:test";
import { dirname } from "node:path";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
});
afterAll(() => server.stop());

interface Session {
  readonly id: number;
  readonly method: string;
  readonly device: string;
  readonly address: string;
  readonly createdAt: string;
  readonly seenAt: string;
  readonly expiresAt: string;
  readonly current: boolean;
}

async function enter(name: string, device: string): Promise<string> {
  const answer = await fetch(`${server.http}/sign-in`, {
    method: "POST",
    body: new URLSearchParams({ name, role: "Developer" }),
    headers: { origin: server.http, "user-agent": device },
    redirect: "manual",
  });
  return answer.headers.get("set-cookie")?.split(";")[0] ?? "";
}

async function sessions(cookie: string): Promise<Session[]> {
  const answer = await fetch(`${server.http}/api/v1/sessions`, { headers: { cookie } });
  return ((await answer.json()) as { sessions: Session[] }).sessions;
}

test("one's sessions are told with device, address and times, and which of them one asks with; nobody else's", async () => {
  const [phone, desk] = [await enter("mira", "a phone/1.0"), await enter("mira", "a desk/2.0")];
  await signIn(server, "tomas");
  const found = await sessions(desk);
  expect(found.map(({ device, address, method, current }) => ({ device, address, method, current }))).toEqual(
    expect.arrayContaining([
      { device: "a phone/1.0", address: "127.0.0.1", method: "development", current: false },
      { device: "a desk/2.0", address: "127.0.0.1", method: "development", current: true },
    ]),
  );
  expect(found).toHaveLength(2);
  for (const { createdAt, seenAt, expiresAt } of found) {
    for (const at of [createdAt, seenAt, expiresAt]) expect(at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.parse(createdAt));
  }
  expect((await sessions(phone)).find(({ current }) => current)?.device).toBe("a phone/1.0");
});

test("where a proxy is trusted the address is the one it tells", async () => {
  const closed = { OPENCODE_SAFE_MODE: "true", OPENCODE_DEV_MODE: "false" };
  const first = await startServer({ env: closed });
  const made = { name: "olga", password: "an old oak by the river" };
  await fetch(first.http + new URL(first.parley.setUpUrl ?? "").pathname, {
    method: "POST",
    body: new URLSearchParams(made),
    headers: { origin: first.http },
    redirect: "manual",
  });
  await first.parley.stop();
  const folder = dirname(first.config.databasePath);
  const behind = await startServer({ env: { ...closed, TRUSTED_PROXY: "127.0.0.1" }, folder });
  try {
    const headers = { "content-type": "application/json", "x-forwarded-for": "203.0.113.7", "user-agent": "far away" };
    const entered = await fetch(`${behind.http}/api/v1/sessions`, {
      method: "POST",
      headers,
      body: JSON.stringify(made),
    });
    const { token } = (await entered.json()) as { token: string };
    const told = await fetch(`${behind.http}/api/v1/sessions`, { headers: { authorization: `Bearer ${token}` } });
    const { sessions } = (await told.json()) as { sessions: Session[] };
    expect(sessions.find(({ current }) => current)).toMatchObject({ device: "far away", address: "203.0.113.7" });
  } finally {
    await behind.stop();
  }
});
