import { closeCodes } from "../errors.ts";

/** What is measured apart: sockets of pages, sockets of programs, and what goes over HTTP. */
export type Measured = "websocket_page" | "websocket_json" | "http";

/** What a client says of itself when it has come back: only it knows. */
interface Reported {
  readonly reconnected: boolean;
  readonly failedWebsocket: number;
  readonly failedHttp: number;
  readonly queued: number;
  readonly latency: number | undefined;
}

/** How many there were, and what they came to together. */
interface Sum {
  readonly count: number;
  readonly sum: number;
}

/** Everything that is counted of one transport since the server was started. */
export interface Figures {
  /** Open now. */
  readonly connections: number;
  readonly opened: number;
  /** Of connections that are over. */
  readonly seconds: Sum;
  /** Of those, by the code they ended with. */
  readonly closed: ReadonlyMap<string, number>;
  /** Attempts that came to nothing: turned away here, or reported by pages. */
  readonly failedAttempts: number;
  readonly reconnects: number;
  /** Seconds from a ping to its pong, as pages report it. */
  readonly latency: Sum;
  /** Messages that waited in a page while it was away. */
  readonly queued: Sum;
  /** Seconds from a message to its commit. */
  readonly messages: Sum;
  readonly refusals: number;
}

/** Counters beside the transports: each is an addition, so that they are always on. */
export interface Measures {
  opened(of: Measured): void;
  closed(of: Measured, code: number, seconds: number): void;
  /** A connection was turned away before it was one. */
  failed(of: Measured): void;
  /** Somebody came back who had been here before. */
  reconnected(of: Measured): void;
  reported(of: Measured, report: Reported): void;
  /** @param ms from the message to its commit */
  acknowledged(of: Measured, ms: number): void;
  refused(of: Measured): void;
  /** Somebody asked for what happened, and waits for the answer at the most. */
  polled(): void;
  readonly figures: Readonly<Record<Measured, Figures>>;
  readonly polls: number;
}

export function createMeasures(): Measures {
  const kept = { websocket_page: new Counters(), websocket_json: new Counters(), http: new Counters() };
  let polls = 0;
  return {
    opened(of) {
      kept[of].opened += 1;
    },
    closed(of, code, seconds) {
      const { closed } = kept[of];
      const name = knownCodes.has(code) ? String(code) : "other";
      closed.set(name, (closed.get(name) ?? 0) + 1);
      add(kept[of].seconds, seconds);
    },
    failed(of) {
      kept[of].failedAttempts += 1;
    },
    reconnected(of) {
      kept[of].reconnects += 1;
    },
    reported(of, { reconnected, failedWebsocket, failedHttp, queued, latency }) {
      const counters = kept[of];
      if (reconnected) {
        counters.reconnects += 1;
        add(counters.queued, queued);
      }
      kept.websocket_page.failedAttempts += failedWebsocket;
      kept.http.failedAttempts += failedHttp;
      if (latency !== undefined) add(counters.latency, latency / 1000);
    },
    acknowledged: (of, ms) => add(kept[of].messages, ms / 1000),
    refused(of) {
      kept[of].refusals += 1;
    },
    polled() {
      polls += 1;
    },
    figures: kept,
    get polls() {
      return polls;
    },
  };
}

/** A client may close with any code: those that mean nothing here are counted together. */
const knownCodes = new Set<number>([...Object.values(closeCodes), 1001, 1005]);

class Counters implements Figures {
  opened = 0;
  readonly seconds = { count: 0, sum: 0 };
  readonly closed = new Map<string, number>();
  failedAttempts = 0;
  reconnects = 0;
  readonly latency = { count: 0, sum: 0 };
  readonly queued = { count: 0, sum: 0 };
  readonly messages = { count: 0, sum: 0 };
  refusals = 0;

  get connections(): number {
    return this.opened - this.seconds.count;
  }
}

function add(to: { count: number; sum: number }, value: number): void {
  to.count += 1;
  to.sum += value;
}
