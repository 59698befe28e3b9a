import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { EventReader } from "../support/event-stream.ts";
import { until } from "../support/house.ts";
import { swapsOf } from "../support/page.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let omar: Client;
beforeAll(async () => {
  server = await startServer({ limits: { pollWaitMs: 300, pollParkMs: 150, presenceGraceMs: 20 } });
  omar = await Client.camel(server.ws, "omar", { subscribe: ["presence", "typing", "tasks"] });
});
afterAll(() => server.stop());

/** A page that has no socket, over a stream or by questions. */
interface Line {
  /** HTML frames so far, and JSON frames. */
  readonly html: string[];
  readonly json: { type: string; [field: string]: unknown }[];
  post(...frames: object[]): Promise<number>;
  leave(): void;
}

async function byStream(name: string, query = "room=general"): Promise<Line> {
  const shown = { cookie: await signIn(server, name), origin: server.http };
  const stream = await EventReader.open(`${server.http}/live?${query}`, shown);
  await until(() => stream.events.length > 1, "the line");
  const id = JSON.parse(stream.events[0]?.data ?? "{}").line as string;
  return {
    get html() {
      return stream.events
        .filter(({ name, data }) => name === "message" && !data.startsWith("{"))
        .map(({ data }) => data);
    },
    get json() {
      return stream.frames();
    },
    post: (...frames) => post(id, shown, frames),
    leave: () => stream.cut(),
  };
}

async function byQuestions(name: string, query = "room=general"): Promise<Line> {
  const shown = { cookie: await signIn(server, name), origin: server.http };
  const [html, json]: [string[], Line["json"]] = [[], []];
  let left = false;
  const ask = async (address: string) => {
    const answer = await fetch(`${server.http}/live?${address}`, { headers: shown });
    const { line, frames } = (await answer.json()) as { line: string; frames: string[] };
    for (const frame of frames) {
      if (frame.startsWith("{")) json.push(JSON.parse(frame));
      else html.push(frame);
    }
    return line;
  };
  const line = await ask(query);
  void (async () => {
    while (!left) await ask(`line=${line}`).catch(() => undefined);
  })();
  const leave = () => {
    left = true;
  };
  return { html, json, post: (...frames) => post(line, shown, frames), leave };
}

async function post(line: string, headers: Record<string, string>, frames: readonly object[]): Promise<number> {
  const body = frames.map((frame) => JSON.stringify(frame)).join("\n");
  return (await fetch(`${server.http}/live?line=${line}`, { method: "POST", headers, body })).status;
}

