import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Sends one auth frame on a fresh socket and gives the first frame that comes back. */
async function authenticate(data: Record<string, unknown>, headers: Record<string, string> = {}) {
  const client = await Client.open(`${server.ws}/ws`, headers);
  client.send({ type: "auth", data });
  const answer = await client.until(() => client.frames[0], "an answer to auth");
  return { client, answer };
}

describe("auth in the camel dialect", () => {
  test("the first frame is auth_response, with every field the protocol names", async () => {
    const { answer } = await authenticate({ userId: "mira", role: "designer", subscribe: ["presence"] });
    expect(answer.type).toBe("auth_response");
    expect(shapeOf(answer.data)).toMatchObject({
      success: "boolean",
      userId: "string",
      sessionId: "string",
      agents: ["string"],
      role: "string",
      permissions: ["string"],
      seq: "integer",
      epoch: "string",
      expiresAt: "null",
    });
    expect(answer.data).toMatchObject({ success: true, userId: "mira", role: "designer" });
    // No session was made by it, so there is no token to show.
    expect(answer.data).not.toHaveProperty("sessionToken");
  });

  test("agents names the people who are connected and the agents, nobody else", async () => {
    await Client.camel(server.ws, "omar");
    const { answer } = await authenticate({ userId: "ana" });
    expect(answer.data.agents).toEqual(expect.arrayContaining(["omar", "ana", "alice", "bob", "charlie", "diana"]));
    expect(answer.data.agents).not.toContain("system");
    expect(answer.data.agents).not.toContain("zoe");
  });

  test("a missing or blank userId is MISSING_USER_ID and the socket stays open for another try", async () => {
    const { client, answer } = await authenticate({ role: "user" });
    expect(answer).toMatchObject({ type: "error", data: { code: "MISSING_USER_ID" } });
    client.send({ type: "auth", data: { userId: "   " } });
    await client.next("error", ({ data }) => data.code === "MISSING_USER_ID");
    client.send({ type: "auth", data: { userId: "mira" } });
    expect((await client.next("auth_response")).data.success).toBe(true);
  });

  test.each([
    ["a token", { token: "abc" }],
    ["an API key", { apiKey: "abc" }],
    ["a session token", { sessionToken: "abc" }],
    ["a method that is not open", { method: "guest" }],
    ["an unknown method", { method: "retina" }],
    ["the method session without a token", { method: "session" }],
  ])("%s that is not accepted gets success:false and then 1008", async (_, credential) => {
    const { client, answer } = await authenticate({ userId: "mira", ...credential });
    expect(answer).toMatchObject({ type: "auth_response", data: { success: false, code: "AUTH_FAILED" } });
    expect(answer.data.message).toBeString();
    expect((await client.hasClosed()).code).toBe(1008);
  });

  test("a method that is named decides, whatever else was given", async () => {
    for (const credential of [{ token: "abc" }, { apiKey: "abc" }, { sessionToken: "abc" }]) {
      const { answer } = await authenticate({ userId: "mira", method: "development", ...credential });
      expect(answer.data).toMatchObject({ success: true, userId: "mira" });
    }
    const cookie = await signIn(server, "Jun");
    const sessionToken = cookie.slice(cookie.indexOf("=") + 1);
    const { answer } = await authenticate({ method: "session", sessionToken });
    expect(answer.data).toMatchObject({ success: true, userId: "Jun" });
  });

  test("a role is echoed as a title; user, designer, tester and manager have a developer's rights", async () => {
    const rights = async (role: string) => {
      const { client, answer } = await authenticate({ userId: `rights-${role}`, role });
      await client.close();
      expect(answer.data.role).toBe(role);
      return answer.data.permissions;
    };
    const developer = await rights("developer");
    for (const role of ["user", "designer", "tester", "manager", "Astronaut"])
      expect(await rights(role)).toEqual(developer);
    expect(developer).toContain("manage_tasks");
    expect(developer).not.toContain("manage_users");
    expect(await rights("viewer")).toEqual(["read"]);
    // By one's own word, because this is development mode.
    expect(await rights("owner")).toContain("manage_system");
    expect(await rights("admin")).toContain("manage_system");
  });

  test("a session shown at the upgrade gives the identity: auth is still sent, and its userId changes nothing", async () => {
    const cookie = await signIn(server, "Jun");
    const bearer = cookie.slice(cookie.indexOf("=") + 1);
    const byCookie = await authenticate({}, { cookie, origin: server.http });
    const byBearer = await authenticate({ userId: "eve" }, { authorization: `Bearer ${bearer}` });
    const byToken = await authenticate({ sessionToken: bearer });
    for (const { answer } of [byCookie, byBearer, byToken]) {
      expect(answer).toMatchObject({ type: "auth_response", data: { success: true, userId: "Jun" } });
      expect(shapeOf(answer.data)).toMatchObject({ expiresAt: "time", sessionId: "string" });
      expect(JSON.stringify(answer)).not.toContain(bearer);
    }
  });

  test("auth again on the same socket repeats the answer, and may not turn it into somebody else", async () => {
    const client = await Client.camel(server.ws, "mira");
    client.send({ type: "auth", data: { userId: "mira" } });
    expect((await client.next("auth_response")).data).toMatchObject({ success: true, userId: "mira" });
    client.send({ type: "auth", data: { userId: "eve" } });
    expect((await client.next("error")).data.code).toBe("CONFLICT");
    expect((await client.say("still me")).data.sender).toBe("mira");
  });

  test("once it is somebody's, a socket keeps its dialect, whatever fields its frames carry", async () => {
    const client = await Client.camel(server.ws, "mira");
    client.send({ type: "message", user_id: "mira", text: "written by an older client" });
    await client.next("message", ({ data }) => data.text === "written by an older client");
    client.send({ type: "dance", user_id: "mira" });
    expect((await client.next("error")).data.code).toBe("UNKNOWN_MESSAGE_TYPE");
  });

  test("a topic of auth's subscribe that does not exist costs that topic, not the others and not the connection", async () => {
    const { client, answer } = await authenticate({ userId: "lena", subscribe: ["gossip", "room:cellar", "typing"] });
    expect(answer.data.success).toBe(true);
    expect((await client.next("error")).data).toMatchObject({ code: "INVALID_MESSAGE" });
    await client.say("here I am");
    const omar = await Client.camel(server.ws, "omar");
    omar.send({ type: "typing", data: { isTyping: true } });
    expect((await client.next("typing")).data.userId).toBe("omar");
  });

  test("too many topics are refused, and what a socket always hears stays", async () => {
    const { client } = await authenticate({ userId: "lena", subscribe: Array(128).fill("room:general") });
    expect((await client.next("error")).data.code).toBe("CONFLICT");
    await client.say("here I am");
  });

  test("a socket says nothing before it was spoken to, and a frame before auth is NOT_AUTHENTICATED", async () => {
    const client = await Client.open(`${server.ws}/ws`);
    client.send({ type: "message", data: { text: "let me in", clientId: "c1" } });
    await client.settled();
    const [first] = client.frames;
    expect(first).toMatchObject({ type: "error", data: { code: "NOT_AUTHENTICATED", clientId: "c1" } });
    expect(client.ofType("message")).toEqual([]);
    client.send({ type: "auth", data: { userId: "mira" } });
    await client.next("auth_response");
  });
});
