import { afterEach, expect, test } from "bun:test";
import { defaultLimits, type Limits } from "../../src/limits.ts";
import { Client, type Frame } from "../support/client.ts";
import { HandClock } from "../support/clock.ts";
import { header, RawSocket } from "../support/raw.ts";
import { waitFor } from "../support/round.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
const clock = new HandClock();
afterEach(() => server.stop());

async function start(limits: Partial<Limits>, env: Record<string, string> = {}): Promise<void> {
  server = await startServer({ limits, clock, env });
}

/** The refusal a frame was answered with, in either dialect. */
async function refusal(client: Client, frame: unknown, type = "error"): Promise<Frame["data"]> {
  client.send(frame);
  return (await client.next(type)).data;
}

const say = (text: string) => ({ type: "message", data: { text, clientId: text } });

test("a person speaks at the set pace over all doors together, and is told to the millisecond when to go on", async () => {
  await start({ peopleRate: 2, peopleBurst: 4 });
  const [camel, classic] = [await Client.camel(server.ws, "Mira"), await Client.classic(server.ws, "Mira")];
  const tomas = await Client.camel(server.ws, "Tomas");
  const headers = { cookie: await signIn(server, "Mira"), origin: server.http };
  const post = (text: string) =>
    fetch(`${server.http}/rooms/general/messages`, { method: "POST", headers, body: new URLSearchParams({ text }) });

  await camel.say("one");
  await classic.say("two");
  expect((await post("three")).status).toBe(201);
  const four = await camel.say("four");
  const { code, retryAfter, clientId } = await refusal(camel, say("five"));
  expect([code, retryAfter, clientId]).toEqual(["RATE_LIMITED", 500, "five"]);
  const notice = await refusal(classic, { type: "chat_message", text: "six", client_id: "six" }, "notice");
  expect(notice).toMatchObject({ code: "RATE_LIMITED", retryAfter: 500, client_id: "six" });
  const answer = await post("seven");
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "1"]);
  expect(await answer.json()).toMatchObject({ code: "RATE_LIMITED", retryAfter: 500 });
  // Changing what was said is speaking too; somebody else is not concerned.
  expect((await refusal(camel, { type: "edit_message", id: four.data.id, text: "x" })).code).toBe("RATE_LIMITED");
  expect((await refusal(camel, { type: "delete_message", id: four.data.id })).code).toBe("RATE_LIMITED");
  await tomas.say("I may");

  clock.advance(499);
  expect((await refusal(camel, say("eight"))).retryAfter).toBe(1);
  clock.advance(1);
  await camel.say("nine");
  expect((await refusal(camel, say("ten"))).retryAfter).toBe(500);
  // However long the silence, no more than the burst is saved up.
  clock.advance(3_600_000);
  for (const text of ["a", "b", "c", "d"]) await classic.say(text);
  expect((await refusal(camel, say("e"))).retryAfter).toBe(500);
  expect([camel.closed, classic.closed]).toEqual([undefined, undefined]);
});

test("the wall clock may jump: limits go by the other one", async () => {
  await start({ peopleRate: 1, peopleBurst: 1 });
  const mira = await Client.camel(server.ws, "Mira");
  await mira.say("one");
  clock.setBack(24 * 3_600_000);
  expect((await refusal(mira, say("two"))).retryAfter).toBe(1_000);
  clock.setBack(-48 * 3_600_000);
  expect((await refusal(mira, say("three"))).retryAfter).toBe(1_000);
});

test("an agent that speaks too fast is refused like anybody: its task fails with the reason, and later it speaks again", async () => {
  await start({ agentRate: 1, agentBurst: 2 });
  const mira = await Client.camel(server.ws, "Mira", { subscribe: ["tasks"] });
  mira.send(say("@alice please fix the login"));
  await mira.next("agent_response", ({ data }) => data.text.startsWith("Got it"));
  await mira.next("agent_response", ({ data }) => data.text.includes("on my list"));
  mira.send(say("@alice please fix the logout"));
  const failed = await mira.next("task_notification", ({ data }) => data.type === "failed");
  expect(failed.data.metadata.note).toMatch(/^Too fast/);
  clock.advance(2_000);
  mira.send(say("@alice hello"));
  await mira.next("agent_response", ({ data }) => data.text.startsWith("Hello Mira"));
  expect(server.logged.filter(({ level }) => level === "error")).toEqual([]);
});

test("a socket that sends too many frames has them refused and stays; others send as before", async () => {
  await start({ frameRate: 5, frameBurst: 10 });
  const [fast, calm] = [await Client.camel(server.ws, "Fast"), await Client.camel(server.ws, "Calm")];
  const typing = { type: "typing", data: { isTyping: false } };
  // The sign-in was the first.
  for (let count = 0; count < 9; count += 1) fast.send(typing);
  const { code, retryAfter } = await refusal(fast, typing);
  expect([code, retryAfter]).toEqual(["RATE_LIMITED", 200]);
  expect(fast.ofType("error").length).toBe(1);
  await calm.settled();
  // Not abuse, however often: the socket is told and kept, and its pings are answered all the same.
  for (let count = 0; count < 30; count += 1) expect((await refusal(fast, typing)).code).toBe("RATE_LIMITED");
  await fast.settled();
  clock.advance(200);
  fast.send(typing);
  await fast.settled();
  expect(fast.ofType("error").length).toBe(31);
});

