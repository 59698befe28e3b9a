import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    env: { OPENCODE_DEV_MODE: "false", OPENCODE_ALLOW_GUEST: "true", OPENCODE_SAFE_MODE: "true" },
  });
});
afterAll(() => server.stop());

async function auth(frame: Record<string, unknown>): Promise<{ client: Client; answer: Frame }> {
  const client = await Client.open(`${server.ws}/ws`);
  client.send({ type: "auth", ...frame });
  return { client, answer: await client.until(() => client.frames[0], "an answer") };
}

describe("a guest's session", () => {
  test("is made by coming in, its token told once, and opens the same guest's sockets again", async () => {
    const { client, answer } = await auth({ data: { userId: "gil", method: "guest" } });
    const { sessionToken, sessionId, expiresAt } = answer.data;
    expect(sessionToken).toMatch(/^[\w-]{43}$/);
    expect(sessionId).toMatch(/^session-\d+$/);
    expect(expiresAt).toMatch(/^\d{4}-.*Z$/);
    client.send({ type: "auth", data: { userId: "gil" } });
    const repeated = await client.next("auth_response", (frame) => frame !== answer);
    expect(repeated.data).not.toHaveProperty("sessionToken");
    await client.close();

    const { client: again, answer: resumed } = await auth({ data: { method: "session", sessionToken } });
    expect(resumed.data).toMatchObject({ success: true, userId: "gil", role: "guest", sessionId, expiresAt });
    expect(resumed.data).not.toHaveProperty("sessionToken");
    await again.say("back again");
    await again.close();
  });

  test("is the same in the classic dialect", async () => {
    const { client, answer } = await auth({ user_id: "gus" });
    expect(answer).toMatchObject({ type: "auth_success", user_id: "gus" });
    expect(answer.session_token).toMatch(/^[\w-]{43}$/);
    await client.close();
    const { client: again, answer: resumed } = await auth({ user_id: "gus", session_token: answer.session_token });
    expect(resumed).toMatchObject({ type: "auth_success", user_id: "gus", session_id: answer.session_id });
    expect(resumed).not.toHaveProperty("session_token");
    await again.close();
  });

  test("keeps a guest who was given a name", async () => {
    const { answer } = await auth({ data: {} });
    expect(answer.data.userId).toMatch(/^guest-[0-9a-f]{8}$/);
    const { answer: resumed } = await auth({ data: { method: "session", sessionToken: answer.data.sessionToken } });
    expect(resumed.data.userId).toBe(answer.data.userId);
  });

  test("opens the page and HTTP as a bearer, and nothing once it is ended", async () => {
    const { client, answer } = await auth({ data: { userId: "ginny" } });
    const headers = { authorization: `Bearer ${answer.data.sessionToken}` };
    const me = () => fetch(`${server.http}/api/v1/me`, { headers });
    expect(await (await me()).json()).toMatchObject({ name: "ginny", by: "session", permissions: ["read", "write"] });
    const id = String(answer.data.sessionId).replace("session-", "");
    expect((await fetch(`${server.http}/api/v1/sessions/${id}`, { method: "DELETE", headers })).status).toBe(200);
    expect((await client.hasClosed()).code).toBe(4401);
    expect((await me()).status).toBe(401);
    const { client: again, answer: resumed } = await auth({
      data: { method: "session", sessionToken: answer.data.sessionToken },
    });
    expect(resumed.data).toMatchObject({ success: false, code: "AUTH_FAILED" });
    expect((await again.hasClosed()).code).toBe(1008);
  });

  test("of somebody else is not ended by a guest who knows its number", async () => {
    const [one, other] = [await auth({ data: { userId: "greta" } }), await auth({ data: { userId: "gero" } })];
    const id = String(one.answer.data.sessionId).replace("session-", "");
    const headers = { authorization: `Bearer ${other.answer.data.sessionToken}` };
    const ended = async (session: string) => {
      const answer = await fetch(`${server.http}/api/v1/sessions/${session}`, { method: "DELETE", headers });
      return { status: answer.status, body: await answer.text() };
    };
    expect((await ended(id)).status).toBe(403);
    expect(await ended(id)).toEqual(await ended("999999"));
    await one.client.say("still here");
    await one.client.close();
    await other.client.close();
  });
});
