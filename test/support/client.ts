import { Listening } from "./documented-frames.ts";

/** A frame as it came in. */
export interface Frame {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: frames of every shape are looked into by tests
  readonly data: any;
  // biome-ignore lint/suspicious/noExplicitAny: the classic dialect has fields at top level
  readonly [field: string]: any;
}

/** How long a test waits for something that must happen; only a failing test ever waits this long. Under the 5 s that `bun test` gives one. */
const patienceMs = 4_000;

/** A chat client that keeps every frame in order and lets a test wait for one. A frame that the documents do not say fails the test. */
export class Client {
  readonly frames: Frame[] = [];
  /** Text of every frame, also of those that are not JSON. */
  readonly texts: string[] = [];
  closed: { code: number; reason: string } | undefined;
  private readonly socket: WebSocket;
  private waiting: (() => void)[] = [];
  private readonly listening: Listening;
  /** What the documents do not say of what came in. */
  private undocumented: Error | undefined;
  private seen = 0;

  private constructor(socket: WebSocket, url: string) {
    this.socket = socket;
    this.listening = new Listening(url);
    socket.addEventListener("message", (event) => this.take(String(event.data)));
    socket.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
      this.wake();
    });
  }

  /** Opens a socket. `headers` as a program would send them: `cookie`, `origin`, `authorization`. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<Client> {
    const socket = new WebSocket(url, { headers } as unknown as string[]);
    const client = new Client(socket, url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error(`no socket at ${url}`)));
    });
    return client;
  }

  /** A camel client that has signed in by name. */
  static async camel(ws: string, userId: string, more: Record<string, unknown> = {}): Promise<Client> {
    const client = await Client.open(`${ws}/ws`);
    client.send({ type: "auth", data: { userId, role: "user", ...more } });
    await client.next("auth_response");
    return client;
  }

  /** A classic client that has signed in by name. */
  static async classic(ws: string, userId: string, more: Record<string, unknown> = {}): Promise<Client> {
    const client = await Client.open(`${ws}/`);
    client.send({ type: "auth", user_id: userId, role: "user", ...more });
    await client.next("auth_success");
    return client;
  }

  /** Sends a frame: an object as JSON, a string as it is. */
  send(frame: unknown): void {
    this.listening.sent(typeof frame === "string" ? parsed(frame) : frame);
    this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  sendBytes(bytes: Uint8Array<ArrayBuffer>): void {
    this.socket.send(bytes);
  }

  /** The next frame of a type (and for which `fits` holds) that no earlier `next` has passed. Fails when none comes. */
  async next(type: string, fits: (frame: Frame) => boolean = () => true): Promise<Frame> {
    return this.until(() => {
      for (let index = this.seen; index < this.frames.length; index += 1) {
        const frame = this.frames[index];
        if (frame?.type !== type || !fits(frame)) continue;
        this.seen = index + 1;
        return frame;
      }
      return undefined;
    }, `a ${type} frame`);
  }

  /** Posts a text and waits for its echo, which is the acknowledgement. `more` are further fields of the frame. */
  async say(text: string, more: Record<string, unknown> = {}): Promise<Frame> {
    const clientId = crypto.randomUUID();
    this.send({ type: "message", data: { text, clientId, ...more } });
    return this.until(
      () => {
        const index = this.frames.findLastIndex(
          ({ type, data }) => type.endsWith("message") && clientId === (data?.clientId ?? data?.client_id),
        );
        this.seen = Math.max(this.seen, index + 1);
        return this.frames[index];
      },
      `the echo of "${text.slice(0, 40)}"`,
    );
  }

  /** Waits until `find` finds something. */
  async until<T>(find: () => T | undefined, what: string): Promise<T> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      if (this.undocumented) throw this.undocumented;
      const found = find();
      if (found !== undefined) return found;
      const left = deadline - performance.now();
      if (left <= 0 || this.closed) {
        const last = this.texts.slice(-5).map((text) => text.slice(0, 200));
        throw new Error(
          `${what} did not come${this.closed ? ` (closed ${this.closed.code} ${this.closed.reason})` : ""}; last: ${last.join(" | ")}`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Everything that was sent before this call has been answered when it resolves: the server answers pings in order. */
  async settled(): Promise<void> {
    const pongs = this.frames.filter(({ type }) => type === "pong").length;
    this.send({ type: "ping" });
    await this.until(
      () => (this.frames.filter(({ type }) => type === "pong").length > pongs ? true : undefined),
      "a pong",
    );
  }

  ofType(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.hasClosed();
  }

  /** The close code and reason, once it is closed by whichever side. */
  async hasClosed(): Promise<{ code: number; reason: string }> {
    const deadline = performance.now() + patienceMs;
    while (!this.closed) {
      if (performance.now() > deadline) throw new Error("the socket did not close");
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100);
        this.waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return this.closed;
  }

  private take(text: string): void {
    this.texts.push(text);
    const frame = parsed(text) as Frame | undefined;
    if (frame?.type === "batch") this.frames.push(...(frame.data as Frame[]));
    else this.frames.push(frame ?? { type: "html", data: text });
    this.wake();
    try {
      if (frame) this.listening.heard(frame);
    } catch (error) {
      this.undocumented = error as Error;
      // Whoever waits for nothing more from this client must learn it too: thrown here, it fails the test that runs.
      throw error;
    }
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resume of waiting) resume();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
