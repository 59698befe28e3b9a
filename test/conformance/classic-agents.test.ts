import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const statusShape = {
  agent_name: "string",
  role: "string",
  status: "string",
  current_task: "null",
  progress: "integer",
  last_activity: "time",
  session_id: "null",
  connected_users: ["string"],
};

describe("the life of a task in the classic dialect", () => {
  let mira: Client;
  let request: Frame;
  const of = (type: string, kind?: string) =>
    mira.until(
      () => mira.ofType(type).find(({ data }) => kind === undefined || data.type === kind),
      `${type} ${kind ?? ""}`,
    );
  beforeAll(async () => {
    mira = await Client.classic(server.ws, "mira");
    mira.send({ type: "subscribe", topics: ["agents", "tasks", "help"] });
    request = await mira.say("@alice please create a login component");
    const answered = (text: string) => () => mira.ofType("chat_message").find(({ data }) => data.text.includes(text));
    await mira.until(answered("50%"), "alice's briefing");
    for (const [words, until] of [
      ["@alice 40%", "40 % progress"],
      ["@alice blocked: no access", "I need help"],
      ["@alice done", "completed"],
    ] as const) {
      await mira.say(words);
      await mira.until(answered(until), `an answer to ${words}`);
    }
    const second = await mira.say("@alice please paint the fence");
    await mira.until(() => mira.ofType("task_update").filter(({ data }) => data.type === "task_started")[1], "a start");
    await mira.say("@alice cancel", { reply_to: second.data.id });
    await mira.until(answered("off my list"), "an answer to cancel");
  });

  test("agents speak as <name>-bot in chat_message, marked as bots, in answer to the request", async () => {
    const [said] = mira.ofType("chat_message").filter(({ data }) => data.is_bot_message);
    expect(said?.data).toMatchObject({ sender: "alice-bot", reply_to: request.data.id, is_bot_message: true });
    expect(said?.data.text).toStartWith("Got it: create a login component");
    expect(mira.ofType("agent_response")).toEqual([]);
  });

  test("task_notification tells every step in snake case", () => {
    const told = mira.ofType("task_notification");
    for (const { data } of told) {
      expect(shapeOf(data)).toMatchObject({
        type: "string",
        agent_name: "string",
        task_id: "string",
        task_description: "string",
        progress: "integer",
        timestamp: "time",
        seq: "integer",
        metadata: { state: "string" },
      });
    }
    expect(told.map(({ data }) => data.type)).toEqual([
      ...["assigned", "started", "progress", "progress", "completed"],
      ...["assigned", "started", "stopped"],
    ]);
  });

  test("task_update, task_progress and agent_activity tell the same steps under their older names", async () => {
    const older = { employee: "alice", session_id: expect.any(String), timestamp: expect.any(String) };
    expect((await of("task_update", "task_started")).data).toMatchObject({ ...older, model: null, mode: "build" });
    expect((await of("task_update", "task_stopped")).data).toMatchObject({ ...older, task: "paint the fence" });
    expect((await of("task_progress")).data).toMatchObject({ ...older, progress: 40 });
    const done = await of("agent_activity", "task_completed");
    expect(done.data).toMatchObject({ employee: "alice", task: "create a login component" });
    const help = await of("agent_activity", "help_requested");
    expect(help.data).toMatchObject({ employee: "alice", progress: 40, issue: "no access" });
  });

  test("help_request and task_completion in snake case", async () => {
    const help = (await of("help_request")).data;
    const helpShape = { agent_name: "string", task: "string", progress: "integer", issue: "string", timestamp: "time" };
    expect(shapeOf(help)).toMatchObject({ ...helpShape, help_id: "integer", seq: "integer" });
    const done = (await of("task_completion")).data;
    const doneShape = { agent_name: "string", task: "string", output: "string", timestamp: "time", task_id: "string" };
    expect(shapeOf(done)).toMatchObject(doneShape);
    expect(mira.ofType("task_completion")).toHaveLength(1);
  });

  test("message_delta and the final chat_message have one id, and the text is the same", () => {
    const [first] = mira.ofType("message_delta");
    expect(shapeOf(first?.data)).toEqual({ id: "integer", task_id: "string", delta: "string", offset: "integer" });
    const pieces = mira.ofType("message_delta").filter(({ data }) => data.id === first?.data.id);
    const final = mira.ofType("chat_message").find(({ data }) => data.id === first?.data.id);
    expect(final?.data.text).toBe(
      pieces
        .map(({ data }) => data.delta)
        .join("")
        .trim(),
    );
  });

  test("agent_status_update in snake case", () => {
    const [first] = mira.ofType("agent_status_update");
    expect(shapeOf(first?.data)).toMatchObject(statusShape);
    expect(first?.data).toMatchObject({ agent_name: "alice", role: "developer", status: "working" });
  });
});

