import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { inspect, seqsOfRoom } from "../support/database.ts";
import { EventParser, type StreamEvent } from "../support/event-stream.ts";
import { faultsOf } from "../support/heard.ts";
import { startProcess } from "../support/process.ts";
import { isLong, report, rounds, waitFor } from "../support/round.ts";
import { signIn } from "../support/server.ts";
import { Talker } from "../support/talker.ts";

const env = { PARLEY_DEMO_TEAM: "false", PARLEY_PEOPLE_RATE: "100000", PARLEY_PEOPLE_BURST: "100000" };
const stalledReaders = rounds(3, 20);
/** A text that is long on the wire. */
const text = "€".repeat(7_900);
/** 20 MiB, far more than the kernel's buffers of one connection take. */
const enough = 400;

/** A reader of a stream who can stop reading, as no well-behaved client does. */
class Sleeper {
  readonly events: StreamEvent[] = [];
  ended = false;
  private readonly socket: Socket;
  private readonly parser = new EventParser();
  private rest = "";
  private inBody = false;

  constructor(port: number, cookie: string, more = "") {
    this.socket = connect(port, "127.0.0.1");
    const head = `GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\nCookie: ${cookie}\r\n`;
    this.socket.write(`${head}${more}\r\n`);
    this.socket.on("data", (bytes: Buffer) => this.take(bytes.toString("latin1")));
    this.socket.on("close", () => {
      this.ended = true;
    });
    this.socket.on("error", () => undefined);
  }

  get messages(): number[] {
    return this.events.flatMap(({ data, id }) => (data.startsWith('{"type":"message"') ? [Number(id)] : []));
  }

  get closed(): unknown {
    const last = this.events.find(({ name }) => name === "close");
    return last && JSON.parse(last.data);
  }

  stop(): void {
    this.socket.pause();
  }

  readOn(): void {
    this.socket.resume();
  }

  end(): void {
    this.socket.destroy();
  }

  /** Everything sent is ASCII, so that a chunk's length is its number of characters. */
  private take(came: string): void {
    this.rest += came;
    if (!this.inBody) {
      const end = this.rest.indexOf("\r\n\r\n");
      if (end === -1) return;
      this.rest = this.rest.slice(end + 4);
      this.inBody = true;
    }
    for (;;) {
      const line = this.rest.indexOf("\r\n");
      const size = Number.parseInt(this.rest.slice(0, line), 16);
      if (line === -1 || this.rest.length < line + size + 4) return;
      this.events.push(...this.parser.push(this.rest.slice(line + 2, line + 2 + size)));
      this.rest = this.rest.slice(line + size + 4);
    }
  }
}

test(`${stalledReaders} readers of streams stop reading: they are cut off, nobody else notices, and they come back to exactly what they missed`, async () => {
  await using server = await startProcess({ env });
  const [author, witness] = [new Talker("author", "camel"), new Talker("witness", "classic")];
  await Promise.all([author.connect(server.ws), witness.connect(server.ws)]);
  for (let count = 0; count < 20; count += 1) author.say(text);
  await waitFor(() => author.owed.size === 0, "the warm-up's echoes");
  const calm = await server.memory();
  const sleepers = await Promise.all(
    Array.from({ length: stalledReaders }, async (_, index) => {
      const cookie = await signIn(server, `sleeper${index}`);
      const reader = new Sleeper(server.port, cookie);
      await waitFor(() => reader.events.length > 0, "a welcome");
      reader.stop();
      return { cookie, reader, from: Number(reader.events[0]?.id) };
    }),
  );
  const isHere = async () => {
    const { connected_users } = (await (await fetch(`${server.http}/websocket/users`)).json()) as {
      connected_users: { user_id: string }[];
    };
    return connected_users.some(({ user_id }) => user_id.startsWith("sleeper"));
  };
  expect(await isHere()).toBe(true);
  let most = calm;
  let sent = 0;
  for (; sent < enough && (await isHere()); sent += 1) {
    author.say(text);
    await waitFor(() => author.owed.size === 0, "an echo while others sleep");
    most = Math.max(most, await server.memory());
  }
  expect(await isHere()).toBe(false);
  const mebibytes = (most - calm) / 2 ** 20;
  expect(mebibytes).toBeLessThan(40 + 2 * stalledReaders);

  author.say("while they are away");
  await waitFor(() => author.owed.size === 0, "an echo");
  const all = inspect(server.database, (sqlite) => seqsOfRoom(sqlite, "general"));
  for (const { cookie, reader, from } of sleepers) {
    reader.readOn();
    await waitFor(() => reader.closed !== undefined, "the last word of the stream");
    expect(reader.closed).toEqual({ code: 1013, reason: "TOO_SLOW" });
    reader.end();
    const last = reader.messages.at(-1) ?? from;
    const back = new Sleeper(server.port, cookie, `Last-Event-ID: ${last}\r\n`);
    await waitFor(() => back.messages.at(-1) === all.at(-1), "what was missed");
    expect(
      faultsOf(
        [...reader.messages, ...back.messages],
        all.filter((seq) => seq > from),
      ),
    ).toEqual([]);
    back.end();
  }
  await witness.settled();
  expect(witness.seqs()).toEqual(all);
  expect(server.bugs()).toEqual([]);
  report("stalled streams", {
    readers: stalledReaders,
    "messages until all were cut off": sent,
    "growth MiB": mebibytes.toFixed(1),
  });
}, 60_000);

if (isLong) {
  test("a reader that goes on sleeping after it was cut off is not waited for", async () => {
    await using server = await startProcess({ env });
    const author = new Talker("author", "camel");
    await author.connect(server.ws);
    const cookie = await signIn(server, "sleeper");
    const open = () => readdirSync(`/proc/${server.pid}/fd`).length;
    const before = open();
    const reader = new Sleeper(server.port, cookie);
    await waitFor(() => reader.events.length > 0, "a welcome");
    expect(open()).toBeGreaterThan(before);
    reader.stop();
    for (let sent = 0; sent < enough; sent += 1) {
      author.say(text);
      await waitFor(() => author.owed.size === 0, "an echo");
    }
    await waitFor(() => open() <= before, "its connection is gone", 20_000);
    reader.end();
  }, 60_000);
}
