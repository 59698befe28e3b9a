import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";
import { shapeOf } from "../support/shape.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ limits: { presenceGraceMs: 20, typingMs: 150 } });
  const cookie = await signIn(server, "Lena");
  const form = new URLSearchParams({ name: "kitchen", topic: "" });
  await fetch(`${server.http}/rooms`, { method: "POST", body: form, headers: { cookie, origin: server.http } });
});
afterAll(() => server.stop());

/** Somebody comes and speaks in #general, so that whatever was told before has been told. */
async function later(listener: Client, speaker: Client): Promise<void> {
  const { data } = await speaker.say("later");
  await listener.until(() => listener.frames.find((frame) => frame.data?.id === data.id), "the later message");
}

test("ping is answered by pong with the time and where the log is, also before auth", async () => {
  const mira = await Client.open(`${server.ws}/ws`);
  mira.send({ type: "ping" });
  const { data } = await mira.next("pong");
  expect(shapeOf(data)).toMatchObject({ timestamp: "time", seq: "integer", epoch: "string" });
  mira.send({ type: "auth", data: { userId: "mira" } });
  const answer = await mira.next("auth_response");
  expect(answer.data.epoch).toBe(data.epoch);
  const echo = await mira.say("one more event");
  mira.send({ type: "ping", data: {} });
  expect((await mira.next("pong")).data.seq).toBe(echo.data.seq);
});

describe("without a subscription", () => {
  test("a camel client hears messages and updates only, however much goes on", async () => {
    const mira = await Client.camel(server.ws, "mira-quiet");
    const omar = await Client.camel(server.ws, "omar-quiet");
    omar.send({ type: "typing", data: { isTyping: true } });
    const { data } = await omar.say("@alice please paint the fence");
    await mira.next("agent_response", (frame) => frame.data.replyTo === data.id && /\bdone\b/.test(frame.data.text));
    const { data: task } = await omar.say("@alice done");
    await mira.next("agent_response", (frame) => frame.data.replyTo === task.id);
    omar.send({ type: "edit_message", data: { id: data.id, text: "never mind" } });
    await mira.next("message_update");
    await omar.close();
    const types = new Set(mira.frames.map(({ type }) => type));
    expect([...types].sort()).toEqual(["agent_response", "auth_response", "message", "message_update"]);
  });
});

