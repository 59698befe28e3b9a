/** Where time comes from. Order never depends on it (that is `seq`); tests replace it. */
export interface Clock {
  /** Wall time in milliseconds since the epoch: shown to people, stored in events, never used to order or to measure. */
  now(): number;
  /** Milliseconds that only grow: for limits, time-outs and durations, unmoved when the wall clock jumps. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
