import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { RoomClient } from "../support/rooms.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let mira: RoomClient;
beforeAll(async () => {
  server = await startServer();
  mira = new RoomClient(server, await signIn(server, "mira"));
  await mira.privateRoom("board", "alice-bot");
  await mira.must("POST", "/api/v1/rooms", { name: "ops" });
});
afterAll(() => server.stop());

async function keyFor(rooms: string[] | undefined, permissions = ["read", "write"]): Promise<string> {
  const request = { name: `key-${crypto.randomUUID().slice(0, 8)}`, permissions, ...(rooms && { rooms }) };
  return (await mira.must("POST", "/api/v1/api-keys", request)).key;
}

async function withKey(key: string, more: object = {}): Promise<Client> {
  const client = await Client.open(`${server.ws}/ws`, { authorization: `Bearer ${key}` });
  client.send({ type: "auth", data: { userId: "mira", ...more } });
  await client.next("auth_response");
  return client;
}

describe("a program whose key opens some rooms only", () => {
  test("hears of those rooms and of no other, however it asks", async () => {
    const topics = ["presence", "typing", "agents", "tasks", "help"];
    const narrow = await withKey(await keyFor(["board"]), { subscribe: ["room:board", "room:general", ...topics] });
    expect((await narrow.next("error")).data.code).toBe("NOT_FOUND");
    narrow.send({ type: "subscribe_agent", data: { agentName: "bob" } });
    await narrow.next("agent_status");
    const speaker = await Client.camel(server.ws, "mira");
    const outside = await speaker.say("@bob please paint the zebra");
    await speaker.next("agent_response", ({ data }) => data.replyTo === outside.data.id && /my list/.test(data.text));
    narrow.send({ type: "get_active_tasks" });
    narrow.send({ type: "get_agent_status" });
    await narrow.next("all_agent_statuses");
    const inside = await narrow.say("@alice please paint the horse", { room: "board" });
    await narrow.next("agent_response", ({ data }) => data.replyTo === inside.data.id && /my list/.test(data.text));
    expect(narrow.texts.filter((text) => text.includes("zebra"))).toEqual([]);
    expect(narrow.ofType("agent_status_update").some(({ data }) => data.agentName === "bob")).toBe(true);
    expect(narrow.ofType("task_notification")[0]?.data.metadata.room).toMatch(/^board~/);
    expect(narrow.ofType("message_delta").length).toBeGreaterThan(0);
    for (const frame of [
      { type: "message", data: { text: "hello" } },
      { type: "get_chat_history", data: {} },
    ]) {
      narrow.send(frame);
      expect((await narrow.next("error")).data.code).toBe("NOT_FOUND");
    }
  });

  test("to public rooms hears their tasks by the topic, and nothing twice", async () => {
    const narrow = await withKey(await keyFor(["ops"]), { subscribe: ["room:ops", "tasks"] });
    const wide = await withKey(await keyFor(undefined), { subscribe: ["room:ops", "tasks"] });
    const asked = await wide.say("@charlie please sweep", { room: "ops" });
    for (const client of [narrow, wide]) {
      await client.next("agent_response", ({ data }) => data.replyTo === asked.data.id && /my list/.test(data.text));
      const steps = client.ofType("task_notification").map(({ data }) => data.seq);
      expect(steps.length).toBeGreaterThan(0);
      expect(new Set(steps).size).toBe(steps.length);
    }
  });

  test("over HTTP sees those rooms, makes none and begins no conversation", async () => {
    const headers = { authorization: `Bearer ${await keyFor(["board"])}`, "content-type": "application/json" };
    const ask = (method: string, path: string, body?: object) =>
      fetch(server.http + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const { rooms } = (await (await ask("GET", "/api/v1/rooms")).json()) as { rooms: { name: string }[] };
    expect(rooms.map(({ name }) => name)).toEqual(["board"]);
    expect((await ask("GET", "/api/v1/rooms/general/messages")).status).toBe(404);
    expect((await ask("POST", "/api/v1/direct", { members: ["alice"] })).status).toBe(403);
    expect((await ask("POST", "/api/v1/rooms", { name: "mine" })).status).toBe(403);
    expect(await (await ask("GET", "/api/v1/agents")).text()).not.toContain("zebra");
  });

  test("that takes its place on an open socket closes the other rooms there", async () => {
    const client = await withKey(await keyFor(undefined), { subscribe: ["room:board", "room:ops", "tasks"] });
    client.send({ type: "refresh_token", data: { token: await keyFor(["ops"]) } });
    await client.next("auth_response");
    await mira.must("POST", "/api/v1/rooms/board/messages", { text: "between us" });
    await mira.must("POST", "/api/v1/rooms/general/messages", { text: "for all" });
    await mira.must("POST", "/api/v1/rooms/ops/messages", { text: "for ops" });
    await client.next("message", ({ data }) => data.text === "for ops");
    expect(client.ofType("message").map(({ data }) => data.text)).toEqual(["for ops"]);
  });
});

describe("a program whose key does not let it read", () => {
  const topics = ["presence", "typing", "agents", "tasks", "help"];
  /** Everything happens that could be heard of, and has been told to a reader. */
  async function muchHappens(): Promise<void> {
    const other = await Client.camel(server.ws, "tomas", { subscribe: topics });
    other.send({ type: "typing", data: { isTyping: true } });
    const asked = await other.say("@diana please rotate the zebra");
    await other.next("agent_response", ({ data }) => data.replyTo === asked.data.id && /my list/.test(data.text));
    await other.close();
  }

  test("hears nothing in either dialect, whatever its first frame asks for: no name, no message, no task", async () => {
    const key = await keyFor(undefined, ["write"]);
    const camel = await withKey(key, { subscribe: [...topics, "room:ops"] });
    expect(camel.frames[0]?.data.agents).toEqual([]);
    expect((await camel.next("error")).data.code).toBe("PERMISSION_DENIED");
    const classic = await Client.open(`${server.ws}/`, { authorization: `Bearer ${key}` });
    classic.send({ type: "auth", user_id: "mira", role: "user", subscribe: topics, last_seq: 0 });
    await classic.next("auth_success");
    await muchHappens();
    for (const client of [camel, classic]) {
      await client.settled();
      const types = new Set(client.frames.map(({ type }) => type));
      expect([...types].filter((type) => !/^(auth_|error|notice|pong)/.test(type))).toEqual([]);
      expect(client.texts.join()).not.toMatch(/zebra|tomas|alice/);
      await client.close();
    }
  });

  test("hears nothing more when that key takes the place of one that did", async () => {
    const client = await withKey(await keyFor(undefined), { subscribe: topics });
    client.send({ type: "subscribe_agent", data: { agentName: "diana" } });
    await client.next("agent_status");
    client.send({ type: "refresh_token", data: { token: await keyFor(undefined, ["write"]) } });
    await client.next("auth_response");
    const from = client.frames.length;
    await muchHappens();
    await client.settled();
    expect(client.frames.slice(from).map(({ type }) => type)).toEqual(["pong"]);
    await client.close();
  });
});
