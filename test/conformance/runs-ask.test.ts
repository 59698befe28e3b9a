import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Task } from "../../src/tasks/task.ts";
import { command, question } from "../support/asks.ts";
import { Puppet, type PuppetRun } from "../support/puppet.ts";
import { waitFor } from "../support/round.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

const puppet = new Puppet({ opensTask: "at once" });
let server: TestServer;
let cookie: string;

/** A server whose built-in agents do what the test says. */
beforeAll(async () => {
  server = await startServer({ backends: () => [puppet] });
  cookie = await signIn(server, "mira");
});
afterAll(() => server.stop());

async function http(method: string, path: string, body?: object) {
  const answer = await fetch(server.http + path, {
    method,
    headers: { cookie, origin: server.http, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
}

/** Mira asks alice for something over HTTP; the run that came of it. */
async function begun(words: string): Promise<PuppetRun & { task: Task }> {
  const before = puppet.runs.length;
  expect((await http("POST", "/api/v1/rooms/general/messages", { text: `@alice ${words}` })).status).toBe(201);
  await waitFor(() => puppet.runs.length > before, "the run");
  const begun = puppet.runs[before];
  if (!begun?.request.task) throw new Error("a run without a task");
  return { ...begun, task: begun.request.task };
}

async function stateOf({ id }: Task): Promise<string> {
  const { task } = (await http("GET", `/api/v1/tasks/${id}`)).json as { task: { state: string; note: string } };
  return `${task.state}: ${task.note}`;
}

const becomes = (task: Task, state: string) => waitFor(async () => (await stateOf(task)).startsWith(state), state);

interface Waiting {
  readonly id: number;
  readonly taskId: string;
  readonly shown: string;
}

/** What waits for Mira's answer, of one task. */
async function waiting({ id }: Task): Promise<Waiting> {
  const { approvals } = (await http("GET", "/api/v1/approvals")).json as { approvals: Waiting[] };
  const found = approvals.find(({ taskId }) => taskId === String(id));
  if (!found) throw new Error("nothing waits");
  return found;
}

async function answer(task: Task, choice: { option: string } | { text: string }): Promise<number> {
  const { id, shown } = await waiting(task);
  return (await http("POST", `/api/v1/approvals/${id}/answer`, { ...choice, shown })).status;
}

describe("a run that asks people", () => {
  test("is stuck until somebody allows it over HTTP; then it goes on and ends", async () => {
    const { task, desk, say, end } = await begun("run the tests");
    const answered = desk.ask(command);
    await becomes(task, "stuck: needs approval: run a command");
    expect(await answer(task, { option: "once" })).toBe(200);
    expect(await answered).toMatchObject({ outcome: "chosen", option: { kind: "allow_once" }, by: { name: "mira" } });
    await becomes(task, "working");
    say({ type: "text", delta: "They pass." });
    end();
    await becomes(task, "completed");
    await expect(waiting(task)).rejects.toThrow("nothing waits");
  });

  test("is told when it is rejected, and decides itself what becomes of it", async () => {
    const { task, desk, say, end } = await begun("drop the table");
    const answered = desk.ask(command);
    await becomes(task, "stuck: needs approval");
    expect(await answer(task, { option: "no" })).toBe(200);
    expect(await answered).toMatchObject({ outcome: "chosen", option: { kind: "reject_once" }, by: { name: "mira" } });
    await becomes(task, "working");
    say({ type: "text", delta: "Then I leave it." });
    end();
    await becomes(task, "completed");
  });

  test("gets the words of a reply in its thread, which wake nobody anew", async () => {
    const { task, desk, end } = await begun("move the data");
    const answered = desk.ask(question);
    await becomes(task, "stuck: needs an answer: Which database?");
    const runs = puppet.runs.length;
    await http("POST", "/api/v1/rooms/general/messages", { text: "the third one", replyTo: task.requestId });
    expect(await answered).toMatchObject({ outcome: "said", text: "the third one", by: { name: "mira" } });
    end();
    await becomes(task, "completed");
    expect(puppet.runs).toHaveLength(runs);
    expect((await http("GET", "/api/v1/agents/alice/queue")).json).toMatchObject({ current: null, queue: [] });
  });

  test("is not waited for when its task is stopped: what it asked is closed, and answered too late", async () => {
    const { task, desk } = await begun("wait for me");
    const answered = desk.ask(command);
    await becomes(task, "stuck: needs approval");
    const { id, shown } = await waiting(task);
    expect((await http("POST", `/api/v1/tasks/${task.id}/cancel`)).status).toBe(200);
    expect(await answered).toEqual({ outcome: "none", reason: "stopped" });
    await becomes(task, "cancelled");
    const late = await http("POST", `/api/v1/approvals/${id}/answer`, { option: "once", shown });
    expect([late.status, late.json.code ?? late.json]).toEqual([409, expect.anything()]);
  });
});
