import { describe, expect, test } from "bun:test";
import { moneyWords, tokenWords, usageWords } from "../../src/agents/usage-words.ts";

describe("what was used, in a line", () => {
  test("says tokens in and out, and money where somebody said what it cost", () => {
    expect(usageWords({ inputTokens: 12_345, outputTokens: 1_234, costUsd: 0.0421 })).toBe(
      "12.3k in, 1.23k out, $0.04",
    );
    expect(usageWords({ inputTokens: 12, outputTokens: 0, costUsd: null })).toBe("12 in, 0 out");
    expect(usageWords({ inputTokens: 12, outputTokens: 0, costUsd: 0 })).toBe("12 in, 0 out, $0.00");
  });

  test.each([
    [0, "0"],
    [999, "999"],
    [1_000, "1k"],
    [1_999, "1.99k"],
    [99_999, "99.9k"],
    [999_999, "999k"],
    [1_250_000, "1.25M"],
    [3_000_000_000, "3G"],
  ])("%d tokens are %s, and never more than there were", (tokens, words) => {
    expect(tokenWords(tokens)).toBe(words);
  });

  test.each([
    [0, "$0.00"],
    [0.004, "under $0.01"],
    [0.01, "$0.01"],
    [1234.5, "$1234.50"],
  ])("%d dollars are %s", (usd, words) => {
    expect(moneyWords(usd)).toBe(words);
  });
});
