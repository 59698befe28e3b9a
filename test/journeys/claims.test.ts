import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { openWorkbench, type Workbench } from "../support/toolbox.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(40_000);

describe.skipIf(!chromiumPath)("files that people and agents claim", () => {
  let bench: Workbench;
  let browser: Browser;
  let mira: Visitor;
  let tomas: Visitor;

  beforeAll(async () => {
    bench = await openWorkbench();
    browser = await openBrowser();
    mira = await Visitor.signIn(browser, bench.server.http, "mira");
    tomas = await Visitor.signIn(browser, bench.server.http, "tomas", { width: 390, height: 844, dark: true });
  });
  afterAll(async () => {
    await browser.close();
    await bench[Symbol.asyncDispose]();
  });

  const row = ({ page }: Visitor, path: string) => page.locator("[data-lease]", { hasText: path });

  test("a card says how many files its task has claimed, as they are claimed and released", async () => {
    const run = await bench.run(bench.dora, "general", "paint the door");
    const { token } = bench.mcpFor(run.request);
    const hers = await bench.overHttp(token, "legacy");
    const card = mira.page.locator(`#task-${run.request.task?.id}`);
    await card.waitFor();
    expect(await card.innerText()).not.toContain("claims");
    await hers.use("claim_files", { paths: ["door/frame.ts", "door/paint.ts", "door/lock.ts"] });
    await card.filter({ hasText: "claims 3 files" }).waitFor();
    await mira.screenshot("claims-card");
    await hers.use("release_files", { paths: ["door/frame.ts", "door/lock.ts"] });
    await card.filter({ hasText: "claims 1 file" }).waitFor();
    await mira.page.reload();
    await card.filter({ hasText: "claims 1 file" }).waitFor();
    run.end();
    await card.filter({ hasText: "Done" }).waitFor();
  });

  test("mira claims by keyboard, and what is out of the project is said in the form", async () => {
    await mira.page.goto(`${bench.server.http}/members`);
    await mira.page.getByRole("link", { name: "Files" }).click();
    await mira.page.locator("#paths").focus();
    await mira.page.keyboard.type("../secrets");
    await mira.page.keyboard.press("Enter");
    await mira.page.getByRole("alert").filter({ hasText: "lead out of the project" }).waitFor();
    expect(await mira.page.locator("#paths").inputValue()).toBe("../secrets");
    await mira.page.locator("#paths").fill("src/app.ts, <img src=x onerror=alert(1)>");
    await mira.page.keyboard.press("Enter");
    await mira.page.getByText("Claimed. Release it when you are done.").waitFor();
    expect(await row(mira, "src/app.ts").innerText()).toMatch(/mira \(you\)[\s\S]*ends in \d+ min/);
    await row(mira, "<img src=x").waitFor();
  });

  test("tomas, on his phone, hears who has it, asks for it, and has it when mira hands it over; neither reloads", async () => {
    await tomas.page.goto(`${bench.server.http}/leases`);
    await tomas.page.locator("#paths").fill("src/app.ts");
    await tomas.page.getByRole("button", { name: "Claim" }).click();
    await tomas.page.getByRole("alert").filter({ hasText: "src/app.ts is claimed by mira until" }).waitFor();
    await row(tomas, "src/app.ts").getByRole("button", { name: "Ask for it" }).click();
    await tomas.page.getByText("Asked. Whoever has it is told.").waitFor();
    const asked = mira.page.getByTestId("lease-requests").locator("li", { hasText: "tomas" });
    await asked.waitFor();
    await mira.screenshot("claims");
    await tomas.screenshot("claims-phone");
    const { scrollWidth, clientWidth } = await tomas.page.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
      clientWidth: document.documentElement.clientWidth,
    }));
    expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
    await asked.getByRole("button", { name: "Hand over" }).click();
    await row(mira, "src/app.ts").filter({ hasText: "tomas" }).waitFor();
    await row(tomas, "src/app.ts").filter({ hasText: "tomas (you)" }).waitFor();
  });

  test("and releases it after being asked once more", async () => {
    await row(tomas, "src/app.ts").locator("summary").click();
    await row(tomas, "src/app.ts").locator("form[action$=release] button").click();
    await tomas.page.getByText("Released: it is free for everybody.").waitFor();
    await row(mira, "src/app.ts").waitFor({ state: "detached" });
    // A browser also reports forms that were refused.
    const complaints = [...mira.complaints, ...tomas.complaints].filter((each) => !/status of (409|422)/.test(each));
    expect(complaints).toEqual([]);
  });
});
