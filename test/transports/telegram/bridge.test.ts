import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Client } from "../../support/client.ts";
import { openTown, type Town } from "../../support/telegram/town.ts";

let town: Town;
let ada: Client;
beforeEach(async () => {
  town = await openTown();
  ada = await Client.camel(town.server.ws, "ada");
});
afterEach(async () => {
  await ada.close();
  await town[Symbol.asyncDispose]();
});

const shows = (text: string) =>
  town.telegram.until(() => town.telegram.texts(town.team).some((each) => each.includes(text)), `"${text}" there`);
const heard = (text: string) => ada.next("message", (frame) => frame.data.text.includes(text));

describe("the same room in the web and in Telegram", () => {
  test("what somebody writes in the group stands in the room under their name, and is not said back", async () => {
    town.mira.says(town.team, "good morning");
    const { data } = await heard("good morning");
    expect(data).toMatchObject({ sender: "mira", room: "general", origin: "telegram" });
    await ada.say("and to you");
    await shows("and to you");
    expect(town.telegram.texts(town.team)).toEqual(["good morning", "ada\nand to you"]);
  });

  test("replies point at what they answer, both ways", async () => {
    const question = town.mira.says(town.team, "who is there?");
    const { data: asked } = await heard("who is there?");
    const answer = await ada.say("me", { replyTo: asked.id });
    await shows("me");
    const [shown] = town.telegram.said(town.team);
    expect(shown?.replyTo).toBe(question.id);
    town.tomas.says(town.team, "and me", { replyTo: shown });
    const { data: also } = await heard("and me");
    expect(also.replyTo).toBe(answer.data.id);
  });

  test("what is edited changes on the other side, both ways; what is deleted here is gone there", async () => {
    const mine = await ada.say("first words");
    await shows("first words");
    ada.send({ type: "edit_message", data: { id: mine.data.id, text: "better **words**" } });
    await shows("better words");
    expect(town.telegram.texts(town.team)).toEqual(["ada\nbetter words"]);

    const theirs = town.mira.says(town.team, "spelt worng");
    const { data } = await heard("spelt worng");
    town.mira.edits(town.team, theirs, "spelt wrong");
    const { data: update } = await ada.next("message_update", (frame) => frame.data.id === data.id);
    expect(update.text).toBe("spelt wrong");

    ada.send({ type: "delete_message", data: { id: mine.data.id } });
    await town.telegram.until(() => town.telegram.texts(town.team).length === 1, "the deletion there");
    expect(town.telegram.texts(town.team)).toEqual(["spelt wrong"]);
  });

  test("an agent that is mentioned there answers there, and its card has buttons that end the task", async () => {
    town.mira.says(town.team, "@alice please add a dark theme to the login page");
    await town.telegram.until(() => town.telegram.said(town.team).some(({ keyboard }) => keyboard !== null), "a card");
    const card = town.telegram.said(town.team).find(({ keyboard }) => keyboard !== null);
    if (!card) throw new Error("no card");
    expect(card.text).toContain("alice");
    const request = town.telegram.seen(town.team)[0];
    await town.telegram.until(() => request?.reaction === "👀", "a mark on the request");
    town.tomas.presses(town.team, card, "Done");
    town.mira.presses(town.team, card, "Done");
    await town.telegram.until(() => request?.reaction === "👌" && card.keyboard === null, "the task done");
  });

  test("a slash command is answered where it was written", async () => {
    town.mira.says(town.team, "/agents@parley_bot");
    await shows("diana");
    town.mira.says(town.team, "/nonsense");
    await shows("nonsense");
  });

  test("commands for another bot are left to it", async () => {
    for (const text of ["/start@other_bot", "/show@other_bot x", "/link@other_bot ABCD", "/help@other_bot"])
      town.mira.says(town.team, text);
    const ours = town.mira.says(town.team, "/show@Parley_Bot general");
    await shows("Say that to me in a private chat.");
    expect(town.telegram.said(town.team).map(({ replyTo }) => replyTo)).toEqual([ours.id]);
  });

  test("an agent's name in words that are only passed on calls nobody", async () => {
    const origin = { type: "hidden_user", sender_user_name: "Eve", date: 1 } as const;
    town.mira.passesOn(town.team, "@alice please add a dark theme", origin);
    town.mira.saysRich(town.team, "# Plan\n\n- @bob adds a **dark** theme", origin);
    town.mira.says(town.team, "@charlie hello");
    const { data } = await ada.next("agent_response");
    expect(data.sender).toBe("charlie");
    const { messages } = (await (await fetch(`${town.server.http}/api/v1/rooms/general/messages`)).json()) as {
      messages: { text: string; sender: string; mentions: string[] }[];
    };
    expect(messages.slice(0, 3).map(({ mentions }) => mentions)).toEqual([[], [], ["charlie"]]);
    expect(messages[1]?.text).toContain("adds a **dark** theme");
    expect(messages.map(({ sender }) => sender)).not.toContain("alice");
  });

  test("photos and documents come along, both ways", async () => {
    const png = await Bun.file("test/journeys/room.png").bytes();
    town.mira.sendsPhoto(town.team, png, "our room");
    const { data } = await heard("our room");
    expect(data.files).toMatchObject([{ type: "image/png", bytes: png.length }]);
    town.mira.sendsDocument(town.team, "notes.txt", new TextEncoder().encode("some notes"));
    const { data: second } = await ada.next("message", (frame) => frame.data.files?.[0]?.name === "notes.txt");
    expect(second.text).toBe("");
  });
});
