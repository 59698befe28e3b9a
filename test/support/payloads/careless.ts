import MarkdownIt from "markdown-it";

/** Houses that take no care, each of one thing: a document around a text as it came. Whatever runs in none of them is no payload. */
export const careless: Readonly<Record<string, (text: string) => string>> = {
  "puts words in as they are": (text) => written(text),
  "renders Markdown with all it may hold": (text) => written(lenient.render(text)),
  "does not escape quotes": (text) => written(`<ol start="${text}">`),
  "does not escape single quotes": (text) => written(`<ol start='${text}'>`),
  "does not quote": (text) => written(`<ol start=${text}>`),
  "decodes once more": (text) => written(decoded(text)),
  "writes scripts": (text) => `<script>var name = "${text}";</script><script>var name = '${text}';</script>`,
  "writes templates of scripts": (text) => `<script>var name = \`${text}\`;</script>`,
  "fills in templates": (text) => `<script>(${fillIn})(${inScript(text)})</script>`,
  "fills objects by name": (text) => `<script>(${fill})(${inScript(text)})</script>`,
};

const lenient = new MarkdownIt({ html: true, linkify: true, breaks: true });
lenient.validateLink = () => true;
lenient.renderer.rules.link_open = (tokens, index, options, _env, self) => {
  tokens[index]?.attrSet("rel", "noopener ugc");
  return self.renderToken(tokens, index, options);
};
lenient.renderer.rules.fence = (tokens, index) =>
  `<pre><code class="${tokens[index]?.info}">${tokens[index]?.content}</code></pre>`;
lenient.renderer.rules.code_inline = (tokens, index) => `<code>${tokens[index]?.content}</code>`;
lenient.renderer.rules.code_block = (tokens, index) => `<pre>${tokens[index]?.content}</pre>`;

const written = (html: string) => `<!DOCTYPE html><main class="body">${html}</main>`;
const inScript = (text: string) => JSON.stringify(text).replaceAll("<", "\\u003c");

/** Everything that anybody ever decoded, one after the other. */
function decoded(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}]/gu, "")
    .normalize("NFKC")
    .replace(/\\u([\da-f]{4})|\\x([\da-f]{2})/gi, (_, long, short) =>
      String.fromCharCode(Number.parseInt(long ?? short, 16)),
    )
    .replace(/%([\da-f]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/([\xc0\xc1])([\x80-\xbf])/g, (_, one, two) =>
      String.fromCharCode(((one.charCodeAt(0) & 0x1f) << 6) | (two.charCodeAt(0) & 0x3f)),
    )
    .replace(/&amp;/g, "&")
    .replace(/&lt;|&#60;?|&#x0*3c;?/gi, "<")
    .replace(/&gt;|&#62;?|&#x0*3e;?/gi, ">")
    .replace(/&quot;|&#34;?|&#x0*22;?/gi, '"')
    .replace(/&#61;?|&#x0*3d;?/gi, "=")
    .replace(/&#47;?|&#x0*2f;?/gi, "/")
    .replace(/&#39;?|&#x0*27;?/gi, "'")
    .replace(/&#58;?|&#x0*3a;?/gi, ":");
}

const fillIn = `function (text) {
  for (const [, ...codes] of text.matchAll(/\\{\\{(.+?)\\}\\}|<%=(.+?)%>|#\\{(.+?)\\}|\\$\\{(.+?)\\}/g))
    for (const code of codes) if (code) Function(code)();
}`;

/** Takes JSON, \`a[b]=c\` and \`a.b=c\`, and goes wherever the names lead. */
const fill = `function (text) {
  const merge = (into, from) => {
    for (const key of Object.keys(from)) {
      if (from[key] && typeof from[key] === "object") merge((into[key] ??= {}), from[key]);
      else into[key] = from[key];
    }
  };
  if (/^[[{]/.test(text)) return merge({}, JSON.parse(text));
  const [path, value] = text.split("=");
  const names = path.split(/[[\\].]+/).filter(Boolean);
  const last = names.pop();
  let into = {};
  for (const name of names) into = into[name] ??= {};
  into[last] = value;
}`;
