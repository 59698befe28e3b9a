import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Socket } from "bun";
import { compileGenerator, fanout, type Group, hold, storm } from "./generator.ts";
import type { Running } from "./servers.ts";

const compiler = Bun.which("cc") ?? Bun.which("gcc");
const short = { warm: 0.1, seconds: 0.3, drain: 0.3 };

let ending: (() => void)[] = [];
afterEach(() => {
  for (const end of ending) end();
  ending = [];
});

function group(changes: Partial<Group> = {}): Group {
  return { name: "all", clients: 10, senders: 10, path: "/", send: "%m and %c", ...changes };
}

function running(server: { port?: number | undefined; stop(force?: boolean): unknown }): Running {
  ending.push(() => server.stop(true));
  return { port: server.port ?? 0, pid: process.pid, stop: async () => {} };
}

/** A room on Bun's own server; `tell` may twist what the others hear. */
function room(tell: (text: string) => string | undefined): Running {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, self) => (self.upgrade(request) ? undefined : new Response()),
    websocket: {
      open: (socket) => void socket.subscribe("room"),
      message(socket, text) {
        const answer = tell(String(text));
        if (answer === "close") socket.close(1013, "too slow");
        else if (answer?.startsWith("{")) socket.send(answer);
        else if (answer !== undefined) server.publish("room", answer);
      },
    },
  });
  return running(server);
}

describe.skipIf(!compiler)("the load generator", () => {
  beforeAll(compileGenerator);

  test("counts each message once at each client, in an open and in a closed loop", async () => {
    const server = room((text) => `<li data-text="${text}"><p>${text}</p></li>`);
    for (const pace of [{ rate: 300 }, { window: 2 }]) {
      const result = await fanout(server, [group(), group({ name: "quiet", clients: 3, senders: 0 })], pace, short);
      expect(result.lost).toBe(0);
      expect(result.received).toBe(result.sent * 13);
      expect(result.groups).toEqual({ all: result.sent * 10, quiet: result.sent * 3 });
      expect(result.echo.count).toBeGreaterThan(0);
    }
  });

  test("finds messages in frames of every size, cut anywhere, with pings in between", async () => {
    const server = slicing();
    const result = await fanout(
      server.running,
      [group({ clients: 2, senders: 2 })],
      { rate: 60 },
      { ...short, drain: 3 },
    );
    expect(result.lost).toBe(0);
    expect(server.pongs()).toBeGreaterThan(0);
  });

  test("says how many messages were lost, and how many came twice", async () => {
    let count = 0;
    const losing = room((text) => (++count % 5 === 0 ? undefined : text));
    const lost = await fanout(losing, [group()], { rate: 100 }, short);
    expect(lost.lost).toBe(Math.floor(lost.sent / 5) * 10);

    let before = "";
    const repeating = room((text) => {
      const both = `${text} ${before}`;
      before = text;
      return both;
    });
    const twice = await fanout(repeating, [group()], { rate: 100 }, short);
    expect(twice.lost).toBe(-(twice.sent - 1) * 10);
  });

  test("counts a client as ready when it has heard its ready text, and tells what it heard instead", async () => {
    const server = room((text) => (text === "hello 7" ? '{"type":"error","code":"NO_SEVENS"}' : '{"ready":true}'));
    const polite = group({
      clients: 7,
      senders: 0,
      hello: "hello %i",
      ready: '"ready":true',
      refusal: '"type":"error"',
    });
    expect((await storm(server, [polite], 2)).connectionsPerSecond).toHaveLength(2);
    await (await hold(server, [polite])).release();
    await expect(storm(server, [{ ...polite, clients: 8 }], 1)).rejects.toThrow(
      'client 7 (all) was refused: {"type":"error","code":"NO_SEVENS"}',
    );
  });

  test("ends with a reason when a client is closed or not let in", async () => {
    await expect(
      fanout(
        room(() => "close"),
        [group()],
        { rate: 100 },
        short,
      ),
    ).rejects.toThrow("(all) with 1013 too slow");
    const shut = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => new Response("who are you?", { status: 401 }),
    });
    await expect(storm(running(shut), [group()], 1)).rejects.toThrow("401 Unauthorized | who are you?");
  });
});

/** A WebSocket server by hand that cuts everything it sends into crumbs, and sends some messages in one very large frame. */
function slicing() {
  const sockets = new Set<Socket<{ waiting: Buffer; upgraded: boolean; queue: Promise<unknown> }>>();
  let pongs = 0;
  let kept: string[] = [];

  function send(bytes: Buffer): void {
    for (const socket of sockets) socket.data.queue = socket.data.queue.then(() => crumble(socket, bytes));
  }
  async function crumble(socket: Socket<unknown>, bytes: Buffer): Promise<void> {
    // Small pieces at both ends, where the headers and the marker are; the long middle at once.
    for (let at = 0; at < bytes.length; ) {
      const size = at < 60 || at > bytes.length - 60 ? 7 : bytes.length - 120;
      let sent = 0;
      const piece = bytes.subarray(at, at + Math.max(1, size));
      while (sent < piece.length) {
        sent += socket.write(piece.subarray(sent));
        await Bun.sleep(0);
      }
      at += piece.length;
    }
  }
  function hear(text: string): void {
    kept.push(text);
    if (kept.length % 2 === 1) {
      // A message in two fragments with a ping between them.
      const half = Math.floor(text.length / 3);
      send(
        Buffer.concat([frame(0x01, text.slice(0, half)), frame(0x89, "are you there"), frame(0x80, text.slice(half))]),
      );
    } else if (kept.length === 6) {
      kept = [];
      send(frame(0x81, `${"x".repeat(70_000)}${text}`));
    } else {
      send(frame(0x81, `${"y".repeat(300)} ${text}`));
    }
  }

  const server = Bun.listen<{ waiting: Buffer; upgraded: boolean; queue: Promise<unknown> }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = { waiting: Buffer.alloc(0), upgraded: false, queue: Promise.resolve() };
      },
      data(socket, bytes) {
        if (!socket.data.upgraded) {
          socket.data.upgraded = true;
          sockets.add(socket);
          const answer =
            "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
          socket.data.queue = crumble(socket, Buffer.from(answer));
          return;
        }
        socket.data.waiting = Buffer.concat([socket.data.waiting, bytes]);
        for (;;) {
          const { waiting } = socket.data;
          const size = (waiting[1] ?? 0) & 0x7f;
          if (waiting.length < 6 + size) return;
          const mask = waiting.subarray(2, 6);
          const text = waiting.subarray(6, 6 + size).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
          socket.data.waiting = waiting.subarray(6 + size);
          if (waiting[0] === 0x8a) pongs += 1;
          else hear(Buffer.from(text).toString());
        }
      },
    },
  });
  return { running: running(server), pongs: () => pongs };
}

function frame(first: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10);
  header[0] = first;
  header[1] = payload.length < 126 ? payload.length : payload.length < 65_536 ? 126 : 127;
  if (header.length === 4) header.writeUInt16BE(payload.length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([header, payload]);
}