test("pings are answered whatever else goes on, so many a second; faster ones count like frames, and large ones always", async () => {
  await start({ frameRate: 1, frameBurst: 6, pingRate: 2, pingBurst: 3 });
  const mira = await Client.camel(server.ws, "Mira");
  for (let count = 0; count < 10; count += 1) mira.send({ type: "ping" });
  await mira.until(() => (mira.ofType("error").length === 2 ? true : undefined), "two refusals");
  expect(mira.ofType("pong").length).toBe(3 + 5);
  expect(mira.ofType("error")[0]?.data).toMatchObject({ code: "RATE_LIMITED", retryAfter: 1_000 });
  clock.advance(1_000);
  mira.send({ type: "ping", data: "x".repeat(1_000) });
  await mira.next("pong");
  expect((await refusal(mira, { type: "ping", data: "x".repeat(1_000) })).code).toBe("RATE_LIMITED");
  // A short one is free again.
  const before = mira.ofType("pong").length;
  await mira.settled();
  expect(mira.ofType("pong").length).toBe(before + 1);
  expect(mira.closed).toBeUndefined();
});

test("a stranger who sends too fast is told so nine times and is then closed as abuse; somebody known is not", async () => {
  await start({ frameRate: 1, frameBurst: 2, pingRate: 1, pingBurst: 1 });
  const [mira, stranger] = [await Client.camel(server.ws, "Mira"), await Client.open(`${server.ws}/ws`)];
  for (let count = 0; count < 13; count += 1) {
    stranger.send({ type: "ping" });
    mira.send({ type: "ping" });
  }
  expect(await stranger.hasClosed()).toEqual({ code: 1008, reason: "RATE_LIMITED" });
  expect([stranger.ofType("pong").length, stranger.ofType("error").length]).toEqual([3, 10]);
  await mira.until(() => (mira.ofType("error").length === 11 ? true : undefined), "refusals");
  expect(mira.closed).toBeUndefined();
});

test("ten frames in a minute that are too large close the socket; a text that is too long is a mistake", async () => {
  await start({});
  const [mira, stranger] = [await Client.camel(server.ws, "Mira"), await Client.open(`${server.ws}/ws`)];
  for (let count = 0; count < 10; count += 1) stranger.send("x".repeat(65_537));
  expect(await stranger.hasClosed()).toEqual({ code: 1008, reason: "MESSAGE_TOO_LARGE" });
  for (let count = 0; count < 20; count += 1) mira.send({ type: "message", data: { text: "x".repeat(8_001) } });
  await mira.settled();
  expect(mira.ofType("error").map(({ data }) => data.code)).toEqual(Array(20).fill("MESSAGE_TOO_LARGE"));
});

test("ten frames in a minute that nobody can understand close the socket; fewer, or over a longer time, do not", async () => {
  await start({});
  const client = await Client.camel(server.ws, "Mira");
  for (let round = 0; round < 3; round += 1) {
    for (let count = 0; count < defaultLimits.badFrames - 1; count += 1) await refusal(client, "nonsense");
    clock.advance(defaultLimits.badFrameWindowMs);
  }
  await client.settled();
  for (let count = 0; count < defaultLimits.badFrames; count += 1) client.send({ type: "nobody knows this" });
  expect(await client.hasClosed()).toEqual({ code: 1008, reason: "UNKNOWN_MESSAGE_TYPE" });
  expect(client.ofType("error").length).toBe(3 * (defaultLimits.badFrames - 1) + defaultLimits.badFrames);
});

test("an address signs in at the set pace, on the page and on sockets together", async () => {
  await start({ signInRate: 1, signInBurst: 2 });
  await signIn(server, "Mira");
  await Client.camel(server.ws, "Tomas");
  const body = new URLSearchParams({ name: "Noor", role: "Developer" });
  const page = await fetch(`${server.http}/sign-in`, { method: "POST", body, headers: { origin: server.http } });
  expect([page.status, page.headers.get("retry-after")]).toEqual([429, "1"]);
  expect(await page.text()).toContain("Too fast");
  const client = await Client.open(`${server.ws}/ws`);
  const auth = { type: "auth", data: { userId: "Noor" } };
  expect(await refusal(client, auth)).toMatchObject({ code: "RATE_LIMITED", retryAfter: 1_000 });
  clock.advance(1_000);
  client.send(auth);
  expect((await client.next("auth_response")).data.success).toBe(true);
});

test("a disk that cannot keep up: what is too much is refused at once, the rest is stored", async () => {
  await start({ queuedCommands: 5 }, { PARLEY_DEMO_TEAM: "false" });
  const reader = await Client.camel(server.ws, "Reader");
  const socket = await RawSocket.open(Number(new URL(server.http).port));
  socket.text({ type: "auth", data: { userId: "Mira" } });
  await waitFor(() => socket.json().some(({ type }) => type === "auth_response"), "a welcome");
  // All in one packet, so that they arrive in one turn.
  const frames = Array.from({ length: 12 }, (_, index) => Buffer.from(JSON.stringify(say(`n${index}`))));
  const zeroMask = Buffer.alloc(4);
  socket.bytes(Buffer.concat(frames.flatMap((body) => [header(1, body.length), zeroMask, body])));
  const refused = () => socket.json().filter(({ type }) => type === "error");
  await waitFor(() => refused().length === 7, "seven refusals");
  expect(refused().map(({ data }) => [data.code, data.clientId])).toEqual(
    [5, 6, 7, 8, 9, 10, 11].map((index) => ["SERVICE_UNAVAILABLE", `n${index}`]),
  );
  await waitFor(() => reader.ofType("message").length === 5, "five messages");
  await reader.say("there is room again");
  socket.end();
});
