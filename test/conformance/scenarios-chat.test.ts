import { afterAll, beforeAll, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { startServer, type TestServer } from "../support/server.ts";

/**
 * The scenarios of the system Parley replaces, in the dialect its clients speak, by their numbers in the seed's list. Where they
 * contradict each other, PROTOCOL.md decides: the sender gets its own message, and nobody is told of their own coming.
 */
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ limits: { presenceGraceMs: 20, peopleBurst: 1_000 } });
});
afterAll(() => server.stop());

const join = (name: string) => Client.classic(server.ws, name);
const told = (client: Client, fits: (data: Frame["data"]) => boolean) =>
  client.next("chat_message", ({ data }) => fits(data));

test("1: a client comes, authenticates and goes, and leaves nothing behind", async () => {
  const watcher = await join("watcher");
  const mira = await join("mira");
  await mira.close();
  await watcher.next("user_status", ({ data }) => data.user_id === "mira" && data.status === "disconnected");
  const stats = (await (await fetch(`${server.http}/websocket/users`)).json()) as {
    connected_users: { user_id: string }[];
  };
  expect(stats.connected_users.map((user) => user.user_id)).toEqual(["watcher"]);
});

test("2: who says hello hears their own words back", async () => {
  const mira = await join("mira");
  mira.send({ type: "chat_message", text: "Hello, world!" });
  expect((await told(mira, (data) => data.text === "Hello, world!")).data.sender).toBe("mira");
});

test("3: two people hear each other, each under the right name", async () => {
  const [mira, omar] = [await join("mira"), await join("omar")];
  await mira.say("hello omar");
  expect((await told(omar, (data) => data.text === "hello omar")).data.sender).toBe("mira");
  await omar.say("hello mira");
  expect((await told(mira, (data) => data.text === "hello mira")).data.sender).toBe("omar");
});

test("4: typing and not typing reach the other in order", async () => {
  const [mira, omar] = [await join("mira"), await join("omar")];
  mira.send({ type: "typing", is_typing: true });
  mira.send({ type: "typing", is_typing: false });
  await omar.next("typing", ({ data }) => data.user_id === "mira" && data.is_typing === false);
  expect(omar.ofType("typing").map(({ data }) => data.is_typing)).toEqual([true, false]);
});

test("5 and 6: an agent asked by mention acknowledges within two seconds and answers within five", async () => {
  const mira = await join("mira");
  const asked = performance.now();
  const { data: request } = await mira.say("@alice please create a login component");
  const first = await told(mira, (data) => data.sender === "alice-bot" && data.reply_to === request.id);
  expect(first.data.text).toMatch(/got it|sure|on it|will do/i);
  expect(performance.now() - asked).toBeLessThan(2_000);
  const answer = await told(mira, (data) => data.sender === "alice-bot" && data.reply_to === request.id);
  expect(answer.data.text).toContain("@alice");
  expect(performance.now() - asked).toBeLessThan(5_000);
});

test("7: a call for help that names nobody is offered help within two seconds, by who knows the field", async () => {
  const mira = await join("mira");
  const asked = performance.now();
  const { data: call } = await mira.say("I'm stuck with this CSS issue. Any ideas?");
  const offer = await told(mira, (data) => data.is_bot_message && data.reply_to === call.id);
  expect(offer.data.text).toMatch(/help|try|consider|suggest/i);
  expect(["alice-bot", "bob-bot"]).toContain(offer.data.sender);
  expect(performance.now() - asked).toBeLessThan(2_000);
  const { data: talk } = await mira.say("A helper wrapped the tissues.");
  await mira.say("@diana hello");
  await told(mira, (data) => data.sender === "diana-bot");
  expect(mira.ofType("chat_message").filter(({ data }) => data.reply_to === talk.id)).toEqual([]);
});

test("8: two people mentioned are both in mentions", async () => {
  const { data } = await (await join("mira")).say("@alice and @bob, thanks");
  expect(data.mentions).toEqual(["alice", "bob"]);
});

test("9: a command is known as one, with its arguments", async () => {
  const { data } = await (await join("mira")).say("/help testing");
  expect(data).toMatchObject({ is_command: true, command: "help", command_args: ["testing"] });
});

test("10: an answer names the message it answers", async () => {
  const [mira, omar] = [await join("mira"), await join("omar")];
  const { data: question } = await mira.say("tea?");
  await omar.say("yes", { reply_to: question.id });
  expect((await told(mira, (data) => data.text === "yes")).data.reply_to).toBe(question.id);
});

test("11: nobody comes in with an empty name", async () => {
  const nobody = await Client.open(`${server.ws}/`);
  nobody.send({ type: "auth", user_id: "" });
  expect((await nobody.next("error")).data.code).toBe("MISSING_USER_ID");
  nobody.send({ type: "chat_message", text: "let me in" });
  await nobody.settled();
  expect(nobody.ofType("auth_success")).toEqual([]);
  expect(nobody.ofType("chat_message")).toEqual([]);
});

test("12: who drops out and comes back is in again", async () => {
  const mira = await join("mira");
  await mira.say("brb");
  await mira.close();
  const again = await join("mira");
  expect((await again.say("back")).data.sender).toBe("mira");
});

test("13: invalid JSON hurts neither the connection nor the server", async () => {
  const [mira, omar] = [await join("mira"), await join("omar")];
  mira.send('{"type":"chat_message","text":');
  expect((await mira.next("notice")).data.code).toBe("INVALID_JSON");
  await mira.say("sorry about that");
  await told(omar, (data) => data.text === "sorry about that");
});

test("14: fifty messages at once all arrive, in order", async () => {
  const [mira, omar] = [await join("mira"), await join("omar")];
  const sent = Array.from({ length: 50 }, (_, index) => `rapid ${index}`);
  for (const text of sent) mira.send({ type: "chat_message", text });
  await told(omar, (data) => data.text === "rapid 49");
  const heard = omar.ofType("chat_message").filter(({ data }) => /^rapid \d+$/.test(data.text));
  expect(heard.map(({ data }) => data.text)).toEqual(sent);
  const ids = heard.map(({ data }) => data.id);
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
});

test("15: ten people who each say one thing all hear all ten", async () => {
  const people = await Promise.all(Array.from({ length: 10 }, (_, index) => join(`person${index}`)));
  for (const [index, person] of people.entries()) person.send({ type: "chat_message", text: `from ${index}` });
  for (const person of people) {
    const heard = () =>
      new Set(person.ofType("chat_message").flatMap(({ data }) => data.text.match(/^from \d$/) ?? []));
    await person.until(() => (heard().size === 10 ? true : undefined), "all ten messages");
  }
});
