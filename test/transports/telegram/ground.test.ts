import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../../src/clock.ts";
import { defaultLimits, type Limits } from "../../../src/limits.ts";
import { createBot, type TelegramBot } from "../../../src/transports/telegram/bot.ts";
import { format, type Part } from "../../../src/transports/telegram/format.ts";
import type { Class, Outcome } from "../../../src/transports/telegram/job.ts";
import { Lane } from "../../../src/transports/telegram/lane.ts";
import { TelegramError, type Trouble } from "../../../src/transports/telegram/trouble.ts";
import { FakeTelegram } from "../../support/fake-telegram.ts";
import type { FakeChat } from "../../support/telegram/chats.ts";
import { pace, pacedLimits } from "../../support/telegram/town.ts";
import { trouble } from "../../support/telegram/troubles.ts";

const limits: Limits = { ...defaultLimits, ...pacedLimits, telegramCallsPerSecond: 1_000 };

let telegram: FakeTelegram;
let bot: TelegramBot;
let lane: Lane;
let told: (Trouble["kind"] | null)[];
let team: FakeChat;
let mira: ReturnType<FakeTelegram["person"]>;

beforeEach(async () => {
  telegram = new FakeTelegram({ pace });
  mira = telegram.person(11, "Mira");
  mira.says(mira.private, "/start");
  team = telegram.group("Team", [mira]);
  bot = await createBot({ token: telegram.token, apiRoot: telegram.url, limits });
  told = [];
  lane = new Lane({ limits, clock: systemClock, tell: (trouble) => told.push(trouble === null ? null : trouble.kind) });
});
afterEach(async () => {
  await lane.stop();
  await telegram.stop();
});

/** Says one part, without its formatting when that is refused: as a door would. */
function say(chat: FakeChat, part: Part, as: Class = "final"): Promise<Outcome<number>> {
  const { id: chat_id, isGroup } = chat;
  const send = async (text: string, parse_mode?: "HTML") =>
    (await bot.call("sendMessage", { chat_id, text, ...(parse_mode && { parse_mode }) })).message_id;
  return lane.add({
    chat: chat_id,
    isGroup,
    class: as,
    kind: "send",
    async run() {
      try {
        return await send(part.html, "HTML");
      } catch (thrown) {
        if (!(thrown instanceof TelegramError) || thrown.trouble.kind !== "refused") throw thrown;
        return send(part.plain);
      }
    },
  });
}
const words = (text: string): Part => ({ html: text, plain: text });

describe("the lane, the bot and Telegram together", () => {
  test("a busy group gets everything in order, and Telegram never has to ask to wait", async () => {
    const said = Array.from({ length: 45 }, (_, i) => `${i}`);
    const outcomes = await Promise.all(said.map((text) => say(team, words(text))));
    expect(outcomes.every(({ state }) => state === "done")).toBe(true);
    expect(telegram.texts(team)).toEqual(said);
    expect(telegram.callsOf("sendMessage").filter(({ status }) => status === 429)).toEqual([]);
  });

  test("an answer that grows by edits and drafts stays within the limits as well", async () => {
    const { message_id } = await bot.call("sendMessage", { chat_id: team.id, text: "…" });
    const edit = (text: string, as: Class) =>
      lane.add({
        chat: team.id,
        isGroup: true,
        class: as,
        kind: "edit",
        key: "answer",
        run: () => bot.call("editMessageText", { chat_id: team.id, message_id, text }),
      });
    const draft = (text: string) =>
      lane.add({
        chat: 11,
        isGroup: false,
        class: "preview",
        kind: "draft",
        key: "answer",
        run: () => bot.call("sendMessageDraft", { chat_id: 11, draft_id: 7, text }),
      });
    let text = "";
    for (let token = 0; token < 200; token++) {
      text += `${token} `;
      void edit(text, "preview");
      void draft(text);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await edit("the answer", "final");
    expect(telegram.texts(team)).toEqual(["the answer"]);
    // Drafts stand 4 ms apart here, and a busy machine can be later than that: how far apart is shown with a clock of our own.
    expect(telegram.callsOf("editMessageText").filter(({ status }) => status !== 200)).toEqual([]);
    expect(telegram.callsOf("editMessageText").length).toBeLessThan(100);
  });

  test("an outage in the middle loses nothing and changes no order; what was done without an answer comes twice", async () => {
    const outcomes = ["a", "b", "c"].map((text) => say(mira.private, words(text)));
    telegram.troubles.plan("sendMessage", trouble.broken, 3);
    telegram.troubles.plan("sendMessage", trouble.cut, 1);
    await Promise.all(outcomes);
    await telegram.stop();
    const later = ["d", "e"].map((text) => say(mira.private, words(text)));
    await telegram.until(() => told.includes("unreachable"), "the trouble");
    telegram.start();
    await Promise.all(later);
    expect(telegram.texts(mira.private)).toEqual(["/start", "a", "a", "b", "c", "d", "e"]);
    expect(told.at(-1)).toBeNull();
  });

  test("what Telegram cannot parse arrives as plain words, in its place", async () => {
    await Promise.all([
      say(team, words("first")),
      say(team, { html: "<b>second", plain: "second" }),
      say(team, words("third")),
    ]);
    expect(telegram.texts(team)).toEqual(["first", "second", "third"]);
  });

  test("a long answer arrives in parts that Telegram takes, its code as code", async () => {
    const code = Array.from({ length: 300 }, (_, i) => `const line${i} = "<&>";`).join("\n");
    const { parts } = format(`# Answer\n\nIt is so:\n\n\`\`\`ts\n${code}\n\`\`\`\n\nDone.`, limits);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) await say(mira.private, part);
    const [, ...said] = telegram.seen(mira.private);
    expect(said.map(({ entities }) => entities.some((each) => each.type === "pre" && each.language === "ts"))).toEqual(
      parts.map(() => true),
    );
    expect(said.map(({ text }) => text).join("\n")).toContain(code.slice(0, 1_000));
  });
});
