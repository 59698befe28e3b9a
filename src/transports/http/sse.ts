import type { Limits } from "../../limits.ts";

/** A stream of server-sent events to one reader: what it has not taken yet is kept up to a limit, beyond which it is too slow. */
export class EventBody {
  readonly body: ReadableStream<Uint8Array>;
  /** Called once, when the reader is gone. */
  gone: () => void = () => {};
  private readonly limits: Limits;
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  private waiting: Uint8Array[] = [];
  private owed = 0;
  /** What was said before anybody could read costs nobody his place: a replay has a limit of its own. */
  private most: number;
  private isOver = false;

  constructor(limits: Limits) {
    this.limits = limits;
    this.most = Number.POSITIVE_INFINITY;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => this.drain(),
        cancel: () => {
          this.isOver = true;
          this.waiting = [];
          this.gone();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: takenMost }),
    );
  }

  /** From here on a reader that owes more than the limit is too slow. */
  opened(): void {
    this.most = this.owed + this.limits.backpressureBytes;
  }

  /** @returns false when the reader is too slow for it */
  write(bytes: Uint8Array): boolean {
    if (this.isOver) return true;
    this.waiting.push(bytes);
    this.owed += bytes.byteLength;
    this.drain();
    return this.owed <= this.most;
  }

  /** Says one last thing and ends; what the reader has not taken until then is not for it any more. */
  end(bytes: Uint8Array): void {
    if (this.isOver) return;
    this.isOver = true;
    const rest = this.owed > this.limits.backpressureBytes ? [] : this.waiting;
    // Empty first: handing one on may ask for the next.
    this.waiting = [];
    for (const each of [...rest, bytes]) this.controller?.enqueue(each);
    this.controller?.close();
  }

  private drain(): void {
    while (this.controller && (this.controller.desiredSize ?? 0) > 0) {
      const next = this.waiting.shift();
      if (!next) return;
      this.owed -= next.byteLength;
      this.controller.enqueue(next);
    }
  }
}

/** Bytes handed on before the reader asks for more: what is held back can still be dropped. */
const takenMost = 64 * 1024;

const utf8 = new TextEncoder();

/** One event. A line break inside the data begins another line of it. @param seq what to come back with; 0: the one before stays */
export function eventBytes(data: string, seq: number, name?: string): Uint8Array {
  // Many readers get the same frame one after the other: it is encoded once.
  if (data === last.data && seq === last.seq && name === last.name) return last.bytes;
  const head = `${name === undefined ? "" : `event: ${name}\n`}${seq > 0 ? `id: ${seq}\n` : ""}`;
  const bytes = utf8.encode(`${head}data: ${data.replace(/\r\n|\r|\n/g, "\ndata: ")}\n\n`);
  last = { data, seq, name, bytes };
  return bytes;
}

let last: { data: string; seq: number; name: string | undefined; bytes: Uint8Array } = {
  data: "",
  seq: 0,
  name: "",
  bytes: new Uint8Array(),
};

/** Says that the stream is there, and nothing else. */
export const beat = utf8.encode(":\n\n");

/** How soon a client that loses the stream comes back, ms: at once would be a crowd. */
export function retryBytes(ms: number): Uint8Array {
  return utf8.encode(`retry: ${ms}\n\n`);
}

/** What an answer of events is sent with: no cache keeps it and no proxy gathers it. */
export const eventHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};
