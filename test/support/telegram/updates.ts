import type { Update } from "grammy/types";
import { badRequest, conflict } from "./refused.ts";

type Kind = Exclude<keyof Update, "update_id">;
const unasked: readonly Kind[] = ["chat_member", "message_reaction", "message_reaction_count"];

interface Waiting {
  answer(updates: Update[]): void;
  refuse(why: Error): void;
}

interface Asked {
  readonly offset?: unknown;
  readonly limit?: unknown;
  readonly timeout?: unknown;
  readonly allowed_updates?: unknown;
}

export interface Webhook {
  readonly url: string;
  readonly secret: string | undefined;
}

/** What happened and is not confirmed yet. Handed out by polling or to a webhook, never both; the same again until it is confirmed. */
export class Updates {
  private queue: Update[] = [];
  private next = 700_001;
  private waiting: Waiting | null = null;
  private allowed: readonly string[] | null = null;
  private delivering = false;
  webhook: Webhook | null = null;
  /** Where the webhook's address really leads to, on this machine. */
  road: string | null = null;
  lastError: string | null = null;
  /** Seconds since the epoch. */
  lastErrorAt = 0;
  /** Milliseconds between two tries to deliver to a webhook that did not answer well. */
  retryMs = 20;

  get pending(): readonly Update[] {
    return this.queue;
  }

  /** Something happened. @returns the update's id, null when the bot did not ask for its kind */
  push(update: Omit<Update, "update_id">): number | null {
    const kind = Object.keys(update)[0] as Kind;
    if (this.allowed ? !this.allowed.includes(kind) : unasked.includes(kind)) return null;
    const id = this.next++;
    this.queue.push({ update_id: id, ...update });
    this.wake();
    return id;
  }

  /** The same update once more, as after a crash of theirs. */
  repeat(update: Update): void {
    this.queue.push(update);
    this.wake();
  }

  /** As after a quiet week: the next update's number has nothing to do with the last one's. */
  renumber(next: number): void {
    this.next = next;
  }

  /** `getUpdates`. Whoever asks while another waits ends the other's waiting. */
  poll(asked: Asked, gone: AbortSignal): Promise<Update[]> {
    if (this.webhook)
      throw conflict(
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      );
    this.waiting?.refuse(
      conflict("terminated by other getUpdates request; make sure that only one bot instance is running"),
    );
    this.waiting = null;
    const { offset, limit, timeout } = numbersOf(asked);
    this.allow(asked.allowed_updates);
    // An offset from before the numbers began anew names no update, and confirms none.
    if (offset > 0 && offset <= this.next) this.queue = this.queue.filter(({ update_id }) => update_id >= offset);
    if (offset < 0) this.queue = this.queue.slice(offset);
    if (this.queue.length > 0 || timeout === 0) return Promise.resolve(this.queue.slice(0, limit));
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        if (this.waiting === waiting) this.waiting = null;
      };
      const waiting: Waiting = {
        answer: (updates) => {
          done();
          resolve(updates.slice(0, limit));
        },
        refuse: (why) => {
          done();
          reject(why);
        },
      };
      const timer = setTimeout(() => waiting.answer([]), timeout * 1_000);
      gone.addEventListener("abort", () => waiting.answer([]));
      this.waiting = waiting;
    });
  }

  /** Nobody waits any more: the connections break. */
  hangUp(): void {
    this.waiting?.answer([]);
  }

  setWebhook(args: Record<string, unknown>): true {
    const { url, secret_token: secret, drop_pending_updates: drop } = args;
    if (typeof url !== "string") throw badRequest("url must be specified");
    if (secret !== undefined && !/^[\w-]{1,256}$/.test(String(secret)))
      throw badRequest("secret token contains unallowed characters");
    this.waiting?.refuse(conflict("terminated by setWebhook request"));
    this.allow(args.allowed_updates);
    if (drop) this.queue = [];
    this.webhook = url ? { url, secret: secret === undefined ? undefined : String(secret) } : null;
    void this.deliver();
    return true;
  }

  private allow(kinds: unknown): void {
    if (Array.isArray(kinds)) this.allowed = kinds.length > 0 ? kinds.map(String) : null;
  }

  private wake(): void {
    this.waiting?.answer(this.queue);
    void this.deliver();
  }

  /** One at a time and in order, each until it is answered with a 2xx. */
  private async deliver(): Promise<void> {
    if (this.delivering) return;
    this.delivering = true;
    while (this.webhook && this.queue[0]) {
      const [update] = this.queue;
      const failed = await post(this.road ?? this.webhook.url, this.webhook.secret, update);
      // It is told of even when all is well again.
      if (failed !== null) {
        this.lastError = failed;
        this.lastErrorAt = Math.floor(Date.now() / 1_000);
      }
      if (failed === null) this.queue = this.queue.filter((each) => each !== update);
      else await new Promise((resolve) => setTimeout(resolve, this.retryMs));
    }
    this.delivering = false;
  }
}

async function post(url: string, secret: string | undefined, update: Update): Promise<string | null> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(secret !== undefined && { "x-telegram-bot-api-secret-token": secret }),
      },
      body: asWritten(update),
      signal: AbortSignal.timeout(5_000),
    });
    await answer.arrayBuffer();
    return answer.ok ? null : `Wrong response from the webhook: ${answer.status}`;
  } catch {
    return "Connection failed";
  }
}

/** As Telegram writes it: everything but ASCII as six characters. */
export function asWritten(update: unknown): string {
  return JSON.stringify(update).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function numbersOf({ offset = 0, limit = 100, timeout = 0 }: Asked) {
  const numbers = { offset: Number(offset), limit: Number(limit), timeout: Number(timeout) };
  if (!Number.isInteger(numbers.offset) || !Number.isInteger(numbers.limit) || Number.isNaN(numbers.timeout))
    throw badRequest("parameters of getUpdates must be numbers");
  return { ...numbers, limit: Math.min(100, Math.max(1, numbers.limit)) };
}
