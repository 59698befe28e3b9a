import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import type { Task } from "../../src/tasks/task.ts";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { workOn } from "../support/work.ts";
import { openWorkshop, type Workshop } from "../support/workshop.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(30_000);

describe.skipIf(!chromiumPath)("two people watch an agent work", () => {
  let shop: Workshop;
  let browser: Browser;
  let mira: Visitor;
  let tomas: Visitor;
  let task: Task;

  beforeAll(async () => {
    shop = await openWorkshop({ env: { OPENCODE_TRANSPORT: "websocket" } });
    browser = await openBrowser();
    mira = await Visitor.signIn(browser, shop.server.http, "mira");
    tomas = await Visitor.signIn(browser, shop.server.http, "tomas", { width: 390, height: 844, dark: true });
    task = await shop.task("alice", "mira", "Sessions are lost when the server restarts. Fix it.");
    workOn(shop.core.steps, task);
  });
  afterAll(async () => {
    expect([...mira.complaints, ...tomas.complaints]).toEqual([]);
    await browser.close();
    await shop.server.stop();
  });

  const card = (visitor: Visitor) => visitor.page.locator(`#task-${task.id}`);
  const terminal = (visitor: Visitor) => visitor.page.locator(`#task-${task.id} .terminal`);

  test("the step that runs stands open with its terminal, those that are over are folded and counted", async () => {
    for (const visitor of [mira, tomas]) {
      await terminal(visitor).locator("text=who signs in stays in").waitFor();
      expect(await card(visitor).locator(".steps > summary").innerText()).toBe("3 steps");
      expect(await card(visitor).locator(".steps .step").first().isVisible()).toBe(false);
      expect(await card(visitor).locator(".plan > summary").innerText()).toContain("Plan, 1 of 3 done");
    }
    expect(await terminal(mira).locator(".t-ink2").innerText()).toBe("✓");
    await mira.screenshot("work-card-light");
    await tomas.screenshot("work-card-phone-dark");
  });

  test("output comes live, the terminal stays at its end, and the card does not grow", async () => {
    const height = (await card(mira).boundingBox())?.height;
    for (let line = 1; line <= 30; line += 1) shop.core.steps.output(task, "run-1", `test ${line}\r\n`);
    shop.core.steps.output(task, "run-1", " 10%\r 20%\r\u001b[K100%\r\n<b>not bold</b>\r\n");
    for (const visitor of [mira, tomas]) {
      await terminal(visitor).locator("text=<b>not bold</b>").waitFor();
      expect(await terminal(visitor).locator("b").count()).toBe(0);
      expect(await terminal(visitor).innerText()).toContain("100%\n<b>not bold</b>");
      expect(await terminal(visitor).innerText()).not.toContain("20%");
      const fromEnd = await terminal(visitor).evaluate((e) => e.scrollHeight - e.clientHeight - e.scrollTop);
      expect(fromEnd).toBeLessThan(2);
    }
    expect((await card(mira).boundingBox())?.height).toBe(height);
  });

  test("who scrolled up reads on where they were, whatever comes, also when the card is told anew", async () => {
    await terminal(mira).evaluate((e) => e.scrollTo(0, 40));
    await mira.page.locator(`#steps-${task.id} > summary`).click();
    await mira.page.locator(`#steps-${task.id} .step`).first().waitFor();
    shop.core.steps.output(task, "run-1", "one more\r\n");
    shop.core.steps.change(task, { id: "search-1", kind: "search", title: "Search", input: "sessions.set" });
    await card(mira).locator(".running .step", { hasText: "sessions.set" }).waitFor();
    expect(await mira.page.locator(`#terminal-${task.id}-4`).evaluate((e) => e.scrollTop)).toBe(40);
    expect(await mira.page.locator(`#steps-${task.id}`).getAttribute("open")).not.toBeNull();
    expect(await terminal(tomas).first().innerText()).toContain("one more");
    await mira.screenshot("work-card-unfolded-light");
    shop.core.steps.change(task, { id: "search-1", state: "completed" });
  });

  test("who comes in the middle sees all there is, and what comes after it once", async () => {
    const ada = await Visitor.signIn(browser, shop.server.http, "ada", { dark: true });
    await terminal(ada).locator("text=one more").waitFor();
    shop.core.steps.output(task, "run-1", "after ada came\r\n");
    await terminal(ada).locator("text=after ada came").waitFor();
    const lines = await terminal(ada).innerText();
    expect(lines.match(/one more/g)).toHaveLength(1);
    expect(lines.match(/test 17\b/g)).toHaveLength(1);
    await ada.screenshot("work-card-dark");
    await ada.leave();
  });

  test("the task's own page has everything, and goes on by itself", async () => {
    await card(mira).getByRole("link", { name: "Open task" }).click();
    await mira.page.waitForSelector('body[data-connection="connected"]');
    const { page } = mira;
    expect(await page.locator('[data-testid="step"]').count()).toBe(5);
    expect(await page.locator(".diff .added").count()).toBe(3);
    expect(await page.locator(".diff .removed").count()).toBe(2);
    expect(await page.locator(".diff .added .sr").first().innerText()).toBe("added");
    await page.locator(".step", { hasText: "who signs in stays in" }).waitFor();
    await page.locator(".thoughts > summary").click();
    shop.core.steps.thought(task, "Now it is kept.");
    await page.locator(".thoughts", { hasText: "Now it is kept." }).waitFor();
    shop.core.steps.output(task, "run-1", "live on its page\r\n");
    await page.locator(".terminal", { hasText: "live on its page" }).waitFor();
    await mira.screenshot("work-page-light");
    shop.core.steps.change(task, { id: "run-1", state: "completed" });
    await page.locator(`#step-${task.id}-4[data-state="completed"]`).waitFor();
    shop.core.steps.plan(task, [{ content: "Run the tests", status: "completed" }]);
    await page.locator(".plan", { hasText: "1 of 1 done" }).waitFor();
    await tomas.page.goto(`${shop.server.http}/tasks/${task.id}`);
    await tomas.page.waitForSelector('body[data-connection="connected"]');
    await tomas.screenshot("work-page-phone-dark");
    expect(await tomas.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  test("Stop ends it, for everybody, on the page and in the room", async () => {
    await mira.page.getByRole("button", { name: "Stop" }).click();
    await mira.page.locator('[data-testid="task-head"][data-state="cancelled"]').waitFor();
    await tomas.page.locator('[data-testid="task-head"][data-state="cancelled"]').waitFor();
    await tomas.page.goto(`${shop.server.http}/rooms/general`);
    await tomas.page.locator('[data-testid="task-card"][data-state="cancelled"]').waitFor();
    expect(await card(tomas).locator(".steps > summary").innerText()).toBe("5 steps");
    await tomas.screenshot("work-over-phone-dark");
  });
});
