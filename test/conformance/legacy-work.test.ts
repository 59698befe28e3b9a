import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { RoomClient } from "../support/rooms.ts";
import { waitFor } from "../support/round.ts";
import { agentsAreIdle, signIn, startServer, type TestServer, withServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
beforeAll(async () => {
  // Whether the agents are done is asked again and again.
  server = await startServer({ limits: { readRate: 1e6, readBurst: 1e6 } });
});
afterAll(() => server.stop());

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into by tests
type Answer = any;
const get = async (path: string): Promise<Answer> => (await fetch(server.http + path)).json();
async function ask(method: string, path: string, body?: object): Promise<{ status: number; body: Answer }> {
  const answer = await fetch(server.http + path, { method, ...(body && { body: JSON.stringify(body) }) });
  return { status: answer.status, body: await answer.json() };
}

const taskShape = {
  id: "integer",
  session_id: "string",
  name: "string",
  task: "string",
  status: "string",
  progress: "integer",
  note: "string",
  room: "string",
  requested_by: "string",
  created_at: "time",
  updated_at: "time",
};

test("with nothing to do, the lists are empty and the shapes are there", async () => {
  expect(await get("/sessions")).toEqual({ sessions: {} });
  expect(await get("/progress")).toEqual({ progress: {} });
  expect(await get("/progress?name=diana")).toEqual({ progress: null });
  expect(await get("/tasks")).toEqual({ tasks: [] });
  expect(await get("/tasks/diana")).toEqual({
    name: "diana",
    session_id: null,
    task: null,
    status: "idle",
    progress: 0,
    tasks: [],
  });
  expect(await get("/bridge")).toEqual({ bridge: { active_tasks: 0, stuck_timers: 0, tasks: {} } });
  const status = await get("/status");
  expect(status).toMatchObject({ active_sessions: {}, locked_files: [], pending_requests: [], chat_enabled: true });
  expect(shapeOf(status.employees[0])).toEqual({
    name: "string",
    role: "string",
    smartness: "string",
    hired_at: "time",
  });
  expect(status.employees).toHaveLength(4);
  expect(status.chat_statistics).toMatchObject({ total_agents: 4 });
  expect(status).toMatchObject({ degraded_mode: false, initialization_errors: [] });
  expect(status.communication).toMatchObject({ transport_type: "websocket", connected: true });
});

describe("POST /tasks", () => {
  test("asks the agent in the room, as whoever wants it done, and answers with the task that was made of it", async () => {
    const asked = { name: "alice", task: "fix the login page", model: "some/model", mode: "build" };
    const { status, body } = await ask("POST", "/tasks", asked);
    expect(status).toBe(200);
    expect(shapeOf(body)).toEqual({
      message: "string",
      session_id: "string",
      task: "string",
      model: "string",
      mode: "string",
    });
    expect(body).toMatchObject({ task: "fix the login page", model: "some/model", mode: "build" });
    const { messages } = await get("/api/v1/rooms/general/messages");
    expect(messages[0]).toMatchObject({ sender: "dev_user", text: "@alice fix the login page" });

    const { tasks } = await get("/tasks");
    expect(tasks.map(shapeOf)).toEqual([taskShape]);
    expect(tasks[0]).toMatchObject({
      session_id: body.session_id,
      name: "alice",
      requested_by: "dev_user",
      room: "general",
    });
    expect(await get("/tasks/alice")).toMatchObject({ session_id: body.session_id, task: "fix the login page", tasks });
    expect((await get("/sessions")).sessions).toEqual({
      alice: { session_id: body.session_id, task: "fix the login page", is_running: true, files_locked: [] },
    });
    expect((await get("/status")).active_sessions).toEqual((await get("/sessions")).sessions);
    const progress = {
      employee: "string",
      task_file: "null",
      last_updated: "time",
      file_status: {},
      overall_progress: "integer",
      ready_to_release: [],
      still_working_on: [],
      task_description: "string",
      current_work: "string",
    };
    expect(shapeOf(await get("/progress?name=alice"))).toEqual({ progress });
    expect(shapeOf(await get("/progress"))).toEqual({ progress: { alice: progress } });
    const { bridge } = await get("/bridge");
    expect(bridge.active_tasks).toBe(1);
    expect(shapeOf(bridge.tasks.alice)).toEqual({
      task: "string",
      status: "string",
      started_at: "time",
      duration_minutes: "integer",
    });
  });

  test("takes the other spelling, and the name with -bot", async () => {
    const { status, body } = await ask("POST", "/tasks", { employee: "bob-bot", description: "draw the icon" });
    expect([status, body.task]).toEqual([200, "draw the icon"]);
  });

  test("what an agent makes no task of is said, without a session", async () => {
    await withServer({ limits: { taskAnswerMs: 10 } }, async ({ http }) => {
      const answer = await fetch(`${http}/tasks`, {
        method: "POST",
        body: JSON.stringify({ name: "alice", task: "hello" }),
      });
      expect(await answer.json()).toMatchObject({ session_id: null, message: expect.stringContaining("was asked") });
    });
  });

  test.each([
    [{}, 400, "INVALID_MESSAGE"],
    [{ name: "alice" }, 400, "INVALID_MESSAGE"],
    [{ name: "alice", task: " " }, 400, "INVALID_MESSAGE"],
    [{ name: 5, task: "x" }, 400, "INVALID_MESSAGE"],
    [{ name: "zoe", task: "x" }, 404, "AGENT_NOT_FOUND"],
  ])("%j is %i %s", async (asked, expected, code) => {
    const { status, body } = await ask("POST", "/tasks", asked);
    expect([status, body.code]).toEqual([expected, code]);
  });

  test("in safe mode nobody works: 503", () =>
    withServer({ env: { OPENCODE_SAFE_MODE: "true" } }, async ({ http }) => {
      const answer = await fetch(`${http}/tasks`, {
        method: "POST",
        body: JSON.stringify({ name: "alice", task: "fix it" }),
      });
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: "AGENT_OFFLINE" });
    }));
});

