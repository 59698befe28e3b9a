import { expect, test } from "bun:test";
import { inspect, integrityOf, messagesIn, seqsOfRoom } from "../support/database.ts";
import { faultsOf } from "../support/heard.ts";
import { openHouse } from "../support/house.ts";
import { PageReader } from "../support/page.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { chance, report, rounds, waitFor } from "../support/round.ts";
import { signIn } from "../support/server.ts";
import { kinds, Talker } from "../support/talker.ts";

const idle = rounds(40, 1_000);
const luck = chance();
const env = { PARLEY_DEMO_TEAM: "false", PARLEY_PEOPLE_RATE: "100000", PARLEY_PEOPLE_BURST: "100000" };
/** Configured: a shutdown waits this long at most for what is in flight. */
const drainMs = 5_000;

test(`SIGTERM under load with ${idle} idle sockets: 1012 to all, exit 0 in time, everything acknowledged is stored`, async () => {
  await using server = await startProcess({ env });
  const writers = Array.from({ length: 8 }, (_, index) => new Talker(`writer${index}`, luck.pick(kinds)));
  const readers = kinds.map((kind) => new Talker(`reader ${kind}`, kind));
  const page = await PageReader.open(server, "page");
  await page.connect();
  const sleepers = await sockets(server, idle);
  for (const client of [...writers, ...readers]) await client.connect(server.ws);
  // A connection that a browser keeps for its next request must not hold up the shutdown either.
  await fetch(`${server.http}/health`, { keepalive: true }).then((answer) => answer.text());
  const acknowledged = () => writers.reduce((sum, writer) => sum + writer.acknowledged.size, 0);
  for (const writer of writers) {
    writer.acked = () => {
      if (writer.isOnline) writer.say(`${writer.name} at ${performance.now()}`);
    };
    for (let count = 0; count < 10; count += 1) writer.say(`${writer.name} begins ${count}`);
  }
  const enough = luck.between(200, 1_000);
  await waitFor(() => acknowledged() >= enough, `${enough} acknowledgements`);

  const { code, ms } = await server.terminate();
  expect(code).toBe(0);
  expect(ms).toBeLessThan(drainMs);
  const everybody = [...writers, ...readers, page, ...sleepers];
  await waitFor(() => everybody.every(({ closes }) => closes.length > 0), "every socket is closed");
  for (const { closes } of everybody) expect(closes).toEqual([1012]);
  expect(server.logged.at(-1)?.event).toBe("server.stopped");
  expect(server.bugs()).toEqual([]);

  const rows = inspect(server.database, messagesIn);
  const byClient = new Map(rows.map(({ clientId, id }) => [clientId, id]));
  for (const writer of writers) {
    for (const [clientId, id] of writer.acknowledged) expect(byClient.get(clientId)).toBe(id);
  }

  // Everybody comes back: what was not acknowledged is said again and shown once.
  await using again = await server.restart();
  for (const writer of writers) writer.acked = () => {};
  for (const client of [...readers, ...writers]) await client.connect(again.ws);
  await page.connect();
  for (const writer of writers) writer.repeat();
  await waitFor(() => writers.every((writer) => writer.owed.size === 0), "everything is acknowledged in the end");
  for (const reader of readers) await reader.settled();
  const expected = inspect(again.database, (sqlite) => seqsOfRoom(sqlite, "general"));
  for (const reader of readers) {
    const found = { who: reader.name, faults: faultsOf(reader.seqs(), expected), resyncs: reader.resyncs };
    expect(found).toEqual({ who: reader.name, faults: [], resyncs: 0 });
  }
  await waitFor(() => page.lastSeq >= (expected.at(-1) ?? 0), "the page heard the last");
  expect(page.faults).toEqual([]);
  expect([...page.shown.keys()]).toEqual(expected);
  expect(inspect(again.database, integrityOf)).toBe("ok");
  report("SIGTERM under load", {
    sockets: everybody.length,
    "acknowledged before": byClient.size,
    "stopped after ms": Math.round(ms),
  });
}, 60_000);

