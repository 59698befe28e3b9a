import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { openTown, type Town } from "../../support/telegram/town.ts";

let town: Town;
let ops: number;
beforeEach(async () => {
  town = await openTown({ forum: true });
  ops = town.mira.createsTopic(town.team, "ops");
  town.mira.says(town.team, "disk is full", { thread: ops });
  await town.telegram.until(() => town.telegram.world.updates.pending.length === 0, "the topic taken in");
});
afterEach(async () => {
  await town[Symbol.asyncDispose]();
});

async function says(room: string, text: string): Promise<void> {
  const answer = await fetch(`${town.server.http}/api/v1/rooms/${room}/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text }),
  });
  expect(answer.status).toBe(201);
}
/** What an administrator reads is wrong with Telegram now. */
const trouble = () => town.server.logged.findLast(({ event }) => event === "transport.trouble")?.trouble ?? null;
const refusals = (words: string) =>
  town.telegram.callsOf("sendMessage").filter(({ description }) => description?.includes(words)).length;
/** What the bot said in a topic, as one. */
const said = (thread: number | undefined) => town.telegram.texts(town.team, thread).join("\n\n");
const inOrder = (text: string, ...parts: string[]) => parts.map((part) => text.indexOf(part));

describe("what cannot be said in the workspace's group now is said later", () => {
  test("when the bot was put out of the group and is let in again: nothing is lost, in no topic", async () => {
    town.mira.kicksBot(town.team);
    await says("ops", "one");
    await says("general", "for all");
    await town.telegram.until(() => refusals("kicked") >= 2, "the refusals");
    await says("ops", "two");
    town.team.closed = null;
    await town.telegram.until(() => said(ops).includes("two"), "the words in the topic");
    await town.telegram.until(() => town.telegram.texts(town.team).join().includes("for all"), "the words for all");
    const places = inOrder(said(ops), "disk is full", "one", "two");
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(town.team.topics.size).toBe(1);
  });

  test("when a topic was closed and is opened again", async () => {
    town.mira.closesTopic(town.team, ops);
    await says("ops", "one");
    await town.telegram.until(() => refusals("TOPIC_CLOSED") >= 1, "the refusal");
    await says("ops", "two");
    await says("general", "meanwhile");
    await town.telegram.until(() => town.telegram.texts(town.team).join().includes("meanwhile"), "words elsewhere");
    Object.assign(town.team.topics.get(ops) ?? {}, { closed: false });
    await town.telegram.until(() => said(ops).includes("two"), "the words in the topic");
    expect(said(ops)).toContain("one");
    expect(town.team.topics.size).toBe(1);
  });

  test("when a topic was deleted, in another one: also what was said before that was noticed", async () => {
    town.team.topics.delete(ops);
    await says("ops", "one");
    const another = () => [...town.team.topics].find(([, { name }]) => name === "ops")?.[0];
    await town.telegram.until(() => another() !== undefined, "another topic");
    await town.telegram.until(() => said(another()).includes("one"), "the words in it");
    await says("ops", "two");
    await town.telegram.until(() => said(another()).includes("two"), "more words in it");
    town.mira.says(town.team, "is it mended?", { thread: another() });
    await town.telegram.until(() => town.telegram.world.updates.pending.length === 0, "the question taken in");
    const { messages } = (await (await fetch(`${town.server.http}/api/v1/rooms/ops/messages`)).json()) as {
      messages: { text: string }[];
    };
    expect(messages.map(({ text }) => text)).toEqual(["disk is full", "one", "two", "is it mended?"]);
    expect(town.team.topics.size).toBe(1);
  });

  test("and an administrator reads why, until it is", async () => {
    town.mira.kicksBot(town.team);
    await says("ops", "one");
    await town.telegram.until(() => trouble() !== null, "the trouble");
    expect(trouble()).toContain("does not take messages of the bot: Forbidden: bot was kicked");
    town.team.closed = null;
    await town.telegram.until(() => trouble() === null, "the end of it");
    expect(said(ops)).toContain("one");
  });
});
