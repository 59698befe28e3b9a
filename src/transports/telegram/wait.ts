/** Waits so long, or until it is told to stop; never throws. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

/** How long to wait after the `failures`th failure in a row: twice as long each time, up to `most`, never all at the same moment. */
export function backOff(failures: number, least: number, most: number, random: () => number = Math.random): number {
  const grown = Math.min(most, least * 2 ** Math.min(failures - 1, 20));
  return grown * (0.75 + random() / 2);
}
