import { describe, expect, test } from "bun:test";
import type { MessageEntity, Message as TelegramMessage } from "grammy/types";
import { wordsOf } from "../../../src/transports/telegram/markdown.ts";
import { createWords } from "../../../src/transports/telegram/words.ts";
import { Client } from "../../support/client.ts";
import { openTown } from "../../support/telegram/town.ts";

const most = 7_500;
const words = createWords("parley_bot", () => undefined, most);
const saying = (text: string, entities: MessageEntity[] = []) =>
  words.of({ text, entities } as unknown as TelegramMessage);

describe("the longest message of Telegram's is never too long here", () => {
  test("because of its escaping: signs are shown as code instead, each of them", () => {
    const text = "*_".repeat(2_048);
    const markdown = saying(text);
    expect(markdown.length).toBeLessThanOrEqual(most);
    expect(wordsOf(markdown).trim()).toBe(text);
  });

  test("because of its links: the words stay", () => {
    const text = "word ".repeat(800).trim();
    const entities: MessageEntity[] = Array.from({ length: 100 }, (_, count) => ({
      type: "text_link",
      offset: count * 5,
      length: 4,
      url: `https://example.org/${"x".repeat(200)}`,
    }));
    expect(saying(text, entities)).toBe(text);
    expect(saying("word", entities.slice(0, 1))).toStartWith("[word](https://example.org/");
  });

  test.each([
    ["backticks", "`".repeat(4_096)],
    ["tildes", "~".repeat(4_096)],
    ["lines of signs", "*\n".repeat(2_048)],
    ["brackets", "<[".repeat(2_048)],
    ["backslashes", "\\".repeat(4_096)],
  ])("because it is made of %s", (_, text) => {
    const { length } = saying(text);
    expect(length).toBeLessThanOrEqual(most);
    expect(length).toBeGreaterThanOrEqual(text.trim().length);
  });

  test("and stands in the room", async () => {
    await using town = await openTown();
    const ada = await Client.camel(town.server.ws, "ada");
    town.mira.says(town.team, "*_".repeat(2_048));
    expect((await ada.next("message")).data.text).toContain("*_".repeat(2_048));
    await ada.close();
  });
});

describe("what somebody passes on", () => {
  const user = { id: 5, is_bot: false, first_name: "Ann *B*", last_name: "Lee" };
  const chat = { id: -5, type: "channel", title: "News" };
  const date = 1;
  const passed = (origin: unknown, more: object = { text: "take a look" }) =>
    words.of({ ...more, forward_origin: origin } as TelegramMessage);

  test.each([
    ["a person", { type: "user", sender_user: user, date }, "*Forwarded from Ann \\*B\\* Lee:*"],
    ["somebody hidden", { type: "hidden_user", sender_user_name: "Bo", date }, "*Forwarded from Bo:*"],
    [
      "a group",
      { type: "chat", sender_chat: { id: -6, type: "group", title: "the\nteam" }, date },
      "*Forwarded from the team:*",
    ],
    ["a channel", { type: "channel", chat, message_id: 3, date }, "*Forwarded from News:*"],
  ])("stands under whose it is: %s", (_, origin, head) => {
    expect(passed(origin)).toBe(`${head}\n\ntake a look`);
    expect(passed(origin, { sticker: { emoji: "🎉" } })).toBe(`${head}\n\n(sticker 🎉)`);
  });

  test("is never a command of whoever passes it on", () => {
    const origin = { type: "user", sender_user: user, date };
    expect(passed(origin, { text: "/transport telegram" })).toEndWith(":*\n\n/transport telegram");
  });

  test("is never too long", () => {
    const origin = { type: "hidden_user", sender_user_name: "*".repeat(4_000), date };
    expect(passed(origin, { text: "*_".repeat(2_048) }).length).toBeLessThanOrEqual(most + 300);
  });
});
