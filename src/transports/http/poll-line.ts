import { closeCodes } from "../../errors.ts";
import type { Limits } from "../../limits.ts";
import type { Outlet } from "../websocket/streams.ts";

/** What one poll of a line is answered with. */
export interface Polled {
  readonly frames: readonly string[];
  /** The line is over, as a socket would be: with a close code and its reason. */
  readonly closed?: { readonly code: number; readonly reason: string };
}

/** A line of polls: what is said between two of them waits for the next, for a while and up to a limit. */
export class PollLine implements Outlet {
  /** Called when the line has ended, and once more when its last poll was answered. */
  over: () => void = () => {};
  /** Called when nobody asked any more, or too much waits for whoever does. */
  lost: () => void = () => {};
  private readonly limits: Limits;
  private frames: string[] = [];
  private owed = 0;
  private closed: Polled["closed"];
  private settle: (() => void) | undefined;
  private gathering: Timer | undefined;
  private parked: Timer | undefined;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  frame(frame: string): void {
    this.frames.push(frame);
    this.owed += frame.length;
    if (this.settle) this.gathering ??= setTimeout(() => this.settle?.(), this.limits.pollGatherMs);
    else if (this.parked && this.owed > this.limits.backpressureBytes) this.giveUp();
  }

  beat(): void {}

  end(code: number, reason: string): void {
    this.closed = { code, reason };
    this.settle?.();
    // Between two polls nobody can be told: the next finds no line, opens another, and hears it there.
    if (this.parked) this.finish();
  }

  /** Waits for something to say, for as long as a poll may. Whoever asked before and still waits is answered with what there is. */
  async next(signal: AbortSignal): Promise<Polled> {
    clearTimeout(this.parked);
    this.parked = undefined;
    this.settle?.();
    if (this.frames.length === 0 && !this.closed) await this.something(signal);
    const { frames, closed } = this;
    this.frames = [];
    this.owed = 0;
    if (closed) this.finish();
    // Whoever hung up has not got what was theirs, and goes on from what they had.
    else if (signal.aborted) this.giveUp();
    else if (!this.settle) this.park();
    return closed ? { frames, closed } : { frames };
  }

  private async something(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = setTimeout(resolve, this.limits.pollWaitMs);
    signal.addEventListener("abort", () => resolve());
    this.settle = resolve;
    await promise;
    clearTimeout(waiting);
    clearTimeout(this.gathering);
    this.gathering = undefined;
    if (this.settle === resolve) this.settle = undefined;
  }

  private park(): void {
    clearTimeout(this.parked);
    this.parked = setTimeout(() => this.giveUp(), this.limits.pollParkMs);
  }

  private giveUp(): void {
    this.closed ??= { code: closeCodes.lost, reason: "" };
    this.finish();
    this.lost();
  }

  private finish(): void {
    clearTimeout(this.parked);
    this.parked = undefined;
    this.over();
  }
}
