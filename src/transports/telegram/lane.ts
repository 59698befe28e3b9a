import type { Clock } from "../../clock.ts";
import type { Limits } from "../../limits.ts";
import { Budget } from "./budget.ts";
import { isKept, isPassing, type Job, type Outcome } from "./job.ts";
import { Queue, type Waiting } from "./queue.ts";
import { TelegramError, type Trouble } from "./trouble.ts";
import { backOff } from "./wait.ts";

/** Calls back once, later. @returns what takes it back */
export type After = (ms: number, act: () => void) => () => void;

export const systemAfter: After = (ms, act) => {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
};

interface Settings {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly after?: After;
  /** Told of what no waiting in a lane mends: the token, or the network that is away or back (`null`). */
  readonly tell: (trouble: Trouble | null) => void;
  /** Told of what went wrong with one chat, for the log. */
  readonly report?: (chat: number, trouble: Trouble) => void;
  readonly random?: () => number;
}

interface Chat {
  readonly queue: Queue;
  readonly budget: Budget;
  /** After a failure nothing is tried before then. */
  restsUntil: number;
}

/**
 * Everything that is said on Telegram goes through here: one thing after the other in each chat, as fast as that chat may be spoken
 * to, and no chat waits for another. What has to arrive is tried until it does.
 */
export class Lane {
  private readonly chats = new Map<number, Chat>();
  private readonly settings: Settings;
  private readonly after: After;
  private readonly running = new Set<Promise<void>>();
  /** When calls of the last second were made, in whatever chat. */
  private spoken: number[] = [];
  private cancelWake: (() => void) | null = null;
  private isStopped = false;
  private isAway = false;

  constructor(settings: Settings) {
    this.settings = settings;
    this.after = settings.after ?? systemAfter;
  }

  /** Puts something in line. Never rejects, unless `run` throws what is no trouble of Telegram's. */
  add<T>(job: Job<T>): Promise<Outcome<T>> {
    if (this.isStopped) return Promise.resolve({ state: "stopped" });
    return new Promise((resolve, reject) => {
      const run = async () => {
        try {
          return await job.run();
        } catch (thrown) {
          if (!(thrown instanceof TelegramError)) reject(thrown);
          throw thrown;
        }
      };
      const settle = (outcome: Outcome<unknown>) => resolve(outcome as Outcome<T>);
      this.chat(job).queue.add({ job: { ...job, run }, settle, failures: 0 });
      this.pump();
    });
  }

  /** Nothing more is begun, and what waits is told so. @returns when what is on its way has its answer */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.cancelWake?.();
    for (const { queue } of this.chats.values()) queue.settleAll({ state: "stopped" });
    await Promise.all(this.running);
  }

  private chat({ chat: id, isGroup }: Job<unknown>): Chat {
    const found = this.chats.get(id);
    if (found) return found;
    const { limits, clock } = this.settings;
    const made: Chat = {
      queue: new Queue(limits.telegramQueued),
      budget: new Budget(isGroup, limits, clock.monotonic()),
      restsUntil: 0,
    };
    this.chats.set(id, made);
    return made;
  }

  /** Begins all that may begin, and comes back when the next may. */
  private pump(): void {
    this.cancelWake?.();
    this.cancelWake = null;
    if (this.isStopped) return;
    const now = this.settings.clock.monotonic();
    let soonest = Number.POSITIVE_INFINITY;
    for (const [id, chat] of [...this.chats]) {
      if (chat.queue.isBusy || chat.queue.isEmpty) continue;
      const wait = Math.max(chat.restsUntil - now, this.begin(id, chat, now));
      if (wait > 0) soonest = Math.min(soonest, wait);
    }
    if (soonest !== Number.POSITIVE_INFINITY) this.cancelWake = this.after(soonest, () => this.pump());
  }

  /** @returns 0 when something of that chat began, else how long until it can */
  private begin(id: number, chat: Chat, now: number): number {
    if (chat.restsUntil > now) return chat.restsUntil - now;
    const next = chat.queue.next(chat.budget, now);
    if (typeof next === "number") return next;
    const wait = this.waitForAll(now);
    if (wait > 0) return wait;
    this.spoken.push(now);
    // Who spoke goes to the end, so that many chats at once take turns.
    this.chats.delete(id);
    this.chats.set(id, chat);
    chat.queue.take(next);
    chat.budget.spend(next.job.kind, now);
    const running = this.run(id, chat, next).finally(() => {
      this.running.delete(running);
      this.pump();
    });
    this.running.add(running);
    return 0;
  }

  private async run(id: number, chat: Chat, next: Waiting): Promise<void> {
    try {
      const result = await next.job.run();
      chat.queue.over();
      this.answered();
      next.settle({ state: "done", result });
    } catch (thrown) {
      chat.queue.over();
      // What is no trouble of Telegram's was handed to who asked.
      if (thrown instanceof TelegramError) this.failed(id, chat, next, thrown);
    }
  }

  private failed(id: number, chat: Chat, next: Waiting, error: TelegramError): void {
    const { trouble } = error;
    const { clock, limits, tell, report, random } = this.settings;
    const now = clock.monotonic();
    report?.(id, trouble);
    if (trouble.kind === "refused") {
      this.answered();
      next.settle({ state: "refused", error });
      return;
    }
    if (trouble.kind === "rate") {
      this.answered();
      chat.budget.freeze(trouble.retryAfterMs, now);
      this.again(chat, next);
      return;
    }
    next.failures++;
    this.isAway = true;
    tell(trouble);
    // Nothing can be said any more with this token: everything waits for a lane with another one.
    if (trouble.kind === "unauthorized") {
      chat.queue.putBack(next);
      void this.stop();
      return;
    }
    chat.restsUntil = now + backOff(next.failures, limits.telegramRetryMs, limits.telegramRetryMostMs, random);
    const isWorthIt = isKept(next.job) || (!isPassing(next.job) && next.failures < limits.telegramNoticeTries);
    if (isWorthIt) this.again(chat, next);
    else next.settle({ state: "dropped" });
  }

  private again(chat: Chat, next: Waiting): void {
    if (this.isStopped) next.settle({ state: "stopped" });
    else chat.queue.putBack(next);
  }

  /** Telegram answered, whatever it said: the network is there. */
  private answered(): void {
    if (this.isAway && !this.isStopped) this.settings.tell(null);
    this.isAway = false;
  }

  /** How long until the bot as a whole may speak again: so many calls in any second. */
  private waitForAll(now: number): number {
    this.spoken = this.spoken.filter((at) => at > now - 1_000);
    const oldest = this.spoken[this.spoken.length - this.settings.limits.telegramCallsPerSecond];
    return oldest === undefined ? 0 : Math.max(1, Math.ceil(oldest + 1_000 - now));
  }
}
