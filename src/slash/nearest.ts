/** The known name that was probably meant: one that begins so, else the one that the fewest slips lead to, if they are few. */
export function nearestTo(typed: string, names: readonly string[]): string | undefined {
  const begun = names.find((name) => typed.length > 1 && name.startsWith(typed));
  if (begun) return begun;
  const [best] = names
    .map((name) => ({ name, slips: slipsBetween(typed.slice(0, 20), name) }))
    .sort((a, b) => a.slips - b.slips);
  return best && best.slips <= Math.max(1, Math.floor(best.name.length / 2)) ? best.name : undefined;
}

/** Letters to put in, take out, change, or swap with their neighbour. */
export function slipsBetween(a: string, b: string): number {
  const [from, to] = [[...a], [...b]];
  let older: number[] = [];
  let last = to.map((_, index) => index + 1);
  last.unshift(0);
  for (const [row, letter] of from.entries()) {
    const next = [row + 1];
    for (const [column, other] of to.entries()) {
      const same = letter === other ? 0 : 1;
      const swapped = row > 0 && column > 0 && letter === to[column - 1] && from[row - 1] === other;
      next.push(
        Math.min(
          (last[column + 1] ?? 0) + 1,
          (next[column] ?? 0) + 1,
          (last[column] ?? 0) + same,
          swapped ? (older[column - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    older = last;
    last = next;
  }
  return last.at(-1) ?? 0;
}
