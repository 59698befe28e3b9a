import type { Budget } from "../environment.ts";
import type { Spent } from "./usage-table.ts";
import { moneyWords, tokenWords } from "./usage-words.ts";

interface Watched {
  /** Whose it is, as one says it. */
  readonly of: string;
  readonly budget: Budget;
  readonly spent: () => Spent;
}

/** The first budget that is used up, as a sentence for whoever asked: whose, how much, and when it begins anew. Null when none is. */
export function brokenBudget(budgets: readonly Watched[], now: number): string | null {
  for (const { of, budget, spent } of budgets) {
    if (budget.tokens === null && budget.usd === null) continue;
    const { tokens, costMicros } = spent();
    const used =
      budget.tokens !== null && tokens >= budget.tokens
        ? `${tokenWords(tokens)} of ${tokenWords(budget.tokens)} tokens`
        : budget.usd !== null && costMicros >= budget.usd * 1_000_000
          ? `${moneyWords(costMicros / 1_000_000)} of ${moneyWords(budget.usd)}`
          : null;
    if (used) return `Today's budget of ${of} is used up: ${used}. It begins anew at 00:00 UTC, in ${leftOfDay(now)}.`;
  }
  return null;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

function leftOfDay(now: number): string {
  const minutes = Math.ceil((dayMs - (now % dayMs)) / minuteMs);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [...(hours > 0 ? [`${hours} h`] : []), ...(rest > 0 || hours === 0 ? [`${rest} min`] : [])].join(" ");
}
