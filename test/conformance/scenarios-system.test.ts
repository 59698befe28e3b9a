import { afterAll, beforeAll, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** The seed's scenarios of the whole chat system, by their numbers. */
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ limits: { presenceGraceMs: 20 } });
});
afterAll(() => server.stop());

const bySender = (client: Client, name: string) =>
  client.frames.filter(({ type, data }) => /^(chat_)?message$/.test(type) && data.sender === name);

test("41: a message that was sent is acknowledged by its echo, in either dialect", async () => {
  const camel = await Client.camel(server.ws, "mira");
  camel.send({ type: "message", data: { text: "anybody there?" } });
  expect((await camel.next("message")).data).toMatchObject({ sender: "mira", text: "anybody there?" });
  const classic = await Client.classic(server.ws, "omar");
  classic.send({ type: "chat_message", data: { text: "here" } });
  await classic.next("chat_message", ({ data }) => data.sender === "omar" && data.text === "here");
});

test("43: mentions with groups, every command, and a name before a colon that calls nobody", async () => {
  const mira = await Client.camel(server.ws, "mira");
  expect((await mira.say("@alice @Bob-bot @team please meet")).data.mentions).toEqual(["alice", "bob", "team"]);
  const commands: [string, string, string[]][] = [
    ["/status", "status", []],
    ["/help", "help", []],
    ["/assign alice fix the login", "assign", ["alice", "fix", "the", "login"]],
    ["/hire erin tester", "hire", ["erin", "tester"]],
    ["/fire erin", "fire", ["erin"]],
  ];
  for (const [text, command, commandArgs] of commands)
    expect((await mira.say(text)).data).toMatchObject({ isCommand: true, command, commandArgs });
  expect((await mira.say("alice: fix the login")).data).toMatchObject({
    mentions: [],
    isCommand: false,
    command: null,
  });
  expect((await mira.say("and/or")).data.isCommand).toBe(false);
});

test("44: three connections hear each other, and messages of a thread find together", async () => {
  const mira = await Client.classic(server.ws, "mira");
  const omar = await Client.classic(server.ws, "omar");
  const jun = await Client.classic(server.ws, "jun");
  const { data: root } = await mira.say("a thread begins");
  const { data: second } = await omar.say("and goes on", { reply_to: root.id, thread_id: root.id });
  const { data: third } = await jun.say("and on", { reply_to: second.id, thread_id: root.id });
  expect([root.thread_id, second.thread_id, third.thread_id]).toEqual([null, root.id, root.id]);
  for (const person of [mira, omar]) await person.next("chat_message", ({ data }) => data.id === third.id);
});

test("46: a hundred messages as fast as can be are all told or refused by name; and after a reconnect an agent replies", async () => {
  const mira = await Client.classic(server.ws, "mira");
  await mira.settled();
  const own = () => mira.ofType("chat_message").filter(({ data }) => String(data.client_id).startsWith("rapid-"));
  const refused = () => mira.ofType("notice").filter(({ data }) => data.code === "RATE_LIMITED");
  for (let n = 0; n < 200; n += 1) mira.send({ type: "chat_message", text: `rapid ${n}`, client_id: `rapid-${n}` });
  await mira.until(() => (own().length + refused().length === 200 ? true : undefined), "an answer to each of 200");
  expect(own().length).toBeGreaterThanOrEqual(100);
  expect(refused().length).toBeGreaterThan(0);
  for (const { data } of refused()) expect(data.retryAfter).toBeGreaterThan(0);
  await mira.close();
  const again = await Client.classic(server.ws, "mira-2");
  const { data } = await again.say("@alice hello");
  await again.next("chat_message", (frame) => frame.data.sender === "alice-bot" && frame.data.reply_to === data.id);
});

test("49: a talk of ten lines is heard whole and in order, and two who are mentioned both see it", async () => {
  const [mira, omar] = [await Client.camel(server.ws, "mira3"), await Client.camel(server.ws, "omar3")];
  const jun = await Client.camel(server.ws, "jun3");
  for (let n = 0; n < 10; n += 1) await (n % 2 ? omar : mira).say(`line ${n}`);
  const { data } = await jun.say("@mira3 @omar3 lunch?");
  for (const person of [mira, omar]) {
    const heard = await person.next("message", (frame) => frame.data.id === data.id);
    expect(heard.data.mentions).toEqual(["mira3", "omar3"]);
    const lines = person.ofType("message").filter((frame) => /^line \d$/.test(frame.data.text));
    expect(lines.map((frame) => frame.data.text)).toEqual(Array.from({ length: 10 }, (_, n) => `line ${n}`));
  }
});

test("51: empty, null, object, ten thousand characters and a NUL byte crash nothing, and one can come back", async () => {
  const mira = await Client.classic(server.ws, "mira4");
  await mira.settled();
  for (const text of ["", null, { a: 1 }, "x".repeat(10_000)]) {
    mira.send({ type: "chat_message", text });
    expect((await mira.next("notice")).data.code).toMatch(/^(INVALID_MESSAGE|MESSAGE_TOO_LARGE)$/);
  }
  expect((await mira.say("a\u0000b")).data.text).toBe("ab");
  await mira.close();
  await (await Client.classic(server.ws, "mira4")).say("back");
});

test("52: a hundred messages of one, then ten of each of five at once, all arrive once", async () => {
  const listener = await Client.camel(server.ws, "listener");
  const fast = await Client.camel(server.ws, "fast");
  for (let n = 0; n < 100; n += 1) fast.send({ type: "message", data: { text: `fast ${n}` } });
  const five = await Promise.all([0, 1, 2, 3, 4].map((n) => Client.camel(server.ws, `five${n}`)));
  for (let n = 0; n < 10; n += 1) for (const each of five) each.send({ type: "message", data: { text: `all ${n}` } });
  const heard = (name: string) => bySender(listener, name).map(({ data }) => data.text);
  for (const name of ["fast", "five0", "five1", "five2", "five3", "five4"]) {
    const [word, count] = name === "fast" ? ["fast", 100] : ["all", 10];
    await listener.until(() => (heard(name).length >= count ? true : undefined), `all messages of ${name}`);
    expect(heard(name)).toEqual(Array.from({ length: count }, (_, n) => `${word} ${n}`));
  }
});

test("54: a session of thirty messages, one a beat, outlives every time limit and stays open", async () => {
  // The beat is the server's own status frame; thirty of them are many times what an unauthenticated socket is given.
  const own = await startServer({ limits: { serverStatusMs: 40, authTimeoutMs: 200, authTimeoutDevelopmentMs: 200 } });
  const mira = await Client.classic(own.ws, "mira");
  for (let n = 0; n < 30; n += 1) {
    await mira.next("server_status");
    await mira.say(`beat ${n}`);
  }
  await mira.settled();
  expect(mira.closed).toBeUndefined();
  expect(bySender(mira, "mira")).toHaveLength(30);
  await own.stop();
});
