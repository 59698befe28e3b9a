import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cleanText, isPlain, renderBody } from "../../src/messages/body.ts";
import { renderMarkdown } from "../../src/messages/markdown.ts";
import { growth, leastCost } from "../support/cost.ts";
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
    ["addresses run together", (n) => "ahttps://a.b/".repeat(n / 13)],
    ["addresses with a bar", (n) => "|https://a.b/".repeat(n / 13)],
    ["addresses with a dash", (n) => "-https://a.b/".repeat(n / 13)],
    ["addresses after a letter with a mark", (n) => "éhttps://a.b/".repeat(n / 13)],
    ["addresses of mail", (n) => "xmailto:https://a@b/".repeat(n / 20)],
    ["addresses that are too long", (n) => `https://a.b/${"|https://c".repeat(n / 10)}`],
    ["addresses in labels", (n) => "[https://a.b/".repeat(n / 13)],
    ["addresses that end in a question", (n) => "[a][b]http://a?".repeat(n / 15)],
    [
      "a table of rows that are filled up",
      (n) => `${"|a".repeat(n / 8)}|\n${"|-".repeat(n / 8)}|\n${"||\n".repeat(n / 6)}`,
    ],
    ["many tables", (n) => "|a|\n|-|\n\n".repeat(n / 9)],
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

  test.each(hostile)("%s: 8,000 characters cost at most 50 ms", (_name, make) => {
    const text = make(limit).slice(0, limit);
    expect(leastCost(() => renderBody(text, known), 50)).toBeLessThan(50);
  });
});

describe("the HTML of a text", () => {
  const long: [string, string][] = [
    ["links", "http://a.b "],
    ["written links", "[a](http://b) "],
    ["mentions", "@mira "],
    ["quoted lines", ">\n"],
    ["deep quotes", `${">".repeat(90)}a\n`],
    ["headings", "#\n"],
    ["lists", "-\n"],
    ["lists in lists", "- - - - - - - -\n"],
    ["lines", "a\n\n"],
    ["emphasis", "*a*_b_"],
    ["strong emphasis", "**a**~~b~~"],
    ["quotation marks", '"'],
    ["quotation marks in Markdown", '"*'],
    ["apostrophes", "'"],
    ["ampersands", "&"],
    ["references", "&lt"],
    ["angles", "<"],
    ["code in a line", "`a`"],
    ["code in lines", "```\n\n```\n"],
    ["code with a language", "```json\n1,2,3\n```\n"],
    ["a wide table", `${"|a".repeat(1_300)}|\n${"|-".repeat(1_300)}|\n${"||\n".repeat(900)}`],
    ["aligned tables", "|a|\n|:-:|\n|b|\n\n"],
  ];

  test.each(long)("%s: is at most four times as long, and 2 KiB", (_name, piece) => {
    for (const length of [200, 2_000, limit]) {
      const text = cleanText(piece.repeat(Math.ceil(length / piece.length)).slice(0, length), limit);
      expect(renderBody(text, known).html.length).toBeLessThanOrEqual(4 * text.length + 2_048);
    }
  });

  test("that would be longer is what was written, with nobody's HTML in it; whom it mentions is told all the same", () => {
    const text = `${"@mira ".repeat(1_000)}<b>&lt;</b> "it's"\n& so on`;
    const { html, mentions } = renderBody(text, known);
    const shownAs = `${"@mira ".repeat(1_000)}&lt;b>&amp;lt;&lt;/b> "it's"\n& so on`;
    expect(html).toBe(`<p class="as-written">${shownAs}</p>\n`);
    expect(mentions).toEqual(["mira"]);
  });

  test("of what people write has its form: forty mentions, twenty links and a table of a hundred rows", () => {
    expect(renderBody("@mira ".repeat(40), known).html.match(/data-mention/g)).toHaveLength(40);
    const links = Array.from({ length: 20 }, (_, index) => `- https://example.org/issues/${index}`).join("\n");
    expect(renderBody(links, known).html.match(/<a /g)).toHaveLength(20);
    const table = `| name | task | done |\n| --- | :-: | --: |\n${"| mira | deploy the release | 40 % |\n".repeat(100)}`;
    expect(renderBody(table, known).html.match(/<tr>/g)).toHaveLength(101);
  });

  test("an address is a link up to 2,000 characters, and never to a part of it; every one of hundreds is one", () => {
    const addressOf = (length: number) => `https://example.org/${"x".repeat(length - 20)}`;
    expect(renderMarkdown(addressOf(1_999), known).html).toContain(`href="${addressOf(1_999)}"`);
    expect(renderBody(addressOf(2_000), known).html).not.toContain("<a ");
    expect(renderBody(addressOf(5_000), known).html).not.toContain("<a ");
    expect(renderMarkdown("https://example.org/x ".repeat(360), known).html.match(/<a /g)).toHaveLength(360);
    expect(renderMarkdown("- *https://example.org/x*\n".repeat(300), known).html.match(/<a /g)).toHaveLength(300);
  });
});
