import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sourceFiles } from "./support/imports.ts";

const folder = join(import.meta.dir, "../public");
/** What the browser runs, and what renders for it: ours, not what was taken from others. */
const scripts = readdirSync(folder)
  .filter((name) => name.endsWith(".js"))
  .map((name) => ({ path: `public/${name}`, text: readFileSync(join(folder, name), "utf8") }));
const rendering = sourceFiles("src", "views").filter(({ path }) => path.endsWith(".tsx") || path.startsWith("views/"));

/** Ways of making markup or code of a text, without comments. */
function doorsIn(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const ways =
    /\b(dangerouslySetInnerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|setHTMLUnsafe|parseHTMLUnsafe|srcdoc|document\.write(ln)?|eval|new Function|hono\/html)\b|\.(?:inner|outer)HTML\b|(?<![.\w])raw\(|\bset(Timeout|Interval)\(\s*["'`]|javascript:/g;
  return [...code.matchAll(ways)].map(([found]) => found);
}

describe("one door for raw HTML", () => {
  test("it is the message, which is fed by what made its HTML and by nothing else", () => {
    const found = rendering.flatMap(({ path, text }) => doorsIn(text).map((way) => `${path}: ${way}`));
    expect(found).toEqual(["views/messages/message.tsx: hono/html", "views/messages/message.tsx: raw("]);
    const door = rendering.find(({ path }) => path === "views/messages/message.tsx")?.text ?? "";
    expect(door).toContain("return raw(renderMessage(message, card, asks));");
    // Of what somebody wrote only its HTML goes in unescaped, and that comes from body.ts.
    const asItIs = [
      ...door.replace(/html === `.*`/, "").matchAll(/\$\{(?:message\.)?(html|text|name|excerpt|authorName)\}/g),
    ].map(([, field]) => field);
    expect([...new Set(asItIs)]).toEqual(["html"]);
  });

  test("no script of the page makes markup or code of a text, but for what the house itself answers over HTTP", () => {
    expect(scripts.length).toBeGreaterThan(10);
    const found = scripts.flatMap(({ path, text }) => doorsIn(text).map((way) => `${path}: ${way}`));
    // Rendered on the server by the same views; nobody but the house can send it.
    expect(found.toSorted()).toEqual([
      "public/needs-you.js: DOMParser",
      "public/notices.js: createContextualFragment",
      "public/refresh.js: .innerHTML",
    ]);
  });

  test("no view takes attributes from an object that is not its own", () => {
    const spreads = rendering
      .filter(({ path }) => path.startsWith("views/"))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/<[a-z][\w-]*\b[^<>]*\{\.\.\.(\w+)/g)].map(([, what]) => `${path}: ${what}`),
      );
    expect(spreads).toEqual(["views/layout.tsx: bodyAttributes", "views/people/fields.tsx: rest"]);
  });

  test.each([
    "element.innerHTML = text",
    "x.insertAdjacentHTML('beforeend', text)",
    "<p dangerouslySetInnerHTML={{ __html: text }} />",
    "return raw(text)",
    "document.write(text)",
    "eval(text)",
    "new Function(text)",
    "setTimeout('go()', 1)",
    "import { html } from 'hono/html'",
    "a.href = 'javascript:go()'",
  ])("and the reader of this sees %s", (text) => {
    expect(doorsIn(text)).toHaveLength(1);
  });
});
