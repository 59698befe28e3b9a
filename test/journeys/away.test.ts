import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(30_000);

describe.skipIf(!chromiumPath)("when the server is gone", () => {
  let server: ServerProcess;
  let browser: Browser;
  let mira: Visitor;
  let tomas: Visitor;

  beforeAll(async () => {
    server = await startProcess();
    browser = await openBrowser();
    mira = await Visitor.signIn(browser, server.http, "mira");
    tomas = await Visitor.signIn(browser, server.http, "tomas", { width: 390, height: 844 });
    await mira.say("before");
    await tomas.sees("before");
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test("the page says so, keeps what is written over a reload of the tab, and sends it once when it is back", async () => {
    await server.kill();
    await mira.page.waitForSelector('body[data-connection="reconnecting"]');
    await mira.page.locator('[data-testid="connection-status"]', { hasText: "attempt" }).waitFor();
    await mira.say("written while away");
    await mira.say("and this too");
    expect(await mira.page.locator("#pending > li").allInnerTexts()).toEqual([
      expect.stringContaining("written while away"),
      expect.stringContaining("and this too"),
    ]);
    await mira.screenshot("disconnected-desktop-light");
    await tomas.screenshot("disconnected-phone-light");

    server = await server.restart();
    // Not by itself: whoever reloads in that very moment must find everything still there.
    await mira.page.reload();
    await mira.connected();
    await tomas.connected();
    await tomas.sees("and this too");
    await mira.sees("and this too");
    await mira.page.locator("#pending > li").first().waitFor({ state: "detached" });
    const expected = ["before", "written while away", "and this too"];
    expect(await mira.messages()).toEqual(expected);
    expect(await tomas.messages()).toEqual(expected);
  });

  test("killed again, both are back within two seconds of its return and have missed nothing", async () => {
    await server.kill();
    await mira.page.waitForSelector('body[data-connection="reconnecting"]');
    await tomas.page.waitForSelector('body[data-connection="reconnecting"]');
    server = await server.restart();
    const from = performance.now();
    await Promise.all([mira.connected(), tomas.connected()]);
    // Printed, not judged: a busy machine would fail it. The page looks every second, so two are enough on a quiet one.
    console.log(`back after ${Math.round(performance.now() - from)} ms`);
    await tomas.say("after");
    await mira.sees("after");
    expect(await mira.messages()).toEqual(["before", "written while away", "and this too", "after"]);
    expect(await tomas.messages()).toEqual(await mira.messages());
  });

  test("a draft survives a reload", async () => {
    await mira.write("half a sen");
    await mira.page.reload();
    await mira.connected();
    expect(await mira.page.inputValue("#text")).toBe("half a sen");
    await mira.write("");
  });

  test("nothing was complained about", () => {
    expect(mira.complaints).toEqual([]);
    expect(tomas.complaints).toEqual([]);
    expect(server.bugs()).toEqual([]);
  });
});
