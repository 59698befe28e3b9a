import { expect, test } from "bun:test";
import type { Member } from "../../src/people/member.ts";
import { admitted } from "../../src/people/members.ts";
import { inspect, integrityOf, messagesIn, seqsOfRoom } from "../support/database.ts";
import { faultsOf } from "../support/heard.ts";
import { Persistent } from "../support/persistent.ts";
import { chance, quantile, report, rounds, waitFor } from "../support/round.ts";
import { ScriptedTransport } from "../support/scripted.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { kinds, Talker } from "../support/talker.ts";

const switches = rounds(8, 50);
const luck = chance();
const rate = { PARLEY_PEOPLE_RATE: "100000", PARLEY_PEOPLE_BURST: "100000" };

/** Says the next thing as soon as the one before is acknowledged. */
class Eager extends Persistent {
  /** What is to be said next, instead of anything. */
  next: string | undefined;

  constructor(server: TestServer, talker: Talker) {
    super(server, talker, 5);
    talker.acked = () => {
      if (!this.going || !talker.isOnline) return;
      talker.say(this.next ?? `${talker.name} at ${performance.now()}`);
      this.next = undefined;
    };
  }

  protected override turn(): void {}
}

async function goOver(server: TestServer, to: string): Promise<void> {
  const answer = await fetch(`${server.http}/communication/switch`, {
    method: "POST",
    body: JSON.stringify({ transport_type: to, reason: "because it is tried" }),
  });
  if (answer.status !== 200) throw new Error(`${to}: ${await answer.text()}`);
}

test(`${switches} switches while eight sockets and the other side talk: nothing is lost, nothing comes twice, agents answer`, async () => {
  const telegram = new ScriptedTransport("telegram");
  let tina: Member | undefined;
  let fromTelegram = 0;
  const server = await startServer({
    env: { OPENCODE_TRANSPORT: "websocket", ...rate },
    telegram(core) {
      const coming = admitted((done) => core.members.admit("tina", "user", "developer", done));
      void coming.then((member) => {
        tina = member;
      });
      telegram.delivers = (text) => {
        if (!tina) throw new Error("tina is not there yet");
        core.post(tina, { room: "general", text, origin: "telegram" }, () => {
          fromTelegram += 1;
        });
      };
      return telegram;
    },
  });
  await waitFor(() => tina, "tina");
  const talkers = Array.from({ length: 8 }, (_, index) => new Talker(`writer${index}`, luck.pick(kinds)));
  // Everybody is there before the first word, so that everybody must have heard all of it.
  for (const talker of talkers) await talker.connect(server.ws);
  const people = talkers.map((talker) => new Eager(server, talker));
  for (const talker of talkers) for (let count = 0; count < 5; count += 1) talker.say(`${talker.name} begins ${count}`);
  const acknowledged = () => talkers.reduce((sum, { acknowledged: own }) => sum + own.size, 0);
  const begunAt = performance.now();

  let said = 0;
  const question = "@alice help";
  const times: number[] = [];
  for (let round = 0; round < switches; round += 1) {
    const isTelegram = round % 2 === 0;
    // Also while nobody reads there: it waits there.
    for (let count = 0; count < 5; count += 1) telegram.saidOutside(`tina says ${said++}`);
    if (isTelegram) telegram.saidOutside(question);
    else if (people[0]) people[0].next = question;
    const from = performance.now();
    await goOver(server, isTelegram ? luck.pick(["telegram", "both"]) : "websocket");
    times.push(performance.now() - from);
    const before = acknowledged();
    if (isTelegram) for (let count = 0; count < 5; count += 1) telegram.saidOutside(`tina says ${said++}`);
    await waitFor(
      () => (isTelegram ? fromTelegram >= said : acknowledged() >= before + 40 && !people[0]?.next),
      `talk goes on in round ${round}`,
    );
  }
  await goOver(server, "both");
  for (const each of people) await each.end();
  await waitFor(() => fromTelegram >= said + switches / 2, "everything of tina's");
  const seconds = (performance.now() - begunAt) / 1_000;

  const rows = () => inspect(server.config.databasePath, messagesIn);
  /** How many answers each question has. */
  const answers = () =>
    inspect(server.config.databasePath, (sqlite) =>
      sqlite
        .query<{ count: number }, [string]>(
          `SELECT (SELECT count(*) FROM messages AS answer WHERE answer.reply_to = asked.id AND answer.text LIKE 'I''m alice%') AS count
           FROM messages AS asked WHERE asked.text = ?`,
        )
        .all(question),
    ).map(({ count }) => count);
  await waitFor(() => answers().every((count) => count > 0), "alice has answered every question", 120_000);
  expect(answers()).toEqual(Array.from({ length: switches }, () => 1));
  for (const talker of talkers) await talker.settled();

  const texts = rows().map(({ text }) => text);
  const outside = texts.filter((text) => text.startsWith("tina says"));
  expect(outside).toEqual(Array.from({ length: said }, (_, number) => `tina says ${number}`));
  const byClient = new Map(rows().map(({ clientId, id }) => [clientId, id]));
  for (const talker of talkers) {
    for (const [clientId, id] of talker.acknowledged) expect(byClient.get(clientId)).toBe(id);
    expect(talker.closes.filter((code) => ![1012, 1006, 1002].includes(code))).toEqual([]);
    expect(talker.closes).toContain(1012);
  }
  const expected = inspect(server.config.databasePath, (sqlite) => seqsOfRoom(sqlite, "general"));
  for (const talker of talkers) {
    const found = { who: talker.name, faults: faultsOf(talker.seqs(), expected), own: talker.faults };
    expect({ ...found, resyncs: talker.resyncs }).toEqual({ who: talker.name, faults: [], own: [], resyncs: 0 });
  }
  expect(server.logged.filter(({ level }) => level === "error")).toEqual([]);
  expect(inspect(server.config.databasePath, integrityOf)).toBe("ok");
  report("switches under load", {
    switches,
    messages: rows().length,
    "messages/s": Math.round(rows().length / seconds),
    "switch p50 ms": quantile(times, 0.5).toFixed(1),
    "switch worst ms": Math.max(...times).toFixed(1),
  });
  await server.stop();
}, 180_000);
