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

describe("there is one session at most", () => {
  const words = ["word 0.", "word 1.", "word 2.", "word 3."];

  async function saysEach(town: Town): Promise<void> {
    const ada = await Client.camel(town.server.ws, "ada");
    for (const each of words) {
      await ada.say(each);
      await shows(town, each);
    }
    await ada.close();
  }

  test("when it was stopped and begun again while a file did not come", async () => {
    await using town = await openTown({ limits: { drainMs: 300, telegramCallMs: 60_000 } });
    const telegram = transportOf(town);
    town.telegram.troubles.plan("getFile", trouble.hang);
    town.mira.sendsPhoto(town.team, new Uint8Array([1, 2, 3]), "a picture");
    await town.telegram.until(() => town.telegram.callsOf("getFile").length === 1, "the question for the file");
    await telegram.stopPolling();
    await telegram.startPolling();
    await saysEach(town);
    expect(counted(town, words)).toEqual([1, 1, 1, 1]);
    await town.telegram.until(() => town.telegram.world.updates.pending.length === 0, "the picture taken in");
  });

  test("when it is begun before the last one has ended, which waits for an answer that never comes", async () => {
    await using town = await openTown({ limits: { drainMs: 50 } });
    const telegram = transportOf(town);
    town.telegram.troubles.plan("sendMessage", trouble.hang);
    const ada = await Client.camel(town.server.ws, "ada");
    await ada.say("word 0.");
    await town.telegram.until(() => town.telegram.callsOf("sendMessage").length === 1, "a call that hangs");
    const order: string[] = [];
    const stopped = telegram.stopPolling().then(() => order.push("stopped"));
    await telegram.startPolling();
    order.push("begun");
    await stopped;
    expect(order).toEqual(["stopped", "begun"]);
    await shows(town, "word 0.");
    await ada.say("word 1.");
    await shows(town, "word 1.");
    expect(counted(town, ["word 0.", "word 1."])).toEqual([1, 1]);
    await ada.close();
  });

  test("when it was asked for twice while it began", async () => {
    await using town = await openTown({ env: { OPENCODE_TRANSPORT: "websocket" } });
    const telegram = transportOf(town);
    await Promise.all([telegram.startPolling(), telegram.startPolling()]);
    expect(town.telegram.callsOf("getMe")).toHaveLength(1);
    await saysEach(town);
    expect(counted(town, words)).toEqual([1, 1, 1, 1]);
  });

  test("when it was taken back while it began: that start ends at once, and a later one works", async () => {
    await using town = await openTown({
      env: { OPENCODE_TRANSPORT: "websocket" },
      limits: { telegramCallMs: 60_000 },
    });
    const telegram = transportOf(town);
    town.telegram.troubles.plan("getChat", trouble.hang);
    const first = refusedLater(telegram.startPolling());
    await town.telegram.until(() => town.telegram.callsOf("getChat").length === 1, "a question that is not answered");
    await telegram.stopPolling();
    expect(await first).toBe("TRANSPORT_UNAVAILABLE");
    expect(telegram.isConnected()).toBe(false);
    await telegram.startPolling();
    await saysEach(town);
    expect(counted(town, words)).toEqual([1, 1, 1, 1]);
  });

  test("when a switch to it took too long: what comes after its time is ended, and the next switch works", async () => {
    await using town = await openTown({
      env: { OPENCODE_TRANSPORT: "websocket" },
      limits: { transportStartMs: 200, telegramCallMs: 60_000 },
    });
    const goOver = () =>
      fetch(`${town.server.http}/communication/switch`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ transport_type: "both" }),
      });
    town.telegram.troubles.plan("deleteWebhook", trouble.hang);
    expect((await goOver()).status).toBe(503);
    expect((await goOver()).status).toBe(200);
    await saysEach(town);
    expect(counted(town, words)).toEqual([1, 1, 1, 1]);
  });
});
