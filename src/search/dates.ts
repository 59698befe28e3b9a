/** A stretch of wall time, ms since the epoch: from its first moment to the first one after it. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const dayMs = 86_400_000;

/** The day, month or year (UTC) that somebody wrote: `2026-01-05`, `2026-01`, `2026`, `today`, `yesterday`; undefined for anything else. */
export function spanOf(written: string, now: number): Span | undefined {
  const word = written.toLowerCase();
  const today = now - (now % dayMs);
  if (word === "today") return { from: today, to: today + dayMs };
  if (word === "yesterday") return { from: today - dayMs, to: today };
  const match = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(word);
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)];
  const from = Date.UTC(year, month - 1, day);
  const read = new Date(from);
  // The 31st of June is no day, though a Date makes one of it.
  if (read.getUTCFullYear() !== year || read.getUTCMonth() !== month - 1 || read.getUTCDate() !== day) return undefined;
  if (match[3] !== undefined) return { from, to: from + dayMs };
  return { from, to: match[2] === undefined ? Date.UTC(year + 1, 0, 1) : Date.UTC(year, month, 1) };
}