/** Sockets of one person that say nothing after they came in by their session: that has no limit a minute, unlike sign-ins. */
async function sockets(server: ServerProcess, count: number): Promise<{ closes: number[] }[]> {
  const sessionToken = (await signIn(server, "sleeper")).split("=")[1];
  const opened = Array.from({ length: count }, () => {
    const socket = new WebSocket(`${server.ws}/ws`);
    const closes: number[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.onclose = ({ code }) => closes.push(code);
    socket.onopen = () => socket.send(JSON.stringify({ type: "auth", data: { sessionToken } }));
    socket.onmessage = ({ data }) => {
      socket.onmessage = null;
      if (String(data).includes('"success":true')) resolve();
      else reject(new Error(String(data)));
    };
    return { closes, promise };
  });
  await Promise.all(opened.map(({ promise }) => promise));
  return opened;
}

test("SIGTERM while an agent writes: its answer is finished with a note before the end", async () => {
  await using server = await startProcess();
  const reader = await beginAnswer(server);
  const { code, ms } = await server.terminate();
  expect(code).toBe(0);
  expect(ms).toBeLessThan(drainMs);
  const answer = inspect(server.database, messagesIn).at(-1)?.text;
  expect(answer).toMatch(/^I'm alice[\s\S]*\(Cut off: the server is stopping\. Ask again\.\)$/);
  expect(reader.log.filter(({ text }) => text === answer).length).toBe(1);
}, 20_000);

test("SIGKILL while an agent writes: after the restart the answer is finished with a note, once, for who was there and who comes", async () => {
  await using server = await startProcess();
  const [reader, page] = [await beginAnswer(server), await PageReader.open(server, "page")];
  await page.connect();
  await server.kill();
  await waitFor(() => !page.isOnline && !reader.isOnline, "the sockets are gone");
  const [delta] = reader.deltas;
  const heardBefore = reader.log.length;

  await using again = await server.restart();
  await reader.connect(again.ws);
  await page.connect();
  await reader.settled();
  const note = "(Cut off: the server stopped while this was being written. Ask again.)";
  const after = reader.log.slice(heardBefore);
  expect(after.map(({ id, text }) => [id, text])).toEqual([[delta?.id ?? 0, note]]);
  const item = [...page.shown.values()].at(-1) ?? "";
  expect(item).toContain(note);
  expect(item).not.toContain("streaming");
  expect(page.faults).toEqual([]);
  expect(await page.everything()).toEqual(page.shown);
  expect((await again.terminate()).code).toBe(0);
  await using third = await again.restart();
  expect(inspect(third.database, messagesIn).filter(({ text }) => text === note).length).toBe(1);
}, 20_000);

/** Somebody asks alice for help, and her answer has begun. */
async function beginAnswer(server: ServerProcess): Promise<Talker> {
  const reader = new Talker("mira", "camel", { subscribe: ["agents", "tasks"] });
  await reader.connect(server.ws);
  reader.say("@alice help");
  await waitFor(() => reader.deltas.length > 0, "the first words of an answer");
  return reader;
}

test("tasks that were queued when the server died are failed at the next start, and others are kept as they were", async () => {
  await using server = await startProcess();
  await server.kill();
  {
    // The same domains without the doors, left as a crash would leave them.
    using house = openHouse({ path: server.database });
    const mira = house.person("mira");
    house.work(mira, "alice", "queued and no more");
    house.work(mira, "bob", "accepted", { state: "accepted" });
    house.work(mira, "bob", "stuck", { state: "accepted" }, { state: "stuck", note: "no paper" });
    const cut = house.work(mira, "diana", "being answered", { state: "accepted" }, { state: "working" });
    house.say(house.agent("diana"), "", { streaming: true, taskId: cut.id });
  }
  await using again = await server.restart();
  const mira = new Talker("mira", "camel");
  await mira.connect(again.ws);
  const tasks = () =>
    inspect(again.database, (sqlite) =>
      sqlite
        .query<{ description: string; state: string }, []>("SELECT description, state FROM tasks ORDER BY id")
        .all(),
    );
  expect(tasks().map(({ description, state }) => `${description}: ${state}`)).toEqual([
    "queued and no more: failed",
    "accepted: accepted",
    "stuck: stuck",
    "being answered: failed",
  ]);
  await again.kill();
  await using third = await again.restart();
  // A second crash does not end them a second time.
  const moves = inspect(third.database, (sqlite) =>
    sqlite.query("SELECT 1 FROM events WHERE kind = 'task.moved' AND data ->> 'state' = 'failed'").all(),
  );
  expect(moves.length).toBe(2);
}, 20_000);
