import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
let mira: Client;
let omar: Client;
beforeAll(async () => {
  // Agents are off: what comes back to a sender is the answer to their own frame.
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
  mira = await Client.camel(server.ws, "mira");
  omar = await Client.camel(server.ws, "omar");
});
afterAll(() => server.stop());

/** Sends a message with fields of the test's own choosing and waits for what comes back to its sender. */
async function post(client: Client, data: Record<string, unknown>) {
  const before = client.frames.length;
  client.send({ type: "message", data });
  return client.until(() => client.frames.slice(before).find(({ type }) => type !== "pong"), "an answer to a message");
}

describe("message in the camel dialect", () => {
  test("goes to everyone in the room, the sender included, with every field the protocol names", async () => {
    const echo = await mira.say("hello **there**");
    expect(echo.type).toBe("message");
    expect(shapeOf(echo.data)).toMatchObject({
      id: "integer",
      text: "string",
      sender: "string",
      timestamp: "time",
      mentions: [],
      isCommand: "boolean",
      replyTo: "null",
      command: "null",
      commandArgs: [],
      room: "string",
      threadId: "null",
      clientId: "string",
      origin: "string",
      seq: "integer",
      html: "string",
    });
    expect(echo.data).toMatchObject({ text: "hello **there**", sender: "mira", room: "general", origin: "ws" });
    expect(echo.data).toMatchObject({ isCommand: false, html: "<p>hello <strong>there</strong></p>\n" });
    expect(echo.data.seq).toBe(echo.data.id);
    const heard = await omar.next("message", ({ data }) => data.id === echo.data.id);
    expect(heard).toEqual(echo);
  });

  test("is understood flat as well as under data, in either spelling", async () => {
    mira.send({ type: "message", text: "flat", client_id: "flat-1" });
    const echo = await mira.next("message", ({ data }) => data.clientId === "flat-1");
    expect(echo.data).toMatchObject({ text: "flat", sender: "mira" });
  });

  test("the same clientId of the same author gives the first result again, and nobody else hears it twice", async () => {
    const first = await post(mira, { text: "once", clientId: "again" });
    const second = await post(mira, { text: "changed my mind", clientId: "again" });
    expect(second.data).toMatchObject({ id: first.data.id, text: "once", clientId: "again" });
    // Somebody else may use the same clientId for a message of their own.
    const others = await post(omar, { text: "mine", clientId: "again" });
    expect(others.data.id).toBeGreaterThan(first.data.id);
    await omar.say("the end");
    expect(omar.ofType("message").filter(({ data }) => data.id === first.data.id)).toHaveLength(1);
  });

  test("the client's own id, number or string, is echoed as clientId and does not deduplicate", async () => {
    for (const id of [1_722_000_000_000, "mine-7"]) {
      const first = await post(mira, { id, text: "first" });
      const second = await post(mira, { id, text: "second" });
      expect([first.data.clientId, second.data.clientId]).toEqual([id, id]);
      expect(second.data).toMatchObject({ text: "second" });
      expect(second.data.id).toBeGreaterThan(first.data.id);
    }
    const both = await post(mira, { id: 5, clientId: "chosen", text: "both" });
    expect(both.data.clientId).toBe("chosen");
    const neither = await post(mira, { text: "neither" });
    expect(neither.data).not.toHaveProperty("clientId");
  });

  test("replyTo names the message answered, threadId the first of the thread", async () => {
    const root = await mira.say("who takes the door?");
    const answer = await omar.say("me", { replyTo: root.data.id });
    const further = await mira.say("thanks", { replyTo: answer.data.id });
    expect(answer.data).toMatchObject({ replyTo: root.data.id, threadId: root.data.id });
    expect(further.data).toMatchObject({ replyTo: answer.data.id, threadId: root.data.id });
  });

  test("mentions are canonical handles in text order, once each; the client's own list is ignored", async () => {
    const echo = await mira.say("@Omar, @BOB-bot and @Nobody-bot: @team, @omar mail a@b.org `@diana`", {
      mentions: ["charlie"],
    });
    expect(echo.data.mentions).toEqual(["omar", "bob", "Nobody", "team"]);
    expect((await mira.say("@all @here @team")).data.mentions).toEqual(["all", "here", "team"]);
  });

  test("a slash command is echoed to the room like any message", async () => {
    const echo = await mira.say('/assign bob "the login form" now');
    expect(echo.data).toMatchObject({ isCommand: true, command: "assign" });
    expect(echo.data.commandArgs).toEqual(["bob", "the login form", "now"]);
    expect((await omar.next("message", ({ data }) => data.id === echo.data.id)).data.isCommand).toBe(true);
  });

  test("a slash command's result goes to its sender only, as a message from system", async () => {
    const echo = await mira.say("/who");
    const { data } = await mira.next("message", (frame) => frame.data.sender === "system");
    expect(shapeOf(data)).toMatchObject({
      id: "integer",
      text: "string",
      sender: "string",
      timestamp: "time",
      mentions: [],
      isCommand: "boolean",
      replyTo: "null",
      room: "string",
    });
    const later = await mira.say("and then");
    await omar.next("message", (frame) => frame.data.id === later.data.id);
    expect(omar.ofType("message").filter((frame) => frame.data.sender === "system")).toEqual([]);
    expect(omar.ofType("message").filter((frame) => frame.data.id === echo.data.id)).toHaveLength(1);
  });

  test.each([
    ["an unknown replyTo", { text: "hm", replyTo: 987_654 }, "NOT_FOUND"],
    ["a replyTo that is no id", { text: "hm", replyTo: "the first one" }, "NOT_FOUND"],
    ["blank text", { text: " \n\t " }, "INVALID_MESSAGE"],
    ["text that is no string", { text: { bold: true } }, "INVALID_MESSAGE"],
    ["8,001 characters", { text: "x".repeat(8_001) }, "MESSAGE_TOO_LARGE"],
    ["a room that does not exist", { text: "hm", room: "cellar" }, "NOT_FOUND"],
    ["a clientId of 65 characters", { text: "hm", clientId: "c".repeat(65) }, "INVALID_MESSAGE"],
  ])("%s is refused by name and the socket stays open", async (_, data, code) => {
    // A socket of their own, because refusals of this kind are counted.
    const jun = await Client.camel(server.ws, "jun");
    const answer = await post(jun, { clientId: "c9", ...data });
    expect(answer).toMatchObject({ type: "error", data: { code } });
    await jun.say("still here");
    await jun.close();
  });

  test("8,000 characters are let through, and an error names the clientId it is about", async () => {
    expect((await mira.say("y".repeat(8_000))).data.text).toHaveLength(8_000);
    const refused = await post(mira, { text: "", clientId: "empty-1" });
    expect(refused.data).toMatchObject({ code: "INVALID_MESSAGE", clientId: "empty-1" });
  });
});
