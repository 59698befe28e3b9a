/** Whether the full rounds were asked for (`make ruin`); the short ones are part of every `make test`. */
export const isLong = process.env.RUIN === "long";

/** A number of rounds, messages or frames: as few as show the rule, or as many as the issue asks for. */
export function rounds(short: number, long: number): number {
  return isLong ? long : short;
}

/** Prints a measured figure of a long round, where whoever reads the run finds it. */
export function report(what: string, figures: Record<string, number | string>): void {
  if (!isLong) return;
  const words = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  process.stderr.write(`  measured: ${what}: ${words.join(", ")}\n`);
}

export interface Chance {
  readonly seed: number;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  pick<T>(items: readonly T[]): T;
  /** True in `percent` of 100. */
  often(percent: number): boolean;
}

/** Random choices that `SEED` repeats; the seed stands in what a failing test prints. */
export function chance(seed = Number(process.env.SEED) || Math.floor(Math.random() * 2 ** 31)): Chance {
  let state = seed;
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    seed,
    between,
    pick(items) {
      const item = items[between(0, items.length - 1)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
    often: (percent) => next() * 100 < percent,
  };
}

/** Waits until `holds` gives something other than false, null or undefined; only a failing test waits `patienceMs`. */
export async function waitFor<T>(
  holds: () => T | Promise<T>,
  what: string,
  patienceMs = 10_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await holds();
    if (found !== false && found !== undefined && found !== null) return found as NonNullable<Exclude<T, false>>;
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs} ms in vain: ${what}`);
    await Bun.sleep(5);
  }
}

/** The value below which `part` (0 to 1) of the sorted values lie. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
