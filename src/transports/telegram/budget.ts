import type { Limits } from "../../limits.ts";
import type { Kind } from "./job.ts";

const slowest = 8;

/** How fast one chat may be spoken to. Telegram's limits are a guess; what it asks for with a 429 is not, and counts more. */
export class Budget {
  private readonly every: number;
  private readonly burst: number;
  private readonly editsEvery: number;
  private readonly limits: Limits;
  private tokens: number;
  private filledAt: number;
  private editedAt = Number.NEGATIVE_INFINITY;
  private draftedAt = Number.NEGATIVE_INFINITY;
  private frozenUntil = Number.NEGATIVE_INFINITY;
  /** How many times slower than usual, after Telegram asked to wait; half as much again each `telegramSlowMs`. */
  private slowness = 1;
  private slowedAt = 0;

  constructor(isGroup: boolean, limits: Limits, now: number) {
    this.every = isGroup ? limits.telegramGroupMs : limits.telegramPrivateMs;
    this.burst = isGroup ? limits.telegramGroupBurst : limits.telegramPrivateBurst;
    this.editsEvery = isGroup ? limits.telegramGroupEditMs : limits.telegramPrivateEditMs;
    this.limits = limits;
    this.tokens = this.burst;
    this.filledAt = now;
  }

  /**
   * @param isPassing what will be replaced soon leaves one message's allowance for what will not, and is edited less often
   * @returns the milliseconds until it may go, 0 when it may go now
   */
  wait(kind: Kind, isPassing: boolean, now: number): number {
    this.fill(now);
    return Math.max(0, Math.ceil(this.frozenUntil - now), Math.ceil(this.pause(kind, isPassing, now) - 1e-6));
  }

  spend(kind: Kind, now: number): void {
    this.fill(now);
    if (kind === "edit") this.editedAt = now;
    if (kind === "draft") this.draftedAt = now;
    if (kind === "send" || kind === "edit") this.tokens = Math.max(0, this.tokens - 1);
  }

  /** Telegram asked to wait: nothing goes to this chat until then, and less for a while after. */
  freeze(ms: number, now: number): void {
    this.fill(now);
    this.frozenUntil = Math.max(this.frozenUntil, now + ms);
    this.slowness = Math.min(slowest, this.slowness * 2);
    this.slowedAt = this.frozenUntil;
    // When it is over one may go at once; what is saved up meanwhile would only bring on the next wait.
    this.tokens = 1;
    this.filledAt = this.frozenUntil;
  }

  private pause(kind: Kind, isPassing: boolean, now: number): number {
    if (kind === "other") return 0;
    if (kind === "draft") return this.draftedAt + this.limits.telegramDraftMs * this.slowness - now;
    const needed = isPassing ? Math.min(2, this.burst) : 1;
    const filled = (needed - this.tokens) * this.every * this.slowness;
    if (kind === "edit" && isPassing) return Math.max(filled, this.editedAt + this.editsEvery * this.slowness - now);
    return filled;
  }

  private fill(now: number): void {
    while (this.slowness > 1 && now >= this.slowedAt + this.limits.telegramSlowMs) {
      this.slowness /= 2;
      this.slowedAt += this.limits.telegramSlowMs;
    }
    const since = Math.max(0, now - this.filledAt);
    this.tokens = Math.min(this.burst, this.tokens + since / (this.every * this.slowness));
    this.filledAt = Math.max(this.filledAt, now);
  }
}
