import { performance } from "node:perf_hooks";
import type { Limits } from "./limits.ts";
import type { Logger } from "./logger.ts";

/** How late the process came to its work in the last minute, milliseconds. Nothing else is answered while it is late. */
export interface Lateness {
  readonly p99: number;
  readonly max: number;
}

export interface Pulse {
  lateness(): Lateness;
  stop(): void;
}

/** Beats that are remembered: a minute of them, at ten a second. */
const remembered = 600;

/** Feels the pulse of the process: a timer that knows when it should have come. What holds it up holds up everybody. */
export function feelPulse({ pulseMs, pulseLateMs }: Limits, logger: Logger): Pulse {
  const late = new Float64Array(remembered);
  let beats = 0;
  let due = performance.now() + pulseMs;
  const timer = setInterval(() => {
    const now = performance.now();
    const by = Math.max(0, now - due);
    due = now + pulseMs;
    late[beats % remembered] = by;
    beats += 1;
    if (by > pulseLateMs) logger.warn("process.late", { ms: Math.round(by) });
  }, pulseMs);
  return {
    lateness() {
      const known = late.slice(0, Math.min(beats, remembered)).sort();
      const at = (share: number) => Math.round(known[Math.floor(known.length * share)] ?? 0);
      return { p99: at(0.99), max: Math.round(known.at(-1) ?? 0) };
    },
    stop: () => clearInterval(timer),
  };
}
