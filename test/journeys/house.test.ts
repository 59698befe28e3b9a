import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { Client } from "../support/client.ts";
import { startServer, type TestServer } from "../support/server.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(30_000);

describe.skipIf(!chromiumPath)("around the house", () => {
  let server: TestServer;
  let browser: Browser;
  let mira: Visitor;

  beforeAll(async () => {
    server = await startServer();
    browser = await openBrowser();
    mira = await Visitor.signIn(browser, server.http, "mira");
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  test("the page carries the handles that other people's tests look for", async () => {
    for (const id of [
      "chat-interface",
      "message-list",
      "message-input",
      "user-list",
      "connection-status",
      "dark-mode-toggle",
    ]) {
      expect(await mira.page.locator(`[data-testid="${id}"]`).count()).toBe(1);
    }
  });

  test("a new room appears for everybody and has its own messages", async () => {
    const tomas = await Visitor.signIn(browser, server.http, "tomas");
    await mira.page.locator(".section summary").click();
    await mira.page.fill(".new-room input[name=name]", "Release 2");
    await mira.page.fill(".new-room input[name=topic]", "Ship on Thursday");
    await mira.page.click(".new-room button");
    await mira.page.waitForURL("**/rooms/release-2");
    await mira.connected();
    await mira.say("only here");
    await mira.sees("only here");
    await tomas.page.locator("#rooms", { hasText: "release-2" }).waitFor();
    expect(await tomas.messages()).toEqual([]);
    await tomas.page.locator("#rooms a", { hasText: "release-2" }).click();
    await tomas.sees("only here");
    await tomas.leave();
    await mira.page.locator('#people [data-handle="tomas"][data-state="offline"]').waitFor();
    await mira.page.goto(`${server.http}/`);
    await mira.connected();
  });

  test("an agent hired on the roster is there for everybody, and gone when fired", async () => {
    const roster = await mira.context.newPage();
    const hire = async (name: string) => {
      await roster.goto(`${server.http}/agents`);
      await roster.getByTestId("hire").click();
      await roster.locator('[data-program="builtin"]').click();
      await roster.fill("#agent-name", name);
      await roster.fill("#role", "tester");
      await roster.getByRole("button", { name: "Hire" }).click();
    };
    await hire("erin");
    await roster.getByTestId("hired").waitFor();
    await mira.page.locator('#agents [data-handle="erin"]').waitFor();
    await hire("erin");
    await roster.locator('[role="alert"]', { hasText: "works here already" }).waitFor();
    await roster.goto(`${server.http}/agents`);
    const erin = roster.locator('[data-testid="roster"] [data-handle="erin"]');
    await erin.locator("summary").click();
    await erin.locator("button", { hasText: "Fire erin" }).click();
    await mira.page.locator('#agents [data-handle="erin"]').waitFor({ state: "detached" });
    await roster.close();
  });

  test("earlier messages come when they are scrolled to, and the place stays", async () => {
    const bot = await Client.camel(server.ws, "writer");
    for (let number = 1; number <= 120; number += 1) bot.send({ type: "message", data: { text: `line ${number}` } });
    await bot.next("message", (frame) => frame.data.text === "line 120");
    await mira.page.reload();
    await mira.connected();
    await mira.sees("line 120");
    expect(await mira.page.locator("#messages > li").count()).toBe(50);
    expect(
      await mira.page.evaluate(
        "const log = document.getElementById('log'); log.scrollHeight - log.scrollTop - log.clientHeight < 4",
      ),
    ).toBe(true);
    await mira.page.evaluate("document.getElementById('log').scrollTo(0, 0)");
    await mira.page.locator("#messages > li .body", { hasText: /^\s*line 41\s*$/ }).waitFor({ state: "attached" });
    const numbers = (await mira.messages()).map((text) => Number(/line (\d+)/.exec(text)?.[1])).filter(Number.isFinite);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    const anchor = mira.page.locator("#messages > li", {
      has: mira.page.locator(".body", { hasText: /^\s*line 71\s*$/ }),
    });
    const box = await anchor.boundingBox();
    expect(box && box.y > 0 && box.y < 800).toBe(true);
    await bot.close();
  });

  test("the theme is chosen by hand and kept", async () => {
    await mira.page.locator('[data-testid="dark-mode-toggle"]').click();
    const chosen = await mira.page.locator("html").getAttribute("data-theme");
    expect(["light", "dark"]).toContain(chosen ?? "");
    await mira.page.reload();
    expect(await mira.page.locator("html").getAttribute("data-theme")).toBe(chosen);
  });

  test("at 360 pixels the left bar is a drawer and nothing sticks out", async () => {
    const phone = await Visitor.signIn(browser, server.http, "erik", { width: 360, height: 740, dark: true });
    expect(await phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await phone.page.click('[data-action="open-drawer"]');
    await phone.page.locator("#agents", { hasText: "alice" }).waitFor();
    await phone.screenshot("drawer-phone-dark");
    await phone.page.keyboard.press("Escape");
    expect(phone.complaints).toEqual([]);
    await phone.leave();
  });

  test("somebody who signs out is out, on every tab at once", async () => {
    const second = await mira.context.newPage();
    await second.goto(`${server.http}/`);
    await second.waitForSelector('body[data-connection="connected"]');
    await mira.page.click('form[action="/sign-out"] button');
    // She sees that she is signed out, and her other page, why it is here.
    await mira.page.waitForURL("**/sign-in?done=signed-out");
    await second.waitForURL("**/sign-in?over=1&next=*");
    expect(mira.complaints).toEqual([]);
  });
});
