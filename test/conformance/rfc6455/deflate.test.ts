import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { constants, inflateRawSync } from "node:zlib";
import { frameOf, question } from "../../support/probe.ts";
import { type ServerProcess, startProcess } from "../../support/process.ts";
import { type RawFrame, RawSocket } from "../../support/raw.ts";
import { waitFor } from "../../support/round.ts";
import { signIn } from "../../support/server.ts";
import { Talker } from "../../support/talker.ts";

/** RFC 7692, which Autobahn's groups 12 and 13 are about: what is packed, what never is, and what cannot be unpacked. */
setDefaultTimeout(30_000);

const offer = { "sec-websocket-extensions": "permessage-deflate; client_max_window_bits" };
/** How a packed message begins: RSV1 is set. */
const isPacked = ({ first }: RawFrame) => (first & 0x40) !== 0;
/** What is left out at the end of each. */
const tail = Buffer.from([0, 0, 0xff, 0xff]);
const unpacked = (frame: RawFrame) =>
  isPacked(frame)
    ? inflateRawSync(Buffer.concat([frame.payload, tail]), { finishFlush: constants.Z_SYNC_FLUSH }).toString()
    : frame.payload.toString();
/** Codes of the errors that were told so far. */
const errors = (socket: RawSocket) =>
  socket.frames
    .filter(({ opcode }) => opcode === 1)
    .map((frame) => JSON.parse(unpacked(frame)) as { type: string; data: { code: string } })
    .flatMap(({ type, data }) => (type === "error" ? [data.code] : []));

/** As a client packs it: without the four bytes at its end that are always the same. */
function pack(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Bun.deflateSync(bytes), Buffer.from([0])]);
}

let server: ServerProcess;
let mira: Talker;
beforeAll(async () => {
  const env = { OPENCODE_SAFE_MODE: "true", PARLEY_PEOPLE_BURST: "10000", PARLEY_FRAME_BURST: "100000" };
  server = await startProcess({ env });
  mira = new Talker("mira", "camel");
  await mira.connect(server.ws);
  for (let count = 0; count < 30; count += 1) mira.say(`message ${count} of a story that goes on and on and on`);
  await waitFor(() => mira.owed.size === 0, "echoes");
});
afterAll(() => server[Symbol.asyncDispose]());

async function enter(headers: Record<string, string>, fields: object = {}): Promise<RawSocket> {
  const socket = await RawSocket.open(server.port, "/ws", headers);
  socket.text({ type: "auth", data: { userId: "tomas", ...fields } });
  await waitFor(() => socket.frames.length > 0, "a welcome");
  return socket;
}

/** A text frame, once it is there. */
const frameWith = (socket: RawSocket, part: string) =>
  waitFor(() => socket.frames.find((frame) => frame.opcode === 1 && unpacked(frame).includes(part)), part);

describe("what is packed", () => {
  test("is long and for one client: history, and what was missed; unpacked it is what others get", async () => {
    const [packing, plain] = [await enter(offer), await enter({})];
    const texts: string[] = [];
    for (const socket of [packing, plain]) {
      socket.text({ type: "get_chat_history", data: { limit: 30 } });
      const history = await frameWith(socket, '"chat_history"');
      expect(isPacked(history)).toBe(socket === packing);
      texts.push(unpacked(history));
      if (socket === packing) expect(history.payload.length * 3).toBeLessThan(texts[0]?.length ?? 0);
    }
    expect(texts[0]).toBe(texts[1] ?? "");
    for (const socket of [packing, plain]) socket.end();
    const missed = await enter(offer, { lastSeq: 1, batch: true });
    expect(isPacked(await frameWith(missed, "message 7 of a story"))).toBe(true);
    missed.end();
  });

  test("is the page's replay as well", async () => {
    const cookie = await signIn(server, "tomas");
    const page = await RawSocket.open(server.port, "/live", { ...offer, cookie, origin: server.http });
    page.text({ type: "resume", room: "general", lastSeq: 1 });
    const replay = await frameWith(page, "message 7 of a story");
    expect([isPacked(replay), unpacked(replay).startsWith("<!--seq:")]).toEqual([true, true]);
    page.end();
  });
});

