import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { Keyboard } from "../support/keyboard.ts";
import { startServer, type TestServer } from "../support/server.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(60_000);

const passwords = { mira: "an old oak by the river", tomas: "seven grey herons" };

/** Nothing is clicked here. Each test goes on where the one before ended. */
describe.skipIf(!chromiumPath)("by keyboard alone", () => {
  let server: TestServer;
  let browser: Browser;
  let mira: Visitor;
  let tomas: Visitor;
  let keys: Keyboard;

  beforeAll(async () => {
    server = await startServer({ env: { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true" } });
    browser = await openBrowser();
    mira = await Visitor.arrive(browser, server.http, "mira");
    tomas = await Visitor.arrive(browser, server.http, "tomas");
    keys = new Keyboard(mira.page);
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  const here = (link: string) => link.replace(/^https?:\/\/[^/]+/, server.http);

  test("mira becomes the owner by her link", async () => {
    await mira.page.goto(here(server.parley.setUpUrl ?? ""));
    // The first field has the focus already.
    await mira.page.keyboard.type("mira");
    await keys.fill(/password/i, passwords.mira);
    await mira.page.keyboard.press("Enter");
    await mira.inRoom();
  });

  test("she comes from the room to the members, invites somebody, and takes the link along", async () => {
    await keys.press(/members and invitations/i);
    await mira.page.getByTestId("members-page").waitFor();
    await keys.press(/invite somebody/i);
    await keys.fill(/^note/i, "written without a mouse");
    await keys.press(/make|create|invit/i);
    await mira.page.getByTestId("shown-once").waitFor();
    await keys.press(/^copy/i);
    await mira.page.locator("[data-copied]", { hasText: /./ }).waitFor({ state: "attached" });
    const link = await mira.page.evaluate(() => navigator.clipboard.readText());
    expect(link).toContain("/invitations/");
    await tomas.page.goto(here(link));
    await tomas.page.getByText("written without a mouse").waitFor();
  });

  test("tomas accepts it, and is in the room with the focus where one writes", async () => {
    const his = new Keyboard(tomas.page);
    await tomas.page.keyboard.type("tomas");
    await his.fill(/password/i, passwords.tomas);
    await tomas.page.keyboard.press("Enter");
    await tomas.inRoom();
    await tomas.page.keyboard.type("here I am");
    await tomas.page.keyboard.press("Enter");
    await tomas.sees("here I am");
  });

  test("she gives him another role among the members", async () => {
    await mira.page.goto(`${server.http}/members`);
    await keys.press(/manage tomas/i);
    await keys.tabTo(/^role/i);
    await mira.page.keyboard.type("viewer");
    await keys.press(/change the role of tomas/i);
    const row = mira.page.locator('[data-testid="members"] > li', { hasText: "tomas" });
    await row.filter({ hasText: "viewer" }).waitFor();
  });

  test("she reads in the audit what he did, and opens everything again", async () => {
    await keys.press(/^audit/i);
    await mira.page.getByTestId("audit-page").waitFor();
    await keys.fill(/^who/i, "tomas");
    await mira.page.keyboard.press("Enter");
    await mira.page.waitForURL("**/audit?*actor=tomas*");
    expect(await mira.page.getByTestId("audit-page").innerText()).toContain("invitation accepted");
    await keys.press(/^(clear|show all|all entries)/i);
    await mira.page.waitForURL(/\/audit$/);
    await keys.press(/back to the room/i);
    await mira.inRoom();
  });

  test("she gives herself a title in the settings, makes a key and takes it back, and ends the other session", async () => {
    const headers = { origin: server.http, "content-type": "application/json" };
    const body = JSON.stringify({ name: "mira", password: passwords.mira });
    const session = (await (
      await fetch(`${server.http}/api/v1/sessions`, { method: "POST", headers, body })
    ).json()) as { token: string };
    const isGood = async () =>
      (await fetch(`${server.http}/api/v1/me`, { headers: { authorization: `Bearer ${session.token}` } })).status;
    expect(await isGood()).toBe(200);
    await keys.press(/your settings|^mira/i);
    await mira.page.getByTestId("settings").waitFor();
    await keys.fill(/^title/i, "Owner of no mouse");
    await mira.page.keyboard.press("Enter");
    await mira.page.waitForLoadState();
    await mira.page.locator('input[name="title"]').waitFor();
    expect(await mira.page.locator('input[name="title"]').inputValue()).toBe("Owner of no mouse");
    await keys.press(/^new key/i);
    await keys.fill(/^name/i, "made by keys");
    await mira.page.keyboard.press("Enter");
    await mira.page.getByTestId("shown-once").waitFor();
    await keys.press(/revoke made by keys/i);
    // The button that confirms comes next.
    await keys.press(/^revoke$/i);
    await mira.page.waitForURL("**/settings#keys");
    await keys.press(/sign out everywhere else|end (all )?others?|end every other/i);
    await keys.press(/^(sign out everywhere else|end)/i);
    await mira.page.waitForURL("**/settings#sessions");
    expect(await isGood()).toBe(401);
  });
});
