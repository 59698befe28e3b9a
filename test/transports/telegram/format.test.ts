import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { renderMarkdown } from "../../../src/messages/markdown.ts";
import { format, messageUnits, type Part, plainPart } from "../../../src/transports/telegram/format.ts";
import { growth } from "../../support/cost.ts";
import { corpus } from "../../support/payloads/corpus.ts";
import { payloads } from "../../support/payloads.ts";
import { parseHtml } from "../../support/telegram/html.ts";
import { shownText } from "../../support/telegram/text.ts";

const limits = { telegramParts: 1_000 };
const parts = (markdown: string) => format(markdown, limits).parts;
const html = (markdown: string) =>
  parts(markdown)
    .map((part) => part.html)
    .join("\n-----\n");
const plain = (markdown: string) =>
  parts(markdown)
    .map((part) => part.plain)
    .join("\n-----\n");

describe("Markdown on Telegram", () => {
  test.each([
    ["**bold** and _so_ and ~~gone~~", "<b>bold</b> and <i>so</i> and <s>gone</s>"],
    ["# A **loud** title\n\nwords", "<b>A loud title</b>\n\nwords"],
    ['`a < b && "c"`', "<code>a &lt; b &amp;&amp; &quot;c&quot;</code>"],
    ["one\ntwo\n\nthree", "one\ntwo\n\nthree"],
    ["- a\n- b\n  - c\n- [ ] d", "• a\n• b\n  • c\n• [ ] d"],
    ["3. c\n4. d", "3. c\n4. d"],
    ["- a\n\n  more of a\n- b", "• a\n  more of a\n• b"],
    ["> said **so**\n\nyes", "<blockquote>said <b>so</b></blockquote>\n\nyes"],
    ["> a\n>\n> > b\n> > c", "<blockquote>a\n\n&gt; b\n&gt; c</blockquote>"],
    ["a\n\n---\n\nb", "a\n\n———\n\nb"],
    ["[docs](https://a.test/?x=1&y=%22)", '<a href="https://a.test/?x=1&amp;y=%22">docs</a>'],
    ["see https://a.test/x_y_z and **on**", "see https://a.test/x_y_z and <b>on</b>"],
    ["[write me](mailto:a@b.test)", "write me (a@b.test)"],
    ["![a picture](https://a.test/x.png)", '!<a href="https://a.test/x.png">a picture</a>'],
    ["[`code` in a link](https://a.test/)", '<a href="https://a.test/">code in a link</a>'],
    ["**bold `code` bold**", "<b>bold </b><code>code</code><b> bold</b>"],
    ["@mira_k_ and @__proto__, _@tomas_", "@mira_k_ and @__proto__, <i>@tomas</i>"],
    ["<b>not ours</b> &lt; &amp;", "&lt;b&gt;not ours&lt;/b&gt; &lt; &amp;"],
    ["| a | bb |\n|---|---|\n| **ccc** | `d` |", "<pre>a   │ bb\n────┼───\nccc │ d</pre>"],
  ])("%j becomes %j", (markdown, expected) => {
    expect(html(markdown)).toBe(expected);
  });

  test("a block of code keeps its language and every space; one of an odd language is only code", () => {
    expect(html("```ts\n  let a = 1;\n\n\tb\n```")).toBe(
      '<pre><code class="language-ts">  let a = 1;\n\n\tb</code></pre>',
    );
    expect(html('```"><script>\nx\n```')).toBe("<pre>x</pre>");
    expect(html("- a\n\n  ```\n  x\n    y\n  ```")).toBe("• a\n\n<pre>x\n  y</pre>");
  });

  test.each([
    "[x](javascript:alert(1))",
    "[x](data:text/html,x)",
    "[x](tg://user?id=5)",
    "[x](/sign-out)",
    "[x](//evil.test)",
  ])("%j is no link", (markdown) => expect(html(markdown)).not.toContain("<a "));

  test("without markup it says where links lead, and nothing twice", () => {
    expect(plain("[docs](https://a.test/) **b** https://b.test/ [https://c.test/](https://c.test/)")).toBe(
      "docs (https://a.test/) b https://b.test/ https://c.test/",
    );
    const long = `[${"x".repeat(4_000)}](https://a.test/${"y".repeat(100)})`;
    expect(parts(long).map((part) => part.plain)).toEqual(["x".repeat(4_000)]);
  });

  test("what Markdown swallows whole is shown as it was typed; what nobody can see is not sent", () => {
    expect(html("[x]: https://a.test/")).toBe("[x]: https://a.test/");
    for (const nothing of ["", " \n ", "\u200b", "\u2060\ufe0f"]) expect(parts(nothing)).toEqual([]);
  });

  test("a text that is no Markdown is left alone", () => {
    expect(plainPart("**a** <b>")).toEqual({ html: "**a** &lt;b&gt;", plain: "**a** <b>" });
  });
});

