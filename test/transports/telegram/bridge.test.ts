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
});
