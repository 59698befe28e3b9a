import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { EventReader } from "../support/event-stream.ts";
import { RoomClient } from "../support/rooms.ts";
import { signIn, startServer, type TestServer, withServer } from "../support/server.ts";

let server: TestServer;
let mira: RoomClient;
let cookie: string;
let omar: Client;
beforeAll(async () => {
  server = await startServer({
    limits: { resumeEvents: 60, pollWaitMs: 2_000, streamBeatMs: 30, actBurst: 10_000, peopleBurst: 10_000 },
  });
  cookie = await signIn(server, "mira", "admin");
  mira = new RoomClient(server, cookie);
  omar = await Client.camel(server.ws, "omar", { subscribe: [] });
  await mira.must("POST", "/api/v1/rooms", { name: "kitchen" });
});
afterAll(() => server.stop());

interface Answered {
  events: Frame[];
  seq: number;
  epoch: string;
  resync?: true;
}
const ask = (query = ""): Promise<Answered> => mira.must("GET", `/api/v1/events${query}`);
const read = (query = "", more: Record<string, string> = {}) =>
  EventReader.open(`${server.http}/api/v1/events${query}`, { cookie, origin: server.http, ...more });
const ids = (frames: readonly Frame[]) => frames.map(({ data }) => data.id);

describe("one answer after the other", () => {
  test("whoever does not say where they left off is told where they are, at once", async () => {
    const { data } = await omar.say("before");
    const { epoch } = omar.frames[0]?.data ?? {};
    const first = await ask();
    expect(first).toEqual({ events: [], seq: expect.any(Number), epoch });
    expect(first.seq).toBeGreaterThanOrEqual(data.seq);
  });

  test("what was missed comes at once, as camel frames in order, with where to go on", async () => {
    const { seq, epoch } = await ask();
    const said = [await omar.say("one"), await omar.say("two")];
    omar.send({ type: "edit_message", data: { id: said[0]?.data.id, text: "one, corrected" } });
    const edit = await omar.next("message_update", (frame) => frame.data.id === said[0]?.data.id);
    const { events, ...place } = await ask(`?after=${seq}&epoch=${epoch}`);
    expect(events.map(({ type }) => type)).toEqual(["message", "message", "message_update"]);
    expect(ids(events)).toEqual([...ids(said), said[0]?.data.id]);
    expect(events[1]?.data).toEqual(said[1]?.data);
    expect(place.seq).toBeGreaterThanOrEqual(edit.data.seq);
    expect((await ask(`?after=${place.seq}&wait=0`)).events).toEqual([]);
  });

  test("else it waits for the first thing, and answers with that", async () => {
    const { seq } = await ask();
    const waiting = ask(`?after=${seq}`);
    const { data } = await omar.say("worth waiting for");
    expect((await waiting).events.map((frame) => frame.data.text)).toEqual([data.text]);
  });

  test("it waits no longer than it was asked to", async () => {
    const { seq } = await ask();
    const { events, ...place } = await ask(`?after=${seq}&wait=0.05`);
    expect(events).toEqual([]);
    expect(place.seq).toBeGreaterThanOrEqual(seq);
  });

  test.each([
    ["too much was missed", async () => `?after=${(await manySince()).seq}`],
    ["the epoch is another", async () => `?after=${(await ask()).seq}&epoch=another`],
    ["the seq has not happened yet", async () => `?after=${(await ask()).seq + 10_000}`],
  ])("when %s, a snapshot is to be loaded instead of a part", async (_, query) => {
    const answer = await ask(await query());
    expect(answer).toEqual({ resync: true, seq: expect.any(Number), epoch: expect.any(String) } as unknown as Answered);
  });

  test("two people asking at a time are both told, and are online while they ask", async () => {
    const tomas = new RoomClient(server, await signIn(server, "tomas"));
    const watcher = await Client.camel(server.ws, "wim", { subscribe: ["presence"] });
    const { seq } = await ask();
    const both = [ask(`?after=${seq}`), tomas.must("GET", `/api/v1/events?after=${seq}`)];
    await watcher.next("user_presence", ({ data }) => data.userId === "tomas" && data.status === "online");
    await omar.say("to both");
    for (const answer of await Promise.all(both)) expect(answer.events.map(textOf)).toEqual(["to both"]);
    await watcher.close();
  });
});

