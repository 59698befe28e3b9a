import { RawSocket } from "./raw.ts";

/** What no library lets one choose about a frame. */
interface Shape {
  readonly fin?: boolean;
  /** The reserved bits as a number, RSV1 being 4. */
  readonly rsv?: number;
  readonly masked?: boolean;
  /** How many bytes say the length, when it is not the least that can. */
  readonly lengthBytes?: 0 | 2 | 8;
}

/** One frame, right or wrong in any way that the wire allows. */
export function frameOf(opcode: number, payload: string | Buffer = "", shape: Shape = {}): Buffer {
  const { fin = true, rsv = 0, masked = true } = shape;
  const body = Buffer.from(payload);
  const lengthBytes = shape.lengthBytes ?? (body.length < 126 ? 0 : body.length < 65_536 ? 2 : 8);
  const short = lengthBytes === 0 ? body.length : lengthBytes === 2 ? 126 : 127;
  const length = Buffer.alloc(lengthBytes);
  if (lengthBytes === 2) length.writeUInt16BE(body.length);
  if (lengthBytes === 8) length.writeBigUInt64BE(BigInt(body.length));
  const head = Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode, (masked ? 0x80 : 0) | short]);
  if (!masked) return Buffer.concat([head, length, body]);
  const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
  return Buffer.concat([head, length, mask, body.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]);
}

export const text = (payload: string | Buffer, shape?: Shape) => frameOf(1, payload, shape);
export const binary = (payload: string | Buffer, shape?: Shape) => frameOf(2, payload, shape);
export const continued = (payload: string | Buffer, shape?: Shape) => frameOf(0, payload, shape);
export const ping = (payload: string | Buffer = "", shape?: Shape) => frameOf(9, payload, shape);
export const pong = (payload: string | Buffer = "", shape?: Shape) => frameOf(10, payload, shape);

export function close(code?: number, reason: string | Buffer = "", shape?: Shape): Buffer {
  if (code === undefined) return frameOf(8, reason, shape);
  const number = Buffer.alloc(2);
  number.writeUInt16BE(code);
  return frameOf(8, Buffer.concat([number, Buffer.from(reason)]), shape);
}

/** A text that the server answers at once, with or without credentials, and its answer as `heard` tells it. */
export const question = '{"type":"ping"}';
export const answer = "answer";

/** The same question, made `bytes` long. */
export function questionOf(bytes: number, filling = "*"): string {
  const frame = { type: "ping", filling: "" };
  const left = bytes - JSON.stringify(frame).length;
  return JSON.stringify({ ...frame, filling: filling.repeat(left) });
}

/** A message in pieces: a text frame and continuations of it, the last one final unless told otherwise. */
export function inPieces(pieces: readonly (string | Buffer)[], ends = true): Buffer[] {
  const last = pieces.length - 1;
  return pieces.map((piece, index) => frameOf(index === 0 ? 1 : 0, piece, { fin: ends && index === last }));
}

/** Cut into pieces of so many bytes. */
export function cut(bytes: string | Buffer, size: number): Buffer[] {
  const whole = Buffer.from(bytes);
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, at) => whole.subarray(at * size, (at + 1) * size));
}

/** Comes last, so that its answer tells that everything before was dealt with. */
const last = "that was all";

/**
 * Sends these bytes on a socket of their own and waits until the server has dealt with them.
 * @returns what the server said, in order: `answer`, `error CODE`, `pong …`, `close CODE`, and `cut off` when it ended without a close
 */
export async function heard(port: number, bytes: readonly Buffer[], { byteByByte = false } = {}): Promise<string[]> {
  const socket = await RawSocket.open(port);
  try {
    if (byteByByte) await trickle(socket, Buffer.concat(bytes));
    else socket.bytes(Buffer.concat(bytes));
    socket.frame(9, last);
    await dealtWith(socket);
    const all = words(socket).filter((word) => word !== `pong ${last}`);
    return socket.closed === 1006 ? [...all, "cut off"] : all;
  } finally {
    socket.end();
  }
}

/** Resolves when the last of it was answered or the connection has ended; only a failing test waits longer. */
function dealtWith(socket: RawSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited in vain after: ${words(socket).join(", ")}`)), 4_000);
    socket.heard = () => {
      if (!socket.ended && !words(socket).includes(`pong ${last}`)) return;
      clearTimeout(timer);
      resolve();
    };
    socket.heard();
  });
}

/** Each byte by itself: the server has its turn before the next one comes. */
async function trickle(socket: RawSocket, bytes: Buffer): Promise<void> {
  for (const piece of cut(bytes, 1)) {
    socket.bytes(piece);
    await new Promise(setImmediate);
  }
}

function words(socket: RawSocket): string[] {
  return socket.frames.map(({ opcode, payload, first, masked }) => {
    // A server sends whole frames, never masked, with nothing in the reserved bits.
    if (masked || (first & 0xf0) !== 0x80) return `a frame that no server may send (${first.toString(16)})`;
    if (opcode === 8) return payload.length < 2 ? "close" : `close ${payload.readUInt16BE()}`;
    if (opcode === 10) return `pong ${payload.toString("latin1")}`;
    if (opcode !== 1) return `opcode ${opcode}`;
    const frame = JSON.parse(payload.toString()) as { type: string; data: { code?: string } };
    return frame.type === "pong" ? answer : `${frame.type} ${frame.data.code}`;
  });
}
