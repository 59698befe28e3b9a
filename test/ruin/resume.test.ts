import { afterAll, expect, test } from "bun:test";
import { inspect, seqsOfRoom } from "../support/database.ts";
import { faultsOf } from "../support/heard.ts";
import { PageReader } from "../support/page.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { chance, report, rounds, waitFor } from "../support/round.ts";
import { agentsAreIdle, signIn } from "../support/server.ts";
import { type Kind, kinds, Talker } from "../support/talker.ts";

const messages = rounds(600, 5_000);
const reconnects = rounds(60, 600);
/** Steps that the authors are ahead of the slowest reader. */
const ahead = rounds(2, 4);
const luck = chance();
const env = { PARLEY_PEOPLE_RATE: "100000", PARLEY_PEOPLE_BURST: "100000", PARLEY_AGENT_RATE: "1000" };

let server: ServerProcess;
afterAll(() => server?.[Symbol.asyncDispose]());

/** Somebody who keeps losing the connection, whichever door they come in by. */
interface Reader {
  readonly name: string;
  lastSeq: number | undefined;
  heard: () => void;
  connect(): Promise<void>;
  cut(rudely: boolean): void;
}

test(`${reconnects} reconnects at random moments under ${messages} messages: no gap, no duplicate, no other order`, async () => {
  server = await startProcess({ env });
  const talkers = await Promise.all(kinds.flatMap((kind) => [0, 1].map((index) => signedIn(`${kind} ${index}`, kind))));
  const pages = await Promise.all([0, 1, 2, 3].map((index) => PageReader.open(server, `page ${index}`)));
  const readers: Reader[] = [
    ...talkers.map((talker) => asReader(talker, () => talker.connect(server.ws))),
    ...pages.map((page) => asReader(page, () => page.connect())),
  ];
  await Promise.all(readers.map((reader) => reader.connect()));
  const each = Math.ceil(reconnects / readers.length);
  const authors = await write((step) => Math.floor((messages * step) / (each + 1)));
  const restless = await Promise.all(readers.map((reader) => stayRestless(reader, each, authors)));
  await authors.done();

  const expected = inspect(server.database, (sqlite) => seqsOfRoom(sqlite, "general"));
  const last = expected.at(-1) ?? 0;
  await waitFor(() => readers.every((reader) => (reader.lastSeq ?? 0) >= last), "everybody heard the last message");
  for (const talker of talkers) {
    const found = [...talker.faults, ...faultsOf(talker.seqs(), expected)];
    expect({ seed: luck.seed, who: talker.name, found, resyncs: talker.resyncs }).toEqual({
      seed: luck.seed,
      who: talker.name,
      found: [],
      resyncs: 0,
    });
  }
  const fresh = await pages[0]?.everything();
  expect(fresh?.size).toBeGreaterThan(messages);
  for (const page of pages) {
    expect({ seed: luck.seed, found: page.faults }).toEqual({ seed: luck.seed, found: [] });
    // What was pushed piece by piece is what somebody sees who comes now, byte for byte.
    expect([...page.shown.keys()]).toEqual([...(fresh?.keys() ?? [])]);
    for (const [id, item] of page.shown) expect(withoutParent(item)).toBe(withoutParent(fresh?.get(id) ?? ""));
  }
  expect(server.bugs()).toEqual([]);
  report("resume", {
    messages,
    events: expected.length,
    readers: readers.length,
    reconnects: restless.reduce((sum, { times }) => sum + times, 0),
    "events missed while away": restless.reduce((sum, { missed }) => sum + missed, 0),
  });
}, 120_000);

/** Somebody who comes back by session: signing in by name has a limit, and this many come back often. */
async function signedIn(name: string, kind: Kind): Promise<Talker> {
  const token = (await signIn(server, name)).split("=")[1];
  return new Talker(name, kind, {
    more: kind.startsWith("camel") ? { sessionToken: token } : { session_token: token },
  });
}

/** The line above an answer quotes its parent as it was then; a page that is open does not take part in later changes of that. */
function withoutParent(item: string): string {
  return item.replace(/<a class="parent".*?<\/a>/, "");
}

function asReader(client: Talker | PageReader, connect: () => Promise<void>): Reader {
  const name = client instanceof Talker ? client.name : "page";
  return {
    name,
    get lastSeq() {
      return client.lastSeq;
    },
    set heard(listener: () => void) {
      client.heard = listener;
    },
    connect,
    cut: (rudely) => client.cut(rudely),
  };
}

