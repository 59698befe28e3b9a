import type { Usage } from "../../src/agents/usage.ts";

/** What a piece of work used up; nothing where nobody counted. */
export function UsageWords({ usage }: { usage: Usage | undefined }) {
  if (!usage) return null;
  const { inputTokens, outputTokens, costUsd } = usage;
  return (
    <span class="usage" data-testid="usage">
      {(inputTokens + outputTokens).toLocaleString("en")} tokens
      {costUsd !== null && `, $${costUsd.toFixed(costUsd < 1 ? 4 : 2)}`}
    </span>
  );
}

/** The same of several: the money of those that say it, and whether that is all of them. */
export function sumOf(usages: readonly (Usage | undefined)[]): Usage | undefined {
  const known = usages.filter((usage) => usage !== undefined);
  if (known.length === 0) return undefined;
  const costs = known.flatMap(({ costUsd }) => costUsd ?? []);
  const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0);
  return {
    inputTokens: sum(known.map(({ inputTokens }) => inputTokens)),
    outputTokens: sum(known.map(({ outputTokens }) => outputTokens)),
    costUsd: costs.length === 0 ? null : sum(costs),
  };
}