describe("what is never packed", () => {
  test("is what is told to many, however long, and what is short", async () => {
    const socket = await enter(offer);
    const text = `told to everybody: ${"a long story. ".repeat(300)}`;
    mira.say(text);
    const told = await frameWith(socket, "told to everybody");
    expect([isPacked(told), unpacked(told).length > 4_000]).toEqual([false, true]);
    socket.text({ type: "ping" });
    expect(isPacked(await frameWith(socket, '"pong"'))).toBe(false);
    socket.end();
  });

  test("is what holds a secret: its length would tell of it", async () => {
    const many = Array.from({ length: 40 }, (_, nth) => new Talker(`somebody with a long name ${nth}`, "camel"));
    await Promise.all(many.map((each) => each.connect(server.ws)));
    const open = await enter(offer);
    const welcome = await frameWith(open, '"auth_response"');
    expect([isPacked(welcome), unpacked(welcome).includes("sessionToken")]).toEqual([true, false]);
    const secret = await enter(offer, { method: "development" });
    const holding = await frameWith(secret, '"auth_response"');
    expect([isPacked(holding), unpacked(holding).includes("sessionToken"), unpacked(holding).length > 1_024]).toEqual([
      false,
      true,
      true,
    ]);
    for (const socket of [open, secret]) socket.end();
    for (const each of many) each.cut(false);
  });
});

describe("what comes in packed", () => {
  test("is understood, whole and in pieces", async () => {
    const socket = await enter(offer);
    socket.bytes(frameOf(1, pack(question), { rsv: 4 }));
    await frameWith(socket, '"pong"');
    const said = pack(
      JSON.stringify({ type: "message", data: { text: "said in pieces, packed", clientId: "pieces" } }),
    );
    const [first, second] = [frameOf(1, said.subarray(0, 9), { rsv: 4, fin: false }), frameOf(0, said.subarray(9))];
    socket.bytes(Buffer.concat([first, second]));
    await frameWith(socket, "said in pieces, packed");
    socket.end();
  });

  const bomb = () => pack(Buffer.alloc(100 * 1024 * 1024, "A"));
  test.each<[string, () => Buffer]>([
    ["whole", () => frameOf(1, bomb(), { rsv: 4 })],
    [
      "in pieces",
      () => {
        const bytes = bomb();
        const pieces = Array.from({ length: Math.ceil(bytes.length / 30_000) }, (_, nth) =>
          bytes.subarray(nth * 30_000, (nth + 1) * 30_000),
        );
        return Buffer.concat(
          pieces.map((piece, nth) =>
            frameOf(nth === 0 ? 1 : 0, piece, { rsv: nth === 0 ? 4 : 0, fin: nth === pieces.length - 1 }),
          ),
        );
      },
    ],
  ])("and would be a hundred megabytes is 1009 before it is one: %s", async (_, make) => {
    const bytes = make();
    expect(bytes.length).toBeLessThan(110_000);
    const sockets = [await enter(offer), await enter(offer), await enter(offer)];
    const before = await server.memory();
    for (const socket of sockets) {
      socket.bytes(bytes);
      await waitFor(() => socket.ended, "the end");
      expect(socket.closed).toBe(1009);
    }
    expect((await server.memory()) - before).toBeLessThan(10 * 1024 * 1024);
    await mira.settled();
  });

  test("and is more than a chat frame may be is refused, and ten times is abuse", async () => {
    const socket = await enter(offer);
    const large = frameOf(1, pack(Buffer.alloc(900_000, " ")), { rsv: 4 });
    for (let count = 0; count < 10; count += 1) socket.bytes(large);
    await waitFor(() => socket.ended, "the end");
    expect(socket.closed).toBe(1008);
    expect(errors(socket)).toEqual(Array(10).fill("MESSAGE_TOO_LARGE"));
  });

  test.each<[string, Buffer]>([
    ["nonsense", Buffer.from("this was never packed at all")],
    ["a beginning only", pack(question.repeat(50)).subarray(0, 12)],
    ["no UTF-8", pack(Buffer.from([0xff, 0xfe, 0xfd]))],
  ])("and cannot be unpacked ends that socket and no other: %s", async (_, bytes) => {
    const socket = await enter(offer);
    socket.bytes(frameOf(1, bytes, { rsv: 4 }));
    await waitFor(() => socket.ended || errors(socket).length > 0, "an end or an error");
    await mira.settled();
    expect(server.bugs()).toEqual([]);
    socket.end();
  });
});
