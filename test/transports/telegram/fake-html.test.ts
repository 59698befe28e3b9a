import { describe, expect, test } from "bun:test";
import { parseHtml } from "../../support/telegram/html.ts";
import { shownText } from "../../support/telegram/text.ts";

const refused = (html: string) => {
  try {
    parseHtml(html);
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
  throw new Error(`${html} was accepted`);
};

describe("the HTML that Telegram reads", () => {
  test("becomes a text and what is formatted in it, by UTF-16 units", () => {
    expect(parseHtml("😀 <b>bold <i>and</i></b> <a href='https://a.test/?x=1&amp;y=2'>link</a>")).toEqual({
      text: "😀 bold and link",
      entities: [
        { type: "bold", offset: 3, length: 8 },
        { type: "italic", offset: 8, length: 3 },
        { type: "text_link", url: "https://a.test/?x=1&y=2", offset: 12, length: 4 },
      ],
    });
  });

  test("knows every tag of the list", () => {
    const types = (html: string) => parseHtml(html).entities.map(({ type }) => type);
    expect(types("<strong>a</strong><em>b</em><ins>c</ins><u>d</u>")).toEqual([
      "bold",
      "italic",
      "underline",
      "underline",
    ]);
    expect(types("<s>a</s><strike>b</strike><del>c</del>")).toEqual(Array(3).fill("strikethrough"));
    expect(types('<tg-spoiler>a</tg-spoiler><span class="tg-spoiler">b</span>')).toEqual(["spoiler", "spoiler"]);
    expect(types("<blockquote>a</blockquote><blockquote expandable>b</blockquote>")).toEqual([
      "blockquote",
      "expandable_blockquote",
    ]);
  });

  test("tells a block of code with its language from code in a line", () => {
    expect(parseHtml('<pre><code class="language-ts">let a</code></pre>').entities).toEqual([
      { type: "pre", language: "ts", offset: 0, length: 5 },
    ]);
    expect(parseHtml('<code class="language-ts">let a</code>').entities).toEqual([
      { type: "code", offset: 0, length: 5 },
    ]);
    expect(parseHtml("<pre>let a</pre>").entities).toEqual([{ type: "pre", offset: 0, length: 5 }]);
  });

  test("decodes numbers and four names, and leaves other names as they are", () => {
    expect(parseHtml("&lt;&gt;&amp;&quot;&#39;&#x1F600;&nbsp;&copy; R&D").text).toBe("<>&\"'😀&nbsp;&copy; R&D");
  });

  test("drops a link to what is no address", () => {
    for (const href of ["javascript:alert(1)", "mailto:a@b.test", "/relative", "data:text/html,x"])
      expect(parseHtml(`<a href="${href}">x</a>`)).toEqual({ text: "x", entities: [] });
  });

  test.each([
    ["a <b>b", 'Can\'t find end tag corresponding to start tag "b"'],
    ["<b><i>x</b></i>", 'Unmatched end tag, expected "</i>", found "</b>" at byte offset 7'],
    ["é</b>", "Unexpected end tag at byte offset 2"],
    ["<br>", 'Unsupported start tag "br" at byte offset 0'],
    ["<p>x</p>", 'Unsupported start tag "p"'],
    ["<h1>x</h1>", 'Unsupported start tag "h1"'],
    ["1 < 2", 'Unsupported start tag "" at byte offset 2'],
    ["a <b", "Unclosed start tag at byte offset 2"],
    ["<b>x</b", "Unclosed end tag at byte offset 4"],
    ["<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a"'],
    ['<a href="x>y</a>', "Unclosed start tag at byte offset 0"],
    ["<a href=x/y>y</a>", "Unexpected end of name token"],
    ["<span>x</span>", 'Tag "span" must have class "tg-spoiler"'],
    ["<blockquote>a<blockquote>b</blockquote></blockquote>", "Blockquotes can't be nested"],
    ["&#xD800;", "Text contains invalid Unicode characters"],
  ])("%s is refused: %s", (html, words) => {
    expect(refused(html)).toContain(`Bad Request: can't parse entities: ${words}`);
  });
});

describe("a text as it is shown", () => {
  const shown = (text: string, most = 100) => shownText({ text, parse_mode: "HTML" }, most, "message is too long").text;

  test("is counted after its entities are parsed, in UTF-16 units", () => {
    expect(shown(`<b>${"&amp;".repeat(100)}</b>`)).toHaveLength(100);
    expect(shown("😀".repeat(50))).toHaveLength(100);
    expect(() => shown("😀".repeat(51))).toThrow("message is too long");
  });

  test("loses the space around it and control characters", () => {
    expect(shown("\n  a\u0000b \n")).toBe("a b");
    expect(shown("<b>  a</b>  ")).toBe("  a");
  });

  test("may not be half a character", () => {
    expect(() => shownText({ text: "a\ud83d" }, 100, "")).toThrow("UTF-8");
  });
});
