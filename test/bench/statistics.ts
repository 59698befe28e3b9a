/** The middle of some figures: one disturbed run does not move it. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error("there is no median of nothing");
  return (upper + lower) / 2;
}

/**
 * How many times the baseline something is: the median of the ratios within each repetition. A machine that is slow for a minute
 * slows both sides of a pair, so these hold where absolute figures do not.
 */
export function pairedRatio(figures: readonly number[], baseline: readonly number[]): number {
  return median(figures.map((figure, repetition) => figure / (baseline[repetition] ?? Number.NaN)));
}

/** Above this share of a core used by strangers a run says more about them than about us. */
export const disturbedPercent = 45;

/**
 * Which repetitions to judge: those that nobody disturbed, if at least two are left, else all.
 * @param others for each run of a contender, by repetition, the percentage of a core that other processes used
 */
export function quietRepetitions(others: readonly (readonly number[])[]): readonly number[] {
  const all = [...(others[0] ?? []).keys()];
  const quiet = all.filter((repetition) => others.every((runs) => (runs[repetition] ?? 0) <= disturbedPercent));
  return quiet.length >= 2 ? quiet : all;
}