describe("a text that is too long for one message", () => {
  const lengths = (some: readonly Part[]) => some.map((part) => parseHtml(part.html).text.length);
  const words = (count: number) => Array.from({ length: count }, (_, i) => `word${i}`).join(" ");

  test("is counted as people see it: markup costs nothing, an emoji two", () => {
    expect(lengths(parts(`**${"&amp;".repeat(4_096)}**`))).toEqual([4_096]);
    expect(lengths(parts("😀".repeat(2_048)))).toEqual([4_096]);
    expect(lengths(parts("😀".repeat(2_049)))).toEqual([4_096, 2]);
  });

  test("is cut between paragraphs, else lines, else sentences, else words", () => {
    const paragraph = `${"x".repeat(98)}.`;
    const cutBy = (space: string) => parts(Array(60).fill(paragraph).join(space)).map((part) => part.plain);
    for (const space of ["\n\n", "\n", " "]) {
      const [first = "", ...others] = cutBy(space);
      expect([first, ...others].every((piece) => piece.startsWith("x") && piece.endsWith("."))).toBe(true);
      expect(others).not.toEqual([]);
    }
    const [first = "", second = ""] = parts(words(800)).map((part) => part.plain);
    expect(first).toMatch(/ word\d+$/);
    expect(second).toMatch(/^word\d+ /);
    expect(`${first} ${second}`).toBe(words(800));
  });

  test("goes on bold, quoted and linked where it was cut", () => {
    const [first, second] = parts(`> [**${words(900)}**](https://a.test/)`);
    for (const part of [first, second])
      expect(parseHtml(part?.html ?? "").entities.map(({ type }) => type)).toEqual(["blockquote", "text_link", "bold"]);
  });

  test("a block of code that fits into one message is not cut, and the next message has its language", () => {
    const code = Array.from({ length: 100 }, (_, i) => `  line(${i});`).join("\n");
    const [first, second, ...others] = parts(`${words(450)}\n\n\`\`\`ts\n${code}\n\`\`\`\n\nafter`);
    expect(first?.html).not.toContain("<pre>");
    expect(second?.html.startsWith(`<pre><code class="language-ts">${code.slice(0, 20)}`)).toBe(true);
    expect(second?.html.endsWith("</code></pre>\n\nafter")).toBe(true);
    expect(others).toEqual([]);
  });

  test("a longer block of code is cut between lines, and each piece is code of that language", () => {
    const code = Array.from({ length: 1_500 }, (_, i) => `  line(${i});`).join("\n");
    const pieces = parts(`\`\`\`ts\n${code}\n\`\`\``);
    expect(pieces.length).toBeGreaterThan(4);
    for (const { html } of pieces)
      expect(html).toMatch(/^<pre><code class="language-ts"> {2}line[\s\S]*\);<\/code><\/pre>$/);
    expect(pieces.map((part) => part.plain).join("\n")).toBe(code);
  });

  test("no character is cut through, however many units it has", () => {
    const family = "👨‍👩‍👧‍👦";
    for (const character of [family, "🇩🇪", "👍🏽", "e\u0301\u0323", "\u1100\u1161\u11a8", "क्षि"]) {
      const before = "x".repeat(4_095);
      expect(parts(before + character.repeat(3)).map((part) => part.plain)).toEqual([before, character.repeat(3)]);
    }
    const tower = `a${"\u0301".repeat(9_000)}`;
    expect(
      parts(tower)
        .map((part) => part.plain)
        .join(""),
    ).toBe(tower);
  });

  test("becomes its beginning and a file when it would be more than a few messages", () => {
    const markdown = `# Report\n\n${words(5_000)}`;
    const { parts: shown, file } = format(markdown, { telegramParts: 4 });
    expect(shown).toHaveLength(1);
    expect(shown[0]?.html).toStartWith("<b>Report</b>\n\nword0 word1");
    expect(shown[0]?.html).toEndWith("… the whole message is in the file.");
    const caption = { text: shown[0]?.html ?? "", parse_mode: "HTML" };
    expect(shownText(caption, 1_024, "caption is too long").text.length).toBeLessThanOrEqual(1_024);
    expect(new TextDecoder().decode(file?.bytes)).toBe(markdown);
    expect(format(words(1_000), { telegramParts: 4 }).file).toBeNull();
  });
});