interface Authors {
  /** How many messages there are so far. */
  written(): number;
  /** How many there are when a reader should leave for the nth time. */
  due(step: number): number;
  /** How many there may be now: the authors stay a little ahead of the slowest reader, then they wait. */
  allowed(): number;
  /** The newest seq any of them has heard of. */
  newest(): number;
  /** A reader came back for the nth time. */
  follow(reader: Reader, step: number): void;
  /** Resolves when everything is written. */
  done(): Promise<void>;
}

/** People write, change their minds and take things back. */
async function write(due: Authors["due"]): Promise<Authors> {
  const names = Array.from({ length: rounds(4, 24) }, (_, index) => `writer${index}`);
  const writers = names.map((name, index) => new Talker(name, index % 2 === 0 ? "camel" : "classic"));
  await Promise.all(writers.map((writer) => writer.connect(server.ws)));
  const progress = new Map<Reader, number>();
  let posted = 0;
  const allowed = () => Math.min(messages, due(ahead + (progress.size === 0 ? 0 : Math.min(...progress.values()))));
  const speak = () => {
    for (const writer of writers) {
      while (writer.owed.size < 2 && posted < allowed()) {
        posted += 1;
        const agent = luck.pick(["alice", "bob", "charlie", "diana"]);
        // Now and then an agent answers, and is cut off in the middle of it for whoever leaves then.
        const text = luck.often(3)
          ? `@${agent} hello`
          : luck.pick(["plain words", "some **bold** and `code`", "a list\n\n- one\n- two", "@writer1 look <b>"]);
        writer.say(`${text} ${posted}`);
      }
    }
  };
  for (const writer of writers) {
    const own: number[] = [];
    writer.acked = (clientId) => {
      own.push(writer.acknowledged.get(clientId) ?? 0);
      if (luck.often(25)) writer.edit(luck.pick(own), `changed my mind *${posted}*`);
      if (luck.often(10)) writer.remove(own.splice(luck.between(0, own.length - 1), 1)[0] ?? 0);
      speak();
    };
  }
  speak();
  return {
    written: () => posted,
    due,
    allowed,
    newest: () => Math.max(...writers.map((writer) => writer.lastSeq ?? 0)),
    follow(reader, step) {
      progress.set(reader, step);
      speak();
    },
    async done() {
      const all = () => posted >= messages && writers.every((writer) => writer.owed.size === 0);
      await waitFor(all, "everything is written", 60_000);
      await Promise.all(writers.map((writer) => writer.settled()));
      await waitFor(() => agentsAreIdle(server), "the agents have answered", 60_000);
      // An edit of what the same person has just deleted is refused, and that is right.
      const refused = writers.flatMap((writer) => writer.refused).filter((frame) => frame.data.code !== "NOT_FOUND");
      expect(refused).toEqual([]);
    },
  };
}

/** Leaves in the middle of what arrives and comes back some messages later, again and again, spread over the whole time. */
async function stayRestless(reader: Reader, wanted: number, authors: Authors) {
  let missed = 0;
  authors.follow(reader, 0);
  for (let step = 1; step <= wanted; step += 1) {
    let frames = luck.between(1, 4);
    const { promise: time, resolve: leave } = Promise.withResolvers<void>();
    reader.heard = () => {
      // Who is cut off again and again in the middle of a replay falls behind, and beyond the limit gets a resync instead.
      const behind = authors.newest() - (reader.lastSeq ?? 0);
      if (authors.written() >= authors.due(step) && behind < 300) frames -= 1;
      if (frames <= 0) leave();
    };
    const { written, allowed } = authors;
    const idle = () => written() >= allowed() && authors.newest() === reader.lastSeq;
    await Promise.race([time, waitFor(idle, `${reader.name} hears the newest`, 60_000)]);
    reader.heard = () => {};
    reader.cut(luck.often(50));
    const before = written();
    const away = before + luck.between(0, 40);
    await waitFor(() => written() >= Math.min(away, allowed()), "messages go on", 60_000);
    await reader.connect();
    missed += written() - before;
    authors.follow(reader, step === wanted ? wanted + 1 : step);
  }
  return { times: wanted, missed };
}
