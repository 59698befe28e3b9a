import { describe, expect, test } from "bun:test";
import { renderMarkdown } from "../../src/messages/markdown.ts";

const known = (handle: string) => ["mira", "alice"].includes(handle);
const html = (text: string) => renderMarkdown(text, known).html.trim();
const mentions = (text: string) => renderMarkdown(text, known).mentions;

describe("Markdown", () => {
  test.each([
    ["**bold** and _so_", "<p><strong>bold</strong> and <em>so</em></p>"],
    ["~~gone~~", "<p><s>gone</s></p>"],
    ["one\ntwo", "<p>one<br>\ntwo</p>"],
    ["`<b>`", "<p><code>&lt;b&gt;</code></p>"],
    ["> said", "<blockquote>\n<p>said</p>\n</blockquote>"],
    ["- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"],
    ["# Title", "<h1>Title</h1>"],
    ["a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>"],
  ])("%j", (text, expected) => {
    expect(html(text)).toBe(expected);
  });

  test("a table is one, and says by classes where the words of a column stand: styles in the page are forbidden", () => {
    expect(html("|a|b|\n|-|-|\n|1|2|")).toContain("<td>1</td>");
    const aligned = html("|a|b|c|\n|:-|:-:|-:|\n|1|2|3|");
    expect(aligned).toContain('<th class="to-left">a</th>\n<th class="to-center">b</th>\n<th class="to-right">c</th>');
    expect(aligned).toContain('<td class="to-left">1</td>\n<td class="to-center">2</td>\n<td class="to-right">3</td>');
    expect(aligned).not.toContain("style");
  });

  test("tables of one text hold 3,000 cells, and what comes after is shown as it was written", () => {
    const wide = `${"|a".repeat(100)}|\n${"|-".repeat(100)}|\n`;
    expect(html(wide + "|\n".repeat(28)).match(/<t[hd]>/g)).toHaveLength(2_900);
    expect(html(wide + "|\n".repeat(500)).match(/<t[hd]>/g)?.length).toBeLessThanOrEqual(3_000);
    expect(html(`${wide}|\n${"|\n".repeat(500)}`)).toEndWith("|<br>\n|</p>");
    expect(html(`${wide}\n`.repeat(40)).match(/<t[hd]>/g)?.length).toBeLessThanOrEqual(3_000);
    expect(html("|a|\n|-|\n|1|\n\n".repeat(40)).match(/<td>/g)).toHaveLength(40);
  });
});

describe("links", () => {
  const safe = 'target="_blank" rel="noopener noreferrer nofollow ugc"';
  test("open elsewhere, and give the page they lead to no hold on ours", () => {
    expect(html("[a](https://example.org)")).toBe(`<p><a href="https://example.org" ${safe}>a</a></p>`);
    expect(html("see https://example.org/x.")).toBe(
      `<p>see <a href="https://example.org/x" ${safe}>https://example.org/x</a>.</p>`,
    );
    expect(html("<mailto:mira@example.org>")).toContain(`href="mailto:mira@example.org" ${safe}`);
  });

  test.each([
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\u0000script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/sign-out)",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
  ])("%j is no link", (text) => {
    expect(html(text)).not.toContain("<a ");
  });

  test("a bare word with a dot is not made one, and a picture is only its link", () => {
    expect(html("*example.org* mira@example.org")).not.toContain("<a ");
    expect(html("![x](https://example.org/x.png)")).not.toContain("<img");
  });
});

describe("what somebody hostile writes", () => {
  test.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "**<svg/onload=alert(1)>**",
    "<a href='javascript:alert(1)'>x</a>",
    "```html\n<script>alert(1)</script>\n```",
    '```"onmouseover="alert(1)\nx\n```',
    "```<script>\nx\n```",
    '[x](https://example.org "onmouseover=alert(1)")',
    '[x](https://example.org/"onmouseover="alert(1))',
    "<!-- --> <?php ?> <![CDATA[x]]>",
    "@<b>mira</b>",
  ])("%j comes out with our tags and attributes only", async (text) => {
    const seen: string[] = [];
    const allowed = new Set(
      "p br em strong s code pre span a blockquote ul ol li h1 h2 h3 h4 h5 h6 hr table thead tbody tr th td".split(" "),
    );
    const attributes = new Set(["href", "target", "rel", "title", "class", "data-mention", "start"]);
    const rewriter = new HTMLRewriter().on("*", {
      element(element) {
        if (!allowed.has(element.tagName)) seen.push(element.tagName);
        for (const [name, value] of element.attributes) {
          if (!attributes.has(name)) seen.push(name);
          if (name === "href" && !/^(https?|mailto):/.test(value)) seen.push(value);
        }
      },
      comments: () => void seen.push("comment"),
    });
    await rewriter.transform(new Response(html(text))).text();
    expect(seen).toEqual([]);
  });
});