describe("whatever is written", () => {
  /** The words of the page's rendering, without space. */
  const onThePage = (text: string) => {
    let words = "";
    const rewriter = new HTMLRewriter().onDocument({
      text(piece) {
        words += piece.text;
      },
    });
    // What Telegram does not show counts as space on both sides.
    const clean = text
      .toWellFormed()
      .replace(/\r\n?/g, "\n")
      .replace(/[\u0000-\u0008\u000b-\u001f\u2028-\u202e]/g, " ");
    rewriter.transform(renderMarkdown(clean, () => false).html);
    return unescaped(words).replace(/\s/g, "");
  };
  const unescaped = (words: string) =>
    words
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&#x27;", "'")
      .replaceAll("&amp;", "&");

  /** Everything of `wanted` is in `seen`, in its order; what else is there is what we add: dots, numbers, lines, addresses. */
  function nothingLost(wanted: string, seen: string): boolean {
    let at = 0;
    for (const character of seen) if (wanted.startsWith(character, at)) at += character.length;
    return at === wanted.length;
  }

  function check(text: string): void {
    const shown = parts(text);
    for (const part of shown) {
      const formatted = shownText({ text: part.html, parse_mode: "HTML" }, messageUnits, "message is too long");
      expect(formatted.text).not.toBe("");
      const codes = formatted.entities.filter(({ type }) => type === "code" || type === "pre");
      for (const code of codes)
        for (const other of formatted.entities) {
          if (other === code || other.type === "blockquote") continue;
          expect(other.offset + other.length <= code.offset || other.offset >= code.offset + code.length).toBe(true);
        }
      expect(part.plain.length).toBeLessThanOrEqual(messageUnits);
      shownText({ text: part.plain }, messageUnits, "message is too long");
    }
    const seen = shown.map((part) => parseHtml(part.html).text).join("");
    const wanted = onThePage(text);
    if (!nothingLost(wanted, seen))
      throw new Error(`lost of ${JSON.stringify(text)}: ${JSON.stringify([wanted, seen])}`);
  }

  const pieces = fc.constantFrom(
    ..."* ** _ __ ~~ ` ``` ```ts\n # > - + 1. 1) [ ] ( ) ! | < > & &amp; &lt; \\ \n \n\n \t @mira https://a.test/x_y 😀 👨‍👩‍👧‍👦 é < </b> <b> ---".split(
      " ",
    ),
    " ",
    "    ",
    "\u202e",
    "\ud83d",
    "\u0000",
    "[x](https://a.test)",
    "|a|b|\n|-|-|\n|1|2|\n",
    "word",
  );

  test("Telegram takes it, nothing is lost, and code is nothing but code", () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (some) => check(some.join(""))),
      { numRuns: 1_500 },
    );
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), check), { numRuns: 500 });
    fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), check), { numRuns: 300 });
  }, 30_000);

  test("also when it is long", () => {
    const long = fc.array(pieces, { minLength: 1_000, maxLength: 4_000 });
    fc.assert(
      fc.property(long, (some) => check(some.join(""))),
      { numRuns: 25 },
    );
  }, 30_000);

  test("also when it is meant to do harm", () => {
    for (const text of [...payloads, ...corpus]) check(text);
  });

  const dear: [string, (length: number) => string][] = [
    ...["[", "![", "> ", "- ", "|a", "*a_ ", "`", "**a ", "~~", "&#", "<a", "\u0301", "1. ", "\u2028"],
    ...["`a` ", "**a** `b` ", "*a **b** c* ", "[a](http://b) ", "> a\n\n", "|a|b|\n|-|-|\n"],
  ].map((piece) => [piece, (length) => piece.repeat(Math.floor(length / piece.length))]);

  test.each(dear)("%j eight times as often costs nowhere near the square of it", (_piece, make) => {
    expect(growth(make, (text) => void parts(text))).toBeLessThan(40);
  });
});
