import type { Usage } from "./usage.ts";

/** What was used, in one line: `12.3k in, 1.2k out, $0.04`. */
export function usageWords({ inputTokens, outputTokens, costUsd }: Usage): string {
  const parts = [`${tokenWords(inputTokens)} in`, `${tokenWords(outputTokens)} out`];
  return [...parts, ...(costUsd === null ? [] : [moneyWords(costUsd)])].join(", ");
}

/** `987`, `12.3k`, `1.25M`: three digits say enough, and never more than there were. */
export function tokenWords(tokens: number): string {
  const units = [
    { size: 1_000_000_000, name: "G" },
    { size: 1_000_000, name: "M" },
    { size: 1_000, name: "k" },
  ];
  const unit = units.find(({ size }) => tokens >= size);
  if (!unit) return String(tokens);
  const value = tokens / unit.size;
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  // Cut and not rounded: 999,999 are not a million.
  const cut = Math.floor(value * 10 ** digits) / 10 ** digits;
  return `${cut}${unit.name}`;
}

/** `$12.34`; what is less than a cent, and not nothing, says so. */
export function moneyWords(usd: number): string {
  if (usd > 0 && usd < 0.01) return "under $0.01";
  return `$${usd.toFixed(2)}`;
}
