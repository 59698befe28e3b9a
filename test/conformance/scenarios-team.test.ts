import { afterAll, beforeAll, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** The seed's scenarios of a working team, by their numbers: people who come and go, and the agents beside them. */
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ limits: { presenceGraceMs: 20 } });
});
afterAll(() => server.stop());

const join = (name: string) => Client.classic(server.ws, name);
const told = (client: Client, fits: (data: Frame["data"]) => boolean) =>
  client.next("chat_message", ({ data }) => fits(data));

test("16: a newcomer sees what was said before, introduces himself, is seen, and is reached by a mention", async () => {
  const [mira, omar] = [await join("mira"), await join("omar")];
  await mira.say("We begin on Monday");
  await omar.say("The office is blue");
  const nils = await join("nils");
  await told(nils, (data) => data.text === "We begin on Monday");
  await told(nils, (data) => data.text === "The office is blue");
  await nils.say("Hello, I am Nils");
  await told(mira, (data) => data.sender === "nils");
  await told(omar, (data) => data.sender === "nils");
  await mira.say("Welcome @nils");
  expect((await told(nils, (data) => data.sender === "mira" && data.text.startsWith("Welcome"))).data.mentions).toEqual(
    ["nils"],
  );
});

test("17: after all have left, who comes back is shown text, mention, command and link as they were", async () => {
  const mira = await join("mira");
  const said: Frame[] = [];
  for (const text of ["plain words", "@omar look", "/status all", "https://example.org/a?b=1"])
    said.push(await mira.say(text));
  await mira.close();
  server = await server.restart();
  const omar = await join("omar");
  await told(omar, (data) => data.text.startsWith("https://"));
  const replayed = omar.ofType("chat_message").slice(-4);
  expect(replayed).toEqual(said);
  expect(replayed[1]?.data.mentions).toEqual(["omar"]);
  expect(replayed[2]?.data).toMatchObject({ is_command: true, command: "status", command_args: ["all"] });
});

test("18: three people typing in turn and at once are told to the others, never to themselves", async () => {
  const names = ["mira", "omar", "jun"];
  const people = new Map<string, Client>();
  for (const name of names) people.set(name, await join(name));
  for (const isTyping of [true, false]) {
    for (const client of people.values()) client.send({ type: "typing", is_typing: isTyping });
    for (const [name, client] of people)
      for (const other of names.filter((each) => each !== name))
        await client.until(
          () => client.ofType("typing").find(({ data }) => data.user_id === other && data.is_typing === isTyping),
          `${other} typing: ${isTyping}`,
        );
  }
  for (const [name, client] of people)
    expect(client.ofType("typing").filter(({ data }) => data.user_id === name)).toEqual([]);
});

test("22: a task is assigned, acknowledged, asked about, and its end is told with 'completed'", async () => {
  const mira = await join("mira");
  const ask = async (text: string, answer: RegExp) => {
    const { data } = await mira.say(text);
    return told(mira, (said) => said.sender === "diana-bot" && said.reply_to === data.id && answer.test(said.text));
  };
  await ask("@diana please test the checkout page", /got it/i);
  await ask("@diana 60%", /60 %/);
  expect((await ask("@diana how is it going?", /test the checkout page/)).data.text).toContain("60 %");
  await ask("@diana done", /completed/);
});

test("27: who drops out in the middle of a talk and returns finds the agent still at the same topic", async () => {
  const mira = await join("mira");
  mira.send({ type: "ping" });
  const { seq, epoch } = await mira.next("pong");
  const { data: request } = await mira.say("@charlie please set up the staging server");
  await mira.close();
  const again = await Client.classic(server.ws, "mira", { last_seq: seq, epoch });
  // What was said meanwhile is not lost, and the talk goes on where it was.
  expect((await told(again, (data) => data.id === request.id)).data.text).toContain("staging server");
  await told(again, (data) => data.sender === "charlie-bot" && /got it/i.test(data.text));
  const { data } = await again.say("@charlie status");
  const answer = await told(again, (said) => said.sender === "charlie-bot" && said.reply_to === data.id);
  expect(answer.data.text).toContain("set up the staging server");
});

test("28: nobody answers in the name of an agent that does not work here", async () => {
  const mira = await join("mira");
  const { data } = await mira.say("@zoltan please deploy the site");
  expect(data.mentions).toEqual(["zoltan"]);
  const { data: next } = await mira.say("@bob hello");
  await told(mira, (said) => said.sender === "bob-bot" && said.reply_to === next.id);
  expect(mira.ofType("chat_message").filter((frame) => frame.data.reply_to === data.id)).toEqual([]);
  expect(mira.ofType("chat_message").filter((frame) => /zoltan/.test(frame.data.sender))).toEqual([]);
});

test("29: after a flood of messages the agent still answers", async () => {
  const [mira, omar] = [await join("mira"), await join("omar")];
  for (let n = 0; n < 20; n += 1) omar.send({ type: "chat_message", text: `flood ${n}` });
  const { data } = await mira.say("@alice hello");
  const answer = await told(mira, (said) => said.sender === "alice-bot" && said.reply_to === data.id);
  expect(answer.data.text).toContain("mira");
  expect(mira.ofType("chat_message").filter((frame) => frame.data.text.startsWith("flood"))).toHaveLength(20);
});
