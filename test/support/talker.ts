import type { Frame } from "./client.ts";
import { type Heard, impatient } from "./heard.ts";

/** How a JSON client reads: both dialects, and with and without several messages in one frame. */
export type Kind = "camel" | "camel batch" | "classic" | "classic batch";
export const kinds: readonly Kind[] = ["camel", "camel batch", "classic", "classic batch"];

const messageTypes = new Set(["message", "agent_response", "chat_message"]);
const passing = new Set(["pong", "auth_response", "auth_success", "resync", "error", "notice"]);

interface Options {
  /** Topics beside `#general`. */
  subscribe?: readonly string[];
  /** The session to come back with, instead of a name. */
  more?: Record<string, unknown>;
}

/** A JSON client that can be cut off and come back, that remembers what it was told and whom it still owes an answer. */
export class Talker {
  readonly name: string;
  readonly kind: Kind;
  /** Everything with a seq, in the order it arrived, over all connections. */
  readonly log: Heard[] = [];
  /** Sent and not acknowledged: client id and text. */
  readonly owed = new Map<string, string>();
  /** Client id and the id it became. */
  readonly acknowledged = new Map<string, number>();
  /** What was refused, each with the frame. */
  readonly refused: Frame[] = [];
  /** What must not happen at all, in words. */
  readonly faults: string[] = [];
  readonly closes: number[] = [];
  /** Pieces of answers being written. */
  readonly deltas: { id: number; delta: string; offset: number }[] = [];
  resyncs = 0;
  lastSeq: number | undefined;
  epoch: string | undefined;
  /** Called after each frame. */
  heard: () => void = () => {};
  acked: (clientId: string) => void = () => {};
  private socket: WebSocket | undefined;
  private giveUp: (error: Error) => void = () => {};
  private readonly options: Options;
  /** Ids of its own, also when somebody of that name was here before. */
  private readonly tag = crypto.randomUUID();
  private pongs = 0;
  private count = 0;

  constructor(name: string, kind: Kind, options: Options = {}) {
    this.name = name;
    this.kind = kind;
    this.options = options;
  }

