import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { MessageEntity } from "grammy/types";
import { renderMarkdown } from "../../../src/messages/markdown.ts";
import { markdownOf } from "../../../src/transports/telegram/entities.ts";
import { format } from "../../../src/transports/telegram/format.ts";
import { corpus } from "../../support/payloads/corpus.ts";
import { payloads } from "../../support/payloads.ts";
import { parseHtml } from "../../support/telegram/html.ts";

/** What somebody formats, written as Telegram's HTML. */
function typed(html: string): string {
  const { text, entities } = parseHtml(html);
  const urls = [...text.matchAll(/https?:\/\/[^\s<>]+/g)].map(
    ({ index, 0: found }): MessageEntity => ({ type: "url", offset: index, length: found.length }),
  );
  return markdownOf(text, [...entities, ...urls]);
}

describe("what people format on Telegram", () => {
  test.each([
    ["<b>bold</b> and <i>so</i> and <s>gone</s>", "**bold** and *so* and ~~gone~~"],
    ["<b>bold <i>and so</i></b>", "**bold *and so***"],
    ["b<b>o</b>ld", "b**o**ld"],
    ["<b> spaced </b>out", " **spaced** out"],
    ["<b>two\nlines</b>", "**two**\n**lines**"],
    ["<code>a `b` c</code> and <code>`</code>", "``a `b` c`` and `` ` ``"],
    ['<a href="https://a.test/?q=(1) 2">the [docs]</a>', "[the \\[docs\\]](https://a.test/?q=%281%29%202)"],
    ["see https://a.test/x_y_*z now", "see https://a.test/x_y_*z now"],
    ['<pre><code class="language-ts">let a = 1;\n\n  b</code></pre>', "```ts\nlet a = 1;\n\n  b\n```"],
    ["<pre>a ``` b</pre>", "````\na ``` b\n````"],
    ["words <pre>code</pre> words", "words \n\n```\ncode\n```\n\n words"],
    ["<blockquote>said <b>so</b>\nand so</blockquote>\nno", "> said **so**\n> and so\n\nno"],
    ["<blockquote expandable>long</blockquote>", "> long"],
    ["<u>under</u> and <tg-spoiler>hidden</tg-spoiler>", "under and hidden"],
    ["😀 <b>bold</b> 😀", "😀 **bold** 😀"],
  ])("%j becomes %j", (html, markdown) => {
    expect(typed(html)).toBe(markdown);
  });

  test("what they only typed means nothing", () => {
    expect(typed("2 * 3 * 4, snake_case_name, it's 1.5! (ok) - yes #1 @mira_k")).toBe(
      "2 \\* 3 \\* 4, snake_case_name, it's 1.5! (ok) - yes #1 @mira_k",
    );
    expect(typed("# no title\n&gt; no quote\n- no list\n1. none\n+ none\n---\n|a|b|")).toBe(
      "\\# no title\n\\> no quote\n\\- no list\n1\\. none\n\\+ none\n\\---\n\\|a|b|",
    );
    expect(typed("_so_ ~~no~~ ~ `x` [a](b) &amp;lt; &lt;b&gt; \\")).toBe(
      "\\_so\\_ \\~\\~no\\~\\~ ~ \\`x\\` \\[a\\](b) \\&lt; \\<b> \\\\",
    );
  });

  test("somebody without a user name is mentioned by the handle they have here", () => {
    const ana = { id: 5, is_bot: false, first_name: "Ana Lúcia" };
    const entities: MessageEntity[] = [
      { type: "bold", offset: 0, length: 9 },
      { type: "text_mention", offset: 0, length: 9, user: ana },
      { type: "italic", offset: 10, length: 4 },
    ];
    expect(markdownOf("Ana Lúcia look", entities, { handleOf: (id) => (id === 5 ? "ana" : undefined) })).toBe(
      "**@ana** *look*",
    );
    expect(markdownOf("Ana Lúcia look", entities)).toBe("**Ana Lúcia** *look*");
  });

  test("comes back to Telegram as it was", () => {
    const html =
      '<b>bold <i>and so</i></b>, <code>a &lt; b</code>, <a href="https://a.test/">docs</a>\n\n<pre><code class="language-ts">let a;</code></pre>\n\n<blockquote>said</blockquote>';
    expect(format(typed(html), { telegramParts: 4 }).parts.map((part) => part.html)).toEqual([html]);
  });
});

describe("whatever is written and however it is formatted", () => {
  const pageWords = (markdown: string) => {
    let words = "";
    const rewriter = new HTMLRewriter().onDocument({
      text(piece) {
        words += piece.text;
      },
    });
    rewriter.transform(renderMarkdown(markdown, () => false).html);
    return squeezed(
      words
        .replaceAll("&lt;", "<")
        .replaceAll("&gt;", ">")
        .replaceAll("&quot;", '"')
        .replaceAll("&#x27;", "'")
        .replaceAll("&amp;", "&"),
    );
  };
  const squeezed = (text: string) => text.replace(/[\s\u0000-\u001f\u2028-\u202e]+/g, "");

  const types = [
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "code",
    "pre",
    "blockquote",
    "text_link",
    "mention",
  ];
  const entity = fc.record({
    type: fc.constantFrom(...types),
    offset: fc.nat(60),
    length: fc.integer({ min: 1, max: 40 }),
    url: fc.constantFrom("https://a.test/(x) y", "tg://user?id=5", "javascript:alert(1)"),
    language: fc.constantFrom("ts", '"><b>', ""),
  }) as fc.Arbitrary<MessageEntity>;
  const pieces = fc.constantFrom(
    ..."* ** _ __ ~~ ~~~ ` ``` # > - + = === 1. 2) [ ] ( ) ! | |- :- < &amp; & \\ \n \n\n \t @mira_k 😀 é a b word </b>".split(
      " ",
    ),
    " ",
    "    ",
  );
  const text = fc.array(pieces, { minLength: 1, maxLength: 40 }).map((some) => some.join(""));

  const check = (words: string, entities: readonly MessageEntity[]) => {
    const markdown = markdownOf(words, entities);
    if (pageWords(markdown) !== squeezed(words))
      throw new Error(`${JSON.stringify([words, markdown])}: ${JSON.stringify(pageWords(markdown))}`);
  };

  test("the page shows the same words", () => {
    fc.assert(fc.property(text, fc.array(entity, { maxLength: 5 }), check), { numRuns: 3_000 });
    fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), fc.array(entity, { maxLength: 3 }), check), {
      numRuns: 500,
    });
  }, 30_000);

  test("also when they are meant to do harm", () => {
    for (const words of [...payloads, ...corpus]) check(words.toWellFormed().replaceAll("\u0000", " "), []);
  });

  test("and what was only typed is not formatted", () => {
    fc.assert(
      fc.property(text, (words) => {
        const { html } = renderMarkdown(markdownOf(words), () => false);
        expect(html.replace(/<\/?p>|<br>|\s/g, "")).not.toMatch(/<[a-z]/);
      }),
      { numRuns: 1_000 },
    );
  });
});