describe("DELETE /tasks/:name", () => {
  test("cancels what the agent has open; a second time there is nothing to stop", async () => {
    await ask("POST", "/tasks", { name: "charlie", task: "deploy the release" });
    await waitFor(() => agentsAreIdle(server), "the end of the agents' work");
    expect(await ask("DELETE", "/tasks/charlie")).toEqual({ status: 200, body: { message: "charlie stopped." } });
    expect((await get("/tasks/charlie")).tasks).toEqual([]);
    expect((await ask("DELETE", "/tasks/charlie")).body.message).toBe("charlie has nothing to stop.");
  });

  test("only by who asked for them, or manages tasks", async () => {
    await ask("POST", "/tasks", { name: "diana", task: "test the release" });
    const ana = new RoomClient(server, await signIn(server, "ana", "analyst"));
    expect((await ana.ask("DELETE", "/tasks/diana")).status).toBe(403);
    expect((await get("/tasks/diana")).tasks).toHaveLength(1);
    const dora = new RoomClient(server, await signIn(server, "dora", "developer"));
    expect((await dora.ask("DELETE", "/tasks/diana")).status).toBe(200);
  });
});

test("what somebody may not see is not there: tasks of private rooms are told to those in them", async () => {
  const dora = new RoomClient(server, await signIn(server, "dora", "developer"));
  const otto = new RoomClient(server, await signIn(server, "otto", "developer"));
  const erin = { name: "erin", role: "tester" };
  await dora.must("POST", "/employees", erin);
  await dora.privateRoom("vault", "erin-bot");
  await dora.must("POST", "/api/v1/rooms/vault/messages", { text: "@erin write the secret report" });
  const tasksOf = async (who: RoomClient) => (await (await who.ask("GET", "/tasks/erin")).json()) as Answer;
  while ((await tasksOf(dora)).tasks.length === 0);
  for (const path of ["/tasks", "/tasks/erin", "/sessions", "/progress", "/progress?name=erin", "/bridge", "/status"]) {
    expect(await (await dora.ask("GET", path)).text()).toContain("secret report");
    expect(await (await otto.ask("GET", path)).text()).not.toContain("secret");
  }
  expect((await otto.must("DELETE", "/tasks/erin")).message).toBe("erin has nothing to stop.");
  expect((await tasksOf(dora)).tasks).toHaveLength(1);
});