describe.each([
  ["a stream", byStream],
  ["one question after the other", byQuestions],
])("a page over %s", (_, open) => {
  test("begins as over a socket: ready, the lists, and then what happens, as HTML", async () => {
    const mira = await open("mira");
    expect(mira.json[0]).toMatchObject({ type: "ready", seq: expect.any(Number), epoch: expect.any(String) });
    expect(mira.html.join()).toContain("#people");
    const { data } = await omar.say("hello page");
    await until(() => mira.html.some((frame) => frame.includes("hello page")), "the message");
    const frame = mira.html.find((each) => each.includes("hello page")) ?? "";
    expect(frame).toStartWith(`<!--seq:${data.seq}-->`);
    expect(swapsOf(frame)).toMatchObject([{ element: "partial", target: "#messages", how: "beforeend" }]);
    mira.leave();
  });

  test("gets what it missed, put in by id, and what is being written", async () => {
    const before = await omar.say("seen");
    const missed = await omar.say("@bob help");
    const mira = await open("mira", `room=general&after=${before.data.seq}`);
    const replay = mira.html.find((frame) => frame.includes(`id="m-${missed.data.id}"`)) ?? "";
    expect(swapsOf(replay)[0]).toMatchObject({ element: "upsert", target: "#messages" });
    expect(mira.html.join()).not.toContain(`id="m-${before.data.id}"`);
    await until(() => mira.html.some((frame) => frame.includes('hx-target="#stream-')), "bob's answer grows");
    await omar.next("agent_response", ({ data }) => data.replyTo === missed.data.id);
    mira.leave();
  });

  test("says everything it says over a socket: messages, changes, typing, what becomes of tasks", async () => {
    const mira = await open("mira");
    expect(await mira.post({ type: "typing", room: "general", isTyping: true })).toBe(204);
    await omar.next("typing", ({ data }) => data.userId === "mira" && data.isTyping);
    await mira.post(
      { type: "message", room: "general", text: "first", clientId: `a-${_}` },
      { type: "message", room: "general", text: "second", clientId: `b-${_}` },
    );
    const first = await omar.next("message", ({ data }) => data.clientId === `a-${_}`);
    const second = await omar.next("message", ({ data }) => data.clientId === `b-${_}`);
    expect([first.data.origin, second.data.id > first.data.id]).toEqual(["web", true]);
    await mira.post({ type: "edit_message", id: first.data.id, text: "first, changed" });
    await omar.next("message_update", ({ data }) => data.id === first.data.id && data.text === "first, changed");
    await mira.post({ type: "delete_message", id: second.data.id });
    await omar.next("message_update", ({ data }) => data.id === second.data.id && data.deletedAt !== undefined);
    await mira.post({ type: "message", room: "general", text: "@alice please mend the fence", clientId: `c-${_}` });
    const task = await omar.next(
      "task_notification",
      ({ data }) => data.metadata.requestedBy === "mira" && data.type === "started",
    );
    await mira.post({ type: "task", id: Number(task.data.taskId), action: "cancel" });
    await omar.next("task_notification", ({ data }) => data.taskId === task.data.taskId && data.type === "stopped");
    mira.leave();
  });

  test("is told what was refused on its line, and that it repeated itself: nothing is said twice", async () => {
    const mira = await open("mira");
    const frame = { type: "message", room: "general", text: "once", clientId: `once-${_}` };
    await mira.post(frame, frame);
    await mira.post(frame, { type: "message", room: "cellar", text: "where?", clientId: `none-${_}` });
    await mira.post({ type: "ping", at: 12.5 });
    await until(() => mira.json.some(({ type }) => type === "pong"), "the pong");
    expect(mira.json).toContainEqual(
      expect.objectContaining({ type: "error", code: "NOT_FOUND", clientId: `none-${_}` }),
    );
    expect(mira.json.find(({ type }) => type === "pong")).toMatchObject({ at: 12.5, seq: expect.any(Number) });
    await omar.say("that was it");
    expect(omar.ofType("message").filter(({ data }) => data.clientId === `once-${_}`)).toHaveLength(1);
    mira.leave();
  });

  test("is somebody who is here, until they leave", async () => {
    const wim = `wim of ${_}`.replaceAll(" ", "-");
    const page = await open(wim);
    await omar.next("user_presence", ({ data }) => data.userId === wim && data.status === "online");
    page.leave();
    await omar.next("user_presence", ({ data }) => data.userId === wim && data.status === "offline");
  });

  test("hears resync and nothing else when it comes from another history", async () => {
    const mira = await open("mira", "room=general&after=1&epoch=another");
    await until(() => mira.json.length > 1, "the answer");
    expect(mira.json.map(({ type }) => type)).toEqual(["ready", "resync"]);
    expect(mira.html).toEqual([]);
    mira.leave();
  });
});

describe("what no page does", () => {
  test.each([
    ["asking for no room", "GET", "/live", "", 400],
    ["asking on a line that there is not", "GET", "/live?line=none", "", 404],
    ["speaking on no line", "POST", "/live", "{}", 400],
    ["speaking on one that there is not", "POST", "/live?line=none", "{}", 404],
    ["saying more than a request holds", "POST", "/live?line=none", "x".repeat(70_000), 413],
  ])("%s is refused", async (_, method, path, body, status) => {
    const cookie = await signIn(server, "mira");
    const headers = { cookie, origin: server.http };
    const answer = await fetch(server.http + path, { method, headers, ...(body && { body }) });
    expect(answer.status).toBe(status);
  });

  test("thousands of frames at once are refused, and nonsense ends the line as it ends a socket", async () => {
    const mira = await byStream("mira");
    expect(await mira.post(...Array.from({ length: 201 }, () => ({ type: "ping" })))).toBe(400);
    expect(await mira.post(...Array.from({ length: 10 }, () => ({ type: "nonsense" })))).toBe(204);
    await until(() => mira.json.filter(({ code }) => code === "UNKNOWN_MESSAGE_TYPE").length === 10, "ten refusals");
    expect(await mira.post({ type: "ping" })).toBe(404);
  });
});
