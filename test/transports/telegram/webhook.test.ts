import { describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MessageEntity, Update } from "grammy/types";
import { inspect } from "../../support/database.ts";
import { startServer } from "../../support/server.ts";
import { messageOf } from "../../support/telegram/message.ts";
import { openTown, type Town, townLimits } from "../../support/telegram/town.ts";
import { trouble } from "../../support/telegram/troubles.ts";
import { asWritten } from "../../support/telegram/updates.ts";

const hook = "https://chat.example.org/telegram/webhook";
/** Telegram delivers to https only; here it is told to deliver to this machine instead. */
function deliverHere(town: Town): string {
  const { updates } = town.telegram.world;
  if (!updates.webhook) throw new Error("no webhook is set");
  updates.road = `${town.server.http}/telegram/webhook`;
  return updates.webhook.secret ?? "";
}

type Served = Pick<Town, "server">;

const deliver = (town: Served, secret: string | undefined, body: string) =>
  fetch(`${town.server.http}/telegram/webhook`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(secret !== undefined && { "x-telegram-bot-api-secret-token": secret }),
    },
    body,
  });

const textsOf = (town: Served) =>
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

  test("come in however large they are and however deep: one that answers a long one, or lists in lists", async () => {
    await using town = await openTown({ env: { TELEGRAM_WEBHOOK_URL: hook } });
    deliverHere(town);
    const long = "Привет мир ".repeat(372).slice(0, 4_096);
    const entities: MessageEntity[] = Array.from({ length: 100 }, (_, count) => ({
      type: "text_link",
      offset: count * 40,
      length: 20,
      url: `https://example.org/${"a".repeat(100)}`,
    }));
    const first = town.mira.says(town.team, long, { entities });
    const answer = town.mira.says(town.team, long, { entities, replyTo: first });
    expect(asWritten(messageOf(town.team, answer)).length).toBeGreaterThan(64 * 1024);
    const lists = ["- a", "  - b", "    - c", "      - **d**"].join("\n");
    town.mira.says(town.team, "agreed", { replyTo: town.mira.saysRich(town.team, lists) });
    town.mira.says(town.team, "this is behind it");
    await town.telegram.until(() => textsOf(town).includes("this is behind it"), "what is behind it");
    expect(textsOf(town)).toHaveLength(5);
    expect(town.telegram.world.updates.lastError).toBeNull();
  });

  test.each([
    ["is no JSON", "{"],
    ["is no update", '{"message":{}}'],
    ["is nothing", "null"],
    ["is deeper than anything can read", `{"update_id":1,"message":${"[".repeat(500_000)}`],
    ["is larger than any", JSON.stringify({ update_id: 1, message: { text: "x".repeat(1024 * 1024) } })],
  ])(
    "are over when what comes %s: it would never be anything else, and keep back what is behind it",
    async (_, body) => {
      await using town = await openTown({ env: { TELEGRAM_WEBHOOK_URL: hook } });
      const secret = deliverHere(town);
      expect((await deliver(town, secret, body)).status).toBe(200);
      expect(town.server.logged.map(({ event }) => event)).toContain("telegram.no_update");
      town.mira.says(town.team, "this is behind it");
      await town.telegram.until(() => textsOf(town).includes("this is behind it"), "what is behind it");
    },
  );

  test("wait at Telegram when it is polled again: what was not delivered yet is not confirmed", async () => {
    await using town = await openTown({ env: { OPENCODE_TRANSPORT: "websocket" } });
    const { telegram } = town;
    const env = {
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_CHAT_ID: String(town.team.id),
      TELEGRAM_API_ROOT: telegram.url,
    };
    const folder = mkdtempSync(join(tmpdir(), "parley-"));
    const first = await startServer({
      folder,
      limits: townLimits,
      env: { ...env, OPENCODE_TRANSPORT: "both", TELEGRAM_WEBHOOK_URL: hook },
    });
    const secret = telegram.world.updates.webhook?.secret;
    const said = (id: number, text: string) => ({
      update_id: id,
      message: { message_id: id, date: 1, chat: town.team.chat, from: town.mira.user, text },
    });
    const delivered = await deliver({ server: first }, secret, JSON.stringify(said(700_002, "delivered")));
    expect(delivered.status).toBe(200);
    await first.parley.stop();
    telegram.world.updates.setWebhook({ url: "" });
    telegram.world.updates.renumber(700_003);
    telegram.world.updates.repeat(said(700_001, "not delivered yet") as Update);
    const second = await startServer({ folder, limits: townLimits, env: { ...env, OPENCODE_TRANSPORT: "both" } });
    await telegram.until(() => telegram.world.updates.pending.length === 0, "the update taken in");
    expect(textsOf({ server: second })).toEqual(["delivered", "not delivered yet"]);
    await second.stop();
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
