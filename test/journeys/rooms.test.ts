import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { startServer, type TestServer } from "../support/server.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(30_000);

describe.skipIf(!chromiumPath)("rooms that are not for everybody", () => {
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
    // Refused forms and rooms that are gone are answered so, which the browser mentions.
    const complaints = [...mira.complaints, ...tomas.complaints].filter((each) => !/status of (422|404)/.test(each));
    expect(complaints).toEqual([]);
    await browser.close();
    await server.stop();
  });

  async function openDrawer(): Promise<void> {
    await tomas.page.locator('[data-action="open-drawer"]').click();
    // It slides in.
    await tomas.page.waitForFunction(() => document.getElementById("sidebar")?.getBoundingClientRect().left === 0);
  }

  /** Both lists as they stand, live, and as they are on the page loaded afresh. */
  async function agree(visitor: Visitor): Promise<void> {
    const lists = () =>
      visitor.page.evaluate(() => {
        // What was said meanwhile is marked on the page that was open, not on one that comes now.
        for (const mark of document.querySelectorAll(".unseen")) mark.replaceChildren();
        return ["rooms", "directs"].map((id) => document.getElementById(id)?.innerHTML ?? "");
      });
    const live = await lists();
    await visitor.page.reload();
    await visitor.connected();
    expect(live).toEqual(await lists());
  }

  test("mira makes a private room by the form; tomas sees nothing of it", async () => {
    await mira.page.locator("summary", { hasText: "New room" }).click();
    await mira.page.fill(".new-room input[name=name]", "board");
    await mira.page.fill(".new-room input[name=topic]", "Figures before they are out");
    await mira.page.locator(".new-room input[name=private]").check();
    await mira.screenshot("new-room-desktop-light");
    await mira.page.locator(".new-room button").click();
    await mira.page.waitForURL("**/rooms/board~*");
    await mira.connected();
    expect(await mira.page.locator(".bar .tag").innerText()).toBe("private");
    expect(await mira.page.locator(".bar .lock").isVisible()).toBe(true);
    expect(await mira.page.locator("#rooms [aria-current=page] .lock").isVisible()).toBe(true);
    expect(await tomas.page.locator("#rooms > li").count()).toBe(1);
    await mira.screenshot("private-room-desktop-light");
  });

  test("she brings him in on the members page; the room appears in his list, and a name that nobody bears is refused", async () => {
    await mira.page.locator(".members-link").click();
    await mira.page.waitForURL("**/rooms/board~*/members");
    await mira.page.fill("input[name=name]", "nobody");
    await mira.page.keyboard.press("Enter");
    await mira.page.locator('[role="alert"]', { hasText: "Nobody of that name" }).waitFor();
    await mira.page.fill("input[name=name]", "tomas");
    await mira.page.keyboard.press("Enter");
    await mira.page.locator('[data-testid="room-members"] [data-handle="tomas"]').waitFor();
    await mira.screenshot("room-members-desktop-light");
    await tomas.page.locator("#rooms", { hasText: "board" }).waitFor({ state: "attached" });
    await agree(tomas);
    await openDrawer();
    await tomas.screenshot("private-rooms-phone-dark");
    await tomas.page.locator("#rooms a", { hasText: "board" }).click();
    await tomas.page.waitForURL("**/rooms/board~*");
    await tomas.connected();
    expect(await tomas.page.locator("[data-count=members]").innerText()).toBe("2 members");
    await tomas.page.locator(".members-link").click();
    await tomas.page.locator('[data-testid="room-members-page"]').waitFor();
    await tomas.screenshot("room-members-phone-dark");
    await tomas.page.locator(".bar a").first().click();
    await tomas.page.waitForURL("**/rooms/board~*");
    await tomas.connected();
  });

  test("they talk there, and whoever is mentioned and not there is named to the writer only", async () => {
    await mira.page.goto(`${server.http}/rooms/board`);
    await mira.connected();
    await mira.say("@bob, this stays between us");
    await tomas.sees("this stays between us");
    await mira.page.locator(".toast", { hasText: "Not in this room, and not told: bob." }).waitFor();
    expect(await tomas.page.locator(".toast").count()).toBe(0);
    await mira.screenshot("absent-mention-desktop-light");
  });

  test("mira begins a direct conversation by the keyboard; it stands in his list under her name", async () => {
    expect(await mira.page.locator('#people [data-handle="mira"] button').isDisabled()).toBe(true);
    await mira.page.locator('#people [data-handle="tomas"] button').focus();
    await mira.page.keyboard.press("Enter");
    await mira.page.waitForURL("**/rooms/dm-*");
    await mira.connected();
    expect(await mira.page.locator(".bar h1").innerText()).toBe("tomas");
    await mira.screenshot("direct-empty-desktop-light");
    await mira.say("Lunch?");
    await mira.sees("Lunch?");
    await tomas.page.waitForFunction(() => document.title.startsWith("(1) "));
    const item = tomas.page.locator("#directs > li");
    expect(await item.locator(".unseen").textContent()).toBe("new");
    await item.waitFor({ state: "attached" });
    expect((await item.locator(".label").textContent())?.trim()).toBe("mira");
    await agree(tomas);
    await agree(mira);
    await openDrawer();
    await tomas.screenshot("direct-list-phone-dark");
    await tomas.page.locator("#directs a").click();
    await tomas.page.waitForURL("**/rooms/dm-*");
    await tomas.connected();
    await tomas.sees("Lunch?");
    await tomas.say("Gladly");
    await mira.sees("Gladly");
    await tomas.screenshot("direct-phone-dark");
  });

  test("tomas taps an agent and writes to her without naming her", async () => {
    await openDrawer();
    await tomas.page.locator('#agents [data-handle="alice"] button').tap();
    await tomas.page.waitForURL("**/rooms/dm-*");
    await tomas.connected();
    expect(await tomas.page.locator(".bar h1").innerText()).toBe("alice");
    await tomas.say("please water the plants");
    await tomas.sees("Got it: water the plants.");
    await tomas.sees("It is on my list.");
    await tomas.page.locator("#messages .streaming").waitFor({ state: "detached" });
    await tomas.screenshot("direct-agent-phone-dark");
    await mira.page.locator('#agents [data-handle="alice"][data-state="idle"]').waitFor();
    expect(await mira.page.content()).not.toContain("water the plants");
  });

  test("he is put out while he reads: his page goes to the room for everybody, and the list forgets it", async () => {
    await tomas.page.goto(`${server.http}/rooms/board`);
    await tomas.connected();
    await tomas.write("what I wanted to say about the figures");
    await mira.page.goto(`${server.http}/rooms/board/members`);
    const row = mira.page.locator('[data-handle="tomas"]');
    await row.locator("summary").click();
    await mira.screenshot("put-out-desktop-light");
    await row.locator("button", { hasText: "Put out tomas" }).click();
    await tomas.page.waitForURL("**/rooms/general");
    await tomas.connected();
    expect(await tomas.page.locator("#rooms", { hasText: "board" }).count()).toBe(0);
    // He reads why, with what he was writing; it stands in no box from which it could be sent to all.
    const told = tomas.page.locator(".toast", { hasText: "You are no longer in #board." });
    expect(await told.locator("textarea").inputValue()).toBe("what I wanted to say about the figures");
    expect(await tomas.page.inputValue("#text")).toBe("");
    await tomas.screenshot("put-out-phone-dark");
    await told.getByRole("button", { name: "Close" }).click();
    await tomas.page.reload();
    await tomas.connected();
    expect(await tomas.page.locator(".toast").count()).toBe(0);
    const answer = await tomas.page.goto(`${server.http}/rooms/board`);
    expect(answer?.status()).toBe(404);
    await mira.page.locator('[data-handle="tomas"]').waitFor({ state: "detached" });
  });

  test("mira leaves: the room is in nobody's list", async () => {
    await mira.page.locator("summary", { hasText: "Leave" }).click();
    await mira.page.locator("button", { hasText: "Leave #board" }).click();
    await mira.page.waitForURL("**/rooms/general");
    await mira.page.locator(".toast", { hasText: "You left that room." }).waitFor();
    await mira.connected();
    expect(await mira.page.locator("#rooms > li").count()).toBe(1);
    await mira.screenshot("directs-desktop-light");
  });
});
