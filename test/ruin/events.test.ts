import { afterAll, expect, test } from "bun:test";
import { inspect, seqsOfRoom } from "../support/database.ts";
import { type EventReader, EventReader as Reader } from "../support/event-stream.ts";
import { faultsOf } from "../support/heard.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { chance, report, rounds, waitFor } from "../support/round.ts";
import { signIn } from "../support/server.ts";
import { Talker } from "../support/talker.ts";

const reconnects = 300;
const readers = rounds(6, 12);
const messages = rounds(900, 6_000);
/** So many events behind a listener may be: a replay holds 1,000. */
const furthest = 700;
const luck = chance();
const env = {
  PARLEY_PEOPLE_RATE: "100000",
  PARLEY_PEOPLE_BURST: "100000",
  PARLEY_FRAME_RATE: "100000",
  PARLEY_FRAME_BURST: "100000",
  OPENCODE_SAFE_MODE: "true",
};

let server: ServerProcess;
afterAll(() => server?.[Symbol.asyncDispose]());

/** Somebody who listens over HTTP, now this way and now that, and is cut off again and again. */
interface Listener {
  readonly shown: Record<string, string>;
  /** Of what came, in the order it came. */
  readonly seqs: number[];
  /** As a browser keeps it: where the next stream or question goes on. */
  last: number;
  resyncs: number;
}

test(`${reconnects} random reconnects by streams and by questions under load: together they are the log, once and in order`, async () => {
  server = await startProcess({ env });
  const writers = [new Talker("writer one", "camel"), new Talker("writer two", "classic")];
  await Promise.all(writers.map((writer) => writer.connect(server.ws)));
  const listeners = await Promise.all(Array.from({ length: readers }, (_, index) => arrive(`listener ${index}`)));
  const from = Math.min(...listeners.map(({ last }) => last));

  let posted = 0;
  let left = reconnects;
  const speak = () => {
    for (const writer of writers) {
      // As fast as readers come back: there is always something new, and never more than a replay holds for any of them.
      while (
        writer.owed.size < 3 &&
        posted < Math.min(messages, Math.ceil((messages * (reconnects - left + 20)) / reconnects)) &&
        (writer.lastSeq ?? from) - Math.min(...listeners.map(({ last }) => last)) < furthest
      ) {
        posted += 1;
        writer.say(`message ${posted} ${luck.often(20) ? "\n\n- with\n- a list" : ""}`);
      }
    }
  };
  for (const writer of writers) writer.acked = speak;
  speak();
  await Promise.all(
    listeners.map(async (listener) => {
      while (left > 0) {
        left -= 1;
        speak();
        if (luck.often(50)) await listen(listener, luck.between(1, 12));
        else await ask(listener, luck.between(1, 4));
      }
    }),
  );
  const isWritten = () => posted === messages && writers.every(({ owed }) => owed.size === 0);
  await Promise.all(
    listeners.map(async (listener) => {
      while (!isWritten()) {
        speak();
        await ask(listener, 1);
      }
    }),
  );
  const expected = inspect(server.database, (sqlite) => seqsOfRoom(sqlite, "general")).filter((seq) => seq > from);
  const newest = expected.at(-1) ?? 0;
  for (const listener of listeners) {
    while (listener.last < newest) await ask(listener, 1);
    const found = faultsOf(
      listener.seqs,
      expected.filter((seq) => seq > (listener.seqs[0] ?? 0) - 1),
    );
    expect({ seed: luck.seed, found, resyncs: listener.resyncs }).toEqual({ seed: luck.seed, found: [], resyncs: 0 });
    expect(listener.seqs[0]).toBe(expected[0] ?? 0);
  }
  expect(server.bugs()).toEqual([]);
  report("streams and questions", { messages, readers, reconnects });
}, 120_000);

async function arrive(name: string): Promise<Listener> {
  const shown = { cookie: await signIn(server, name), origin: server.http };
  const { seq } = (await (await fetch(`${server.http}/api/v1/events`, { headers: shown })).json()) as { seq: number };
  return { shown, seqs: [], last: seq, resyncs: 0 };
}

/** Reads a stream until so many messages came, and is cut off in the middle of whatever comes then. */
async function listen(listener: Listener, count: number): Promise<void> {
  const headers = { ...listener.shown, "last-event-id": String(listener.last) };
  const stream: EventReader = await Reader.open(`${server.http}/api/v1/events`, headers);
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  let rest = count;
  const take = ({ data, id }: { data: string; id: string | undefined }) => {
    // What is still on its way when it is cut off is for nobody.
    if (rest <= 0) return;
    const frame = JSON.parse(data) as { type: string; data: { seq: number } };
    if (frame.type === "resync") listener.resyncs += 1;
    if (id !== undefined) listener.last = Number(id);
    if (frame.type !== "message") return;
    listener.seqs.push(frame.data.seq);
    rest -= 1;
    if (rest <= 0) resolve();
  };
  for (const event of stream.events) take(event);
  stream.heard = take;
  // At the end of the load nothing more may come.
  await Promise.race([enough, waitFor(() => rest < count || quiet(listener), "something new", 30_000)]);
  rest = 0;
  stream.cut();
}

/** Whether a question is answered with nothing: everything is said, and was heard. */
async function quiet(listener: Listener): Promise<boolean> {
  const { events } = await answerTo(listener, 0);
  return events.length === 0;
}

interface Answer {
  events: { type: string; data: { seq: number } }[];
  seq: number;
  resync?: boolean;
}

/** The answer to one question; who asks too fast is told for how long to wait, and does. */
async function answerTo({ shown, last }: Pick<Listener, "shown" | "last">, wait: number): Promise<Answer> {
  const answer = await fetch(`${server.http}/api/v1/events?after=${last}&wait=${wait}`, { headers: shown });
  if (answer.ok) return (await answer.json()) as Answer;
  const { status } = answer;
  if (status !== 429) throw new Error(`asked for what came after ${last}: ${status} ${await answer.text()}`);
  await Bun.sleep(Number(answer.headers.get("retry-after")) * 1_000);
  return answerTo({ shown, last }, wait);
}

/** Asks so often, one question after the other. */
async function ask(listener: Listener, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const { events = [], seq, resync } = await answerTo(listener, 0.2);
    if (resync) listener.resyncs += 1;
    listener.seqs.push(...events.map(({ data }) => data.seq));
    listener.last = seq;
  }
}
