import { Refusal } from "../../src/errors.ts";
import type { Message } from "../../src/messages/message.ts";
import type { Transport, TransportType } from "../../src/transports/transport.ts";

/** A transport that does what a test says: it refuses to start, hangs, gets into trouble, and keeps what is said to it while it is off. */
export class ScriptedTransport implements Transport {
  readonly type: TransportType;
  trouble: string | null = null;
  /** What it was told to do, in order, with what others were told where they share the list. */
  readonly acts: string[];
  readonly sent: { text: string; sender: string; replyTo: number | null }[] = [];
  /** Why it does not start, or what it throws instead. */
  refuses: string | Error | null = null;
  /** What starting and stopping wait for. */
  holds: Promise<void> | null = null;
  drains: Promise<void> | null = null;
  isTooFast = false;
  /** How a message of a scripted person comes in, once it listens. */
  delivers: (text: string) => void = () => {};
  private listens = false;
  private readonly handlers: ((message: Message) => void)[] = [];
  private readonly waiting: string[] = [];

  constructor(type: TransportType, acts: string[] = []) {
    this.type = type;
    this.acts = acts;
  }

  addMessageHandler(handler: (message: Message) => void): void {
    this.handlers.push(handler);
  }

  async startPolling(): Promise<void> {
    this.acts.push(`start ${this.type}`);
    await this.holds;
    if (this.refuses instanceof Error) throw this.refuses;
    if (this.refuses !== null) throw new Refusal("TRANSPORT_UNAVAILABLE", this.refuses);
    this.listens = true;
    this.acts.push(`${this.type} listens`);
    for (const text of this.waiting.splice(0)) this.delivers(text);
  }

  async stopPolling(): Promise<void> {
    if (!this.listens) return;
    this.acts.push(`stop ${this.type}`);
    await this.drains;
    this.listens = false;
    this.acts.push(`${this.type} is silent`);
  }

  async sendMessage(text: string, sender = "system", replyTo: number | null = null): Promise<boolean> {
    if (!this.listens || this.isTooFast) return false;
    this.sent.push({ text, sender, replyTo });
    return true;
  }

  isConnected(): boolean {
    return this.listens;
  }

  /** It stops listening by itself, as something does that broke. */
  breaks(): void {
    this.listens = false;
  }

  /** Somebody says something out there: it comes in, or waits until it can. */
  saidOutside(text: string): void {
    if (this.listens) this.delivers(text);
    else this.waiting.push(text);
  }

  /** A message came in by it. */
  hears(message: Message): void {
    for (const handler of this.handlers) handler(message);
  }
}