test("a task that failed is told as failed, and to older clients as stopped", async () => {
  // Alice may say one thing and then no more, so that her run breaks off.
  const strict = await startServer({ limits: { agentBurst: 1, agentRate: 0.001 } });
  const omar = await Client.classic(strict.ws, "omar", { subscribe: ["tasks"] });
  await omar.say("@alice please create a login component");
  const { data } = await omar.next("task_notification", (frame) => frame.data.type === "failed");
  expect(data).toMatchObject({
    agent_name: "alice",
    metadata: { state: "failed", note: expect.stringContaining("Too fast") },
  });
  await omar.next("task_update", (frame) => frame.data.type === "task_stopped");
  expect(omar.ofType("task_completion")).toEqual([]);
  await strict.stop();
});

test("without subscribing, a classic client hears of messages, presence and typing only", async () => {
  const jun = await Client.classic(server.ws, "jun");
  const { data } = await jun.say("@bob hello");
  await jun.next("chat_message", (frame) => frame.data.reply_to === data.id);
  const kinds = new Set(jun.frames.map(({ type }) => type));
  expect([...kinds].sort()).toEqual(["auth_success", "chat_message", "user_status"]);
});

test("the agent frames are understood in snake case at top level, and answered in snake case", async () => {
  const ana = await Client.classic(server.ws, "ana");
  ana.send({ type: "subscribe_agent", agent_name: "diana" });
  expect(shapeOf((await ana.next("agent_status")).data)).toEqual(statusShape);
  ana.send({ type: "get_agent_status", agent_name: "diana-bot" });
  expect((await ana.next("agent_status")).data).toMatchObject({ agent_name: "diana", role: "qa", status: "idle" });
  ana.send({ type: "get_agent_status" });
  const all = (await ana.next("all_agent_statuses")).data;
  expect(Object.keys(all).sort()).toEqual(["alice", "bob", "charlie", "diana"]);
  expect(shapeOf(all.charlie)).toMatchObject(statusShape);

  ana.send({ type: "send_agent_message", agent_name: "diana", message: "please test the login page" });
  const sent = await ana.next("message_sent");
  expect(sent).toMatchObject({ message: "Message sent to diana", data: { agent_name: "diana" } });
  const started = await ana.next("task_notification", ({ data }) => data.type === "started");
  expect(started.data).toMatchObject({ agent_name: "diana", metadata: { request_id: sent.data.id } });
  ana.send({ type: "get_active_tasks" });
  const tasks = (await ana.next("active_tasks")).data;
  expect(tasks[started.data.task_id]).toMatchObject({ agent_name: "diana", type: "started" });

  ana.send({ type: "unsubscribe_agent", agent_name: "diana" });
  await ana.settled();
  const told = ana.ofType("task_notification").length;
  const { data } = await ana.say("@diana cancel");
  await ana.next("chat_message", (frame) => frame.data.reply_to === data.id);
  expect(ana.ofType("task_notification")).toHaveLength(told);
  ana.send({ type: "subscribe_agent", agent_name: "zoe" });
  expect((await ana.next("notice")).data.code).toBe("AGENT_NOT_FOUND");
});
