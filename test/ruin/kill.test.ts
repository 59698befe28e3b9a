import { afterAll, expect, test } from "bun:test";
import { inspect, integrityOf, messagesIn, seqsOfRoom } from "../support/database.ts";
import { faultsOf } from "../support/heard.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { chance, report, rounds, waitFor } from "../support/round.ts";
import { kinds, Talker } from "../support/talker.ts";

const times = rounds(3, 20);
/** Messages each writer keeps on their way. */
const window = 12;
const luck = chance();
const env = { PARLEY_DEMO_TEAM: "false", PARLEY_PEOPLE_RATE: "100000", PARLEY_PEOPLE_BURST: "100000" };

let server: ServerProcess;
afterAll(() => server?.[Symbol.asyncDispose]());

test(`the server is killed ${times} times under load: nothing acknowledged is lost, nothing is there twice`, async () => {
  server = await startProcess({ env });
  const writers = Array.from({ length: 8 }, (_, index) => new Talker(`writer${index}`, luck.pick(kinds)));
  const readers = kinds.map((kind, index) => new Talker(`reader${index}`, kind));
  for (const writer of writers) {
    // A writer keeps a few on their way as long as it is connected, and answers each acknowledgement with the next.
    writer.acked = () => {
      if (writer.isOnline) writer.say(`${writer.name} says something at ${performance.now()}`);
    };
  }
  const restarts: number[] = [];
  const cutOff: number[] = [];
  const acknowledged = () => writers.reduce((sum, writer) => sum + writer.acknowledged.size, 0);

  for (let round = 0; round < times; round += 1) {
    await Promise.all(readers.map((reader) => reader.connect(server.ws)));
    await Promise.all(writers.map((writer, index) => comeBack(writer, index % 2 === 0)));
    // At most 400 a socket: that many frames it may send at once.
    const enough = acknowledged() + luck.between(20, 1_600);
    await waitFor(() => acknowledged() >= enough, `seed ${luck.seed}: ${enough} acknowledgements`);
    await server.kill();
    cutOff.push(writers.reduce((sum, writer) => sum + writer.owed.size, 0));
    for (const client of [...readers, ...writers]) client.cut(true);
    const from = performance.now();
    server = await server.restart();
    restarts.push(performance.now() - from);
  }

  // What nobody acknowledged is said again under the same ids until it is.
  for (const writer of writers) writer.acked = () => {};
  await Promise.all(readers.map((reader) => reader.connect(server.ws)));
  await Promise.all(writers.map((writer) => comeBack(writer, false)));
  await waitFor(() => writers.every((writer) => writer.owed.size === 0), "every message acknowledged in the end");
  await Promise.all(readers.map((reader) => reader.settled()));
  expect((await server.terminate()).code).toBe(0);

  const { stored, seqs, integrity } = inspect(server.database, (sqlite) => ({
    stored: messagesIn(sqlite),
    seqs: seqsOfRoom(sqlite, "general"),
    integrity: integrityOf(sqlite),
  }));
  expect(integrity).toBe("ok");
  const byClient = new Map(stored.map((message) => [message.clientId, message.id]));
  expect(byClient.size).toBe(stored.length);
  for (const writer of writers) {
    expect([writer.faults, writer.refused, writer.resyncs]).toEqual([[], [], 0]);
    for (const [clientId, id] of writer.acknowledged) expect(byClient.get(clientId)).toBe(id);
  }
  expect(acknowledged()).toBe(stored.length);
  for (const reader of readers) {
    expect(reader.faults).toEqual([]);
    expect({ reader: reader.kind, faults: faultsOf(reader.seqs(), seqs) }).toEqual({ reader: reader.kind, faults: [] });
  }
  report("kill -9", {
    rounds: times,
    acknowledged: stored.length,
    "unacknowledged at the kills": cutOff.reduce((sum, count) => sum + count, 0),
    "slowest restart ms": Math.round(Math.max(...restarts)),
  });
}, 120_000);

/** A patient writer first hears what it missed, which may hold its own echoes; the other says everything again at once. */
async function comeBack(writer: Talker, patient: boolean): Promise<void> {
  await writer.connect(server.ws);
  if (patient) await writer.settled();
  writer.repeat();
  while (writer.owed.size < window) writer.say(`${writer.name} goes on at ${performance.now()}`);
}
