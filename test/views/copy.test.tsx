import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { loadPublicFiles } from "../../src/public-files.ts";
import { PageFrame } from "../../views/frame.tsx";
import { Moment } from "../../views/moment.tsx";
import { ShownOnce } from "../../views/people/fields.tsx";
import { chromiumPath, openBrowser } from "../support/browser.ts";
import { frame } from "../support/markup.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(30_000);

const hour = 60 * 60 * 1000;

describe.skipIf(!chromiumPath)("a secret that is shown once", () => {
  const content = String(
    <PageFrame {...frame} heading="Once" testId="once-page" scripts={["copy.js"]}>
      <ShownOnce heading="The key" label="The new key" secret="pk_s3cret">
        Copy it now.
      </ShownOnce>
      <Moment at={Date.now() + 5.5 * hour} format="until" />
      <Moment at={Date.now() + 7 * 24 * hour - 60_000} format="until" />
      <Moment at={Date.now() - 3.5 * hour} format="until" />
    </PageFrame>,
  );
  let server: ReturnType<typeof Bun.serve>;
  let browser: Browser;

  beforeAll(async () => {
    const files = await loadPublicFiles();
    server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: ({ url }) =>
        files.respond(new URL(url).pathname, null) ??
        new Response(`<!DOCTYPE html>${content}`, {
          headers: {
            "content-type": "text/html",
            "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'",
          },
        }),
    });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop(true);
  });

  async function open(javaScriptEnabled: boolean): Promise<Page> {
    const context = await browser.newContext({ javaScriptEnabled });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await context.newPage();
    await page.goto(String(server.url));
    return page;
  }

  test("is copied by its button, which says so", async () => {
    const page = await open(true);
    await page.click("[data-copy]");
    await page.waitForFunction(() => document.querySelector("[data-copy]")?.textContent === "Copied");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("pk_s3cret");
    expect(await page.textContent("[data-copied]")).toBe("Copied");
  });

  test("is selected for whoever comes to it, and cannot be changed", async () => {
    const page = await open(true);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("once");
    expect(await page.evaluate(() => String(getSelection()))).toBe("pk_s3cret");
    await page.keyboard.type("x");
    expect(await page.inputValue("#once")).toBe("pk_s3cret");
  });

  test("stands there without a script too, without a button that would do nothing", async () => {
    const page = await open(false);
    expect(await page.inputValue("#once")).toBe("pk_s3cret");
    expect(await page.locator("[data-copy]").isVisible()).toBe(false);
  });

  test("and how long things go on is said from now, both ways", async () => {
    const page = await open(true);
    await page.waitForSelector("time[data-told]");
    expect(await page.locator("time").allTextContents()).toEqual(["ends in 6 h", "ends in 7 d", "ended 3 h ago"]);
  });
});
