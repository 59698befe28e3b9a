import { describe, expect, test } from "bun:test";
import type { Chat } from "grammy/types";
import { Client } from "../../support/client.ts";
import { signIn } from "../../support/server.ts";
import { openTown, type Town } from "../../support/telegram/town.ts";

const json = { "content-type": "application/json" };

async function makeRoom(town: Town, name: string, more = {}): Promise<void> {
  const body = JSON.stringify({ name, ...more });
  const answer = await fetch(`${town.server.http}/api/v1/rooms`, { method: "POST", headers: json, body });
  expect(answer.status).toBe(201);
}

const says = (town: Town, room: string, text: string) =>
  fetch(`${town.server.http}/api/v1/rooms/${room}/messages`, {
    method: "POST",
    headers: json,
    body: JSON.stringify({ text }),
  });

const roomsOf = async (town: Town) =>
  ((await (await fetch(`${town.server.http}/api/v1/rooms`)).json()) as { rooms: { slug: string }[] }).rooms.map(
    ({ slug }) => slug,
  );

describe("topics of a forum are rooms", () => {
  test("a topic that somebody opens there and speaks in becomes a room, and the room speaks into the topic", async () => {
    await using town = await openTown({ forum: true });
    const thread = town.mira.createsTopic(town.team, "Release 2.0");
    town.mira.says(town.team, "when?", { thread });
    await town.telegram.until(() => town.telegram.world.updates.pending.length === 0, "the topic taken in");
    await says(town, "release-2-0", "tomorrow");
    await town.telegram.until(() => town.telegram.texts(town.team, thread).length === 2, "an answer in the topic");
    expect(town.telegram.texts(town.team, thread)).toEqual(["when?", "dev_user\ntomorrow"]);
    expect(await roomsOf(town)).toContain("release-2-0");
  });

  test("a public room that is spoken in gets a topic; a private one never does", async () => {
    await using town = await openTown({ forum: true });
    await makeRoom(town, "ops");
    await makeRoom(town, "board", { private: true });
    await says(town, "board", "between us");
    await says(town, "ops", "disk is full");
    const topicOf = (name: string) => [...town.team.topics].find(([, topic]) => topic.name === name)?.[0];
    await town.telegram.until(() => topicOf("ops") !== undefined, "a topic");
    await town.telegram.until(() => town.telegram.texts(town.team, topicOf("ops")).length === 1, "the words in it");
    await says(town, "general", "for all");
    await town.telegram.until(() => town.telegram.texts(town.team).some((text) => text.includes("for all")), "for all");
    expect(town.telegram.texts(town.team).join()).not.toContain("between us");
    expect([...town.team.topics.values()].map(({ name }) => name)).toEqual(["ops"]);
  });

  test("a topic that bears a private room's name does not open it, and does not tell that there is one", async () => {
    await using town = await openTown({ forum: true });
    await makeRoom(town, "board", { private: true });
    const thread = town.mira.createsTopic(town.team, "board");
    town.mira.says(town.team, "let me in", { thread });
    await town.telegram.until(() => town.telegram.world.updates.pending.length === 0, "the topic taken in");
    const rooms = (await roomsOf(town)).filter((slug) => slug.startsWith("board"));
    const said = await Promise.all(
      rooms.map(async (slug) => {
        const answer = await fetch(`${town.server.http}/api/v1/rooms/${slug}/messages`);
        return ((await answer.json()) as { messages: { text: string }[] }).messages.map(({ text }) => text);
      }),
    );
    expect(Object.fromEntries(rooms.map((slug, index) => [slug.replace(/~.*/, "~"), said[index]]))).toEqual({
      board: ["let me in"],
      "board~": [],
    });
  });

  test("a topic named as a room that another topic shows already is a room of its own", async () => {
    await using town = await openTown({ forum: true });
    const again = town.mira.createsTopic(town.team, "General");
    town.mira.says(town.team, "in the topic", { thread: again });
    const first = town.mira.createsTopic(town.team, "ops");
    town.mira.says(town.team, "disk is full", { thread: first });
    const second = town.tomas.createsTopic(town.team, "Ops");
    town.tomas.says(town.team, "which disk?", { thread: second });
    await town.telegram.until(() => town.telegram.world.updates.pending.length === 0, "the topics taken in");
    await says(town, "ops", "a new one is in");
    await says(town, `topic-${second}`, "here it is quiet");
    await town.telegram.until(() => town.telegram.said(town.team).length === 2, "an answer in each");
    expect(town.telegram.texts(town.team, first)).toEqual(["disk is full", "dev_user\na new one is in"]);
    expect(town.telegram.texts(town.team, second)).toEqual(["which disk?", "dev_user\nhere it is quiet"]);
    expect(await roomsOf(town)).toContain(`topic-${again}`);
  });
});

