import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Message as TelegramMessage, Update } from "grammy/types";
import { Client } from "../../support/client.ts";
import { sayWith, upload } from "../../support/files.ts";
import { signIn } from "../../support/server.ts";
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

/** What the fake's people cannot send by themselves. */
function happens(more: Partial<TelegramMessage>): void {
  const { world } = town.telegram;
  const message = { message_id: number++, date: world.seconds(), chat: town.team.chat, from: town.mira.user, ...more };
  world.updates.push({ message: message as TelegramMessage & Update.NonChannel });
}
let number = 90_001;

describe("files without words", () => {
  test("come in, whatever kind they are", async () => {
    const { id: file_id } = town.telegram.world.keepFile("some", bytes);
    const file = { file_id, file_unique_id: "u", duration: 3 };
    happens({ video: { ...file, width: 1, height: 1, file_name: "clip.mp4" } });
    happens({ audio: { ...file, file_name: "song.mp3" } });
    happens({ animation: { ...file, width: 1, height: 1, file_name: "cat.mp4" } });
    happens({ voice: file });
    happens({ video_note: { ...file, length: 1 } });
    const names: string[] = [];
    for (let count = 0; count < 5; count++) {
      const { data } = await ada.next("message");
      names.push(...(data.files ?? []).map(({ name }: { name: string }) => name));
    }
    expect(names).toEqual(["clip.mp4", "song.mp3", "cat.mp4", "voice-90004.ogg", "video-90005.mp4"]);
  });
});

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

describe("a group that takes no files", () => {
  test("is told where they are, and what comes after them", async () => {
    const refused = trouble.refused("Bad Request: not enough rights to send documents to the chat");
    town.telegram.troubles.plan("sendDocument", refused);
    const shown = { cookie: await signIn(town.server, "ada") };
    await sayWith(town.server, shown, [await upload(town.server, shown, "notes.txt", Buffer.from(bytes))]);
    await ada.say("and more");
    const there = () => town.telegram.texts(town.team).join("\n");
    await town.telegram.until(() => there().includes("and more"), "what came after the file");
    expect(there()).toMatch(/notes\.txt: http/);
    expect(town.server.parley.transports.telegram?.trouble).toBeNull();
  });
});
