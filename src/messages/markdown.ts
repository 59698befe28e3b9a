import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import markdown from "highlight.js/lib/languages/markdown";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import MarkdownIt from "markdown-it";
import { frugalLinks } from "./links.ts";
import { Mentioned, mentionAt, type Resolve } from "./mentions.ts";
import { modestTables } from "./tables.ts";

const languages = {
  bash,
  c,
  cpp,
  css,
  diff,
  go,
  ini,
  java,
  javascript,
  json,
  markdown,
  python,
  ruby,
  rust,
  sql,
  typescript,
  xml,
  yaml,
};
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);

/**
 * So much code of one text gets colours, and only where no line is longer than that: the highlighter's patterns cost the square of a
 * line and more (6,000 characters in one line took 8 s, 3,000 in short lines 30 ms). What else a hostile text could drive up has
 * bounds of its own: addresses in links.ts, tables in tables.ts, the size of it all in body.ts.
 */
const highlightedCharacters = 1_500;
const highlightedLine = 200;

/** Colours may make code four times as long, and all of it so much longer besides: the colours go, before all of a message's form has to. */
const colours = { times: 4, more: 1_024 };

/** What may still get colours in the text being rendered, and how much longer they may make it: one is enough, because rendering is synchronous. */
let colourable = { characters: 0, more: 0 };

interface Env extends Record<PropertyKey, unknown> {
  known: Resolve;
  mentioned: Mentioned;
}

/** `html: false` makes the result safe by construction: whatever the text says, only tags of Markdown come out. */
const md = new MarkdownIt({ html: false, linkify: true, breaks: true, typographer: false, highlight });
md.use(frugalLinks).use(modestTables);
md.disable("image");
md.renderer.rules.link_open = (tokens, index, options, _env, self) => {
  const token = tokens[index];
  token?.attrSet("target", "_blank");
  token?.attrSet("rel", "noopener noreferrer nofollow ugc");
  return self.renderToken(tokens, index, options);
};
md.inline.ruler.before("emphasis", "mention", (state, silent) => {
  if (state.src.charCodeAt(state.pos) !== 0x40) return false;
  const env = state.env as Env;
  const mention = mentionAt(state.src, state.pos, env.known);
  if (!mention) return false;
  if (!silent) {
    const counts = env.mentioned.take(mention);
    const token = state.push(counts && mention.known ? "mention" : "text", "", 0);
    token.content = state.src.slice(state.pos, mention.end);
    token.meta = { handle: mention.handle };
  }
  state.pos = mention.end;
  return true;
});
md.renderer.rules.mention = (tokens, index) =>
  mentionHtml(String(tokens[index]?.meta?.handle ?? ""), tokens[index]?.content ?? "");

/** A known name that was mentioned; the page colours those of its own reader. */
export function mentionHtml(handle: string, typed: string): string {
  return `<span class="mention" data-mention="${Bun.escapeHTML(handle)}">${Bun.escapeHTML(typed)}</span>`;
}

/** Markdown as safe HTML, and the handles it mentions outside code, in order. */
export function renderMarkdown(text: string, known: Resolve): { html: string; mentions: string[] } {
  const env: Env = { known, mentioned: new Mentioned() };
  colourable = { characters: highlightedCharacters, more: colours.more };
  const html = md.render(text, env);
  return { html, mentions: [...env.mentioned.handles] };
}

function highlight(code: string, name: string): string {
  const language = name && hljs.getLanguage(name) ? name : "";
  if (!language || code.length > colourable.characters) return "";
  if (code.split("\n").some((line) => line.length > highlightedLine)) return "";
  colourable.characters -= code.length;
  const html = lighter(hljs.highlight(code, { language, ignoreIllegals: true }).value);
  const more = html.length - colours.times * code.length;
  if (more > colourable.more) return "";
  colourable.more -= Math.max(0, more);
  return html;
}

/** Punctuation stays as it is, and quotes need no escaping between tags: half of what coloured JSON would weigh. */
function lighter(html: string): string {
  return html
    .replace(/<span class="hljs-punctuation">([^<]*)<\/span>/g, "$1")
    .replaceAll("&quot;", '"')
    .replaceAll("&#x27;", "'");
}
