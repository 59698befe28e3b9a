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
  agentName: "string",
  role: "string",
  status: "string",
  currentTask: "null",
  progress: "integer",
  lastActivity: "time",
  sessionId: "null",
  connectedUsers: ["string"],
};
const taskShape = {
  type: "string",
  agentName: "string",
  taskId: "string",
  taskDescription: "string",
  progress: "integer",
  timestamp: "time",
  metadata: { state: "string" },
};

/** The next task_notification of a kind about an agent's task. */
const noted = (client: Client, type: string, agent: string) =>
  client.next("task_notification", ({ data }) => data.type === type && data.agentName === agent);

describe("the life of a task, for who subscribed to agents, tasks and help", () => {
  let mira: Client;
  let request: Frame;
  let taskId: string;
  beforeAll(async () => {
    mira = await Client.camel(server.ws, "mira", { subscribe: ["agents", "tasks", "help"] });
    mira.send({ type: "message", data: { text: "@alice please create a login component", clientId: "request" } });
    request = await mira.next("message", ({ data }) => data.clientId === "request");
    const assigned = () => mira.frames.find(({ type }) => type === "task_notification");
    taskId = (await mira.until(assigned, "an assigned task")).data.taskId;
  });

  test("agent_response is the acknowledgement, under the agent's bare name, in answer to the request", async () => {
    const answer = await mira.next("agent_response");
    expect(shapeOf(answer.data)).toMatchObject({
      id: "integer",
      text: "string",
      sender: "string",
      timestamp: "time",
      replyTo: "integer",
      taskId: "string",
      agentStatus: "string",
      room: "string",
      seq: "integer",
    });
    expect(answer.data).toMatchObject({ sender: "alice", replyTo: request.data.id, agentStatus: "working", taskId });
    expect(answer.data.text).toStartWith("Got it: create a login component");
  });

  test("task_notification tells assigned, then started", async () => {
    const told = mira.ofType("task_notification");
    expect(told.map(({ data }) => data.type)).toEqual(["assigned", "started"]);
    for (const { data } of told) expect(shapeOf(data)).toMatchObject({ ...taskShape, seq: "integer" });
    expect(told[0]?.data).toMatchObject({ agentName: "alice", taskId, taskDescription: "create a login component" });
    expect(told[1]?.data.seq).toBeGreaterThan(told[0]?.data.seq);
  });

  test("message_delta carries the answer piece by piece; agent_response follows with the same id and the whole text", async () => {
    const final = await mira.next("agent_response");
    const deltas = mira.ofType("message_delta").filter(({ data }) => data.id === final.data.id);
    expect(deltas.length).toBeGreaterThan(1);
    let text = "";
    for (const { data } of deltas) {
      expect(shapeOf(data)).toEqual({ id: "integer", taskId: "string", delta: "string", offset: "integer" });
      expect(data.offset).toBe(text.length);
      text += data.delta;
    }
    expect(final.data.text).toBe(text.trim());
    expect(final.data.id).toBeGreaterThan(request.data.id);
    expect(final.data.seq).toBeGreaterThan(final.data.id);
    expect(mira.frames.indexOf(final)).toBeGreaterThan(mira.frames.indexOf(deltas.at(-1) as Frame));
  });

  test("agent_status_update tells every change of what the agent does", async () => {
    const states = () => mira.ofType("agent_status_update").filter(({ data }) => data.agentName === "alice");
    await mira.until(() => states().find(({ data }) => data.status === "idle"), "alice idle again");
    const [first] = states();
    expect(shapeOf(first?.data)).toMatchObject({ ...statusShape });
    expect(first?.data).toMatchObject({ role: "developer", status: "working" });
    const last = states().at(-1)?.data;
    expect(last).toMatchObject({ status: "idle", currentTask: "create a login component", sessionId: taskId });
  });

  test("active_tasks maps each open task's id to its notification", async () => {
    mira.send({ type: "get_active_tasks" });
    const { data } = await mira.next("active_tasks");
    expect(Object.keys(data)).toEqual([taskId]);
    expect(shapeOf(data[taskId])).toMatchObject(taskShape);
    expect(data[taskId]).toMatchObject({ type: "started", taskId, agentName: "alice" });
  });

  test("progress is told with its percentage", async () => {
    mira.send({ type: "message", data: { text: "@alice 40%" } });
    expect((await noted(mira, "progress", "alice")).data).toMatchObject({ taskId, progress: 40 });
    await mira.until(
      () => mira.ofType("agent_status_update").find(({ data }) => data.progress === 40),
      "alice shown at 40 %",
    );
  });

  test("help_request tells who is stuck on what, and the room reads it as an agent_response", async () => {
    mira.send({ type: "message", data: { text: "@alice blocked: no access to the design files" } });
    expect((await noted(mira, "progress", "alice")).data.metadata.state).toBe("stuck");
    const { data } = await mira.next("help_request");
    expect(shapeOf(data)).toMatchObject({
      agentName: "string",
      task: "string",
      progress: "integer",
      issue: "string",
      timestamp: "time",
      helpId: "integer",
      seq: "integer",
    });
    expect(data).toMatchObject({ agentName: "alice", task: "create a login component", progress: 40 });
    expect(data.issue).toBe("no access to the design files");
    const said = await mira.next("agent_response");
    expect(said.data.text).toContain("help");
    expect(said.data.text).toContain("no access to the design files");
    await mira.until(
      () => mira.ofType("agent_status_update").find(({ data: state }) => state.status === "stuck"),
      "alice shown as stuck",
    );
  });

  test("task_completion tells the end with its outcome, once", async () => {
    mira.send({ type: "message", data: { text: "@alice done" } });
    expect((await noted(mira, "completed", "alice")).data).toMatchObject({ taskId, progress: 100 });
    const { data } = await mira.next("task_completion");
    expect(shapeOf(data)).toMatchObject({
      agentName: "string",
      task: "string",
      output: "string",
      timestamp: "time",
      taskId: "string",
      seq: "integer",
    });
    expect(data).toMatchObject({ agentName: "alice", task: "create a login component", taskId });
    await mira.next("agent_response", (said) => said.data.text.includes("completed"));
    await mira.until(
      () => mira.ofType("agent_status_update").find(({ data: state }) => state.status === "completed"),
      "alice shown as completed",
    );
    mira.send({ type: "get_active_tasks" });
    expect((await mira.next("active_tasks")).data).toEqual({});
    expect(mira.ofType("task_completion")).toHaveLength(1);
  });
});

test("a cancelled task is told as stopped", async () => {
  const omar = await Client.camel(server.ws, "omar", { subscribe: ["tasks"] });
  await omar.say("@diana please test the login page");
  await noted(omar, "started", "diana");
  await omar.say("@diana cancel");
  expect((await noted(omar, "stopped", "diana")).data).toMatchObject({ taskDescription: "test the login page" });
});
