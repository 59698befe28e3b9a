import { describe, expect, test } from "bun:test";
import type { MessageEntity, Message as TelegramMessage } from "grammy/types";
import { renderMarkdown } from "../../../src/messages/markdown.ts";
import { styledOf, wordsOf } from "../../../src/transports/telegram/markdown.ts";
import { createWords } from "../../../src/transports/telegram/words.ts";
import { Client } from "../../support/client.ts";
import { growth } from "../../support/cost.ts";
import { richBlocks } from "../../support/telegram/rich.ts";
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

  test.each([
    ["a deleted account", { type: "user", sender_user: { id: 7, is_bot: false, first_name: "" }, date }],
    ["a kind of source that is new", { type: "something_new", date }],
  ])("has a head in any case: %s", (_, origin) => {
    expect(passed(origin)).toBe("*Forwarded from somebody:*\n\ntake a look");
  });

  test.each([
    ["words", { text: "ask @alice and @team (@bob), a@b.example" }],
    ["words that are bold in the middle", { text: "x@alice", entities: [{ type: "bold", offset: 1, length: 6 }] }],
    ["signs beside it", { text: "*@alice* _@alice_ [@alice](x) \\@alice" }],
    ["an address", { text: "https://example.org/?@alice", entities: [{ type: "url", offset: 0, length: 27 }] }],
    ["nothing but signs", { text: `${"`".repeat(4_080)} @alice` }],
    ["a poll", { poll: { question: "@alice or @bob?" } }],
    [
      "a rich message",
      { rich_message: { blocks: [{ type: "paragraph", text: ["so: ", { type: "bold", text: "@alice" }] }] } },
    ],
    [
      "the name of who said it",
      { text: "x", forward_origin: { type: "hidden_user", sender_user_name: "@alice", date } },
    ],
  ])("calls nobody in the name of who shows it: %s", (_, more) => {
    const origin = { type: "user", sender_user: user, date };
    const markdown = passed(origin, more);
    const called = "forward_origin" in more ? words.of(more as unknown as TelegramMessage) : markdown;
    for (const text of [markdown, called]) expect(renderMarkdown(text, () => true).mentions).toEqual([]);
    expect(called).toMatch(/[@＠]|%40/);
    expect(words.of(more as unknown as TelegramMessage)).toMatch(/[@＠]/);
  });

  test("is never too long", () => {
    const origin = { type: "hidden_user", sender_user_name: "*".repeat(4_000), date };
    expect(passed(origin, { text: "*_".repeat(2_048) }).length).toBeLessThanOrEqual(most + 300);
  });
});

describe("a rich message", () => {
  const rich = (blocks: unknown) => words.of({ rich_message: { blocks } } as TelegramMessage);

  test.each([
    ["headings, tables and code", "# Plan\n\n| a | b |\n| --- | --- |\n| **1** | 2 |\n\n```ts\nlet a = `b`;\n```"],
    ["lists in lists", "- a\n  - **b** and `c`\n    - d\n- e\n\n1. one\n2. two"],
    ["quotes and links", "> as *she* said\n\n[there](https://example.org/a)\n\n---\n\nand ~~not~~ here"],
  ])("is what it was made of: %s", (_, markdown) => {
    expect(styledOf(rich(richBlocks(markdown)))).toEqual(styledOf(markdown));
  });

  test.each([
    ["beneath a picture", [{ type: "photo", photo: [], caption: { text: "our room" } }], "our room"],
    ["of a kind that is new", [{ type: "sparkling", text: [{ type: "glowing", text: "look" }] }], "look"],
    ["in details", [{ type: "details", summary: "more", blocks: [{ type: "footer", text: "end" }] }], "more\n\nend"],
    ["that mean something here", [{ type: "paragraph", text: "*not bold* # [x](y)" }], "\\*not bold\\* # \\[x\\](y)"],
    [
      "in a list of what is to be done",
      [
        {
          type: "list",
          items: [{ label: "•", has_checkbox: true, is_checked: true, blocks: [{ type: "paragraph", text: "a" }] }],
        },
      ],
      "- ☑ a",
    ],
  ])("is heard with its words %s", (_, blocks, markdown) => {
    expect(rich(blocks)).toBe(markdown);
  });

  test("that is too long ends where it must, and says so", () => {
    for (const blocks of [
      Array.from({ length: 40 }, (_, count) => ({ type: "paragraph", text: `${count} ${"word ".repeat(80)}` })),
      [{ type: "paragraph", text: "*_".repeat(16_000) }],
    ]) {
      const markdown = rich(blocks);
      expect(markdown.length).toBeLessThanOrEqual(most);
      expect(markdown.length).toBeGreaterThan(most / 3);
      expect(markdown).toEndWith("(… the rest is to be read in Telegram.)");
    }
  });

  test.each([
    [
      "a paragraph of formats",
      (length: number) => [
        {
          type: "paragraph",
          text: Array.from({ length: length / 2 }, (_, at) => (at % 2 ? "a" : { type: "bold", text: "b" })),
        },
      ],
    ],
    ["one of signs", (length: number) => [{ type: "paragraph", text: "*_[`@".repeat(length / 5) }]],
    [
      "many small blocks",
      (length: number) => Array.from({ length: length / 8 }, () => ({ type: "heading", size: 1, text: "*a* @b" })),
    ],
  ])("costs what it is long: %s", (_, made) => {
    expect(
      growth(
        (length) => JSON.stringify(made(length * 4)),
        (text) => rich(JSON.parse(text)),
      ),
    ).toBeLessThan(20);
  });

  test("is read no deeper than Telegram nests it", () => {
    let block: object = { type: "paragraph", text: "at the bottom" };
    for (let depth = 0; depth < 20_000; depth += 1) block = { type: "blockquote", blocks: [block] };
    expect(rich([{ type: "paragraph", text: "above" }, block])).toStartWith("above");
    let text: unknown = "at the bottom";
    for (let depth = 0; depth < 20_000; depth += 1) text = { type: "bold", text };
    expect(rich([{ type: "paragraph", text }])).toBe("(something that Parley cannot show)");
  });
});

test.each(["story", "checklist", "paid_media", "game", "giveaway", "giveaway_winners", "invoice", "live_photo"])(
  "something that is said and cannot be shown is said to be something: %s",
  (kind) => {
    expect(words.of({ [kind]: {} } as unknown as TelegramMessage)).toBe("(something that Parley cannot show)");
  },
);

test.each(["new_chat_title", "pinned_message", "boost_added", "video_chat_started"])(
  "what only tells that something happened says nothing: %s",
  (kind) => {
    expect(words.of({ [kind]: {} } as unknown as TelegramMessage)).toBe("");
  },
);
