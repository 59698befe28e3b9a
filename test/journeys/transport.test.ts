import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { ScriptedTransport } from "../support/scripted.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(30_000);

describe.skipIf(!chromiumPath)("an administrator at the transport's page", () => {
  let server: TestServer;
  let browser: Browser;
  let ada: Visitor;
  const telegram = new ScriptedTransport("telegram");

  beforeAll(async () => {
    const env = { OPENCODE_TRANSPORT: "websocket", OPENCODE_SAFE_MODE: "true" };
    server = await startServer({ env, telegram: () => telegram });
    browser = await openBrowser();
    ada = await Visitor.arrive(browser, server.http, "ada");
    const [name = "", value = ""] = (await signIn(server, "ada", "admin")).split("=");
    await ada.context.addCookies([{ name, value, url: server.http }]);
    await ada.page.goto(`${server.http}/`);
    await ada.inRoom();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  const summary = () => ada.page.getByTestId("summary");

  test("comes there from the members, sees what is on, and switches by keyboard, with a reason", async () => {
    await ada.page.goto(`${server.http}/members`);
    await ada.page.getByRole("link", { name: "Transport" }).click();
    await summary().filter({ hasText: "WebSocket is on" }).waitFor();
    await ada.page.locator("input[name=to][value=websocket]").focus();
    await ada.page.keyboard.press("ArrowDown");
    await ada.page.keyboard.press("ArrowDown");
    await ada.page.keyboard.press("Tab");
    await ada.page.keyboard.type("the office moves");
    await ada.page.keyboard.press("Enter");
    await summary().filter({ hasText: "WebSocket and Telegram are on" }).waitFor();
    const row = await ada.page.getByTestId("switches").locator("tbody tr").first().innerText();
    expect(row).toContain("ada");
    expect(row).toContain("websocket to both");
    expect(row).toContain("the office moves");
    await ada.screenshot("transport");
  });

  test("is told why a switch did not come about, and has the reason still", async () => {
    telegram.refuses = null;
    await ada.page.locator("input[name=to][value=websocket]").check();
    await ada.page.getByRole("button", { name: "Switch" }).click();
    await summary().filter({ hasText: "WebSocket is on" }).waitFor();
    telegram.refuses = "Telegram answers 401: the token is no bot's. Get a new one from @BotFather.";
    await ada.page.locator("input[name=to][value=telegram]").check();
    await ada.page.fill("#reason", "once more");
    await ada.page.getByRole("button", { name: "Switch" }).click();
    await ada.page.getByRole("alert").filter({ hasText: "Telegram answers 401" }).waitFor();
    expect(await ada.page.inputValue("#reason")).toBe("once more");
    await ada.screenshot("transport-refused");
    telegram.refuses = null;
  });

  test("stops all talk, after being asked, and starts it again", async () => {
    await ada.page.locator("details.confirm > summary", { hasText: "Stop talk" }).click();
    await ada.screenshot("transport-stop");
    await ada.page.locator("details.confirm[open] button[type=submit]").click();
    await summary().filter({ hasText: "Talk is off" }).waitFor();
    await ada.page.getByRole("button", { name: "Start talk" }).click();
    await summary().filter({ hasText: "WebSocket is on" }).waitFor();
  });

  test("on a phone, in the dark, nothing sticks out; also when something fails", async () => {
    const phone = await Visitor.arrive(browser, server.http, "ada", { width: 390, height: 844, dark: true });
    await phone.context.addCookies(await ada.context.cookies());
    telegram.refuses = null;
    await phone.page.goto(`${server.http}/transport`);
    await phone.page.locator("input[name=to][value=both]").check();
    await phone.page.getByRole("button", { name: "Switch" }).click();
    const shown = phone.page.getByTestId("summary");
    await shown.filter({ hasText: "WebSocket and Telegram are on" }).waitFor();
    telegram.trouble = "Telegram answers 502 Bad Gateway.";
    await phone.page.reload();
    await phone.page.locator('[data-transport="telegram"]', { hasText: "502" }).waitFor();
    expect(await phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await phone.screenshot("transport-phone-dark");
    expect(phone.complaints).toEqual([]);
    await phone.leave();
    telegram.trouble = null;
  });

  test("is the only one to whom the page exists: a developer gets 403", async () => {
    const dora = await Visitor.signIn(browser, server.http, "dora");
    const answer = await dora.page.goto(`${server.http}/transport`);
    expect(answer?.status()).toBe(403);
    expect(
      await dora.page
        .goto(`${server.http}/members`)
        .then(() => dora.page.getByRole("link", { name: "Transport" }).count()),
    ).toBe(0);
    await dora.leave();
    expect(ada.complaints.filter((words) => !words.includes("422"))).toEqual([]);
  });
});
