import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
let mira: Client;
let omar: Client;
beforeAll(async () => {
  server = await startServer({
    env: { OPENCODE_SAFE_MODE: "true" },
    limits: { typingMs: 150, serverStatusMs: 50 },
  });
  mira = await Client.classic(server.ws, "mira");
  omar = await Client.classic(server.ws, "omar");
});
afterAll(() => server.stop());

/** Sends a chat_message as written and waits for what comes back about it. */
async function post(client: Client, frame: Record<string, unknown>) {
  const before = client.frames.length;
  client.send({ type: "chat_message", ...frame });
  const answers = () => client.frames.slice(before).find(({ type }) => type === "chat_message" || type === "notice");
  return client.until(answers, "an answer to a chat_message");
}

describe("chat_message in the classic dialect", () => {
  test("goes to everyone, the sender included, with every field the protocol names", async () => {
    const echo = await post(mira, { text: "hello @bob-bot", client_id: "c1" });
    expect(shapeOf(echo)).toMatchObject({
      type: "string",
      data: {
        id: "integer",
        text: "string",
        sender: "string",
        timestamp: "time",
        mentions: ["string"],
        is_command: "boolean",
        command: "null",
        command_args: [],
        reply_to: "null",
        is_bot_message: "boolean",
        client_id: "string",
        seq: "integer",
      },
    });
    expect(echo.data).toMatchObject({ sender: "mira", mentions: ["bob"], is_bot_message: false, client_id: "c1" });
    expect(await omar.next("chat_message", ({ data }) => data.id === echo.data.id)).toEqual(echo);
  });

  test("is understood at top level and under data alike", async () => {
    const flat = await post(mira, { text: "flat" });
    const nested = await post(mira, { data: { text: "nested", reply_to: flat.data.id, client_id: "n1" } });
    expect(nested.data).toMatchObject({ text: "nested", reply_to: flat.data.id, client_id: "n1" });
    const again = await post(mira, { text: "another", client_id: "n1" });
    expect(again.data).toMatchObject({ id: nested.data.id, text: "nested" });
    expect(flat.data).not.toHaveProperty("client_id");
  });

  test("a command carries its name and arguments, and its result goes to its sender only", async () => {
    const { data } = await post(mira, { text: "/help testing 'two words'" });
    expect(data).toMatchObject({ is_command: true, command: "help", command_args: ["testing", "two words"] });
    const result = await mira.next("chat_message", (frame) => frame.data.sender === "system");
    expect(shapeOf(result.data)).toMatchObject({ id: "integer", is_command: "boolean", is_bot_message: "boolean" });
    await mira.say("and then");
    await omar.next("chat_message", (frame) => frame.data.text === "and then");
    expect(omar.ofType("chat_message").filter((frame) => frame.data.sender === "system")).toEqual([]);
  });

  test("the same message reaches a camel client under camel names", async () => {
    const kim = await Client.camel(server.ws, "kim");
    const echo = await post(mira, { text: "both worlds" });
    const heard = await kim.next("message", ({ data }) => data.id === echo.data.id);
    expect(heard.data).toMatchObject({ sender: "mira", text: "both worlds", isCommand: false, seq: echo.data.seq });
    const theirs = await kim.say("and back");
    const back = await mira.next("chat_message", ({ data }) => data.id === theirs.data.id);
    expect(back.data).toMatchObject({ sender: "kim", is_bot_message: false, client_id: theirs.data.clientId });
  });

  test.each([
    ["blank text", { text: "  " }, "INVALID_MESSAGE"],
    ["an unknown reply_to", { text: "hm", reply_to: 987_654 }, "NOT_FOUND"],
    ["8,001 characters", { text: "x".repeat(8_001) }, "MESSAGE_TOO_LARGE"],
  ])("%s is a notice, never an error, and the socket stays open", async (_, frame, code) => {
    const jun = await Client.classic(server.ws, "jun");
    await jun.settled();
    const notice = await post(jun, { client_id: "c9", ...frame });
    expect(notice).toMatchObject({ type: "notice", data: { code, client_id: "c9" } });
    expect(notice.message).toBe(notice.data.message);
    await jun.say("still here");
    expect(jun.ofType("error")).toEqual([]);
  });

  test("edits and deletions are told as message_update in snake case", async () => {
    const { data } = await post(mira, { text: "helo" });
    mira.send({ type: "edit_message", id: data.id, text: "hello" });
    const edited = await omar.next("message_update");
    expect(shapeOf(edited.data)).toMatchObject({ id: "integer", text: "string", edited_at: "time", seq: "integer" });
    expect(edited.data).toMatchObject({ id: data.id, text: "hello" });
    mira.send({ type: "delete_message", data: { id: data.id } });
    const deleted = await omar.next("message_update");
    expect(shapeOf(deleted.data)).toMatchObject({ id: "integer", deleted_at: "time", seq: "integer" });
    expect(deleted.data).not.toHaveProperty("text");
    omar.send({ type: "edit_message", id: (await post(mira, { text: "mine" })).data.id, text: "not yours" });
    expect((await omar.next("notice")).data.code).toBe("PERMISSION_DENIED");
  });
});

describe("what is told without asking", () => {
  test("typing, at top level or under data, to the others and never to oneself", async () => {
    for (const frame of [{ is_typing: true }, { data: { is_typing: true } }]) {
      omar.send({ type: "typing", ...frame });
      const { data } = await mira.next("typing", (told) => told.data.is_typing);
      expect(data).toMatchObject({ user_id: "omar", is_typing: true });
      omar.send({ type: "typing", is_typing: false });
      await mira.next("typing", (told) => told.data.user_id === "omar" && !told.data.is_typing);
    }
    await mira.say("later");
    await omar.next("chat_message", ({ data }) => data.text === "later");
    expect(omar.ofType("typing").filter(({ data }) => data.user_id === "omar")).toEqual([]);
  });

  test("typing ends by itself", async () => {
    omar.send({ type: "typing", is_typing: true });
    await mira.next("typing", ({ data }) => data.is_typing);
    expect((await mira.next("typing")).data).toMatchObject({ user_id: "omar", is_typing: false });
  });

  test("server_status, every so often", async () => {
    const { data } = await mira.next("server_status");
    expect(shapeOf(data)).toEqual({
      timestamp: "time",
      active_sessions: "integer",
      total_agents: "integer",
      chat_enabled: "boolean",
      transport_type: "string",
    });
    expect(data).toMatchObject({ total_agents: 4, active_sessions: 0, transport_type: "websocket" });
    await mira.next("server_status");
  });
});

test("pong answers ping, without data, with the time and where the log is", async () => {
  mira.send({ type: "ping" });
  const pong = await mira.next("pong");
  expect(shapeOf(pong)).toMatchObject({ type: "string", timestamp: "time", seq: "integer", epoch: "string" });
});