describe("a busy group", () => {
  test("is told what gathered in few messages, each once and in order, and an edit changes its own words only", async () => {
    await using town = await openTown({ limits: { telegramGroupMs: 200, telegramGroupBurst: 1 } });
    const ada = await Client.camel(town.server.ws, "ada");
    const ids: number[] = [];
    for (let count = 0; count < 30; count += 1) ids.push((await ada.say(`words ${count}.`)).data.id as number);
    const shown = () => town.telegram.texts(town.team).join("\n\n");
    await town.telegram.until(() => shown().includes("words 29."), "the last words");
    expect([...(shown().match(/words \d+\./g) ?? [])]).toEqual(
      Array.from({ length: 30 }, (_, count) => `words ${count}.`),
    );
    expect(town.telegram.said(town.team).length).toBeLessThan(12);
    ada.send({ type: "edit_message", data: { id: ids[20], text: "other words 20." } });
    await town.telegram.until(() => shown().includes("other words 20."), "the edit");
    ada.send({ type: "delete_message", data: { id: ids[21] } });
    await town.telegram.until(() => !shown().includes("words 21."), "the deletion");
    expect(shown().match(/words \d+\./g)).toHaveLength(29);
    await ada.close();
  });

  test("a text of 8,000 characters comes whole, in order, with its code in one piece each", async () => {
    await using town = await openTown();
    const ada = await Client.camel(town.server.ws, "ada");
    const lines = Array.from({ length: 200 }, (_, count) => `const line${count} = "<b>&amp;</b>"; // ${count}`);
    await ada.say(`look:\n\`\`\`ts\n${lines.join("\n").slice(0, 7_800)}\n\`\`\``);
    await ada.say("the end");
    await town.telegram.until(() => town.telegram.texts(town.team).at(-1)?.includes("the end") === true, "the end");
    const shown = town.telegram.texts(town.team).join("\n");
    for (let count = 0; count < 150; count += 1) expect(shown).toContain(`line${count} = "<b>&amp;</b>"`);
    await ada.close();
  });

  test("an answer that grows is one message that is edited, and ends as what was said", async () => {
    await using town = await openTown();
    const ada = await Client.camel(town.server.ws, "ada");
    for (let count = 0; count < 5; count += 1) await ada.say(`words about the release number ${count}`);
    town.mira.says(town.team, "@diana search release");
    const { data } = await ada.next("agent_response", (frame) => frame.data.text.includes("number 4"));
    const answers = () => town.telegram.said(town.team).filter(({ text }) => text.includes("newest first"));
    await town.telegram.until(() => answers().some(({ text }) => text.includes("number 0")), "the whole answer there");
    await town.telegram.until(() => answers().every(({ text }) => !text.endsWith("…")), "the end of its growing");
    expect(answers()).toHaveLength(1);
    expect(answers()[0]?.edited).not.toBeNull();
    expect(data.sender).toBe("diana");
    await ada.close();
  });
});

