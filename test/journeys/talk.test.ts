import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { startServer, type TestServer } from "../support/server.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(30_000);

describe.skipIf(!chromiumPath)("two people and an agent in a room", () => {
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
    await browser.close();
    await server.stop();
  });

  test("what one says both see, once and at once", async () => {
    await mira.screenshot("empty-desktop-light");
    await mira.say("The build is **green** again");
    await mira.sees("The build is green again");
    await tomas.sees("The build is green again");
    expect(await mira.messages()).toEqual(["The build is green again"]);
    expect(await tomas.messages()).toEqual(["The build is green again"]);
    expect(await mira.page.locator("#pending > li").count()).toBe(0);
  });

  test("who writes is shown to the other and not to oneself", async () => {
    await tomas.page.locator("#text").pressSequentially("hm");
    await mira.page.locator("#typing", { hasText: "tomas is typing" }).waitFor();
    expect(await tomas.page.locator("#typing").innerText()).toBe("");
    await tomas.write("");
    await mira.page.locator("#typing:empty").waitFor({ state: "attached" });
  });

  test("a mentioned agent acknowledges, opens a task and streams her answer; both see the same", async () => {
    await mira.page.locator("#text").pressSequentially("@al");
    await mira.page.locator('#suggestions [role="option"]', { hasText: "alice" }).waitFor();
    await mira.page.press("#text", "Tab");
    expect(await mira.page.inputValue("#text")).toBe("@alice ");
    await mira.page.locator("#text").pressSequentially("please create a login component");
    await mira.page.press("#text", "Enter");
    await mira.sees("Got it: create a login component.");
    await mira.sees("It is on my list.");
    await mira.page.locator("#messages .streaming").waitFor({ state: "detached" });
    await tomas.sees("It is on my list.");
    await tomas.page.locator("#messages .streaming").waitFor({ state: "detached" });
    expect(await tomas.messages()).toEqual(await mira.messages());
    expect(await mira.page.locator('[data-testid="task-card"]').count()).toBe(1);
    expect(await mira.page.locator('#messages [data-kind="agent"] .tag').first().innerText()).toBe("agent");
    await mira.page.locator('#agents [data-handle="alice"][data-state="idle"]').waitFor();
  });

  test("a task moves on by word and by its buttons, for everybody", async () => {
    await tomas.say("@alice 40%");
    await mira.page.locator('[data-testid="task-card"][data-state="working"]').waitFor();
    expect(await mira.page.locator('[data-testid="task-card"] progress').getAttribute("value")).toBe("40");
    await mira.page.locator('#agents [data-handle="alice"][data-state="working"]').waitFor();
    await mira.screenshot("busy-desktop-light");
    await mira.page.locator('[data-testid="task-card"] button', { hasText: "Done" }).click();
    await tomas.page.locator('[data-testid="task-card"][data-state="completed"]').waitFor();
    await tomas.screenshot("busy-phone-dark");
  });

  test("a reply shows what it answers", async () => {
    const first = tomas.page.locator("#messages > li").first();
    await tomas.pointAt(first);
    await first.locator('[data-action="reply"]').click();
    await tomas.page.locator("#reply-bar", { hasText: "mira" }).waitFor();
    await tomas.say("Good to hear");
    await mira.sees("Good to hear");
    const reply = mira.page.locator("#messages > li", { hasText: "Good to hear" });
    expect(await reply.locator(".parent").innerText()).toContain("The build is **green** again");
    expect(await tomas.page.locator("#reply-bar").isHidden()).toBe(true);
  });

  test("the author edits and deletes; the other sees it and may do neither", async () => {
    await mira.say("teh last word");
    await mira.sees("teh last word");
    await tomas.say("hold on");
    const said = tomas.page.locator("#messages > li", { hasText: "teh last word" });
    await tomas.pointAt(said);
    await said.locator('[data-action="reply"]').click();
    await tomas.say("are you sure?");
    const quoting = mira.page.locator("#messages > li", { hasText: "are you sure?" }).locator(".parent");
    await quoting.waitFor();
    await mira.page.press("#text", "ArrowUp");
    expect(await mira.page.inputValue("#text")).toBe("teh last word");
    await mira.say("the last word");
    await mira.page.locator("#messages .parent", { hasText: "the last word" }).waitFor();
    const changed = tomas.page.locator("#messages > li", {
      hasNot: tomas.page.locator(".parent"),
      hasText: "the last word",
    });
    await changed.locator(".edited").waitFor();
    await tomas.pointAt(changed);
    expect(await changed.locator('[data-action="delete"]:visible').count()).toBe(0);
    const own = mira.page.locator("#messages > li", { hasNot: mira.page.locator(".parent"), hasText: "the last word" });
    await mira.pointAt(own);
    await own.locator('[data-action="delete"]').click();
    await mira.page.locator("#confirm button", { hasText: "Delete" }).click();
    await tomas.sees("This message was deleted.");
    await mira.page.locator("#messages .parent", { hasText: "deleted message" }).waitFor();
    expect(await tomas.page.locator("#messages", { hasText: "the last word" }).count()).toBe(0);
  });

  test("code is coloured, copied with a button and never widens the page", async () => {
    const line = `const answer: number = 42; // ${"a very long comment ".repeat(7)}`;
    await mira.say(`\`\`\`ts\n${line}\n\`\`\``);
    const code = tomas.page.locator("#messages pre", { hasText: "const answer" });
    await code.waitFor();
    expect(await code.locator(".hljs-keyword").first().innerText()).toBe("const");
    expect(await tomas.page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await tomas.screenshot("code-phone-dark");
    await mira.screenshot("code-desktop-light");
    await mira.page.locator("#messages .copy").last().click();
    await mira.page.locator("#toasts", { hasText: "Code copied." }).waitFor();
  });

  test("a table's columns stand where they were told to, without a style that our own policy forbids", async () => {
    await mira.say("| task | done |\n| :-: | --: |\n| deploy | 40 % |");
    const cell = tomas.page.locator("#messages td", { hasText: "40 %" });
    await cell.waitFor();
    const alignOf = "getComputedStyle(document.querySelector('#messages td.to-right')).textAlign";
    expect(await tomas.page.evaluate(alignOf)).toBe("right");
    // Also on a page that has it from the beginning.
    await tomas.page.reload();
    await cell.waitFor();
    expect(await tomas.page.evaluate(alignOf)).toBe("right");
  });

  test("a message is marked mine, mentions me, and days and groups are drawn by the page", async () => {
    await tomas.say("@mira look");
    await tomas.say("and again");
    await mira.sees("and again");
    const last = mira.page.locator("#messages > li").last();
    expect(await last.getAttribute("data-follow")).toBe("");
    expect(await last.getAttribute("data-mine")).toBeNull();
    expect(await mira.page.locator("#messages > li[data-mentioned] .mention.me").count()).toBe(1);
    expect(await mira.page.locator("#messages > li").first().getAttribute("data-day")).toBe("Today");
    expect(await tomas.page.locator("#messages > li").last().getAttribute("data-mine")).toBe("");
  });

  test("nothing was complained about: no error, no dialog, no broken policy", () => {
    expect(mira.complaints).toEqual([]);
    expect(tomas.complaints).toEqual([]);
  });
});
