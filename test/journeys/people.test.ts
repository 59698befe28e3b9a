import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { startServer, type TestServer } from "../support/server.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(30_000);

const passwords = { mira: "an old oak by the river", tomas: "seven grey herons" };

/** A workspace as it runs on a server: nobody enters by name. Each test goes on where the one before ended. */
describe.skipIf(!chromiumPath)("how people come in, and lose what they had", () => {
  let server: TestServer;
  let browser: Browser;
  let mira: Visitor;
  let tomas: Visitor;
  const everybody: Visitor[] = [];

  async function arrive(name: string, look = {}): Promise<Visitor> {
    const visitor = await Visitor.arrive(browser, server.http, name, look);
    everybody.push(visitor);
    return visitor;
  }

  async function signIn(visitor: Visitor, name: string, password: string): Promise<void> {
    await visitor.page.goto(`${server.http}/sign-in`);
    await visitor.page.fill('[data-way="password"] input[name=name]', name);
    await visitor.page.fill('[data-way="password"] input[name=password]', password);
    await visitor.page.press('[data-way="password"] input[name=password]', "Enter");
  }

  /** Opens what asks once more, and says yes. */
  async function confirm({ page }: Visitor, within: string, verb: string): Promise<void> {
    const part = page.locator(within);
    await part.locator("details.confirm > summary", { hasText: verb }).first().click();
    await part.locator("details.confirm[open] button[type=submit]").click();
  }

  beforeAll(async () => {
    server = await startServer({ env: { OPENCODE_DEV_MODE: "false" } });
    browser = await openBrowser();
    mira = await arrive("mira");
    tomas = await arrive("tomas", { width: 390, height: 844, dark: true });
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  test("a stranger finds a door that says there is no owner yet", async () => {
    await mira.page.goto(server.http);
    await mira.page.getByTestId("no-owner").waitFor();
    await mira.screenshot("door-no-owner");
  });

  test("the set-up link makes mira the owner, once", async () => {
    const link = server.parley.setUpUrl ?? "";
    const local = link.replace(/^https?:\/\/[^/]+/, server.http);
    await mira.page.goto(local);
    await mira.page.fill("input[name=name]", "mira");
    await mira.page.fill("input[name=password]", "password");
    await mira.page.press("input[name=password]", "Enter");
    await mira.page.getByRole("alert").waitFor();
    expect(await mira.page.inputValue("input[name=name]")).toBe("mira");
    await mira.screenshot("set-up-refused");
    await mira.page.fill("input[name=password]", passwords.mira);
    await mira.page.press("input[name=password]", "Enter");
    await mira.inRoom();
    await tomas.page.goto(local);
    await tomas.page.getByTestId("gone").waitFor();
  });

  test("an invitation brings tomas in, with a name and a password of his own, and works for nobody else", async () => {
    await mira.page.click('a[href="/members"]');
    await mira.page.getByTestId("members-page").waitFor();
    await mira.page.locator("summary", { hasText: "Invite somebody" }).click();
    await mira.page.locator('form[action="/invitations"] input[name=note]').fill("see you in general");
    await mira.page.locator('form[action="/invitations"] button[type=submit]').click();
    const link = await mira.page.getByTestId("shown-once").locator("input").inputValue();
    await mira.screenshot("members-invited");
    const local = link.replace(/^https?:\/\/[^/]+/, server.http);
    await tomas.page.goto(local);
    await tomas.page.getByText("see you in general").waitFor();
    await tomas.screenshot("invitation-phone-dark");
    await tomas.page.fill("input[name=name]", "mirа");
    await tomas.page.fill("input[name=password]", passwords.tomas);
    await tomas.page.press("input[name=password]", "Enter");
    expect(await tomas.page.getByRole("alert").innerText()).toContain("looks like it");
    await tomas.page.fill("input[name=name]", "tomas");
    await tomas.page.fill("input[name=password]", passwords.tomas);
    await tomas.page.press("input[name=password]", "Enter");
    await tomas.inRoom();
    const late = await arrive("late");
    await late.page.goto(local);
    await late.page.getByTestId("gone").waitFor();
    await tomas.say("I am in");
    await mira.page.goto(server.http);
    await mira.sees("I am in");
  });

  test("a wrong password gets the same words whether the name is there or not, and after five of them a wait", async () => {
    const stranger = await arrive("stranger");
    const said: string[] = [];
    for (const name of ["tomas", "nobody"]) {
      await signIn(stranger, name, "wrong but long enough");
      said.push(await stranger.page.getByRole("alert").innerText());
    }
    expect(said[0]).toBe(said[1] ?? "");
    for (let count = 0; count < 5; count += 1) await signIn(stranger, "nobody", "wrong but long enough");
    expect(await stranger.page.getByRole("alert").innerText()).toContain("minutes");
    await stranger.screenshot("door-throttled");
  });

  test("a key made in the settings opens the API as tomas, and nothing more than he ticked", async () => {
    await tomas.page.goto(`${server.http}/settings`);
    await tomas.page.locator("summary", { hasText: "New key" }).click();
    await tomas.page.locator('form[action="/settings/keys"] input[name=name]').fill("my script");
    await tomas.page.locator('form[action="/settings/keys"] input[value=write]').uncheck();
    await tomas.page.locator('form[action="/settings/keys"] button[type=submit]').click();
    const key = await tomas.page.getByTestId("shown-once").locator("input").inputValue();
    await tomas.screenshot("settings-key-phone-dark");
    const headers = { authorization: `Bearer ${key}` };
    const me = await fetch(`${server.http}/api/v1/me`, { headers });
    expect(await me.json()).toMatchObject({ name: "tomas", permissions: ["read"] });
    await confirm(tomas, "#keys", "Revoke");
    await tomas.page.waitForURL("**/settings#keys");
    expect((await fetch(`${server.http}/api/v1/me`, { headers })).status).toBe(401);
  });

  test("a device is let in by its code, and only after a look at what it asks for", async () => {
    const asked = await fetch(`${server.http}/api/auth/device/authorize`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ client_id: "laptop", scope: "agent:manage" }),
    });
    const device = (await asked.json()) as { device_code: string; user_code: string };
    await mira.page.goto(`${server.http}/auth/device?user_code=${device.user_code}`);
    await mira.page.getByTestId("device").locator("button[type=submit]").first().click();
    await mira.page.getByText("laptop").first().waitFor();
    await mira.screenshot("device-confirm");
    await mira.page.locator('button[value="allow"]').click();
    const answer = await fetch(`${server.http}/api/auth/device/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ device_code: device.device_code }),
    });
    expect(await answer.json()).toMatchObject({ token_type: "Bearer", expires_in: 3600, scope: "agent:manage" });
  });

  test("the session on another device ends from here, and its page is at the door within a second", async () => {
    const phone = await arrive("tomas's phone", { width: 390, height: 844 });
    await signIn(phone, "tomas", passwords.tomas);
    await phone.inRoom();
    await tomas.page.goto(`${server.http}/settings`);
    await confirm(tomas, "#sessions .row-acts", "End");
    await phone.page.waitForURL("**/sign-in?over=1&next=*");
    await phone.page.getByText("Your session has ended.").waitFor();
    await phone.screenshot("door-over-phone");
    await tomas.page.goto(server.http);
    await tomas.inRoom();
  });

  test("the audit shows who did what, in a chain that holds", async () => {
    await mira.page.goto(`${server.http}/audit`);
    await mira.page.getByTestId("chain").waitFor();
    const text = await mira.page.getByTestId("audit-page").innerText();
    for (const act of ["invitation accepted", "key revoked", "device allowed", "sign-in refused"])
      expect(text).toContain(act);
    for (const secret of Object.values(passwords)) expect(text).not.toContain(secret);
    await mira.screenshot("audit");
    await mira.page.goto(`${server.http}/audit?action=key+made`);
    expect(await mira.page.getByTestId("audit-page").innerText()).toContain("my script");
    expect((await tomas.page.goto(`${server.http}/audit`))?.status()).toBe(403);
    await tomas.page.goto(server.http);
    await tomas.inRoom();
  });

  test("tomas becomes a viewer in the open page, is disabled, and stands at the door", async () => {
    await mira.page.goto(`${server.http}/members`);
    const row = mira.page.locator('[data-testid="members"] > li', { hasText: "tomas" });
    await row.locator("details.manage > summary").click();
    await row.locator("select[name=role]").selectOption("viewer");
    await row.locator('form[action$="/role"] button[type=submit]').click();
    await row.getByText("The role is changed.").waitFor();
    await mira.screenshot("members");
    // His page says so by itself: there is nothing left to write in.
    await tomas.page.getByText("You can read this room.").waitFor();
    await tomas.connected();
    await row.locator("details.manage > summary").click();
    await row.locator("details.confirm > summary", { hasText: "Disable" }).click();
    await row.locator("details.confirm[open] button[type=submit]").click();
    await tomas.page.waitForURL("**/sign-in?over=1&next=*");
    await signIn(tomas, "tomas", passwords.tomas);
    expect(await tomas.page.getByRole("alert").innerText()).toContain("do not belong together");
  });

  test("in all of this no page complained: no script of another's, nothing that the policy forbids", () => {
    const expected = /status of (401|403|404|422|429)/;
    const complaints = everybody.flatMap(({ name, complaints }) => complaints.map((each) => `${name}: ${each}`));
    expect(complaints.filter((each) => !expected.test(each))).toEqual([]);
    expect(server.logged.filter(({ level }) => level === "error")).toEqual([]);
  });
});