describe("whoever is there", () => {
  test("other bots, ours included, are never heard", async () => {
    await using town = await openTown();
    const other = town.telegram.person(900, "another bot");
    Object.assign(other.user, { is_bot: true });
    town.team.members.set(900, other.user);
    other.says(town.team, "beep");
    town.mira.says(town.team, "hello");
    const cookie = await signIn(town.server, "ada");
    const read = async () =>
      (
        (await (await fetch(`${town.server.http}/api/v1/rooms/general/messages`, { headers: { cookie } })).json()) as {
          messages: { text: string }[];
        }
      ).messages.map(({ text }) => text);
    await town.telegram.until(() => town.telegram.world.updates.pending.length === 0, "everything taken in");
    expect(await read()).toEqual(["hello"]);
  });

  test("an administrator who remains anonymous is told, once, why nobody hears them", async () => {
    await using town = await openTown();
    const hidden = town.telegram.person(1_087_968_824, "Group", "GroupAnonymousBot");
    for (const text of ["you must do this", "at once"])
      town.telegram.world.updates.push({
        message: {
          message_id: 90_000 + text.length,
          date: town.telegram.world.seconds(),
          chat: town.team.chat as Chat.SupergroupChat,
          from: { ...hidden.user, is_bot: true },
          sender_chat: town.team.chat as Chat.SupergroupChat,
          text,
        },
      });
    // Answers of the house come in their order: whatever else was to be told to them stands before this one.
    town.mira.says(town.team, "/agents");
    await town.telegram.until(() => town.telegram.texts(town.team).join().includes("diana"), "what comes next");
    expect(town.telegram.said(town.team).filter(({ text }) => text.includes("Remain anonymous"))).toHaveLength(1);
  });

  test("without PARLEY_TELEGRAM_GUESTS only linked accounts write", async () => {
    await using town = await openTown({ env: { PARLEY_TELEGRAM_GUESTS: "false" } });
    town.mira.says(town.team, "hello?");
    await town.telegram.until(
      () => town.telegram.said(town.team).some(({ text }) => text.includes("Link your account first")),
      "the advice",
    );
  });

  test("without PARLEY_TELEGRAM_GUESTS nobody else makes rooms by opening topics", async () => {
    await using town = await openTown({ forum: true, env: { PARLEY_TELEGRAM_GUESTS: "false" } });
    const before = await roomsOf(town);
    const thread = town.mira.createsTopic(town.team, "Mallory was here");
    town.mira.says(town.team, "a room, please", { thread });
    await town.telegram.until(
      () => town.telegram.said(town.team).some(({ text }) => text.includes("Link your account first")),
      "the advice",
    );
    expect(await roomsOf(town)).toEqual(before);
  });

  test("a name that is somebody's here is not taken: the guest gets another", async () => {
    await using town = await openTown();
    await signIn(town.server, "mira");
    const ada = await Client.camel(town.server.ws, "ada");
    town.mira.says(town.team, "it is me");
    const { data } = await ada.next("message");
    expect(data.sender).toBe("mira 501");
    await ada.close();
  });

  test("a group that becomes a supergroup is followed", async () => {
    await using town = await openTown({ env: { OPENCODE_TRANSPORT: "websocket" } });
    const small = town.telegram.smallGroup("small", [town.mira]);
    await using moved = await openTown({
      env: {
        TELEGRAM_API_ROOT: town.telegram.url,
        TELEGRAM_BOT_TOKEN: town.telegram.token,
        TELEGRAM_CHAT_ID: String(small.id),
      },
    });
    const ada = await Client.camel(moved.server.ws, "ada");
    await ada.say("in the small one");
    await town.telegram.until(() => town.telegram.texts(small).length === 1, "words in the small one");
    const large = town.telegram.upgrade(small, town.mira);
    await town.telegram.until(() => town.telegram.world.updates.pending.length === 0, "the move");
    await ada.say("in the large one");
    await town.telegram.until(() => town.telegram.texts(large).length === 1, "words in the large one");
    town.mira.says(large, "I am here as well");
    expect((await ada.next("message", (frame) => frame.data.sender === "mira")).data.text).toBe("I am here as well");
    await ada.close();
  });
});
