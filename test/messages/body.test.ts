import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cleanText, isPlain, renderBody } from "../../src/messages/body.ts";
import { renderMarkdown } from "../../src/messages/markdown.ts";
import { growth } from "../support/cost.ts";
import { refusalOf, refused } from "../support/house.ts";

const limit = 8_000;
const known = (handle: string) => ["mira", "alice", "dr.who"].includes(handle);

describe("a text as it came in", () => {
  test.each([
    ["hello", "hello"],
    ["hello  \n\n", "hello"],
    ["\n\n  \nhello", "hello"],
    ["    indented code", "    indented code"],
    ["\n    indented code", "    indented code"],
    ["a\r\nb\rc", "a\nb\nc"],
    ["a\tb", "a\tb"],
    ["a\u0000b\u0007c\u001Bd\u0085e", "abcde"],
    ["safe\u202Egnp.exe", "safegnp.exe"],
    ["\u2066x\u2069\uFEFF", "x"],
    ["a\uD800b", "a\uFFFDb"],
    ["👩‍👩‍👧 ok", "👩‍👩‍👧 ok"],
    ["שלום\u200F!", "שלום\u200F!"],
  ])("%j becomes %j", (raw, expected) => {
    expect(cleanText(raw, limit)).toBe(expected);
  });

  test.each(["", " ", "\n\t\r\n", "\u0000\u202E"])("%j has nothing left to say and is refused", (raw) => {
    expect(refused(() => cleanText(raw, limit))).toBe("INVALID_MESSAGE");
  });

  test("may have 8,000 characters and not one more; what is taken out does not count", () => {
    expect(cleanText("x".repeat(limit), limit)).toHaveLength(limit);
    expect(cleanText(`${"x".repeat(limit)}\u0000  \n`, limit)).toHaveLength(limit);
    const refusal = refusalOf(() => cleanText("x".repeat(limit + 1), limit));
    expect(refusal.code).toBe("MESSAGE_TOO_LARGE");
    expect(refusal.message).toContain("8001");
  });

  test("cleaned twice is the same as cleaned once", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (raw) => {
        fc.pre(raw.replace(/[\p{Cc}\s\uFEFF\u202A-\u202E\u2066-\u2069]/gu, "") !== "");
        const clean = cleanText(raw, limit);
        expect(cleanText(clean, limit)).toBe(clean);
        expect(clean).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\uFEFF]/);
      }),
      { numRuns: 500 },
    );
  });
});

/** Both ways escape apostrophes differently; a browser reads the same. */
function shown(html: string): string {
  return html.replaceAll("&#x27;", "'");
}

describe("the short way for plain words", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "@mira",
      "@nobody",
      "@Alice-bot.",
      "mira@example.org",
      "it's",
      '"so"',
      "1.5",
      "a-b",
      "www.example.org",
    ),
    fc.constantFrom("//example.org", "http:", ":)", "(c)", "...", "--", "$5", "50%", "{x}", "^", "/help", "@team", "@"),
    fc.string({ unit: "grapheme", maxLength: 8 }),
    fc.string({ unit: "binary", maxLength: 4 }),
  );
  const text = fc
    .array(word, { minLength: 1, maxLength: 10 })
    .map((words) => words.join(" "))
    .chain((joined) => fc.constantFrom(joined, ` ${joined}`, `\u00A0${joined}`, `${joined}@`));

  test("gives what Markdown would give", () => {
    fc.assert(
      fc.property(text, (raw) => {
        fc.pre(/[^\p{Cc}\s\uFEFF\u202A-\u202E\u2066-\u2069]/u.test(raw));
        const clean = cleanText(raw, limit);
        fc.pre(isPlain(clean));
        const [short, long] = [renderBody(clean, known), renderMarkdown(clean, known)];
        expect(shown(short.html)).toBe(shown(long.html));
        expect(short.mentions).toEqual(long.mentions);
      }),
      { numRuns: 1_500 },
    );
  });

  test.each(["**b**", "a\nb", "<b>", "`c`", "https://x.org", "- a", "1. a", "    code", "a & b", "[x]", "# t", "a_b_"])(
    "is not taken for %j",
    (markedUp) => {
      expect(isPlain(markedUp)).toBe(false);
      expect(renderBody(markedUp, known)).toEqual(renderMarkdown(markedUp, known));
    },
  );

  test("escapes and marks by itself", () => {
    expect(renderBody('say "hi" to @Mira, or @nobody', known)).toEqual({
      html: '<p>say &quot;hi&quot; to <span class="mention" data-mention="mira">@Mira</span>, or @nobody</p>\n',
      mentions: ["mira", "nobody"],
    });
  });
});

describe("a text written to be dear", () => {
  const hostile: [string, (length: number) => string][] = [
    ["brackets", (n) => "[".repeat(n)],
    ["nested links", (n) => "[a](".repeat(n / 4)],
    ["emphasis", (n) => "*a_ ".repeat(n / 4)],
    ["open emphasis", (n) => "*".repeat(n)],
    ["quotes", (n) => ">".repeat(n)],
    ["backticks", (n) => Array.from({ length: Math.floor(Math.sqrt(n * 2)) }, (_, k) => "`".repeat(k)).join(" ")],
    ["list", (n) => "- ".repeat(n / 2)],
    ["table", (n) => `|${"a|".repeat(n / 8)}\n|${"-|".repeat(n / 8)}\n${"|".repeat(n / 2)}`],
    ["angles", (n) => "<a ".repeat(n / 3)],
    ["entities", (n) => "&#".repeat(n / 2)],
    ["addresses", (n) => "http://a".repeat(n / 8)],
    ["mentions", (n) => "*@a.".repeat(n / 4)],
    ["dots after an at", (n) => `*@${"a.".repeat(n / 2)}`],
    ["definitions", (n) => "[a]: b\n".repeat(n / 7)],
    ["links in code", (n) => fenced("markdown", "[a](".repeat(n / 4))],
    ["a word in code", (n) => fenced("ini", "_".repeat(n))],
    ["numbers in code", (n) => fenced("java", "0x".repeat(n / 2))],
    ["lines of code", (n) => fenced("java", `${"template<".repeat(20)}\n`.repeat(n / 181))],
    ["dots in lines of code", (n) => fenced("ini", `${"a.".repeat(90)}\n`.repeat(n / 181))],
  ];

  /** As many blocks of code as it takes, each as long as is still coloured. */
  function fenced(language: string, code: string): string {
    const blocks = code.match(/[\s\S]{1,2900}/g) ?? [];
    return blocks.map((block) => `\`\`\`${language}\n${block}\n\`\`\``).join("\n");
  }

  test.each(hostile)("%s: an eightfold length costs nowhere near the square of it", (_name, make) => {
    expect(growth(make, (text) => renderBody(text, known))).toBeLessThan(40);
  });
});
