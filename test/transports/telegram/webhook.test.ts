import { describe, expect, test } from "bun:test";
import { inspect } from "../../support/database.ts";
import { startServer } from "../../support/server.ts";
import { openTown, type Town } from "../../support/telegram/town.ts";
import { trouble } from "../../support/telegram/troubles.ts";

const hook = "https://chat.example.org/telegram/webhook";
/** Telegram delivers to https only; here it is told to deliver to this machine instead. */
function deliverHere(town: Town): string {
  const { webhook } = town.telegram.world.updates;
  if (!webhook) throw new Error("no webhook is set");
  const secret = webhook.secret ?? "";
  Object.assign(webhook, { url: `${town.server.http}/telegram/webhook` });
  return secret;
}

const deliver = (town: Town, secret: string | undefined, body: string) =>
  fetch(`${town.server.http}/telegram/webhook`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(secret !== undefined && { "x-telegram-bot-api-secret-token": secret }),
    },
    body,
  });

const textsOf = (town: Town) =>
  inspect(town.server.config.databasePath, (sqlite) =>
    sqlite.query<{ text: string }, []>("SELECT text FROM messages ORDER BY id").all(),
  ).map(({ text }) => text);

describe("updates that are delivered", () => {
  test("come in by the webhook, in order and once, however often they are delivered", async () => {
    await using town = await openTown({ env: { TELEGRAM_WEBHOOK_URL: hook } });
    const secret = deliverHere(town);
    for (const text of ["one", "two", "three"]) town.mira.says(town.team, text);
    await town.telegram.until(() => textsOf(town).length === 3, "all three");
    const again = {
      update_id: 1,
      message: { message_id: 1, date: 1, chat: town.team.chat, from: town.mira.user, text: "one" },
    };
    expect((await deliver(town, secret, JSON.stringify(again))).status).toBe(200);
    expect(textsOf(town)).toEqual(["one", "two", "three"]);
  });

  test("come in when they are late: what could not be delivered comes after those behind it", async () => {
    await using town = await openTown({ env: { TELEGRAM_WEBHOOK_URL: hook } });
    const secret = deliverHere(town);
    town.mira.says(town.team, "first");
    await town.telegram.until(() => textsOf(town).length === 1, "the first");
    const said = (update: number, text: string) =>
      JSON.stringify({
        update_id: update,
        message: { message_id: update, date: 1, chat: town.team.chat, from: town.mira.user, text },
      });
    expect((await deliver(town, secret, said(700_013, "third"))).status).toBe(200);
    for (let times = 0; times < 2; times++)
      expect((await deliver(town, secret, said(700_012, "second, late"))).status).toBe(200);
    expect(textsOf(town)).toEqual(["first", "third", "second, late"]);
  });

  test("are a button pressed once, however often that is delivered", async () => {
    await using town = await openTown({ env: { TELEGRAM_WEBHOOK_URL: hook } });
    const secret = deliverHere(town);
    town.mira.says(town.team, "hello");
    await town.telegram.until(() => textsOf(town).length === 1, "somebody who is known");
    const press = { id: "1", from: town.mira.user, chat_instance: "1", data: "task:1:complete" };
    town.telegram.world.presses.set("1", null);
    for (let times = 0; times < 2; times++)
      await deliver(town, secret, JSON.stringify({ update_id: 700_020, callback_query: press }));
    expect(town.telegram.callsOf("answerCallbackQuery")).toHaveLength(1);
  });

  test("need the secret: without it, or with another, nothing is read", async () => {
    await using town = await openTown({ env: { TELEGRAM_WEBHOOK_URL: hook } });
    const secret = deliverHere(town);
    expect(secret).toMatch(/^[\w-]{43}$/);
    for (const wrong of [undefined, "", "x".repeat(43), `${secret}x`, secret.slice(1)])
      expect((await deliver(town, wrong, "{".repeat(60_000))).status).toBe(401);
    expect(textsOf(town)).toEqual([]);
  });

  test("are refused where nobody asked for them", async () => {
    const server = await startServer();
    const answer = await fetch(`${server.http}/telegram/webhook`, { method: "POST", body: "{}" });
    expect(answer.status).toBe(401);
    await server.stop();
  });
});

describe("the bot's token", () => {
  test("is in no log line and no answer, whatever goes wrong", async () => {
    await using town = await openTown();
    const { telegram } = town;
    for (const each of [trouble.conflict, trouble.broken, trouble.refused("no"), trouble.cut])
      for (const method of ["getUpdates", "sendMessage"]) telegram.troubles.plan(method, each);
    telegram.troubles.plan("sendMessage", trouble.lose);
    await fetch(`${town.server.http}/chat/send`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ message: "hello" }),
    });
    town.mira.says(town.team, "anybody?");
    await telegram.until(() => textsOf(town).includes("anybody?"), "the message in spite of it", 20_000);
    await telegram.stop();
    await telegram.until(() => town.server.parley.transports.telegram?.trouble !== null, "trouble");
    for (const path of ["/communication/info", "/chat/debug", "/health", "/transport", "/api/v1/telegram"])
      expect(await (await fetch(`${town.server.http}${path}`)).text()).not.toContain(telegram.token);
    expect(JSON.stringify(town.server.logged)).not.toContain(telegram.token);
    expect(JSON.stringify(town.server.logged)).not.toContain(telegram.token.split(":")[1] ?? "");
    telegram.start();
    await telegram.until(() => town.server.parley.transports.telegram?.trouble === null, "the end of the trouble");
  });

  test("that is revoked stops Telegram and nothing else, and says what to do", async () => {
    await using town = await openTown();
    town.telegram.troubles.plan(/./, trouble.unauthorized, 1_000);
    await town.telegram.until(() => town.server.parley.transports.telegram?.trouble !== null, "trouble");
    expect(town.server.parley.transports.telegram?.trouble).toContain("TELEGRAM_BOT_TOKEN");
    expect((await fetch(`${town.server.http}/api/v1/rooms`)).status).toBe(200);
  });
});
