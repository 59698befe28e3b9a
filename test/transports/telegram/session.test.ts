import { describe, expect, test } from "bun:test";
import { Client } from "../../support/client.ts";
import { refusedLater } from "../../support/house.ts";
import { openTown, type Town } from "../../support/telegram/town.ts";
import { trouble } from "../../support/telegram/troubles.ts";

function transportOf(town: Town) {
  const { telegram } = town.server.parley.transports;
  if (!telegram) throw new Error("there is no Telegram here");
  return telegram;
}

/** How often each of these words stands in the group. */
const counted = (town: Town, words: readonly string[]) =>
  words.map((each) => town.telegram.texts(town.team).join("\n").split(each).length - 1);

const shows = (town: Town, text: string) =>
  town.telegram.until(() => town.telegram.texts(town.team).some((each) => each.includes(text)), `"${text}" there`);

describe("a start that fails at its last step", () => {
  test.each([
    ["polling", "deleteWebhook", {}],
    ["a webhook", "setWebhook", { TELEGRAM_WEBHOOK_URL: "https://chat.example.org/telegram/webhook" }],
  ])("leaves nothing behind that speaks: %s", async (_, method, env) => {
    await using town = await openTown({ env: { OPENCODE_TRANSPORT: "websocket", ...env } });
    const telegram = transportOf(town);
    town.telegram.troubles.plan(method, trouble.broken, 3);
    for (let tries = 0; tries < 3; tries++)
      expect(await refusedLater(telegram.startPolling())).toBe("TRANSPORT_UNAVAILABLE");
    expect(telegram.isConnected()).toBe(false);
    const ada = await Client.camel(town.server.ws, "ada");
    await ada.say("word 0.");
    await telegram.startPolling();
    await ada.say("word 1.");
    await shows(town, "word 1.");
    await telegram.stopPolling();
    await ada.say("word 2.");
    expect(counted(town, ["word 0.", "word 1.", "word 2."])).toEqual([1, 1, 0]);
    await ada.close();
  });
});
