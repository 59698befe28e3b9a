import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Client } from "../../support/client.ts";
import { openTown, type Town } from "../../support/telegram/town.ts";
import { trouble } from "../../support/telegram/troubles.ts";

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

const bytes = new TextEncoder().encode("some notes");

describe("words beside a file", () => {
  test("come in although Telegram does not hand the file out, and say that it is missing", async () => {
    town.telegram.troubles.plan("getFile", trouble.broken, 3);
    town.mira.sendsDocument(town.team, "notes.txt", bytes, "important words");
    town.mira.says(town.team, "and more");
    const { data } = await ada.next("message", ({ data: { text } }) => text.includes("important words"));
    expect(data.text).toBe("important words\n\n(notes.txt was left behind: Telegram cannot be reached (answer 500).)");
    expect(data.files ?? []).toEqual([]);
    await ada.next("message", ({ data: { text } }) => text === "and more");
  });

  test("wait with it as long as Telegram only asks to wait", async () => {
    town.telegram.troubles.plan("getFile", trouble.tooMany(0.01), 5);
    town.mira.sendsDocument(town.team, "notes.txt", bytes, "words");
    const { data } = await ada.next("message", ({ data: { text } }) => text.startsWith("words"));
    expect(data.text).toBe("words");
    expect(data.files).toMatchObject([{ name: "notes.txt", bytes: bytes.length }]);
  });
});
