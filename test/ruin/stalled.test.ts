import { expect, test } from "bun:test";
import { inspect, seqsOfRoom } from "../support/database.ts";
import { faultsOf } from "../support/heard.ts";
import { startProcess } from "../support/process.ts";
import { RawSocket } from "../support/raw.ts";
import { isLong, quantile, report, rounds, waitFor } from "../support/round.ts";
import { Talker } from "../support/talker.ts";

const env = { PARLEY_DEMO_TEAM: "false", PARLEY_PEOPLE_RATE: "100000", PARLEY_PEOPLE_BURST: "100000" };
const stalledReaders = rounds(3, 50);
/** A short text that is long on the wire: four bytes of HTML and one of text for each character. */
const text = "<".repeat(7_900);
/** Messages after which somebody who does not read must be gone: 20 MiB, far more than the kernel's buffers of one socket take. */
const enough = 500;

test(`${stalledReaders} readers stop reading: they are cut off, nobody else notices, and they come back to exactly what they missed`, async () => {
  await using server = await startProcess({ env });
  const [author, witness] = [new Talker("author", "camel"), new Talker("witness", "classic")];
  await Promise.all([author.connect(server.ws), witness.connect(server.ws)]);
  // Warm up: the first messages cost memory that every server needs.
  for (let count = 0; count < 20; count += 1) author.say(text);
  await waitFor(() => author.owed.size === 0, "the warm-up's echoes");
  const pings = [await witness.settled()];
  const calm = await server.memory();

  const stalled = await Promise.all(
    Array.from({ length: stalledReaders }, async (_, index) => {
      const socket = await RawSocket.open(server.port);
      socket.text({ type: "auth", data: { userId: `sleeper${index}` } });
      const welcome = await waitFor(() => socket.json()[0], "a welcome");
      socket.stopReading();
      return { name: `sleeper${index}`, socket, epoch: String(welcome.data.epoch), from: Number(welcome.data.seq) };
    }),
  );
  const isHere = async (name: string) => {
    const answer = await fetch(`${server.http}/websocket/users`);
    const { connected_users } = (await answer.json()) as { connected_users: { user_id: string }[] };
    return connected_users.some(({ user_id }) => user_id.startsWith(name));
  };
  expect(await isHere("sleeper")).toBe(true);

  let most = calm;
  let sent = 0;
  for (; sent < enough && (await isHere("sleeper")); sent += 1) {
    const from = performance.now();
    author.say(text);
    await waitFor(() => author.owed.size === 0, "an echo while others sleep");
    pings.push(performance.now() - from);
    most = Math.max(most, await server.memory());
  }
  expect(await isHere("sleeper")).toBe(false);
  expect([author.closes, witness.closes, author.refused]).toEqual([[], [], []]);
  const mebibytes = (most - calm) / 2 ** 20;
  // 1 MiB for what each owes and as much again for what is being written, beside the server's own ups and downs.
  expect(mebibytes).toBeLessThan(40 + 2 * stalledReaders);
  expect(quantile(pings, 0.99)).toBeLessThan(1_000);

  author.say("while they are away");
  await waitFor(() => author.owed.size === 0, "an echo");
  for (const { name, socket, epoch, from } of stalled) {
    socket.readOn();
    await waitFor(() => socket.closed !== undefined, "the end of what was on its way");
    const before = socket.json().flatMap(({ type, data }) => (type === "message" ? [Number(data.seq)] : []));
    socket.end();
    const back = new Talker(name, "camel");
    back.lastSeq = before.at(-1) ?? from;
    back.epoch = epoch;
    await back.connect(server.ws);
    await back.settled();
    const expected = inspect(server.database, (sqlite) => seqsOfRoom(sqlite, "general")).filter((seq) => seq > from);
    expect(back.resyncs).toBe(0);
    expect(faultsOf([...before, ...back.seqs()], expected)).toEqual([]);
    back.cut(false);
  }
  await witness.settled();
  expect(witness.seqs()).toEqual(inspect(server.database, (sqlite) => seqsOfRoom(sqlite, "general")));
  expect(server.bugs()).toEqual([]);
  report("stalled readers", {
    readers: stalledReaders,
    "messages until all were cut off": sent,
    "growth MiB": mebibytes.toFixed(1),
    "echo p50 ms": quantile(pings, 0.5).toFixed(1),
    "echo p99 ms": quantile(pings, 0.99).toFixed(1),
    "echo worst ms": Math.max(...pings).toFixed(1),
  });
}, 60_000);

if (isLong) {
  test("a client that is gone without a word, or answers no ping, is closed within the heartbeat", async () => {
    await using server = await startProcess({ env: { ...env, WS_HEARTBEAT_INTERVAL: "8" } });
    const quiet = new Talker("quiet", "camel");
    await quiet.connect(server.ws);
    const mute = await RawSocket.open(server.port);
    mute.text({ type: "auth", data: { userId: "mute" } });
    await waitFor(() => mute.json()[0], "a welcome");
    const from = performance.now();
    await waitFor(() => mute.closed !== undefined, "the silent one is closed", 30_000);
    const seconds = (performance.now() - from) / 1_000;
    expect(seconds).toBeLessThan(17);
    expect(seconds).toBeGreaterThan(6);
    // Who says nothing but answers pings stays.
    await quiet.settled();
    expect(quiet.closes).toEqual([]);
    report("half-open client", { "closed after s": seconds.toFixed(2), code: mute.closed ?? 0 });
  }, 60_000);

  test("with the settings nobody touched, a half-open socket is found within 45 s, and its owner is gone", async () => {
    await using server = await startProcess({ env });
    const mute = await RawSocket.open(server.port);
    mute.text({ type: "auth", data: { userId: "mute" } });
    await waitFor(() => mute.json()[0], "a welcome");
    const from = performance.now();
    await waitFor(() => mute.closed !== undefined, "the silent one is closed", 60_000);
    const seconds = (performance.now() - from) / 1_000;
    expect(seconds).toBeLessThan(45);
    const { connected_users } = (await (await fetch(`${server.http}/websocket/users`)).json()) as {
      connected_users: unknown[];
    };
    expect(connected_users).toEqual([]);
    report("half-open client, default settings", { "closed after s": seconds.toFixed(2) });
  }, 90_000);
}
