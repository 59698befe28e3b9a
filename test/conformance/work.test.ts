import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Task } from "../../src/tasks/task.ts";
import { Client, type Frame } from "../support/client.ts";
import { signIn } from "../support/server.ts";
import { openWorkshop, type Workshop } from "../support/workshop.ts";

let shop: Workshop;
let task: Task;
let secret: Task;
let watching: Client;
const cookies: Record<string, string> = {};

beforeAll(async () => {
  shop = await openWorkshop({ env: { OPENCODE_TRANSPORT: "websocket" } });
  for (const name of ["mira", "tomas"]) cookies[name] = await signIn(shop.server, name);
  const { core } = shop;
  const mira = core.members.person("mira");
  const alice = core.roster.byName("alice")?.member;
  if (!mira || !alice) throw new Error("nobody is here");
  const vault = await core.rooms.create(mira, "vault", "", "private");
  await core.rooms.bringIn(mira, vault, alice);
  watching = await Client.camel(shop.server.ws, "mira", { subscribe: ["tasks"] });
  task = await shop.task("alice", "mira", "count the coins");
  secret = await shop.task("alice", "mira", "count the gold", vault.slug);
});
afterAll(async () => {
  await watching.close();
  await shop.server.stop();
});

/** What a client has of an output, put together as PROTOCOL says. */
function together(frames: readonly Frame[], stepId: string, field: "data" | "delta" = "data"): string {
  let text = "";
  let end = 0;
  for (const { data } of frames) {
    if (field === "data" && data.stepId !== stepId) continue;
    if (data.offset === 0) text = "";
    else if (data.offset !== end) text += data.offset > end ? "…" : "DOUBLE";
    text += data[field];
    end = data.end;
  }
  return text;
}

const onlyOf = (client: Client, type: string, of: Task) =>
  client.ofType(type).filter(({ data }) => (data.taskId ?? data.task_id) === String(of.id));

describe("who subscribed to tasks", () => {
  test("hears each step begin and end, its output in between, the plan and the thoughts", async () => {
    const { steps } = shop.core;
    steps.plan(task, [{ content: "look", status: "in_progress" }]);
    steps.change(task, { id: "c1", kind: "execute", title: "Run", input: "wc -l coins" });
    await watching.next("task_step", ({ data }) => data.state === "running");
    for (let line = 1; line <= 50; line += 1) steps.output(task, "c1", `coin ${line}\n`);
    steps.thought(task, "Fifty, ");
    steps.thought(task, "I think.");
    steps.change(task, { id: "c1", state: "completed" });
    const ended = await watching.next("task_step", ({ data }) => data.state === "completed");
    expect(ended.data).toMatchObject({
      agentName: "alice",
      taskId: String(task.id),
      stepId: "c1",
      number: 1,
      kind: "execute",
      title: "Run",
      input: "wc -l coins",
      files: [],
    });
    expect(Date.parse(ended.data.endedAt)).toBeGreaterThanOrEqual(Date.parse(ended.data.startedAt));
    // All of it came before the end was told, in a few frames.
    const outputs = watching.frames
      .slice(0, watching.frames.indexOf(ended))
      .filter(({ type }) => type === "task_output");
    expect(together(outputs, "c1")).toBe(Array.from({ length: 50 }, (_, line) => `coin ${line + 1}\n`).join(""));
    expect(outputs.length).toBeLessThan(10);
    expect(together(watching.ofType("task_thought"), "", "delta")).toBe("Fifty, I think.");
    expect(watching.ofType("task_plan")[0]?.data.entries).toEqual([{ content: "look", status: "in_progress" }]);
  });

  test("in the classic dialect the same in snake case", async () => {
    const tomas = await Client.classic(shop.server.ws, "tomas");
    tomas.send({ type: "subscribe", topics: ["tasks"] });
    tomas.send({ type: "ping" });
    await tomas.next("pong");
    const { steps } = shop.core;
    steps.change(task, { id: "c2", kind: "edit", title: "Edit", diffs: [{ path: "a", before: "x\n", after: "y\n" }] });
    steps.output(task, "c2", "written\n");
    steps.change(task, { id: "c2", state: "completed" });
    const { data } = await tomas.next("task_step", (frame) => frame.data.state === "completed");
    expect(data).toMatchObject({ step_id: "c2", files: [{ path: "a", added: 1, removed: 1, is_new: false }] });
    const [begun, put] = tomas.frames.filter((frame) => frame.data?.step_id === "c2");
    expect([begun?.type, put?.type, put?.data.task_id]).toEqual(["task_step", "task_output", String(task.id)]);
    await tomas.close();
  });

  test("and comes in the middle gets what there is so far and then the rest, without a gap and nothing twice", async () => {
    const { steps } = shop.core;
    steps.change(task, { id: "c3", kind: "execute", title: "Count" });
    let written = "";
    const write = (count: number) => {
      for (let line = 0; line < count; line += 1) {
        const text = `${written.length} 🪙\n`;
        written += text;
        steps.output(task, "c3", text);
      }
    };
    write(20);
    const late: Client[] = [];
    for (let client = 0; client < 5; client += 1) {
      const coming = Client.camel(shop.server.ws, `late ${client}`, client % 2 === 0 ? { subscribe: ["tasks"] } : {});
      write(7);
      late.push(await coming);
      write(3);
      if (client % 2 === 1) late[client]?.send({ type: "subscribe", data: { topics: ["tasks"] } });
      write(5);
    }
    const agents = await Client.camel(shop.server.ws, "of alice");
    agents.send({ type: "subscribe_agent", data: { agentName: "alice" } });
    write(2);
    await agents.next("agent_status");
    write(9);
    steps.change(task, { id: "c3", state: "completed" });
    for (const client of [...late, agents]) {
      await client.next("task_step", ({ data }) => data.stepId === "c3" && data.state === "completed");
      expect(together(client.ofType("task_output"), "c3")).toBe(written);
      await client.close();
    }
  });

  test("and was away hears of the steps that it missed", async () => {
    const { steps } = shop.core;
    const tomas = await Client.camel(shop.server.ws, "tomas", { subscribe: ["tasks"] });
    tomas.send({ type: "ping" });
    const { seq, epoch } = (await tomas.next("pong")).data;
    await tomas.close();
    steps.change(task, { id: "c4", title: "Look", state: "completed" });
    await watching.next("task_step", ({ data }) => data.stepId === "c4");
    const back = await Client.camel(shop.server.ws, "tomas", { subscribe: ["tasks"], lastSeq: seq, epoch });
    expect((await back.next("task_step")).data).toMatchObject({ stepId: "c4", state: "completed" });
    await back.close();
  });

  test("a flood is told by its end, and says how much was left out", async () => {
    const { steps } = shop.core;
    steps.change(task, { id: "c5", title: "Flood" });
    steps.output(task, "c5", "begin\n");
    await watching.next("task_output", ({ data }) => data.stepId === "c5");
    steps.output(task, "c5", "x".repeat(5_000_000));
    steps.output(task, "c5", "end");
    const { data } = await watching.next("task_output", (frame) => frame.data.stepId === "c5");
    expect(data.data.length).toBeLessThanOrEqual(16 * 1024);
    expect([data.end, data.offset + data.data.length, data.data.endsWith("xend")]).toEqual([
      5_000_009,
      5_000_009,
      true,
    ]);
    steps.change(task, { id: "c5", state: "completed" });
  });
});