describe("subscribe and unsubscribe", () => {
  test("typing: others are told true and false with the room, never oneself", async () => {
    const mira = await Client.camel(server.ws, "mira", { subscribe: ["typing"] });
    const omar = await Client.camel(server.ws, "omar", { subscribe: ["typing"] });
    omar.send({ type: "typing", data: { isTyping: true } });
    const begins = await mira.next("typing", ({ data }) => data.userId === "omar");
    expect(begins.data).toEqual({ userId: "omar", isTyping: true, room: "general" });
    omar.send({ type: "typing", data: { isTyping: false } });
    expect((await mira.next("typing")).data).toMatchObject({ userId: "omar", isTyping: false });
    await later(omar, mira);
    expect(omar.ofType("typing").filter(({ data }) => data.userId === "omar")).toEqual([]);
  });

  test("typing ends by itself, and by sending the message", async () => {
    const mira = await Client.camel(server.ws, "mira", { subscribe: ["typing"] });
    const jun = await Client.camel(server.ws, "jun");
    const ofJun = (isTyping: boolean) =>
      mira.next("typing", ({ data }) => data.userId === "jun" && data.isTyping === isTyping);
    jun.send({ type: "typing", data: { isTyping: true } });
    await ofJun(true);
    await ofJun(false);
    jun.send({ type: "typing", data: { isTyping: true } });
    await ofJun(true);
    const { data } = await jun.say("written");
    await mira.next("message", (frame) => frame.data.id === data.id);
    // By the time the message is there nobody is typing it any more.
    expect(mira.ofType("typing").at(-1)?.data).toMatchObject({ userId: "jun", isTyping: false });
  });

  test("presence: who comes and goes is told as online and offline with the time, never oneself", async () => {
    const mira = await Client.camel(server.ws, "mira", { subscribe: ["presence"] });
    const ana = await Client.camel(server.ws, "ana", { subscribe: ["presence"] });
    const comes = await mira.next("user_presence", ({ data }) => data.userId === "ana");
    expect(comes.data).toEqual({ userId: "ana", status: "online" });
    await later(ana, mira);
    expect(ana.ofType("user_presence").filter(({ data }) => data.userId === "ana")).toEqual([]);
    await ana.close();
    const goes = await mira.next("user_presence", ({ data }) => data.userId === "ana");
    expect(shapeOf(goes.data)).toMatchObject({ userId: "string", status: "string", lastSeen: "time" });
    expect(goes.data.status).toBe("offline");
  });

  test("presence: somebody with a second device does not go when the first one closes", async () => {
    const mira = await Client.camel(server.ws, "mira", { subscribe: ["presence"] });
    const laptop = await Client.camel(server.ws, "kim");
    const phone = await Client.camel(server.ws, "kim");
    const gone = (name: string) =>
      mira.next("user_presence", ({ data }) => data.userId === name && data.status === "offline");
    await laptop.close();
    await (await Client.camel(server.ws, "tim")).close();
    // Tim left after the laptop did, and his going has been told.
    await gone("tim");
    const told = () => mira.ofType("user_presence").flatMap(({ data }) => (data.userId === "kim" ? [data.status] : []));
    expect(told()).toEqual(["online"]);
    await phone.close();
    await gone("kim");
    expect(told()).toEqual(["online", "offline"]);
  });

  test("presence also tells what agents do, as status_update", async () => {
    const mira = await Client.camel(server.ws, "mira", { subscribe: ["presence"] });
    mira.send({ type: "message", data: { text: "@bob hello" } });
    const update = await mira.next("status_update", ({ data }) => data.userId === "bob");
    expect(update.data).toEqual({ userId: "bob", status: "working", currentTask: null, progress: 0 });
    await mira.next("status_update", ({ data }) => data.userId === "bob" && data.status === "idle");
  });

  test("subscribing on the way works as in auth, and unsubscribing ends it", async () => {
    const mira = await Client.camel(server.ws, "mira");
    const omar = await Client.camel(server.ws, "omar");
    mira.send({ type: "subscribe", data: { topics: ["typing", "presence"] } });
    await mira.settled();
    omar.send({ type: "typing", data: { isTyping: true } });
    await mira.next("typing");
    mira.send({ type: "unsubscribe", data: { topics: ["typing"] } });
    await mira.settled();
    const told = mira.ofType("typing").length;
    omar.send({ type: "typing", data: { isTyping: false } });
    await later(mira, omar);
    expect(mira.ofType("typing")).toHaveLength(told);
  });

  test("the topic room:<slug> adds a room; without it, only #general is heard", async () => {
    const mira = await Client.camel(server.ws, "mira", { subscribe: ["room:kitchen"] });
    const omar = await Client.camel(server.ws, "omar");
    const jun = await Client.camel(server.ws, "jun");
    // Who does not hear the room gets the acknowledgement all the same.
    const echo = await omar.say("soup is ready", { room: "kitchen" });
    expect(echo.data.room).toBe("kitchen");
    expect((await mira.next("message", ({ data }) => data.id === echo.data.id)).data).toMatchObject({
      room: "kitchen",
    });
    await later(jun, omar);
    expect(jun.frames.filter(({ data }) => data?.id === echo.data.id)).toEqual([]);
    mira.send({ type: "unsubscribe", data: { topics: ["room:kitchen"] } });
    await mira.settled();
    const next = await omar.say("soup is gone", { room: "kitchen" });
    await later(mira, omar);
    expect(mira.frames.filter(({ data }) => data?.id === next.data.id)).toEqual([]);
  });
});

test("with batch: true several frames may come as one, without it never", async () => {
  const writer = await Client.camel(server.ws, "writer");
  const mira = await Client.camel(server.ws, "mira", { batch: true });
  const omar = await Client.camel(server.ws, "omar");
  const sent = Array.from({ length: 20 }, (_, index) => `burst ${index}`);
  for (const text of sent) writer.send({ type: "message", data: { text } });
  for (const listener of [mira, omar]) {
    await listener.next("message", ({ data }) => data.text === sent.at(-1));
    const heard = listener.ofType("message").map(({ data }) => data.text);
    expect(heard.filter((text) => text.startsWith("burst"))).toEqual(sent);
  }
  expect(mira.texts.some((text) => JSON.parse(text).type === "batch")).toBe(true);
  expect(omar.texts.some((text) => JSON.parse(text).type === "batch")).toBe(false);
});
