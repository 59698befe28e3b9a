import { afterEach, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { inspect } from "../support/database.ts";
import { FakeTelegram } from "../support/fake-telegram.ts";
import { startProcess } from "../support/process.ts";
import { report, rounds } from "../support/round.ts";
import { openTown } from "../support/telegram/town.ts";
import { trouble } from "../support/telegram/troubles.ts";

const fakes: FakeTelegram[] = [];
afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.stop();
});

const textsIn = (database: string) =>
  inspect(database, (sqlite) => sqlite.query<{ text: string }, []>("SELECT text FROM messages ORDER BY id").all()).map(
    ({ text }) => text,
  );

describe("Telegram and a server that dies", () => {
  test("100 updates handed over, killed in the middle and started again, are 100 messages in order", async () => {
    const telegram = new FakeTelegram({ pace: 0 });
    fakes.push(telegram);
    const mira = telegram.person(501, "mira");
    const team = telegram.group("the team", [mira]);
    const env = {
      OPENCODE_TRANSPORT: "both",
      OPENCODE_SAFE_MODE: "true",
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_CHAT_ID: String(team.id),
      TELEGRAM_API_ROOT: telegram.url,
    };
    let server = await startProcess({ env });
    const { database } = server;
    const said: string[] = [];
    const kills = rounds(3, 20);
    for (let round = 0; round < kills; round += 1) {
      const before = said.length;
      for (let count = 0; count < 100; count += 1) {
        const text = `round ${round} message ${count}`;
        said.push(text);
        mira.says(team, text);
      }
      // In the middle: some are stored, some are on the way, some wait at Telegram's.
      await telegram.until(() => textsIn(database).length > before + 10, "the first of them");
      await server.kill();
      server = await server.restart();
    }
    await telegram.until(() => textsIn(database).length >= said.length, "all of them", 30_000);
    expect(textsIn(database)).toEqual(said);
    report("updates across kills", { kills, updates: said.length });
    await server.kill();
  }, 120_000);

  test("what was said in the room while it dies again and again is said there, in order, at most once more for each death", async () => {
    const telegram = new FakeTelegram({ pace: 0 });
    fakes.push(telegram);
    const team = telegram.group("the team", []);
    const env = {
      OPENCODE_TRANSPORT: "both",
      OPENCODE_SAFE_MODE: "true",
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_CHAT_ID: String(team.id),
      TELEGRAM_API_ROOT: telegram.url,
    };
    let server = await startProcess({ env });
    const said: string[] = [];
    const kills = rounds(2, 10);
    for (let round = 0; round < kills; round += 1) {
      const ada = await Client.camel(server.ws, "ada");
      for (let count = 0; count < 20; count += 1) {
        const text = `words ${round}.${count}.`;
        said.push(text);
        await ada.say(text);
      }
      await telegram.until(
        () => telegram.texts(team).join("\n").includes(`words ${round}.0.`),
        "the first words there",
      );
      await server.kill();
      server = await server.restart();
    }
    const last = said.at(-1) ?? "";
    await telegram.until(() => telegram.texts(team).join("\n").includes(last), "the last words there", 60_000);
    const shown = telegram.texts(team).join("\n");
    const missing = said.filter((text) => !shown.includes(text));
    expect(missing).toEqual([]);
    const order = said.map((text) => shown.lastIndexOf(text));
    expect(order.toSorted((a, b) => a - b)).toEqual(order);
    await server.kill();
  }, 120_000);
});

describe("Telegram that is not there", () => {
  test("for an hour under traffic: everything arrives once and in order, both ways", async () => {
    await using town = await openTown({
      limits: { peopleRate: 10_000, peopleBurst: 10_000, frameRate: 10_000, frameBurst: 10_000 },
    });
    const { telegram, team } = town;
    const ada = await Client.camel(town.server.ws, "ada");
    await ada.say("before");
    await telegram.until(() => telegram.texts(team).length === 1, "the words before");
    await telegram.stop();
    const here: string[] = [];
    const there: string[] = [];
    for (let count = 0; count < rounds(60, 600); count += 1) {
      const [mine, theirs] = [`here ${count}.`, `there ${count}.`];
      await ada.say(mine);
      town.mira.says(team, theirs);
      here.push(mine);
      there.push(theirs);
    }
    telegram.start();
    const shown = () =>
      telegram
        .said(team)
        .map(({ text }) => text)
        .join("\n");
    const last = here.at(-1) ?? "";
    await telegram.until(() => shown().includes(last), "the last words there", 60_000);
    const words = shown().match(/here \d+\./g) ?? [];
    expect([...words]).toEqual(here);
    await telegram.until(() => fromThere().length >= there.length, "the last words here", 60_000);
    expect(fromThere()).toEqual(there);
    await ada.close();

    function fromThere(): string[] {
      return textsIn(town.server.config.databasePath).filter((text) => text.startsWith("there"));
    }
  }, 120_000);

  test("answers that are lost on the way repeat what they were about at most once, and lose nothing", async () => {
    await using town = await openTown({ limits: { telegramCallMs: 100 } });
    const { telegram, team } = town;
    const ada = await Client.camel(town.server.ws, "ada");
    telegram.troubles.plan("sendMessage", trouble.lose, 3);
    telegram.troubles.plan("sendMessage", trouble.tooMany(1), 2);
    telegram.troubles.plan("sendMessage", trouble.broken, 2);
    for (let count = 0; count < 10; count += 1) await ada.say(`words ${count}.`);
    const shown = () =>
      telegram
        .said(team)
        .map(({ text }) => text)
        .join("\n");
    await telegram.until(() => shown().includes("words 9."), "the last words there", 30_000);
    for (let count = 0; count < 10; count += 1) expect(shown()).toContain(`words ${count}.`);
    await ada.close();
  }, 60_000);
});
