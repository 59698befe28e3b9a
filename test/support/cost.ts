/** Costs below this many microseconds decide nothing: chance is larger. */
const floor = 300;

/**
 * How many times as much a text of 8,000 characters costs as one of 1,000: 8 when it grows with the length, 64 when with its square.
 * Measured in time of this process alone, the least of several runs; a figure that looks bad is looked at again, because everything
 * else that the process does can only make a run dearer.
 */
export function growth(make: (length: number) => string, act: (text: string) => void): number {
  const [short, long] = [make(1_000), make(8_000)];
  let [least, most] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < 12; round += 1) {
    least = Math.min(
      least,
      cost(() => act(short)),
    );
    most = Math.min(
      most,
      cost(() => act(long)),
    );
    if (round >= 2 && ratio(most, least) < 20) break;
  }
  return ratio(most, least);
}

/** Milliseconds of this process's time that something costs: the least of several runs, because everything else only makes a run dearer. */
export function leastCost(act: () => void, goodEnough: number, rounds = 12): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds && least >= goodEnough; round += 1) least = Math.min(least, cost(act) / 1_000);
  return least;
}

function ratio(long: number, short: number): number {
  return long / Math.max(short, floor);
}

function cost(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
