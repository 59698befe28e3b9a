import { afterAll, beforeAll, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
});
afterAll(() => server.stop());

/** Frames and topics of later versions: refused by name until then, never the end of a socket. */
test.each([
  ["react", { id: 1, emoji: "👍" }, "UNKNOWN_MESSAGE_TYPE"],
  ["mark_read", { id: 1 }, "UNKNOWN_MESSAGE_TYPE"],
  ["subscribe", { topics: ["terminal:7"] }, "INVALID_MESSAGE"],
])("%s %j is refused in both dialects and the socket stays open", async (type, data, code) => {
  const mira = await Client.camel(server.ws, "mira");
  const omar = await Client.classic(server.ws, "omar");
  mira.send({ type, data });
  omar.send({ type, ...data });
  expect((await mira.next("error")).data.code).toBe(code);
  expect((await omar.next("notice")).data.code).toBe(code);
  await mira.say("still here");
  await omar.say("still here");
});

test.each([
  ["token", { token: "abc" }],
  ["api_key", { apiKey: "abc" }],
])("auth by %s is AUTH_FAILED, named or not", async (method, credential) => {
  for (const more of [{ method }, {}]) {
    const mira = await Client.open(`${server.ws}/ws`);
    mira.send({ type: "auth", data: { userId: "mira", ...credential, ...more } });
    expect((await mira.next("auth_response")).data).toMatchObject({ success: false, code: "AUTH_FAILED" });
    expect((await mira.hasClosed()).code).toBe(1008);
  }
});
