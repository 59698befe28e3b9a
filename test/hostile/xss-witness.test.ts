import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser } from "../support/browser.ts";
import { careless } from "../support/payloads/careless.ts";
import { corpus } from "../support/payloads/corpus.ts";
import { waitFor } from "../support/round.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { nowhereElse, Witness } from "../support/witness.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(60_000);

describe.skipIf(!chromiumPath)("the witness is not blind", () => {
  let server: TestServer;
  let browser: Browser;
  /** In a browser that keeps to the page's policy, and in one that does not. */
  let strict: Witness;
  let loose: Witness;

  beforeAll(async () => {
    server = await startServer();
    browser = await openBrowser(nowhereElse);
    strict = await Witness.open(browser, server.http);
    loose = await Witness.open(browser, server.http, { bypassCSP: true });
    await Promise.all([strict.visit("/sign-in"), loose.visit("/sign-in")]);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  /** What is noticed when a text is put into the page as it is. */
  async function noticed(witness: Witness, html: string): Promise<string> {
    await witness.page.evaluate(
      `document.body.append(document.createRange().createContextualFragment(${JSON.stringify(html)}))`,
    );
    // Whatever loads or fails to load has done so when a picture put in after it has.
    await witness.page.evaluate(
      "new Promise((done) => Object.assign(new Image(), { onload: done, onerror: done, src: 'data:,' }))",
    );
    return witness.takes().noticed.join("\n");
  }

  /** Puts a text into the page as it is, and waits until something that says this is noticed: a dialog is told of a moment later. */
  async function notices(witness: Witness, html: string, wanted: string): Promise<void> {
    let seen = await noticed(witness, html);
    await waitFor(() => {
      seen += `\n${witness.takes().noticed.join("\n")}`;
      return seen.includes(wanted);
    }, `notice of ${wanted}`);
  }

  test("a dialog, a mark, an address on another origin, and every object changed at once", async () => {
    await notices(loose, "<script>alert(1)</script>", "dialog: 1");
    await notices(loose, "<img src=x onerror=confirm(2)>", "dialog: 2");
    await notices(loose, "<script>window.__xss=3</script>", "mark: 3");
    await notices(loose, "<img src=//evil.test/4>", "request: GET http://evil.test/4");
    await notices(loose, "<script>new WebSocket('ws://evil.test/5')</script>", "ws://evil.test/5");
    await notices(loose, "<script>fetch('/employees/6', { method: 'DELETE' })</script>", "DELETE");
    await loose.page.evaluate("Object.prototype.__xss = 7");
    await loose.look();
    expect(loose.takes().noticed).toContain("mark: 7 on every object");
    await loose.page.evaluate("delete Object.prototype.__xss");
  });

  test("what the policy keeps from running", async () => {
    for (const html of [
      "<script>alert(1)</script>",
      "<p onclick=alert(1)>",
      "<b style=color:red>",
      "<img src=//evil.test/1>",
    ])
      await notices(strict, html, "policy: ");
    expect(strict.takes().noticed.filter((line) => line.startsWith("dialog"))).toEqual([]);
  });

  test("elements that only forge something, wherever they stand", async () => {
    for (const [html, what] of [
      ["<p onclick=x>", "a handler"],
      ["<p style=color:red>", "an attribute that runs (style)"],
      ["<form action=https://evil.test>", "something from elsewhere (action)"],
      ["<iframe></iframe>", "no page has it"],
      ["<a href=javascript:x>", "a link to elsewhere"],
      ["<p id=x></p><p id=x></p>", "a second one of that id"],
      ["<p hx-on:click=x>", "a handler"],
      ["<p hx-vals=js:x>", "a script of htmx"],
      ['<p class="body"><b id=y>x</b>', "Markdown does not make it (id)"],
      ['<p class="body"><b hx-get=/>x</b>', "Markdown does not make it (hx-get)"],
      ['<p class="body"><img src=data:,>', "Markdown does not make it"],
      ['<p class="body"><a href=javascript:x>x</a>', "a link of another protocol"],
      ['<p class="body"><a href=//evil.test>x</a>', "a link without its protocol"],
      ['<p class="body"><a href=https://a.test>x</a>', "a link that trusts"],
      ['<p class="body"><span class=toast>x</span>', "a class of its own"],
    ] as const)
      await notices(loose, html, what);
    expect(
      await noticed(
        loose,
        '<p class="body"><a href=https://a.test rel="noopener ugc">x</a> <code class=language-js>y</code>',
      ),
    ).toBe("");
  });

  test(`each of ${corpus.length} texts runs, or forges something, in a house that takes no care`, async () => {
    expect(new Set(corpus).size).toBe(corpus.length);
    expect(corpus.length).toBeGreaterThan(350);
    const ran = new Set<number>();
    let silent = [...corpus.keys()];
    for (const house of Object.values(careless)) {
      const told = await loose.tries(silent.map((index) => house(corpus[index] ?? "")));
      const lines = [...told.flat(), ...loose.takes().noticed].join("\n");
      for (const [, marked, asked] of lines.matchAll(/(?:mark|dialog): (\d+)|evil\.test\/(\d+)/g))
        ran.add(Number(marked ?? asked) - 1);
      silent = silent.filter((index, nth) => !ran.has(index) && told[nth]?.length === 0);
    }
    expect(silent.map((index) => corpus[index])).toEqual([]);
    console.log(ran.size);
    expect(ran.size).toBeGreaterThan(corpus.length / 2);
  });
});
