import { afterAll, beforeAll, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { startServer, type TestServer, withServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const statusShape = {
  agentName: "string",
  role: "string",
  status: "string",
  currentTask: "null",
  progress: "integer",
  lastActivity: "time",
  sessionId: "null",
  connectedUsers: ["string"],
};

/** The next task_notification of a kind about an agent's task. */
const noted = (client: Client, type: string, agent: string) =>
  client.next("task_notification", ({ data }) => data.type === type && data.agentName === agent);

test("subscribe_agent answers with the agent's status and tells of that agent and no other", async () => {
  const jun = await Client.camel(server.ws, "jun");
  jun.send({ type: "subscribe_agent", agent_name: "Bob-bot" });
  const answer = await jun.next("agent_status");
  expect(shapeOf(answer.data)).toEqual(statusShape);
  expect(answer.data).toMatchObject({ agentName: "bob", role: "designer", status: "idle", progress: 0 });
  expect(answer.data.connectedUsers).toContain("jun");

  jun.send({ type: "message", data: { text: "@bob @charlie please design the poster" } });
  await noted(jun, "started", "bob");
  await jun.next("message_delta");
  const ends =
    (agent: string) =>
    ({ data }: Frame) =>
      data.sender === agent && data.text.includes("50%");
  await jun.until(() => jun.ofType("agent_response").find(ends("bob")), "bob's whole answer");
  await jun.until(() => jun.ofType("agent_response").find(ends("charlie")), "charlie's whole answer");
  const bobs = new Set(jun.ofType("agent_response").flatMap(({ data }) => (data.sender === "bob" ? [data.id] : [])));
  for (const { data } of jun.ofType("message_delta")) expect(bobs).toContain(data.id);
  for (const type of ["task_notification", "agent_status_update"])
    for (const { data } of jun.ofType(type)) expect(data.agentName).toBe("bob");
  expect(jun.ofType("agent_status_update").length).toBeGreaterThan(0);

  jun.send({ type: "message", data: { text: "@bob blocked: no paper" } });
  expect((await jun.next("help_request")).data).toMatchObject({ agentName: "bob", issue: "no paper" });

  jun.send({ type: "unsubscribe_agent", data: { agentName: "bob" } });
  const told = () => jun.frames.filter(({ type }) => /^(task_|agent_status|help_)/.test(type)).length;
  await jun.settled();
  const before = told();
  const { data } = await jun.say("@bob done");
  await jun.next("agent_response", (frame) => frame.data.replyTo === data.id);
  expect(told()).toBe(before);
});

test("who subscribes to an agent and to everything hears each thing once", async () => {
  const lee = await Client.camel(server.ws, "lee", { subscribe: ["tasks"] });
  lee.send({ type: "subscribe_agent", data: { agentName: "alice" } });
  lee.send({ type: "subscribe", data: { topics: ["agents", "help"] } });
  await lee.settled();
  lee.send({ type: "message", data: { text: "@alice search poster" } });
  await noted(lee, "completed", "alice");
  await lee.say("thanks");
  const told = lee.ofType("task_notification").map(({ data }) => data.type);
  expect(told).toEqual(["assigned", "started", "progress", "completed"]);
  const offsets = lee.ofType("message_delta").map(({ data }) => `${data.id} ${data.offset}`);
  expect(offsets).toEqual([...new Set(offsets)]);
});

test("get_agent_status answers for one agent, and for all when none or an unknown one is named", async () => {
  const ana = await Client.camel(server.ws, "ana");
  ana.send({ type: "get_agent_status", data: { agentName: "charlie" } });
  expect((await ana.next("agent_status")).data).toMatchObject({ agentName: "charlie", role: "devops" });
  for (const data of [{}, { agentName: "nobody" }]) {
    ana.send({ type: "get_agent_status", data });
    const all = (await ana.next("all_agent_statuses")).data;
    expect(Object.keys(all).sort()).toEqual(["alice", "bob", "charlie", "diana"]);
    expect(all.diana).toMatchObject({ agentName: "diana", role: "qa", connectedUsers: expect.any(Array) });
  }
});

test("send_agent_message speaks to an agent in the room and is answered by message_sent", async () => {
  const kim = await Client.camel(server.ws, "kim");
  kim.send({ type: "send_agent_message", data: { agentName: "charlie", message: "hello" } });
  const { data } = await kim.next("message_sent");
  expect(shapeOf(data)).toMatchObject({ id: "integer", agentName: "string" });
  expect(data.agentName).toBe("charlie");
  const said = kim.ofType("message").find((frame) => frame.data.id === data.id);
  expect(said?.data).toMatchObject({ sender: "kim", text: "@charlie hello", mentions: ["charlie"] });
  const answer = await kim.next("agent_response", (frame) => frame.data.replyTo === data.id);
  expect(answer.data.sender).toBe("charlie");
});

test.each(["subscribe_agent", "unsubscribe_agent", "send_agent_message"])(
  "%s of an agent nobody hired is AGENT_NOT_FOUND, without a name INVALID_MESSAGE",
  async (type) => {
    const lena = await Client.camel(server.ws, "lena");
    lena.send({ type, data: { agentName: "zoe", message: "hello" } });
    expect((await lena.next("error")).data.code).toBe("AGENT_NOT_FOUND");
    lena.send({ type, data: { message: "hello" } });
    expect((await lena.next("error")).data.code).toBe("INVALID_MESSAGE");
    await lena.say("still here");
  },
);

test("with agents turned off their status is offline, and nobody answers in their place", async () => {
  await withServer({ env: { OPENCODE_SAFE_MODE: "true" } }, async ({ ws }) => {
    const mira = await Client.camel(ws, "mira", { subscribe: ["agents", "tasks"] });
    mira.send({ type: "get_agent_status", data: { agentName: "alice" } });
    expect((await mira.next("agent_status")).data).toMatchObject({ agentName: "alice", status: "offline" });
    await mira.say("@alice please create a login component");
    await mira.say("alice?");
    expect(mira.frames.filter(({ type }) => /^(agent_response|task_)/.test(type))).toEqual([]);
  });
});

/** The text a client has put together from the deltas of one answer: each goes where its offset says. */
function written(client: Client, id: number): string {
  let text = "";
  for (const { data } of client.ofType("message_delta")) {
    if (data.id !== id) continue;
    if (data.offset > text.length) throw new Error(`a gap: ${text.length} units before offset ${data.offset}`);
    text = text.slice(0, data.offset) + data.delta;
  }
  return text;
}

test.each([
  ["subscribes to agents on the way", {}, { type: "subscribe", data: { topics: ["agents"] } }],
  ["subscribes to agents in auth", { subscribe: ["agents"] }, { type: "ping" }],
  ["subscribes to that agent", {}, { type: "subscribe_agent", data: { agentName: "diana" } }],
])("who %s in the middle of an answer gets its text so far, then the rest", async (_, auth, frame) => {
  const mira = await Client.camel(server.ws, "mira", { subscribe: ["agents"] });
  mira.send({ type: "message", data: { text: "@diana help" } });
  const { data: begun } = await mira.next("message_delta");
  await mira.until(() => (written(mira, begun.id).length > 60 ? true : undefined), "some text");
  const late = await Client.camel(server.ws, "omar", auth);
  late.send(frame);
  for (const client of [late, mira]) {
    const { data } = await client.next("agent_response", (said) => said.data.id === begun.id);
    expect(written(client, begun.id).trim()).toBe(data.text);
  }
});
