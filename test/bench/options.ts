import { parseArgs } from "node:util";

export interface Options {
  /** Names of scenarios; none means all. */
  readonly scenarios: readonly string[];
  readonly reps: number;
  /** Measured time of each run; a third of it is spent warming up before. */
  readonly seconds: number;
  /** The executable to measure instead of the sources. */
  readonly binary: string | undefined;
  /** Frame size of the padded baseline; measured from Parley's own frames when not given. */
  readonly padded: number | undefined;
  /** Messages in the large room of the room scenario. */
  readonly messages: number;
  /** End with 1 when a goal is missed. */
  readonly check: boolean;
  readonly help: boolean;
}

export const usage = `bun test/bench/run.ts [scenario…]: measures Parley beside a raw Bun server, in turns, and prints medians and ratios

  --reps 3            how often each server is measured
  --seconds 3         how long each time
  --binary FILE       the executable instead of the sources (dist/parley)
  --padded BYTES      frame size of the padded baseline, instead of what Parley's deliveries weigh
  --messages 1000000  messages in the large room of the scenarios "room" and "search"
  --check             end with 1 when a goal is missed`;

/** @throws with a sentence about what is wrong */
export function readOptions(argv: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      reps: { type: "string", default: "3" },
      seconds: { type: "string", default: "3" },
      binary: { type: "string" },
      padded: { type: "string" },
      messages: { type: "string", default: "1000000" },
      check: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return {
    scenarios: positionals,
    reps: whole("--reps", values.reps, 1, 20),
    seconds: whole("--seconds", values.seconds, 1, 60),
    binary: values.binary,
    padded: values.padded === undefined ? undefined : whole("--padded", values.padded, 74, 60_000),
    messages: whole("--messages", values.messages, 20_000, 5_000_000),
    check: values.check,
    help: values.help,
  };
}

function whole(name: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number <= most) return number;
  throw new Error(`${name} must be a whole number from ${least} to ${most}, not "${value}"`);
}
