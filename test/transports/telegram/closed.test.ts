import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sayWith, upload } from "../../support/files.ts";
import { signIn } from "../../support/server.ts";
import { ApiRefusal } from "../../support/telegram/refused.ts";
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

  test.each([
    [400, "Bad Request: CHAT_RESTRICTED"],
    [400, "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN"],
    [400, "Bad Request: have no rights to send a message"],
    [400, "Bad Request: not enough rights to send text messages to the chat"],
    [403, "Forbidden: the group chat was deleted"],
    [400, "Bad Request: group chat was deactivated"],
    [400, "Bad Request: need administrator rights in the channel chat"],
    [400, "Bad Request: PEER_ID_INVALID"],
    [400, "Bad Request: USER_BANNED_IN_CHANNEL"],
    [403, "Forbidden: something that is new"],
  ])("whatever Telegram calls it: %d %s", async (status, words) => {
    town.telegram.troubles.plan(/^send/, { answer: new ApiRefusal(status, words) }, 2);
    await says("general", "for all");
    await town.telegram.until(() => trouble() !== null, "the trouble");
    expect(trouble()).toContain(words);
    await town.telegram.until(() => town.telegram.texts(town.team).join().includes("for all"), "the words");
    await town.telegram.until(() => trouble() === null, "the end of the trouble");
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

describe("where a kind of file may not be sent", () => {
  test.each([
    ["CHAT_SEND_PHOTOS_FORBIDDEN", "CHAT_SEND_DOCS_FORBIDDEN"],
    ["not enough rights to send photos to the chat", "not enough rights to send documents to the chat"],
  ])("it is said where the file is, and what comes behind it is told: %s", async (noPhotos, noDocuments) => {
    town.telegram.troubles.plan("sendPhoto", { answer: new ApiRefusal(400, `Bad Request: ${noPhotos}`) });
    town.telegram.troubles.plan("sendDocument", { answer: new ApiRefusal(400, `Bad Request: ${noDocuments}`) });
    const shown = { cookie: await signIn(town.server, "nora") };
    const photo = await upload(
      town.server,
      shown,
      "room.png",
      Buffer.from(await Bun.file("test/journeys/room.png").bytes()),
    );
    await sayWith(town.server, shown, [photo], "general", "look");
    await says("general", "after it");
    await town.telegram.until(() => town.telegram.texts(town.team).join().includes("after it"), "what comes behind");
    expect(town.telegram.texts(town.team).join("\n")).toMatch(/room\.png: http/);
    expect(trouble()).toBeNull();
  });
});
