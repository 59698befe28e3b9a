import { expect, test } from "bun:test";
import { inspect, integrityOf, messagesIn, seqsOfRoom } from "../support/database.ts";
import { faultsOf } from "../support/heard.ts";
import { Persistent } from "../support/persistent.ts";
import { chance, quantile, report, rounds, waitFor } from "../support/round.ts";
import { kinds, Talker } from "../support/talker.ts";
import { openTown } from "../support/telegram/town.ts";

const switches = rounds(6, 50);
const luck = chance();

/** Messages a second that people write at sockets; mira writes twenty more in each round. */
const perSecond = 400;

test(`${switches} switches between WebSocket and Telegram while both sides write: nothing is lost, nothing comes twice, agents answer`, async () => {
  await using town = await openTown({
    env: { OPENCODE_TRANSPORT: "websocket", PARLEY_PEOPLE_RATE: "100000", PARLEY_PEOPLE_BURST: "100000" },
    // Telegram takes few messages, and much in each: what waits goes as one.
    limits: { telegramGroupMs: 20, telegramCallsPerSecond: 10_000 },
  });
  const { server, telegram, team, mira } = town;
  const talkers = Array.from({ length: 4 }, (_, index) => new Talker(`writer${index}`, luck.pick(kinds)));
  // What was said before Telegram ever showed the room is not told there.
  await goOver("both");
  await goOver("websocket");
  for (const talker of talkers) await talker.connect(server.ws);
  const people = talkers.map((talker) => new Persistent(server, talker, (talkers.length * 1_000) / perSecond));
  const inRoom = () => inspect(server.config.databasePath, messagesIn).map(({ text }) => text);

  let said = 0;
  const question = "@alice help";
  const times: number[] = [];
  const begunAt = performance.now();
  for (let round = 0; round < switches; round += 1) {
    const isTelegram = round % 2 === 0;
    for (let count = 0; count < 10; count += 1) mira.says(team, `mira says ${said++}.`);
    if (isTelegram) mira.says(team, question);
    const from = performance.now();
    await goOver(isTelegram ? luck.pick(["telegram", "both"]) : "websocket");
    times.push(performance.now() - from);
    if (isTelegram) {
      for (let count = 0; count < 10; count += 1) mira.says(team, `mira says ${said++}.`);
      await waitFor(() => inRoom().includes(`mira says ${said - 1}.`), `mira is heard in round ${round}`, 30_000);
    } else
      await waitFor(() => people.every(({ talker }) => talker.isOnline), `sockets are back in round ${round}`, 30_000);
  }
  await goOver("both");
  for (const each of people) await each.end();
  await waitFor(() => inRoom().includes(`mira says ${said - 1}.`), "everything of mira's", 30_000);
  const seconds = (performance.now() - begunAt) / 1_000;
  for (const talker of talkers) await talker.settled();

  // In the room: everything of both sides once, mira's in her order.
  const texts = inRoom();
  expect(texts.filter((text) => text.startsWith("mira says"))).toEqual(
    Array.from({ length: said }, (_, number) => `mira says ${number}.`),
  );
  const byClient = new Map(inspect(server.config.databasePath, messagesIn).map(({ clientId, id }) => [clientId, id]));
  for (const talker of talkers) {
    expect(talker.acknowledged.size).toBeGreaterThan(0);
    for (const [clientId, id] of talker.acknowledged) expect(byClient.get(clientId)).toBe(id);
  }
  const questions = switches / 2;
  const answers = () => inRoom().filter((text) => text.startsWith("I'm alice")).length;
  await waitFor(() => answers() >= questions, "alice has answered every question", 60_000);
  expect(answers()).toBe(questions);

  // At every socket: the room, once and in order.
  for (const talker of talkers) await talker.settled();
  const expected = inspect(server.config.databasePath, (sqlite) => seqsOfRoom(sqlite, "general"));
  for (const talker of talkers) {
    const found = { who: talker.name, faults: faultsOf(talker.seqs(), expected), own: talker.faults };
    expect({ ...found, resyncs: talker.resyncs }).toEqual({ who: talker.name, faults: [], own: [], resyncs: 0 });
  }

  // In the group: everything that was not said there, once and in order.
  const shown = () => telegram.said(team).flatMap(({ text }) => text.match(/writer\d \S+ says \d+\./g) ?? []);
  const written = inRoom().filter((text) => /^writer\d \S+ says/.test(text));
  await waitFor(() => shown().length >= written.length, "everything stands in the group", 120_000);
  expect(shown()).toEqual(written);
  expect(server.logged.filter(({ level }) => level === "error")).toEqual([]);
  expect(inspect(server.config.databasePath, integrityOf)).toBe("ok");
  report("switches with Telegram", {
    switches,
    messages: texts.length,
    "messages/s": Math.round(texts.length / seconds),
    "switch p50 ms": quantile(times, 0.5).toFixed(1),
    "switch worst ms": Math.max(...times).toFixed(1),
  });

  async function goOver(to: string): Promise<void> {
    const body = JSON.stringify({ transport_type: to, reason: "because it is tried" });
    const answer = await fetch(`${server.http}/communication/switch`, { method: "POST", body });
    if (answer.status !== 200) throw new Error(`${to}: ${await answer.text()}`);
  }
}, 180_000);
