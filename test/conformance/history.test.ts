import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
let mira: Client;
/** Ids of 60 messages in #general, oldest first. */
const ids: number[] = [];
beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
  mira = await Client.camel(server.ws, "mira");
  for (let n = 0; n < 60; n += 1) ids.push((await mira.say(`line ${n}`)).data.id);
});
afterAll(() => server.stop());

async function history(data: Record<string, unknown> = {}) {
  mira.send({ type: "get_chat_history", data });
  return (await mira.next("chat_history")).data;
}
const idsOf = (page: { messages: { id: number }[] }) => page.messages.map(({ id }) => id);

describe("get_chat_history in the camel dialect", () => {
  test("gives the last 50 of main, oldest first, each as in message", async () => {
    const page = await history();
    expect(shapeOf(page)).toMatchObject({ conversationId: "string", hasMore: "boolean" });
    expect(page).toMatchObject({ conversationId: "main", hasMore: true });
    expect(idsOf(page)).toEqual(ids.slice(-50));
    const echo = mira.ofType("message").find(({ data }) => data.id === ids[59]);
    expect(page.messages[49]).toEqual(echo?.data);
  });

  test("main is #general, under either name and in either spelling", async () => {
    const byName = await history({ conversationId: "general", limit: 3 });
    expect(byName).toMatchObject({ conversationId: "general" });
    mira.send({ type: "get_chat_history", conversation_id: "general", limit: 3 });
    expect((await mira.next("chat_history")).data).toEqual(byName);
    expect(await history({ conversationId: "main", limit: 3 })).toMatchObject({ messages: byName.messages });
  });

  test("before and after page both ways, and hasMore says whether there is more that way", async () => {
    const [first = 0, second = 0, third = 0] = ids;
    const last = ids.at(-1) ?? 0;
    expect(await history({ before: third }).then(idsOf)).toEqual([first, second]);
    expect(await history({ before: third, limit: 1 })).toMatchObject({ messages: [{ id: second }], hasMore: true });
    expect(await history({ before: third, limit: 2 })).toMatchObject({ hasMore: false });
    expect(await history({ after: first, limit: 2 }).then(idsOf)).toEqual([second, third]);
    expect(await history({ after: first, limit: 2 })).toMatchObject({ hasMore: true });
    expect(await history({ after: last })).toMatchObject({ messages: [], hasMore: false });
  });

  test("a message that was edited is shown as it is now, a deleted one without its text", async () => {
    const edited = (await mira.say("first thought")).data.id;
    const deleted = (await mira.say("a slip of the tongue")).data.id;
    mira.send({ type: "edit_message", data: { id: edited, text: "second thought" } });
    mira.send({ type: "delete_message", data: { id: deleted } });
    await mira.next("message_update", ({ data }) => data.id === deleted);
    const [first, second] = (await history({ limit: 2 })).messages;
    expect(first).toMatchObject({ id: edited, text: "second thought", editedAt: expect.any(String) });
    expect(second).toMatchObject({ id: deleted, text: "", deletedAt: expect.any(String) });
    expect(JSON.stringify(second)).not.toContain("slip");
  });

  test.each([{ limit: 0 }, { limit: 201 }, { limit: "all" }, { before: -1 }, { conversationId: 7 }])(
    "%j is INVALID_MESSAGE, and the socket stays open",
    async (wrong) => {
      const jun = await Client.camel(server.ws, "jun");
      jun.send({ type: "get_chat_history", data: wrong });
      expect((await jun.next("error")).data.code).toBe("INVALID_MESSAGE");
      jun.send({ type: "get_chat_history", data: { limit: 200 } });
      await jun.next("chat_history");
    },
  );

  test("a conversation that does not exist is NOT_FOUND", async () => {
    mira.send({ type: "get_chat_history", data: { conversationId: "cellar" } });
    expect((await mira.next("error")).data.code).toBe("NOT_FOUND");
  });
});

test("get_chat_history in the classic dialect: the same in snake case, flat or under data", async () => {
  const omar = await Client.classic(server.ws, "omar");
  const said = await omar.say("hello @mira", { reply_to: ids[0] });
  omar.send({ type: "get_chat_history", conversation_id: "main", limit: 1 });
  const { data } = await omar.next("chat_history");
  expect(data).toMatchObject({ conversation_id: "main", has_more: true });
  expect(data.messages).toEqual([said.data]);
  expect(shapeOf(data.messages[0])).toMatchObject({
    id: "integer",
    is_command: "boolean",
    reply_to: "integer",
    is_bot_message: "boolean",
    mentions: ["string"],
  });
  omar.send({ type: "get_chat_history", data: { conversationId: "general", limit: 1 } });
  expect((await omar.next("chat_history")).data).toMatchObject({ conversation_id: "general", messages: [said.data] });
});