/** Where somebody left off before more was said than is replayed. */
async function manySince() {
  const place = await ask();
  for (let count = 0; count < 61; count += 1) omar.send({ type: "message", data: { text: `${count}` } });
  await omar.say("long ago");
  return place;
}
const textOf = ({ data }: Frame) => data.text;

describe("a stream of events", () => {
  test("begins with the welcome of a socket, and asks no proxy to keep or gather it", async () => {
    const stream = await read();
    expect(stream.status).toBe(200);
    expect(stream.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(stream.headers.get("cache-control")).toContain("no-store");
    expect(stream.headers.get("x-accel-buffering")).toBe("no");
    const welcome = await stream.next("auth_response");
    expect(welcome.data).toMatchObject({ success: true, userId: "mira", role: "admin", epoch: expect.any(String) });
    expect(stream.lastEventId).toBe(String(welcome.data.seq));
    expect(stream.parser.retry).toBeGreaterThanOrEqual(1_000);
    stream.cut();
  });

  test("carries each frame with its seq as id, the same that a socket gets", async () => {
    const stream = await read();
    await stream.next("auth_response");
    const said = [await omar.say("a *b*\nc"), await omar.say("d")];
    for (const { data } of said)
      expect((await stream.next("message", (frame) => frame.data.id === data.id)).data).toEqual(data);
    const events = stream.events.filter(({ data }) => data.startsWith('{"type":"message"'));
    expect(events.map(({ id }) => Number(id))).toEqual(said.map(({ data }) => data.seq));
    stream.cut();
  });

  test("goes on from Last-Event-ID, which says more than the address it was opened with", async () => {
    const { seq } = await ask();
    const [first, second] = [await omar.say("first"), await omar.say("second")];
    const stream = await read(`?after=${seq}`, { "last-event-id": String(first.data.seq) });
    await stream.next("message", ({ data }) => data.id === second.data.id);
    expect(ids(stream.frames("message"))).toEqual([second.data.id]);
    stream.cut();
  });

  test("before it has told what was missed, its reader can only come back to where they were", async () => {
    const { seq } = await ask();
    await omar.say("missed");
    const stream = await read(`?after=${seq}`);
    await stream.next("message");
    const kinds = stream.events.map(({ data, id }) => [JSON.parse(data).type, id !== undefined]);
    expect(kinds.slice(0, 2)).toEqual([
      ["auth_response", false],
      ["message", true],
    ]);
    stream.cut();
  });

  test("says resync when too much was missed, and goes on live from there", async () => {
    const { seq } = await manySince();
    const stream = await read(`?after=${seq}`);
    const resync = await stream.next("resync");
    expect(stream.lastEventId).toBe(String(resync.data.seq));
    const { data } = await omar.say("and now");
    await stream.next("message", (frame) => frame.data.id === data.id);
    expect(ids(stream.frames("message"))).toEqual([data.id]);
    stream.cut();
  });

  test("says that it is there while nothing happens", async () => {
    const stream = await read();
    while (stream.parser.comments < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(stream.ended).toBe(false);
    stream.cut();
  });

  test("of an answer being written comes delta by delta, from the beginning, and then whole", async () => {
    const stream = await read("?topics=agents");
    await stream.next("auth_response");
    await omar.say("@bob help");
    const answer = await stream.next("agent_response", ({ data }) => data.sender === "bob");
    const deltas = stream.frames("message_delta").filter(({ data }) => data.id === answer.data.id);
    let text = "";
    for (const { data } of deltas) {
      expect(data.offset).toBe(text.length);
      text += data.delta;
    }
    expect(text).toBe(answer.data.text);
    stream.cut();
  });

  test("a reader of HEAD gets no stream that nobody would end", async () => {
    const answer = await fetch(`${server.http}/api/v1/events`, {
      method: "HEAD",
      headers: { cookie, accept: "text/event-stream" },
    });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
  });
});

describe("what is asked for", () => {
  test("is #general, or exactly the rooms that are named", async () => {
    const [general, kitchen, both] = await Promise.all([
      read(),
      read("?room=kitchen"),
      read("?room=kitchen&room=general"),
    ]);
    for (const stream of [general, kitchen, both]) await stream.next("auth_response");
    const soup = await omar.say("soup", { room: "kitchen" });
    const hello = await omar.say("hello");
    await both.next("message", ({ data }) => data.id === hello.data.id);
    await general.next("message", ({ data }) => data.id === hello.data.id);
    expect(ids(both.frames("message"))).toEqual([soup.data.id, hello.data.id]);
    expect(ids(general.frames("message"))).toEqual([hello.data.id]);
    expect(ids(kitchen.frames("message"))).toEqual([soup.data.id]);
    for (const stream of [general, kitchen, both]) stream.cut();
  });

  test("with the topic tasks: each step of tasks of every room one may read, also of those one hears no messages of", async () => {
    const { seq } = await ask();
    const stream = await read("?topics=tasks,help");
    await stream.next("auth_response");
    const asked = await omar.say("@charlie please paint the wall", { room: "kitchen" });
    await stream.next(
      "task_notification",
      ({ data }) => data.metadata.requestId === asked.data.id && data.type === "started",
    );
    await omar.say("@charlie done", { room: "kitchen" });
    const done = await stream.next("task_completion");
    const steps = stream.frames("task_notification").map(({ data }) => data.type);
    expect(steps).toEqual(["assigned", "started", "completed"]);
    const missed = await ask(`?after=${seq}&topics=tasks`);
    expect(missed.events.map(({ type }) => type)).toEqual([
      "task_notification",
      "task_notification",
      "task_notification",
      "task_completion",
    ]);
    // Two frames say that it is done; only the second may be come back to.
    const last = stream.events.filter(({ data }) => data.includes(`"seq":${done.data.seq}`)).map(({ id }) => id);
    expect(last).toEqual([undefined, String(done.data.seq)]);
    stream.cut();
  });

  test.each([
    ["a room that there is not", "?room=cellar", 404, "NOT_FOUND"],
    ["a topic that there is not", "?topics=weather", 400, "INVALID_MESSAGE"],
    ["a seq that is none", "?after=soon", 400, "INVALID_MESSAGE"],
    ["waiting for less than nothing", "?wait=-1", 400, "INVALID_MESSAGE"],
    ["more topics than are heard", `?topics=${Array.from({ length: 200 }, () => "tasks").join()}`, 409, "CONFLICT"],
  ])("%s is refused before anything is opened", async (_, query, status, code) => {
    for (const accept of ["application/json", "text/event-stream"]) {
      const answer = await fetch(`${server.http}/api/v1/events${query}`, { headers: { cookie, accept } });
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([status, code]);
    }
  });
});

describe("nobody else's page opens a stream", () => {
  test.each([
    ["another origin", { origin: "http://evil.example" }, 403],
    ["another site", { "sec-fetch-site": "cross-site" }, 403],
    ["another port of this machine", { "sec-fetch-site": "same-site" }, 403],
    ["the page itself", { "sec-fetch-site": "same-origin" }, 200],
    ["a browser that says nothing of it, on plain HTTP", {}, 200],
  ])("%s", async (_, headers, status) => {
    for (const path of ["/api/v1/events", "/live?room=general"]) {
      const answer = await fetch(server.http + path, { headers: { cookie, ...headers } });
      expect([path, answer.status]).toEqual([path, status]);
      await answer.text();
    }
  });
});

test("streams and polls hold places among somebody's connections, and give them back", async () => {
  await withServer({ env: { OPENCODE_DEV_MODE: "true" }, limits: { connectionsPerMember: 2 } }, async (at) => {
    const shown = { cookie: await signIn(at, "mira"), origin: at.http };
    const url = `${at.http}/api/v1/events`;
    const [first, second] = [await EventReader.open(url, shown), await EventReader.open(url, shown)];
    const third = await EventReader.open(url, shown);
    expect([first.status, second.status, third.status]).toEqual([200, 200, 429]);
    expect((await fetch(url, { headers: shown })).status).toBe(429);
    first.cut();
    let status = 0;
    while (status !== 200) status = (await fetch(url, { headers: shown })).status;
    second.cut();
  });
});