describe("what runs do in a room that one may not read does not exist", () => {
  test("not in frames, whatever one subscribes to; who is in the room hears it", async () => {
    const { steps } = shop.core;
    steps.change(secret, { id: "s0", title: "Weigh" });
    steps.output(secret, "s0", "gold before\n");
    const tomas = await Client.camel(shop.server.ws, "tomas", { subscribe: ["tasks", "agents"] });
    tomas.send({ type: "subscribe_agent", data: { agentName: "alice" } });
    await tomas.next("agent_status");
    steps.output(secret, "s0", "gold\n");
    steps.thought(secret, "gold");
    steps.plan(secret, [{ content: "gold", status: "pending" }]);
    steps.change(secret, { id: "s0", state: "completed" });
    await watching.next("task_step", ({ data }) => data.stepId === "s0" && data.state === "completed");
    tomas.send({ type: "ping" });
    await tomas.next("pong");
    for (const type of ["task_step", "task_output", "task_plan", "task_thought"]) {
      expect([type, onlyOf(tomas, type, secret)]).toEqual([type, []]);
      expect([type, onlyOf(watching, type, secret).length > 0]).toEqual([type, true]);
    }
    await tomas.close();
  });

  test("nor over HTTP and as a page: refused as what never was", async () => {
    const ask = (name: string, path: string, accept: string) =>
      fetch(`${shop.server.http}${path}`, { headers: { cookie: cookies[name] ?? "", accept } });
    for (const [path, accept] of [
      ["/api/v1/tasks/", "application/json"],
      ["/tasks/", "text/html"],
    ] as const) {
      const [seen, hidden, never] = await Promise.all([
        ask("mira", `${path}${secret.id}`, accept),
        ask("tomas", `${path}${secret.id}`, accept),
        ask("tomas", `${path}999999`, accept),
      ]);
      expect([seen.status, hidden.status, never.status]).toEqual([200, 404, 404]);
      const about = (text: string) => text.replaceAll(/task \d+/g, "task N");
      expect(about(await hidden.text())).toBe(about(await never.text()));
    }
  });

  test("and its page's frame opens no page of it either", async () => {
    const page = await Client.open(`${shop.server.ws}/live`, { cookie: cookies.tomas ?? "", origin: shop.server.http });
    page.send({ type: "resume", room: "general", task: secret.id });
    expect((await page.until(() => page.closed, "the end")).code).toBe(4403);
  });
});

test("GET /api/v1/tasks/:id tells all of it, also of what runs", async () => {
  const { steps } = shop.core;
  steps.change(task, { id: "last", kind: "execute", title: "Run" });
  steps.output(task, "last", "so far");
  steps.thought(task, " And more.");
  const answer = await fetch(`${shop.server.http}/api/v1/tasks/${task.id}`, {
    headers: { cookie: cookies.tomas ?? "" },
  });
  const { task: told } = (await answer.json()) as {
    task: Record<string, unknown> & { steps: Record<string, unknown>[] };
  };
  expect(told).toMatchObject({ id: task.id, agent: "alice", state: "working", thought: "Fifty, I think. And more." });
  expect(told.steps.at(-1)).toMatchObject({ id: "last", state: "running", output: "so far", endedAt: null });
  expect(told.steps[1]).toMatchObject({ id: "c2", diffs: [{ path: "a", before: "x\n", after: "y\n" }] });
});
