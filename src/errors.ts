/** One row of the catalogue: how a refusal looks on each door. `close` is the WebSocket close code when the socket ends with it. */
interface Refusable {
  status: number;
  close?: number;
  message: string;
}

/** Every refusal Parley can give, for sockets, HTTP and (later) Telegram alike. The codes are the wire contract (PROTOCOL.md). */
export const catalogue = {
  INVALID_JSON: { status: 400, message: "That frame is not valid JSON. Send one JSON object per text frame." },
  INVALID_MESSAGE: { status: 400, message: "Something in that request is missing or malformed." },
  UNKNOWN_MESSAGE_TYPE: { status: 400, message: "That frame type is not known here." },
  MESSAGE_TOO_LARGE: { status: 413, message: "That is too large." },
  MISSING_USER_ID: { status: 400, message: "Say who you are: send a user id with the auth frame." },
  NOT_AUTHENTICATED: { status: 401, message: "Sign in first: send an auth frame." },
  AUTH_FAILED: { status: 401, close: 1008, message: "That sign-in was not accepted." },
  AUTH_TIMEOUT: { status: 401, close: 1008, message: "No auth frame arrived in time." },
  SESSION_EXPIRED: { status: 401, close: 4401, message: "Your session is over. Sign in again." },
  PERMISSION_DENIED: { status: 403, message: "You may not do that." },
  RATE_LIMITED: { status: 429, message: "Too fast. Wait a moment and send it again." },
  CONNECTION_LIMIT: { status: 429, close: 1013, message: "Too many connections. Close some and try again." },
  NOT_FOUND: { status: 404, message: "There is no such thing here, or you may not see it." },
  CONFLICT: { status: 409, message: "That is taken already." },
  AGENT_NOT_FOUND: { status: 404, message: "No agent of that name works here." },
  AGENT_OFFLINE: { status: 503, message: "That agent is offline." },
  AGENT_BUSY: { status: 409, message: "That agent is busy." },
  QUEUE_FULL: { status: 429, message: "The queue is full. Wait until something in it is done." },
  COMMAND_NOT_FOUND: { status: 404, message: "There is no such command." },
  COMMAND_TIMEOUT: { status: 504, message: "The command took too long." },
  TRANSPORT_UNAVAILABLE: { status: 503, message: "That transport is not available." },
  SERVICE_UNAVAILABLE: {
    status: 503,
    message: "The server cannot store anything right now. Nothing was saved; try again shortly.",
  },
  INTERNAL_ERROR: { status: 500, message: "Something went wrong on our side." },
} satisfies Record<string, Refusable>;

export type RefusalCode = keyof typeof catalogue;

/** The code a socket is closed with after this refusal; undefined when it stays open. */
export function closeCodeOf(code: RefusalCode): number | undefined {
  const row: Refusable = catalogue[code];
  return row.close;
}

/** One row of the table of close codes. */
interface Closing {
  readonly code: number;
  /** Whether a client should come back by itself. Who is not wanted must not knock again, and who was only cut off must not stay away. */
  readonly comesBack: boolean;
  readonly words: string;
}

/**
 * Every way in which a socket ends. PROTOCOL.md shows this table and the page goes by it; tests hold both to it. What nobody here
 * sends (1001, 1005, 1006, 1014) browsers and proxies say of a connection that was lost.
 */
export const closings = {
  finished: { code: 1000, comesBack: false, words: "finished" },
  goingAway: { code: 1001, comesBack: true, words: "the other side goes away" },
  binary: { code: 1003, comesBack: false, words: "binary frame" },
  unsaid: { code: 1005, comesBack: true, words: "closed without a code" },
  lost: { code: 1006, comesBack: true, words: "connection lost" },
  abuse: { code: 1008, comesBack: false, words: "abuse or failed authentication" },
  tooLarge: { code: 1009, comesBack: false, words: "frame over 1 MiB" },
  ourFault: { code: 1011, comesBack: true, words: "our fault" },
  restart: { code: 1012, comesBack: true, words: "the server restarts, or takes sockets back for now" },
  tooSlow: { code: 1013, comesBack: true, words: "too slow, or too many connections" },
  badGateway: { code: 1014, comesBack: true, words: "a proxy found no server" },
  heartbeatMissed: { code: 4000, comesBack: true, words: "heartbeat missed (the page's own)" },
  sessionOver: { code: 4401, comesBack: false, words: "session over: sign in again" },
  accessRemoved: { code: 4403, comesBack: false, words: "access removed" },
  replaced: { code: 4409, comesBack: false, words: "replaced by the same agent" },
} as const satisfies Record<string, Closing>;

/** The codes of that table by their names. */
export const closeCodes = Object.fromEntries(Object.entries(closings).map(([name, { code }]) => [name, code])) as {
  readonly [Name in keyof typeof closings]: (typeof closings)[Name]["code"];
};

/**
 * A request that was understood and refused: the sender's to mend, not a bug. Thrown by domains and turned into HTTP,
 * a frame or a reply in one place of each door. `message` is shown to a person as it is.
 */
export class Refusal extends Error {
  readonly code: RefusalCode;
  /** Milliseconds after which the same request may be accepted, for RATE_LIMITED. */
  readonly retryAfter: number | undefined;
  /** The name of the form's field that is at fault, where one is. */
  readonly field: string | undefined;

  constructor(code: RefusalCode, message?: string, options: { retryAfter?: number; field?: string } = {}) {
    super(message ?? catalogue[code].message);
    this.name = "Refusal";
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.field = options.field;
  }

  get status(): number {
    return catalogue[this.code].status;
  }
}

/** Turns anything thrown into a refusal to show. A bug becomes INTERNAL_ERROR with a reference that the log line carries too. */
export function refusalFrom(thrown: unknown, report: (reference: string, thrown: unknown) => void): Refusal {
  if (thrown instanceof Refusal) return thrown;
  const reference = newReference();
  report(reference, thrown);
  return new Refusal("INTERNAL_ERROR", `Something went wrong on our side (ref ${reference}).`);
}

/** What a bug is spoken of by: short enough to be read out. */
export function newReference(): string {
  return crypto.randomUUID().slice(0, 8);
}
