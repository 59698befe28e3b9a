import { describe, expect, test } from "bun:test";
import { CheckupList } from "../../views/agents/checkup.tsx";
import { sumOf, UsageWords } from "../../views/agents/usage.tsx";

describe("what was used", () => {
  test("is said in tokens, and in money where the program says what it costs", () => {
    const words = (costUsd: number | null) =>
      String(<UsageWords usage={{ inputTokens: 1_200, outputTokens: 34, costUsd }} />);
    expect(words(null)).toContain("1,234 tokens<");
    expect(words(0.01234)).toContain("1,234 tokens, $0.0123");
    expect(words(12.345)).toContain("$12.35");
  });

  test("is nothing where nobody counted, which is not zero", () => {
    expect(String(<UsageWords usage={undefined} />)).not.toContain("tokens");
    expect(sumOf([undefined, undefined])).toBeUndefined();
  });

  test("of several is their sum; money of those that say it", () => {
    const free = { inputTokens: 1, outputTokens: 2, costUsd: null };
    expect(sumOf([free, undefined, free])).toEqual({ inputTokens: 2, outputTokens: 4, costUsd: null });
    expect(sumOf([free, { inputTokens: 3, outputTokens: 4, costUsd: 0.5 }])?.costUsd).toBe(0.5);
  });
});

test("what was found is said in words, not by a colour or a sign alone, and as text", () => {
  const findings = [{ what: "key", state: "missing", words: "<b>X</b> is not set" }] as const;
  const html = String(<CheckupList checkup={{ isReady: false, findings }} />);
  expect(html).toContain("Something is missing.");
  expect(html).toContain('<span class="sr">Missing: </span>');
  expect(html).toContain("&lt;b&gt;X");
});
