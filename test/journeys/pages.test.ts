import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { invited, owner, type Reader } from "../support/reader.ts";
import { startServer, type TestServer } from "../support/server.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(30_000);

const password = "seven quiet lanterns";

/** What the pages' own modules add: without them everything works, with them it is harder to do the wrong thing. */
describe.skipIf(!chromiumPath)("pages beside the room", () => {
  let server: TestServer;
  let browser: Browser;
  let olga: Reader;
  let tomas: Visitor;

  beforeAll(async () => {
    server = await startServer({ env: { OPENCODE_DEV_MODE: "false" } });
    browser = await openBrowser();
    olga = await owner(server, "olga", password);
    await invited(server, olga, "tomas", "developer", password);
    tomas = await Visitor.arrive(browser, server.http, "tomas");
  });
  afterAll(async () => {
    // Refused forms are answered so, which the browser mentions.
    expect(tomas.complaints.filter((each) => !/status of (401|422)/.test(each))).toEqual([]);
    await browser.close();
    await server.stop();
  });

  test("a link to a device's code leads over the door to the code; a wrong password leaves the focus on the next try", async () => {
    await tomas.page.goto(`${server.http}/auth/device?user_code=JKDB-MVXV`);
    await tomas.page.waitForURL("**/sign-in?next=*");
    await tomas.page.fill("#password-name", "tomas");
    await tomas.page.fill("#password", "not my password");
    await tomas.page.press("#password", "Enter");
    await tomas.page.getByRole("alert").waitFor();
    expect(await tomas.page.evaluate(() => document.activeElement?.id)).toBe("password");
    await tomas.page.keyboard.type(password);
    await tomas.page.getByRole("button", { name: "Show: Password" }).click();
    expect(await tomas.page.getAttribute("#password", "type")).toBe("text");
    expect(await tomas.page.evaluate(() => document.activeElement?.id)).toBe("password");
    await tomas.page.keyboard.press("Enter");
    await tomas.page.waitForURL("**/auth/device?user_code=JKDB-MVXV");
    expect(await tomas.page.inputValue("#user-code")).toBe("JKDB-MVXV");
  });

  test("a new key is made once, however often its page is loaded again", async () => {
    await tomas.page.goto(`${server.http}/settings`);
    await tomas.page.locator("summary", { hasText: "New key" }).click();
    await tomas.page.fill("#key-name", "script");
    await tomas.page.locator('form[action="/settings/keys"] button[type=submit]').click();
    await tomas.page.getByTestId("shown-once").waitFor();
    await tomas.page.waitForURL("**/settings");
    await tomas.page.reload();
    expect(await tomas.page.getByTestId("shown-once").count()).toBe(0);
    expect(await tomas.page.locator('[data-testid="keys"] > li').count()).toBe(1);
  });

  test("what was done is said once: a reload does not say it again", async () => {
    await tomas.page.fill("#title", "Gardener");
    await tomas.page.locator("#profile button", { hasText: "Save" }).click();
    await tomas.page.locator("#profile .good").waitFor();
    await tomas.page.waitForURL("**/settings#profile");
    await tomas.page.reload();
    expect(await tomas.page.locator("#profile .good").count()).toBe(0);
  });

  test("what asks once more closes by Escape, with the focus back, by a click elsewhere, and when another opens", async () => {
    const [rotate, revoke] = ["Rotate", "Revoke"].map((verb) =>
      tomas.page.locator("#keys .confirm > summary", { hasText: verb }),
    );
    const open = () => tomas.page.locator("details.confirm[open]").count();
    await rotate?.click();
    await revoke?.click();
    expect(await open()).toBe(1);
    await tomas.page.keyboard.press("Escape");
    expect(await open()).toBe(0);
    expect(await tomas.page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("Revoke");
    await rotate?.click();
    await tomas.page.locator("#keys .lead").click();
    expect(await open()).toBe(0);
  });

  test("the way back leads to the room one came from, over other pages and errors as well", async () => {
    await tomas.page.goto(`${server.http}/rooms/general`);
    await tomas.connected();
    await tomas.page.locator(".section > summary", { hasText: "New room" }).click();
    // One begins to type at once: the cursor stands where the name goes.
    await tomas.page.locator("#new-room-name:focus").waitFor();
    await tomas.page.keyboard.type("harbour");
    await tomas.page.keyboard.press("Enter");
    await tomas.page.waitForURL("**/rooms/harbour");
    await tomas.connected();
    await tomas.page.locator('a[title="Members and invitations"]').click();
    await tomas.page.getByTestId("members-page").waitFor();
    await tomas.page.locator(".bar-links a", { hasText: "Settings" }).click();
    await tomas.page.getByTestId("settings").waitFor();
    await tomas.page.goto(`${server.http}/no/such/page`);
    tomas.complaints.length = 0;
    await tomas.page.getByText("Back to the room").click();
    await tomas.page.waitForURL("**/rooms/harbour");
    await tomas.connected();
  });

  test("a refused new room stands open again with what was typed, and a reload makes nothing", async () => {
    await tomas.page.locator(".section > summary", { hasText: "New room" }).click();
    await tomas.page.keyboard.press("Escape");
    expect(await tomas.page.locator(".new-room").isVisible()).toBe(false);
    await tomas.page.locator(".section > summary", { hasText: "New room" }).click();
    await tomas.page.fill("#new-room-name", "no way!");
    await tomas.page.keyboard.press("Enter");
    // The browser says what a name may hold before anything is sent.
    expect(await tomas.page.evaluate(() => document.querySelector("#new-room-name:invalid") !== null)).toBe(true);
    await tomas.page.fill("#new-room-name", "harbour");
    await tomas.page.fill("#new-room-topic", "Ships");
    await tomas.page.keyboard.press("Enter");
    await tomas.page.locator(".new-room [role=alert]").waitFor();
    expect(await tomas.page.evaluate(() => document.activeElement?.id)).toBe("new-room-name");
    expect(await tomas.page.inputValue("#new-room-topic")).toBe("Ships");
    await tomas.page.waitForURL("**/rooms/harbour");
    await tomas.connected();
    await tomas.screenshot("new-room-refused");
    await tomas.page.reload();
    await tomas.connected();
    expect(await tomas.page.locator(".new-room").isVisible()).toBe(false);
  });
});
