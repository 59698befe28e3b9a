import { afterEach, beforeEach, expect, test } from "bun:test";
import { openTown, type Town } from "../../support/telegram/town.ts";

let town: Town;
beforeEach(async () => {
  town = await openTown({
    env: { TELEGRAM_WEBHOOK_URL: "https://chat.example.org/telegram/webhook" },
    limits: { telegramHookMs: 50 },
  });
});
afterEach(async () => {
  await town[Symbol.asyncDispose]();
});

const updates = () => town.telegram.world.updates;
const trouble = () => town.server.parley.transports.telegram?.trouble ?? null;
const looked = async () => {
  const before = town.telegram.callsOf("getWebhookInfo").length;
  await town.telegram.until(() => town.telegram.callsOf("getWebhookInfo").length > before + 1, "another look");
};

test("a webhook that is gone is set again, with its secret and the kinds of updates that are wanted", async () => {
  const set = updates().webhook;
  updates().webhook = null;
  await town.telegram.until(() => updates().webhook !== null, "the webhook");
  expect(updates().webhook).toEqual(set);
  const [first, second] = town.telegram.callsOf("setWebhook").map(({ fields }) => fields);
  expect(second).toEqual(first);
  await looked();
  expect(trouble()).toBeNull();
});

test("of another program that takes it again and again an administrator reads, until it has stopped", async () => {
  const takes = setInterval(() => updates().setWebhook({ url: "https://elsewhere.example.org/hook" }), 5);
  await town.telegram.until(() => trouble()?.startsWith("Another program") === true, "the trouble");
  clearInterval(takes);
  await town.telegram.until(() => trouble() === null, "the end of it");
  expect(updates().webhook?.url).toBe("https://chat.example.org/telegram/webhook");
});

test("that Telegram does not get through an administrator reads, with Telegram's words, until it does", async () => {
  updates().road = "http://127.0.0.1:1/nobody-listens";
  town.mira.says(town.team, "anybody?");
  await town.telegram.until(() => trouble() !== null, "the trouble");
  expect(trouble()).toBe("Telegram cannot deliver to TELEGRAM_WEBHOOK_URL (Connection failed); waiting there: 1.");
  updates().road = `${town.server.http}/telegram/webhook`;
  await town.telegram.until(() => updates().pending.length === 0, "the delivery");
  await town.telegram.until(() => trouble() === null, "the end of it");
  expect(updates().lastError).toBe("Connection failed");
});

test("with nobody but Telegram chosen, talk goes on over WebSocket when nothing is delivered any more", async () => {
  await using alone = await openTown({
    env: {
      TELEGRAM_WEBHOOK_URL: "https://chat.example.org/telegram/webhook",
      OPENCODE_TRANSPORT: "telegram",
      PARLEY_FALLBACK_SECONDS: "1",
    },
    limits: { telegramHookMs: 50, transportWatchMs: 50 },
  });
  alone.telegram.world.updates.road = "http://127.0.0.1:1/nobody-listens";
  alone.mira.says(alone.team, "anybody?");
  const { websocket } = alone.server.parley.transports;
  expect(websocket.isConnected()).toBe(false);
  await alone.telegram.until(() => websocket.isConnected(), "the other transport");
});
