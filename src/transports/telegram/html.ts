import { type Mark, outerFirst, type Styled } from "./styled.ts";

/** A styled text in Telegram's HTML: the few tags there are, closed in their order, everything else escaped. */
export function htmlOf({ text, marks }: Styled): string {
  let html = "";
  let at = 0;
  const open: Mark[] = [];
  const goTo = (offset: number) => {
    html += escapeHtml(text.slice(at, offset));
    at = offset;
  };
  const closeUpTo = (offset: number) => {
    for (let last = open.at(-1); last && endOf(last) <= offset; last = open.at(-1)) {
      goTo(endOf(last));
      html += tagsOf(last)[1];
      open.pop();
    }
  };
  for (const mark of marks.toSorted(outerFirst)) {
    closeUpTo(mark.offset);
    goTo(mark.offset);
    html += tagsOf(mark)[0];
    open.push(mark);
  }
  closeUpTo(text.length);
  goTo(text.length);
  return html;
}

const endOf = ({ offset, length }: Mark) => offset + length;

/** The same without any markup, for when the HTML is refused; links say where they lead as long as there is room. */
export function plainOf({ text, marks }: Styled, most: number): string {
  const links = marks.filter(({ style, url }) => style === "text_link" && url).toSorted((a, b) => b.offset - a.offset);
  const told = links.reduce((sofar, { offset, length, url = "" }) => {
    const end = offset + length;
    return text.slice(offset, end) === url ? sofar : `${sofar.slice(0, end)} (${url})${sofar.slice(end)}`;
  }, text);
  return told.length <= most ? told : text;
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