describe("code", () => {
  test("of a known language is coloured by classes, and its text stays what it was", () => {
    const rendered = html("```ts\nconst a = '<b>';\n```");
    expect(rendered).toStartWith('<pre><code class="language-ts">');
    expect(rendered).toContain('<span class="hljs-keyword">const</span>');
    expect(rendered.replace(/<[^>]+>/g, "").trim()).toBe("const a = '&lt;b&gt;';");
  });

  test.each(["", "nolanguage", "constructor", "__proto__", "hasOwnProperty"])(
    "of the language %j is shown plain",
    (name) => {
      const rendered = html(`\`\`\`${name}\nconst a = 1 < 2;\n\`\`\``);
      expect(rendered).toContain("const a = 1 &lt; 2;");
      expect(rendered).not.toContain("hljs");
    },
  );

  test("that is very long, or has a very long line, is shown plain, because colouring it would cost too much", () => {
    const fenced = (code: string) => html(`\`\`\`js\n${code}\n\`\`\``);
    expect(fenced("return ten;\n".repeat(124))).toContain("hljs");
    expect(fenced("return ten;\n".repeat(125))).not.toContain("hljs");
    expect(fenced(`a = ${"1".repeat(196)}`)).toContain("hljs");
    expect(fenced(`a = ${"1".repeat(197)}`)).not.toContain("hljs");
  });

  test("of many blocks is coloured as long as the text's allowance lasts, and every text has its own", () => {
    const block = `\`\`\`js\n${"return ten;\n".repeat(60)}\`\`\`\n\n`;
    const coloured = (text: string) => html(text).match(/<code[^>]*><?[^<]*<span class="hljs/g)?.length ?? 0;
    expect(coloured(block.repeat(2))).toBe(2);
    expect(coloured(block.repeat(4))).toBe(2);
    expect(coloured(block)).toBe(1);
  });

  test("whose colours would make it far longer than it is written is shown plain; JSON as people send it keeps them", () => {
    const fenced = (code: string) => html(`\`\`\`json\n${code}\n\`\`\``);
    const answer = {
      id: 12,
      name: "mira",
      createdAt: "2026-11-21T10:00:00Z",
      tags: ["a", "b"],
      nested: { open: true },
    };
    expect(fenced(JSON.stringify(Array(8).fill(answer), null, 2))).toContain("hljs");
    expect(fenced("1,2,\n".repeat(20))).toContain("hljs");
    expect(fenced("1,2,\n".repeat(200))).not.toContain("hljs");
    expect(fenced("1,2,\n".repeat(200))).toStartWith('<pre><code class="language-json">1,2,');
  });

  test.each([
    "`@mira`",
    "``a @mira b``",
    "```\n@mira\n```",
    "```js\n// @mira\n```",
    "~~~\n@mira\n~~~",
    "    @mira",
    "\\@mira",
  ])("nobody is mentioned in %j", (text) => {
    expect(mentions(text)).toEqual([]);
    expect(html(text)).not.toContain("data-mention");
  });
});

describe("mentions", () => {
  test("of somebody known are marked with their handle, and shown as they were typed", () => {
    expect(html("**@Alice-bot**")).toBe(
      '<p><strong><span class="mention" data-mention="alice">@Alice-bot</span></strong></p>',
    );
  });

  test("of nobody known stay text, and are told all the same", () => {
    expect(renderMarkdown("*hi* @Nobody", known)).toEqual({
      html: "<p><em>hi</em> @Nobody</p>\n",
      mentions: ["Nobody"],
    });
  });

  test("are found in every part of a text but code, in order, each once", () => {
    expect(mentions("# @mira\n\n- @alice `@tomas`\n\n> @mira @team")).toEqual(["mira", "alice", "team"]);
  });

  test("a name with underscores is not taken for emphasis", () => {
    expect(renderMarkdown("@a_b_c", () => false).html).toBe("<p>@a_b_c</p>\n");
  });
});
