import { connect, type Socket } from "node:net";

/** One answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

interface Options {
  /** A second request, sent on the same connection once the first is answered. */
  readonly followedBy?: string;
  readonly patienceMs?: number;
}

/**
 * Sends exactly these bytes, also what no honest client would send, and waits for the answer or for the end of the connection.
 * @param http the server's address, `http://127.0.0.1:port`
 * @returns the answers that came, two at most; none when the server ended the connection without a word
 */
export function exchange(
  http: string,
  bytes: string | Buffer,
  { followedBy, patienceMs = 4_000 }: Options = {},
): Promise<readonly RawAnswer[]> {
  const { hostname, port } = new URL(http);
  const bodiless = latin(bytes).subarray(0, 5).toString() === "HEAD ";
  let rest = Buffer.alloc(0);
  const answers: RawAnswer[] = [];
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(Number(port), hostname, () => socket.write(latin(bytes)));
    const timer = setTimeout(() => finish(() => reject(new Error(`no answer to ${describe(bytes)}`))), patienceMs);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    socket.on("error", () => undefined);
    socket.on("close", () => finish(() => resolve(answers)));
    socket.on("data", (chunk) => {
      rest = Buffer.concat([rest, latin(chunk)]);
      for (let taken = takeAnswer(rest, bodiless); taken; taken = takeAnswer(rest, bodiless)) {
        answers.push(taken.answer);
        rest = rest.subarray(taken.length);
        if (followedBy !== undefined && answers.length === 1) socket.write(followedBy);
      }
      if (answers.length >= (followedBy === undefined ? 1 : 2)) finish(() => resolve(answers));
    });
  });
}

/** The first whole answer in some bytes, and how many of them it took. */
function takeAnswer(bytes: Buffer, bodiless: boolean): { answer: RawAnswer; length: number } | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const head = bytes.subarray(0, end).toString("latin1");
  const expected = bodiless ? 0 : Number(/^content-length:\s*(\d+)/im.exec(head)?.[1] ?? 0);
  const length = end + 4 + expected;
  if (bytes.length < length) return undefined;
  const body = bytes.subarray(end + 4, length).toString();
  return { answer: { status: Number(head.split(" ")[1]), head, body }, length };
}

/** One character, one byte: bytes over 127 are sent as they are written. */
function latin(bytes: string | Buffer): Buffer {
  return typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
}

function describe(bytes: string | Buffer): string {
  return JSON.stringify(latin(bytes).subarray(0, 120).toString("latin1"));
}