  get isOnline(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  get isClassic(): boolean {
    return this.kind.startsWith("classic");
  }

  /** Connects and signs in; from the second time on it asks for what it missed. Resolves when it has been welcomed. */
  async connect(ws: string): Promise<void> {
    const socket = new WebSocket(`${ws}/ws`);
    this.socket = socket;
    await new Promise<void>((resolve, reject) => {
      impatient(socket, reject);
      this.giveUp = reject;
      socket.onopen = () => this.send(this.authFrame());
      socket.onmessage = (event) => {
        if (this.socket !== socket) return;
        this.take(String(event.data), resolve);
        this.heard();
      };
      socket.onclose = ({ code, reason }) => {
        if (this.socket === socket) this.socket = undefined;
        this.closes.push(code);
        this.heard();
        reject(new Error(`${this.name} was closed with ${code} ${reason} instead of welcomed`));
      };
      socket.onerror = () => reject(new Error(`${this.name} found no server`));
    });
  }

  /** Goes without a word (`rudely`), or with a close frame; what is still on its way is not read any more. */
  cut(rudely: boolean): void {
    const socket = this.socket;
    this.socket = undefined;
    if (!socket) return;
    this.giveUp(new Error(`${this.name} did not wait for its welcome`));
    socket.onmessage = null;
    socket.onclose = null;
    if (rudely) (socket as WebSocket & { terminate(): void }).terminate();
    else socket.close();
  }

  send(frame: unknown): void {
    this.socket?.send(JSON.stringify(frame));
  }

  /** Says something under a client id of its own. @returns that id */
  say(text: string, more: Record<string, unknown> = {}): string {
    const clientId = `${this.tag}-${this.count++}`;
    this.owed.set(clientId, text);
    this.transmit(clientId, text, more);
    return clientId;
  }

  /** Says again what was never acknowledged, under the same ids. */
  repeat(): void {
    for (const [clientId, text] of this.owed) this.transmit(clientId, text, {});
  }

  edit(id: number, text: string): void {
    this.send({ type: "edit_message", data: { id, text } });
  }

  remove(id: number): void {
    this.send({ type: "delete_message", data: { id } });
  }

  /** Resolves when everything sent before has been looked at; what the log had to take may still be on its way. @returns how many ms the answer took */
  async settled(): Promise<number> {
    const wanted = this.pongs + 1;
    const from = performance.now();
    this.send({ type: "ping" });
    const deadline = from + 10_000;
    while (this.pongs < wanted) {
      if (!this.isOnline) throw new Error(`${this.name} was cut off (${this.closes.at(-1)}) while it waited`);
      if (performance.now() > deadline) throw new Error(`${this.name} got no pong`);
      await Bun.sleep(1);
    }
    return performance.now() - from;
  }

  seqs(types: readonly Heard["type"][] = ["message", "change"]): number[] {
    return this.log.filter((heard) => types.includes(heard.type)).map((heard) => heard.seq);
  }

  private authFrame(): unknown {
    const batch = this.kind.endsWith("batch");
    const { subscribe = [], more = {} } = this.options;
    if (this.isClassic) {
      const resume = this.lastSeq === undefined ? {} : { last_seq: this.lastSeq, epoch: this.epoch };
      return { type: "auth", user_id: this.name, role: "user", batch, ...resume, data: { subscribe }, ...more };
    }
    const resume = this.lastSeq === undefined ? {} : { lastSeq: this.lastSeq, epoch: this.epoch };
    return { type: "auth", data: { userId: this.name, role: "user", batch, subscribe, ...resume, ...more } };
  }

  private transmit(clientId: string, text: string, more: Record<string, unknown>): void {
    if (this.isClassic) this.send({ type: "chat_message", text, client_id: clientId, ...more });
    else this.send({ type: "message", data: { text, clientId, ...more } });
  }

  private take(raw: string, welcomed: () => void): void {
    const frame = JSON.parse(raw) as Frame;
    const frames = frame.type === "batch" ? (frame.data as Frame[]) : [frame];
    if (frame.type === "batch" && !this.kind.endsWith("batch")) this.faults.push("a batch that was not asked for");
    for (const each of frames) this.takeOne(each, welcomed);
  }

  private takeOne(frame: Frame, welcomed: () => void): void {
    const fields = frame.type === "auth_success" ? frame : (frame.data ?? frame);
    if (frame.type === "pong") this.pongs += 1;
    if (frame.type === "error" || frame.type === "notice" || fields.success === false) {
      this.refused.push(frame);
      this.giveUp(new Error(`${this.name} was refused: ${JSON.stringify(frame)}`));
    }
    if (frame.type === "message_delta") this.deltas.push(fields);
    if (frame.type === "resync") this.resyncs += 1;
    if (frame.type === "auth_response" || frame.type === "auth_success") {
      this.epoch = fields.epoch;
      this.lastSeq ??= fields.seq;
      if (fields.success !== false) welcomed();
    }
    const { seq } = fields;
    if (passing.has(frame.type) || typeof seq !== "number") return;
    const clientId = fields.clientId ?? fields.client_id;
    const type = messageTypes.has(frame.type)
      ? "message"
      : frame.type === "message_update"
        ? "change"
        : frame.type === "task_notification"
          ? "task"
          : "other";
    this.log.push({ seq, id: fields.id, type, room: fields.room, clientId, text: fields.text });
    this.lastSeq = Math.max(this.lastSeq ?? 0, seq);
    if (type === "message" && fields.sender === this.name && typeof clientId === "string")
      this.answered(clientId, fields.id);
  }

  private answered(clientId: string, id: number): void {
    const before = this.acknowledged.get(clientId);
    if (before !== undefined && before !== id) this.faults.push(`${clientId} was stored twice: ${before} and ${id}`);
    this.acknowledged.set(clientId, id);
    if (this.owed.delete(clientId)) this.acked(clientId);
  }
}
