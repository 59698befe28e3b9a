import { type Mark, outerFirst, type Styled } from "./styled.ts";

/** A styled text in Telegram's HTML: the few tags there are, closed in their order, everything else escaped. */
export function htmlOf({ text, marks }: Styled): string {
  return render(text, 0, text.length, marks.toSorted(outerFirst));
}

/** The same without any markup, for when the HTML is refused; links say where they lead as long as there is room. */
export function plainOf({ text, marks }: Styled, most: number): string {
  const links = marks.filter(({ style, url }) => style === "text_link" && url).toSorted((a, b) => b.offset - a.offset);
  const told = links.reduce((sofar, { offset, length, url = "" }) => {
    const end = offset + length;
    return text.slice(offset, end) === url ? sofar : `${sofar.slice(0, end)} (${url})${sofar.slice(end)}`;
  }, text);
  return told.length <= most ? told : text;
}

function render(text: string, from: number, to: number, marks: readonly Mark[]): string {
  let html = "";
  let at = from;
  for (const [index, mark] of marks.entries()) {
    const end = mark.offset + mark.length;
    // Those that lie in one before were rendered with it.
    if (mark.offset < at || end > to) continue;
    const inside = marks
      .slice(index + 1)
      .filter((each) => each.offset >= mark.offset && each.offset + each.length <= end);
    const [open, close] = tagsOf(mark);
    html += escapeHtml(text.slice(at, mark.offset)) + open + render(text, mark.offset, end, inside) + close;
    at = end;
  }
  return html + escapeHtml(text.slice(at, to));
}

function tagsOf({ style, url = "", language }: Mark): [string, string] {
  switch (style) {
    case "bold":
      return ["<b>", "</b>"];
    case "italic":
      return ["<i>", "</i>"];
    case "strikethrough":
      return ["<s>", "</s>"];
    case "code":
      return ["<code>", "</code>"];
    case "blockquote":
      return ["<blockquote>", "</blockquote>"];
    case "text_link":
      return [`<a href="${escapeHtml(url)}">`, "</a>"];
    case "pre":
      return language ? [`<pre><code class="language-${escapeHtml(language)}">`, "</code></pre>"] : ["<pre>", "</pre>"];
  }
}

/** Telegram knows four named entities and no others. */
const escapeHtml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
