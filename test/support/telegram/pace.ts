import type { Clock } from "../../../src/clock.ts";
import { tooManyRequests } from "./refused.ts";

/**
 * How often a bot may speak: about once a second in a chat with a small burst, and twenty times in any minute of a group, edits
 * counted as well; drafts four times a second. Telegram does not publish more; it is a little stricter than what is seen of it.
 */
export class Pace {
  private readonly spoken = new Map<number, number[]>();
  private readonly drafted = new Map<number, number>();
  private readonly frozenUntil = new Map<number, number>();

  /** @param factor 0.01 makes every interval a hundred times shorter, `retry_after` too; 0 turns it off */
  constructor(
    private readonly clock: Clock,
    private readonly factor: number,
  ) {}

  /** @throws ApiRefusal 429, and again until the time it names is over */
  speak(chat: number, isGroup: boolean): void {
    if (this.factor === 0) return;
    const now = this.clock.monotonic();
    this.checkFrozen(chat, now);
    const recent = (this.spoken.get(chat) ?? []).filter((at) => now - at < 60_000 * this.factor);
    const burst = recent.filter((at) => now - at < 5_000 * this.factor);
    if (isGroup && recent.length >= 20) throw this.freeze(chat, 60_000 * this.factor - (now - (recent[0] ?? now)));
    if (burst.length >= 8) throw this.freeze(chat, 3_000 * this.factor);
    this.spoken.set(chat, [...recent, now]);
  }

  draft(chat: number): void {
    if (this.factor === 0) return;
    const now = this.clock.monotonic();
    this.checkFrozen(chat, now);
    if (now - (this.drafted.get(chat) ?? Number.NEGATIVE_INFINITY) < 250 * this.factor)
      throw this.freeze(chat, 1_000 * this.factor);
    this.drafted.set(chat, now);
  }

  private checkFrozen(chat: number, now: number): void {
    const left = (this.frozenUntil.get(chat) ?? 0) - now;
    if (left > 0) throw tooManyRequests(this.seconds(left));
  }

  private freeze(chat: number, ms: number) {
    const seconds = this.seconds(ms);
    this.frozenUntil.set(chat, this.clock.monotonic() + seconds * 1_000);
    return tooManyRequests(seconds);
  }

  /** Whole seconds, as Telegram tells them; only where time runs faster there are parts of one. */
  private seconds(ms: number): number {
    return this.factor < 1 ? Math.ceil(ms) / 1_000 : Math.ceil(ms / 1_000);
  }
}
