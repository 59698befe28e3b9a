import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ownedFolder } from "../support/owned.ts";
import { startServer, type TestServer } from "../support/server.ts";

const app = "https://app.example.org";
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true", ALLOWED_ORIGINS: app } });
});
afterAll(() => server.stop());

function preflight(origin: string): Promise<Response> {
  const asks = { "access-control-request-method": "POST", "access-control-request-headers": "authorization" };
  return fetch(`${server.http}/api/v1/rooms`, { method: "OPTIONS", headers: { origin, ...asks } });
}

function corsHeaders({ headers }: Response): string[] {
  return [...headers.keys()].filter((name) => name.startsWith("access-control-"));
}

describe("an origin that is configured", () => {
  test("may ask before it sends, and its pages may read the answer", async () => {
    const { status, headers } = await preflight(app);
    expect([status, headers.get("access-control-allow-origin")]).toEqual([204, app]);
    expect(headers.get("access-control-allow-headers")?.toLowerCase()).toContain("authorization");
    const answer = await fetch(`${server.http}/api/v1/rooms`, { headers: { origin: app } });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, app]);
  });
});

describe("any other origin", () => {
  test.each(["https://evil.example", `${app}.evil.example`, "https://app.example.org:444", "null"])(
    "%s hears nothing of it, on no answer at all",
    async (origin) => {
      const answers = [await preflight(origin), await fetch(`${server.http}/api/v1/rooms`, { headers: { origin } })];
      for (const answer of answers) expect(corsHeaders(answer).filter((name) => name.endsWith("origin"))).toEqual([]);
      expect(answers[0]?.status).toBe(403);
    },
  );
});

test("without configured origins no answer speaks of any", async () => {
  const closed = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
  try {
    for (const origin of [app, closed.http])
      expect(corsHeaders(await fetch(`${closed.http}/health`, { headers: { origin } }))).toEqual([]);
  } finally {
    await closed.stop();
  }
});

test("where people come over TLS, browsers are told to stay with it, and the cookie is bound to the host", async () => {
  const behind = await startServer({
    folder: await ownedFolder(),
    env: { OPENCODE_DEV_MODE: "false", OPENCODE_ALLOW_GUEST: "true", PUBLIC_URL: "https://chat.example.org" },
  });
  try {
    const { headers } = await fetch(`${behind.http}/sign-in`);
    expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
    const answer = await fetch(`${behind.http}/sign-in`, {
      method: "POST",
      body: new URLSearchParams({ name: "mira", role: "Developer" }),
      headers: { origin: "https://chat.example.org" },
      redirect: "manual",
    });
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^__Host-parley_session=[\w-]{43};/);
    for (const part of ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"]) expect(cookie).toContain(part);
    expect(cookie).not.toContain("Domain");
    const room = (name: string) =>
      fetch(`${behind.http}/rooms/general`, {
        headers: { cookie: cookie.split(";")[0]?.replace(/^[^=]+/, name) ?? "" },
        redirect: "manual",
      });
    expect((await room("__Host-parley_session")).status).toBe(200);
    expect((await room("parley_session")).status).toBe(303);
  } finally {
    await behind.stop();
  }
});
