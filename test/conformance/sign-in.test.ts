import { describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { signIn, type TestServer, withServer } from "../support/server.ts";

const modes = {
  development: { OPENCODE_DEV_MODE: "true" },
  guest: { OPENCODE_DEV_MODE: "false", OPENCODE_ALLOW_GUEST: "true" },
  closed: { OPENCODE_DEV_MODE: "false", OPENCODE_ALLOW_GUEST: "false" },
};

const inMode = (mode: keyof typeof modes, act: (server: TestServer) => Promise<void>) =>
  withServer({ env: { ...modes[mode], OPENCODE_SAFE_MODE: "true" } }, act);

/** The sign-in form, sent as a browser sends it from `origin`. */
function submit({ http }: TestServer, fields: Record<string, string>, origin = http): Promise<Response> {
  const body = new URLSearchParams(fields);
  return fetch(`${http}/sign-in`, { method: "POST", body, headers: { origin }, redirect: "manual" });
}

/** The answer to an auth frame, and the close code if the socket was closed after it. */
async function authenticate({ ws }: TestServer, data: Record<string, unknown>) {
  const client = await Client.open(`${ws}/ws`);
  client.send({ type: "auth", data });
  return { client, answer: await client.until(() => client.frames[0], "an answer") };
}

describe("development mode", () => {
  test("the page asks for a user id and a role, and lets anybody in under any name", async () => {
    await inMode("development", async (server) => {
      const page = await fetch(`${server.http}/sign-in`);
      expect(page.status).toBe(200);
      const html = await page.text();
      for (const part of ['name="name"', 'name="role"', ">Developer<", ">Manager<", "Development mode"])
        expect(html).toContain(part);
      const answer = await submit(server, { name: "mira", role: "Designer" });
      expect(answer.status).toBe(303);
      expect(answer.headers.get("location")).toBe("/");
      expect(answer.headers.get("set-cookie")).toMatch(/^parley_session=[\w-]{43};.*HttpOnly.*SameSite=Lax/);
    });
  });

  test("a name that nobody may have is refused on the page, with what was typed", async () => {
    await inMode("development", async (server) => {
      const answer = await submit(server, { name: "team<b>", role: "Developer" });
      expect(answer.status).toBe(422);
      expect(answer.headers.get("set-cookie")).toBeNull();
      expect(await answer.text()).toContain("team&lt;b&gt;");
    });
  });

  test("a foreign page cannot drive it", async () => {
    await inMode("development", async (server) => {
      expect((await submit(server, { name: "mira" }, "https://evil.example")).status).toBe(403);
      expect((await submit(server, { name: "mira" }, "null")).status).toBe(403);
    });
  });

  test("signing out ends the session, and the cookie opens nothing any more", async () => {
    await inMode("development", async (server) => {
      const cookie = await signIn(server, "mira");
      const headers = { cookie, origin: server.http };
      const room = () => fetch(`${server.http}/rooms/general`, { headers, redirect: "manual" });
      expect((await room()).status).toBe(200);
      await fetch(`${server.http}/sign-out`, { method: "POST", headers, redirect: "manual" });
      expect((await room()).headers.get("location")).toBe("/sign-in?over=1&next=%2Frooms%2Fgeneral");
      expect((await (await Client.open(`${server.ws}/live`, headers)).hasClosed()).code).toBe(4401);
    });
  });

  test("without a method a name is enough; the method development says the same", async () => {
    await inMode("development", async (server) => {
      for (const method of [undefined, "development"])
        expect((await authenticate(server, { userId: "mira", method })).answer.data.success).toBe(true);
    });
  });
});

describe("guest mode", () => {
  test("the page asks for a name and no role, and the guest may read and write, nothing more", async () => {
    await inMode("guest", async (server) => {
      const html = await (await fetch(`${server.http}/sign-in`)).text();
      expect(html).toContain("Enter as a guest");
      expect(html).not.toContain('name="role"');
      const cookie = await signIn(server, "gus", "owner");
      const headers = { cookie, origin: server.http };
      const say = new URLSearchParams({ text: "hello" });
      const post = (path: string, body: URLSearchParams) =>
        fetch(`${server.http}${path}`, { method: "POST", body, headers, redirect: "manual" });
      expect((await post("/rooms/general/messages", say)).status).toBe(201);
      expect((await post("/rooms", new URLSearchParams({ name: "cellar" }))).status).toBe(403);
    });
  });

  test.each([undefined, "guest"])("over JSON, method %s: a guest, whatever role was claimed", async (method) => {
    await inMode("guest", async (server) => {
      const { answer } = await authenticate(server, { userId: "gus", role: "owner", method });
      expect(answer.data).toMatchObject({ success: true, userId: "gus", role: "guest" });
      expect(answer.data.permissions).toEqual(["read", "write"]);
    });
  });

  test("a guest without a name is given one; guestId is one", async () => {
    await inMode("guest", async (server) => {
      const { answer } = await authenticate(server, {});
      expect(answer.data.userId).toMatch(/^guest-/);
      const named = await authenticate(server, { method: "guest", guestId: "gus" });
      expect(named.answer.data.userId).toBe("gus");
    });
  });

  test("development is off: AUTH_FAILED and 1008", async () => {
    await inMode("guest", async (server) => {
      const { client, answer } = await authenticate(server, { userId: "mira", method: "development" });
      expect(answer.data).toMatchObject({ success: false, code: "AUTH_FAILED" });
      expect((await client.hasClosed()).code).toBe(1008);
    });
  });
});

describe("closed", () => {
  test("the page says that there is no owner and what to do, and takes nobody", async () => {
    await inMode("closed", async (server) => {
      const page = await fetch(`${server.http}/sign-in`);
      expect(await page.text()).toContain("parley user add NAME --role owner");
      const answer = await submit(server, { name: "mira" });
      expect(answer.status).toBe(401);
      expect(answer.headers.get("set-cookie")).toBeNull();
    });
  });

  test.each([undefined, "guest", "development"])("over JSON, method %s: AUTH_FAILED and 1008", async (method) => {
    await inMode("closed", async (server) => {
      const { client, answer } = await authenticate(server, { userId: "mira", method });
      expect(answer.data).toMatchObject({ success: false, code: "AUTH_FAILED" });
      expect((await client.hasClosed()).code).toBe(1008);
    });
  });

  test("programs without an identity get 401 on what development mode opens to them", async () => {
    await inMode("closed", async ({ http }) => {
      for (const path of ["/employees", "/agents", "/communication/info", "/websocket/users"]) {
        const answer = await fetch(`${http}${path}`);
        expect(answer.status).toBe(401);
        expect(await answer.json()).toMatchObject({ code: "NOT_AUTHENTICATED" });
      }
      const body = JSON.stringify({ name: "erin", role: "developer" });
      const headers = { "content-type": "application/json" };
      expect((await fetch(`${http}/employees`, { method: "POST", body, headers })).status).toBe(401);
      expect((await fetch(`${http}/employees/alice`, { method: "DELETE" })).status).toBe(401);
    });
  });
});
