import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { startServer, type TestServer } from "../support/server.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(60_000);

describe.skipIf(!chromiumPath)("reading the API", () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  test("mira finds it beside her keys, goes to a route, and copies a command that holds her own address", async () => {
    const mira = await Visitor.signIn(browser, server.http, "mira");
    const { page } = mira;
    await page.goto(`${server.http}/settings#keys`);
    await page.click('#keys a[href="/docs"]');
    await page.waitForSelector('[data-testid="docs"]');
    await page.click('.contents a[href="#rooms"]');
    await page.waitForURL("**/docs#rooms");
    expect((await page.locator("#rooms-title").boundingBox())?.y).toBeLessThan(100);
    const route = page.locator("#postV1Rooms");
    await route.locator("[data-copy]").click();
    await route.locator("[data-copy]", { hasText: "Copied" }).waitFor();
    expect(await page.locator("[role=status]").innerText()).toBe("Copied");
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toStartWith(`curl "${server.http}/api/v1/rooms" \\`);
    expect(copied).toBe(await page.locator("#postV1Rooms-curl").innerText());
    await page.click('.bar-links a[href="/docs/clients"]');
    await page.waitForSelector('[data-testid="clients"]');
    expect(mira.complaints).toEqual([]);
    await mira.leave();
  });

  test("whatever the page refers to stands on it, each thing once, in order of its headings", async () => {
    const mira = await Visitor.signIn(browser, server.http, "mira");
    await mira.page.goto(`${server.http}/docs`);
    const { missing, twice, links, levels } = await mira.page.evaluate(() => {
      const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
      const hrefs = [...document.querySelectorAll('a[href^="#"]')].map(
        (link) => link.getAttribute("href")?.slice(1) ?? "",
      );
      return {
        missing: hrefs.filter((id) => !ids.includes(id)),
        twice: ids.filter((id, at) => ids.indexOf(id) !== at),
        links: hrefs.length,
        levels: [...document.querySelectorAll("h1,h2,h3,h4")].map(({ tagName }) => Number(tagName.slice(1))),
      };
    });
    expect([missing, twice]).toEqual([[], []]);
    expect(links).toBeGreaterThan(500);
    expect(levels.filter((level, at) => level > (levels[at - 1] ?? 1) + 1)).toEqual([]);
    await mira.leave();
  });

  test("all of it is there to be found, without a script too", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${server.http}/sign-in`);
    await page.fill("input[name=name]", "tomas");
    await page.click("button[type=submit]");
    await page.goto(`${server.http}/docs`);
    for (const words of ["/api/v1/rooms/:slug/messages", "subscribe_agent", "ClassicServerNotice", "CONNECTION_LIMIT"])
      await page.getByText(words).first().waitFor();
    expect(await page.locator("[data-copy]:visible").count()).toBe(0);
    await context.close();
  });

  test("on a phone nothing hangs over its edge, and what is wide stays readable", async () => {
    const mira = await Visitor.signIn(browser, server.http, "mira", { width: 390, height: 844, dark: true });
    for (const path of ["/docs", "/docs/clients"]) {
      await mira.page.goto(server.http + path);
      const wide = await mira.page.evaluate(() =>
        [...document.querySelectorAll("main *")]
          .filter((element) => element.getBoundingClientRect().right > 391 && !element.closest("pre"))
          .map(({ tagName, className }) => `${tagName}.${className}`),
      );
      expect([path, wide, await mira.page.evaluate(() => innerWidth)]).toEqual([path, [], 390]);
      await mira.screenshot(path === "/docs" ? "docs-phone" : "clients-phone");
    }
    expect(mira.complaints).toEqual([]);
    await mira.leave();
  });
});
