import { expect, test } from "bun:test";
import { createConfig } from "../src/config.ts";
import { createLogger } from "../src/logger.ts";
import { feelPulse } from "../src/pulse.ts";
import { waitFor } from "./support/round.ts";

function feel(limits: Parameters<typeof createConfig>[1]) {
  const logged: Record<string, unknown>[] = [];
  const logger = createLogger("info", (line) => logged.push(JSON.parse(line)));
  return { logged, pulse: feelPulse(createConfig({}, limits).limits, logger) };
}

/** Keeps the process from everything else. */
function holdUp(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test("what holds the process up is measured, and written down when it is long", async () => {
  const { logged, pulse } = feel({ pulseMs: 5, pulseLateMs: 60 });
  await waitFor(() => pulse.lateness().max >= 0, "a first beat");
  holdUp(90);
  await waitFor(() => pulse.lateness().max >= 80, "the beat that came late");
  expect(logged.find(({ event }) => event === "process.late")).toMatchObject({
    level: "warn",
    ms: expect.any(Number),
  });
  pulse.stop();
});

test("a process that has not beaten yet was never late, and one that comes in time writes nothing", async () => {
  const { logged, pulse } = feel({ pulseMs: 1, pulseLateMs: 60_000 });
  expect(pulse.lateness()).toEqual({ p99: 0, max: 0 });
  holdUp(20);
  await waitFor(() => pulse.lateness().max > 0, "a beat");
  expect(pulse.lateness().p99).toBeLessThanOrEqual(pulse.lateness().max);
  expect(logged).toEqual([]);
  pulse.stop();
});
