import type { Clock } from "../../src/clock.ts";

/** A clock that stands still until a test moves it on. */
export class HandClock implements Clock {
  private wall = Date.UTC(2026, 0, 5, 9, 0, 0);
  private grown = 1_000;

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.grown;
  }

  /** Time passes. */
  advance(ms: number): void {
    this.wall += ms;
    this.grown += ms;
  }

  /** Somebody sets the wall clock; the monotonic one does not notice. */
  setBack(ms: number): void {
    this.wall -= ms;
  }
}

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;
