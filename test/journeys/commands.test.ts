import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { startServer, type TestServer } from "../support/server.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(30_000);

const notices = '#messages > [data-testid="notice"]';

describe.skipIf(!chromiumPath)("slash commands on the page", () => {
  let server: TestServer;
  let browser: Browser;
  let mira: Visitor;
  let tomas: Visitor;

  beforeAll(async () => {
    server = await startServer();
    browser = await openBrowser();
    mira = await Visitor.signIn(browser, server.http, "mira");
    tomas = await Visitor.signIn(browser, server.http, "tomas", { width: 390, height: 844, dark: true });
  });
  afterAll(async () => {
    expect([...mira.complaints, ...tomas.complaints]).toEqual([]);
    await browser.close();
    await server.stop();
  });

  const offered = (visitor: Visitor) =>
    visitor.page.locator("#commands > [role=option]:visible").evaluateAll((options) => options.map((each) => each.id));

  test("what begins a command is completed by the keyboard, and its usage stands by while its arguments are typed", async () => {
    const { page } = mira;
    await page.locator("#text").pressSequentially("/h");
    expect(await offered(mira)).toEqual(["command-help", "command-hire", "command-history"]);
    expect(await page.getAttribute("#text", "aria-controls")).toBe("commands");
    expect(await page.getAttribute("#text", "aria-activedescendant")).toBe("command-help");
    await page.press("#text", "ArrowDown");
    expect(await page.getAttribute("#text", "aria-activedescendant")).toBe("command-hire");
    expect(await page.locator("#command-hire").getAttribute("aria-selected")).toBe("true");
    await mira.screenshot("commands-desktop-light");
    await page.press("#text", "Tab");
    expect(await page.inputValue("#text")).toBe("/hire ");
    expect(await page.locator("#usage").innerText()).toContain("/hire <name> [role] [expertise …]");
    expect(await page.locator("#commands").isVisible()).toBe(false);
    expect(await page.getAttribute("#text", "aria-controls")).toBe("suggestions");
    await mira.screenshot("command-usage-desktop-light");
    await mira.write("");
    expect(await page.locator("#usage").isVisible()).toBe(false);
  });

  test("Escape closes the list and leaves what was typed; what is no command offers nothing", async () => {
    const { page } = mira;
    await mira.write("/");
    expect((await offered(mira)).length).toBe(22);
    await page.press("#text", "Escape");
    expect(await page.locator("#commands").isVisible()).toBe(false);
    expect(await page.inputValue("#text")).toBe("/");
    for (const text of ["//", "a /he", "/he ", "/zzz", "/usr/bin"]) {
      await mira.write(text);
      expect([text, await page.locator("#commands").isVisible()]).toEqual([text, false]);
    }
    // Mentions are offered in a command's arguments, by their own list.
    await mira.write("");
    await page.locator("#text").pressSequentially("/ask @al");
    await page.locator('#suggestions [role="option"]', { hasText: "alice" }).waitFor();
    await page.press("#text", "Enter");
    expect(await page.inputValue("#text")).toBe("/ask @alice ");
    await mira.write("");
  });

  test("the answer stands among the messages, for who asked alone, and is gone when it is dismissed or the page is loaded again", async () => {
    const { page } = mira;
    await page.locator("#text").pressSequentially("/he");
    await page.press("#text", "Enter");
    expect(await page.inputValue("#text")).toBe("/help ");
    await page.press("#text", "Enter");
    await page.locator(notices, { hasText: "only you see this" }).waitFor();
    await mira.say("and on we go");
    await tomas.sees("and on we go");
    expect(await tomas.messages()).toEqual(["/help", "and on we go"]);
    expect(await tomas.page.locator(notices).count()).toBe(0);
    const order = await page
      .locator("#messages > li")
      .evaluateAll((items) => items.map((item) => item.classList.contains("aside")));
    expect(order).toEqual([false, true, false]);
    expect(await page.locator(`${notices} code`).first().innerText()).toBe("/agents");
    expect(await page.locator("#announcer").innerText()).toContain("Commands");
    await mira.screenshot("command-answer-desktop-light");

    await page.locator(notices).getByRole("button", { name: "Dismiss" }).click();
    expect(await page.locator(notices).count()).toBe(0);
    await mira.say("/who");
    await page.locator(notices, { hasText: "mira" }).waitFor();
    await page.reload();
    await mira.connected();
    expect(await mira.messages()).toEqual(["/help", "and on we go", "/who"]);
  });

  test("on a phone: chosen with a finger, answered, and searched with a way to the message", async () => {
    const { page } = tomas;
    await tomas.say("the kingfisher has landed");
    await tomas.sees("the kingfisher has landed");
    await page.locator("#text").pressSequentially("/sea");
    await tomas.screenshot("commands-phone-dark");
    await page.locator("#command-search").tap();
    expect(await page.inputValue("#text")).toBe("/search ");
    await page.locator("#text").pressSequentially("kingfisher");
    await page.press("#text", "Enter");
    const answer = page.locator(notices, { hasText: "kingfisher" });
    await answer.waitFor();
    expect(await answer.locator("strong", { hasText: "kingfisher" }).count()).toBe(1);
    await tomas.screenshot("command-answer-phone-dark");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide).toBe(0);
    const link = answer.locator(".body a");
    expect(await link.getAttribute("href")).toMatch(/^#m-\d+$|^http:\/\/localhost:\d+\/rooms\/general#m-\d+$/);
    expect(await mira.page.locator(notices).count()).toBe(0);
  });

  test("without a socket the answer comes with that of the request", async () => {
    const { page } = mira;
    const clientId = "a-command-over-http";
    await page.evaluate(
      async ({ clientId }) => {
        const answer = await fetch("/rooms/general/messages", {
          method: "POST",
          body: new URLSearchParams({ text: "/status", clientId }),
        });
        const { notice } = (await answer.json()) as { notice: string };
        document.dispatchEvent(new CustomEvent("parley:answer", { detail: notice }));
      },
      { clientId },
    );
    await page.locator(notices, { hasText: "talking over WebSocket" }).waitFor();
    // What comes later by the socket stands after it all the same.
    await tomas.say("last word");
    await mira.sees("last word");
    const last = await page.locator("#messages > li").last().innerText();
    expect(last).toContain("last word");
  });

  test("who may only read is offered nothing", async () => {
    const vera = await Visitor.arrive(browser, server.http, "vera");
    await vera.page.goto(`${server.http}/`);
    await vera.page.fill("input[name=name]", "vera");
    await vera.page.selectOption("[name=role]", "Viewer");
    await vera.page.click("button[type=submit]");
    await vera.inRoom();
    expect(await vera.page.locator("#commands").count()).toBe(0);
    expect(vera.complaints).toEqual([]);
    await vera.leave();
  });
});
