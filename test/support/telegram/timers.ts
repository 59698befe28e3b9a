import type { After } from "../../../src/transports/telegram/lane.ts";
import { HandClock } from "../clock.ts";

interface Timer {
  readonly at: number;
  readonly act: () => void;
}

/** A clock that a test moves on, and timers that go by it. */
export class HandTimers {
  readonly clock = new HandClock();
  private timers: Timer[] = [];

  readonly after: After = (ms, act) => {
    const timer = { at: this.clock.monotonic() + ms, act };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  };

  /** Time passes, timer by timer, and what they began gets on as far as it can without time. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.monotonic() + ms;
    await settle();
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((each) => each !== next);
      this.clock.advance(Math.max(0, next.at - this.clock.monotonic()));
      next.act();
      await settle();
    }
    this.clock.advance(end - this.clock.monotonic());
    await settle();
  }
}

/** Promises that wait for nothing but each other are done after this. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
