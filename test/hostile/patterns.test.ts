import { describe, expect, test } from "bun:test";
import { leastCost } from "../support/cost.ts";
import { type Pattern, patternsIn } from "../support/patterns.ts";

/** Patterns that cost the square of what they read, each with what keeps that short. */
const bounded: Readonly<Record<string, string>> = {
  "src/agents/understanding.ts /[\\s,]*\\b(thanks|thank you|pls|plz|please)\\b[\\s.!]*$/i":
    "what is understood is cut to 500 characters",
  "src/cli/settings.ts /^\\s*(?:export\\s+)?([A-Za-z_][A-Za-z0-9_]*)\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)'|(.*?))(?:\\s+#.*)?\\s*$/":
    "lines of the operator's own .env",
  "src/cli/migration/secrets.ts /^[\\s#]*(?:export\\s+)?([A-Za-z_]\\w*)\\s*=[^\\S\\n]*(?:\"([^\"\\n]*)\"|'([^'\\n]*)'|(\\S*))/gm":
    "settings files of the operator's own",
  "src/config.ts /\\/+$/": "an address in the operator's settings",
  "src/transports/telegram/bot.ts /\\/+$/": "the same",
  "src/people/name.ts /^[^\\p{L}\\p{N}]+|[^\\p{L}\\p{N}]+$/gu": "handles, and nothing over 100 characters has one",
  "src/transports/telegram/topics.ts /^-+|-+$/g": "names in which no two of them stand together any more",
};

/** What a text is made of to be dear: one thing over and over, and in the end something that the pattern does not expect. */
const units = [
  ..." \t\n,:;.!?-_/@#%+='\"`<>()[]{}|~\\0aAx",
  ...[
    "é",
    "\u0301",
    "\u200b",
    "\u0001",
    "a.",
    "a-",
    "@a",
    "@a.",
    " a",
    "a ",
    ", ",
    "so ",
    "and ",
    "it ",
    "done ",
    "task ",
    "#1",
    "1.",
    "aB",
  ],
  ...['""', "''", '"a', '<span class="hljs-punctuation">', "{}", "[]", "://", "\r\n", "a=", " #", "thanks ", "::ffff:"],
];
const beginnings = ["", "a", "/a ", "blocked ", "search for ", "Bearer ", "[", "::ffff:", "5 % ", "a=", "task 1 is "];
const endings = ["\u0000", "!x", "\nx"];

/** Long enough that the square of it is seen: 20,000 characters once are nothing, and 400 million steps are a second. */
const length = 20_000;
const milliseconds = 40;

function reads({ source, flags }: Pattern, text: string): void {
  const pattern = new RegExp(source, flags);
  if (flags.includes("g")) text.replace(pattern, "");
  else pattern.exec(text);
}

/** A text that is dear to a pattern, in its parts. */
function dearest(pattern: Pattern): string | undefined {
  for (const unit of units) {
    const middle = unit.repeat(Math.ceil(length / unit.length));
    for (const beginning of beginnings) {
      for (const ending of endings) {
        const text = beginning + middle + ending;
        if (leastCost(() => reads(pattern, text), milliseconds, 4) < milliseconds) continue;
        return JSON.stringify([beginning, unit, ending]);
      }
    }
  }
  return undefined;
}

describe("20,000 characters, made to be dear, cost a pattern of ours what they are long", () => {
  const patterns = patternsIn("src");

  const named = patterns.map((pattern) => [`${pattern.file} /${pattern.source}/${pattern.flags}`, pattern] as const);

  test("the sources are read: a hundred patterns are found, and those that are let off are still there", () => {
    expect(patterns.length).toBeGreaterThan(90);
    expect(Object.keys(bounded).filter((name) => !named.some(([each]) => each === name))).toEqual([]);
  });

  test.each(named.filter(([name]) => !Object.hasOwn(bounded, name)))("%s", (_name, pattern) => {
    expect(dearest(pattern)).toBeUndefined();
  });

  test("a pattern whose cost grows with the square is found out", () => {
    expect(dearest({ file: "", source: "[.!?]+$", flags: "" })).toBeString();
    expect(dearest({ file: "", source: "\\s+$", flags: "g" })).toBeString();
  });
});
