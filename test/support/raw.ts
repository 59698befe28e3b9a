import { connect, type Socket } from "node:net";

/** One frame as it came over the wire. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
  /** What it began with: FIN, the reserved bits and the opcode. */
  readonly first: number;
  readonly masked: boolean;
}

/** A WebSocket by hand: it answers no pings, can stop reading, and may send what no library would. */
export class RawSocket {
  readonly frames: RawFrame[] = [];
  /** The close code, 1006 when the connection just ended. */
  closed: number | undefined;
  status = 0;
  /** The head of the answer to the upgrade. */
  answer = "";
  /** Whether the connection is gone, after a close frame or without one. */
  ended = false;
  /** Called after whatever comes in, and at the end. */
  heard: () => void = () => {};
  private readonly tcp: Socket;
  private rest: Buffer = Buffer.alloc(0);
  private greeted = false;

  private constructor(tcp: Socket) {
    this.tcp = tcp;
    tcp.on("data", (bytes) => this.take(typeof bytes === "string" ? Buffer.from(bytes) : bytes));
    tcp.on("error", () => undefined);
    tcp.on("close", () => {
      this.closed ??= 1006;
      this.ended = true;
      this.heard();
    });
  }

  static async open(port: number, path = "/ws", headers: Record<string, string> = {}): Promise<RawSocket> {
    const tcp = connect({ port, host: "127.0.0.1" });
    const socket = new RawSocket(tcp);
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    tcp.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${lines.join("")}\r\n`,
    );
    await new Promise<void>((resolve, reject) => {
      const look = () => (socket.greeted || tcp.destroyed ? resolve() : undefined);
      tcp.on("data", look);
      tcp.on("close", look);
      tcp.on("error", reject);
    });
    return socket;
  }

  /** Sends one frame, masked as a client must. */
  frame(opcode: number, payload: string | Buffer, { final = true } = {}): void {
    const body = Buffer.from(payload);
    const mask = Buffer.from([1, 2, 3, 4]);
    const masked = Buffer.from(body.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
    this.bytes(Buffer.concat([header(opcode, body.length, final), mask, masked]));
  }

  text(frame: unknown): void {
    this.frame(1, typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  bytes(bytes: Buffer): void {
    this.tcp.write(bytes);
  }

  /** Reads nothing any more: what the server sends stays in its buffers and the kernel's. */
  stopReading(): void {
    this.tcp.pause();
  }

  readOn(): void {
    this.tcp.resume();
  }

  /** JSON frames so far; batches taken apart. */
  json(): { type: string; data: Record<string, unknown> }[] {
    return this.frames
      .filter(({ opcode }) => opcode === 1)
      .map(({ payload }) => JSON.parse(payload.toString()))
      .flatMap((frame) => (frame.type === "batch" ? frame.data : [frame]));
  }

  end(): void {
    this.tcp.destroy();
  }

  private take(bytes: Buffer): void {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    if (!this.greeted) {
      const end = this.rest.indexOf("\r\n\r\n");
      if (end === -1) return;
      this.greeted = true;
      this.answer = this.rest.subarray(0, end).toString("latin1");
      this.status = Number(this.answer.slice(9, 12));
      this.rest = this.rest.subarray(end + 4);
    }
    for (let frame = this.cutOne(); frame; frame = this.cutOne()) {
      this.frames.push(frame);
      if (frame.opcode === 8) this.closed = frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : 1005;
    }
    this.heard();
  }

  private cutOne(): RawFrame | undefined {
    const { rest } = this;
    if (rest.length < 2) return undefined;
    let length = (rest[1] ?? 0) & 0x7f;
    let start = 2;
    if (length === 126) start = 4;
    if (length === 127) start = 10;
    if (rest.length < start) return undefined;
    if (length === 126) length = rest.readUInt16BE(2);
    else if (length === 127) length = Number(rest.readBigUInt64BE(2));
    if (rest.length < start + length) return undefined;
    this.rest = rest.subarray(start + length);
    const [first = 0, second = 0] = rest;
    return {
      opcode: first & 0x0f,
      payload: rest.subarray(start, start + length),
      first,
      masked: (second & 0x80) !== 0,
    };
  }
}

/** The first bytes of a masked frame; `length` may promise more than ever comes. */
export function header(opcode: number, length: number, final = true): Buffer {
  const first = (final ? 0x80 : 0) | opcode;
  if (length < 126) return Buffer.from([first, 0x80 | length]);
  if (length < 65_536) return Buffer.from([first, 0xfe, length >> 8, length & 0xff]);
  const bytes = Buffer.alloc(10);
  bytes.writeUInt8(first, 0);
  bytes.writeUInt8(0xff, 1);
  bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}
