import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { day, HandClock } from "../support/clock.ts";
import { openHouse } from "../support/house.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(30_000);

describe.skipIf(!chromiumPath)("the page Usage", () => {
  let server: TestServer;
  let browser: Browser;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-usage-"));
    const clock = new HandClock();
    {
      using house = openHouse({ path: join(folder, "parley.db"), clock });
      const names = ["mira", "tomas", "Ada Lovelace"];
      const agents = ["alice", "bob", "charlie"];
      for (let round = 0; round < 9; round += 1) {
        const task = house.work(house.person(names[round % 3] ?? ""), agents[(round * 2) % 3] ?? "", "something");
        const inputTokens = 4_321 * (round + 1) ** 2;
        house.usage.note(task, {
          inputTokens,
          outputTokens: 1_234 * round,
          costUsd: round % 4 === 3 ? null : 0.04 * round,
        });
        house.log.flush();
        if (round % 2 === 1) clock.advance(day);
      }
    }
    const env = {
      PARLEY_DAILY_TOKENS: "400000",
      PARLEY_DAILY_USD: "5",
      PARLEY_PERSON_DAILY_TOKENS: "500000",
      OPENCODE_SAFE_MODE: "true",
    };
    server = await startServer({ folder, clock, env });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  test.each([
    ["desktop-light", {}],
    ["desktop-dark", { dark: true }],
    ["phone-light", { width: 390, height: 844 }],
    ["phone-dark", { width: 390, height: 844, dark: true }],
  ])("is one link from the agents, fits its window and leads to other days by keyboard: %s", async (look, size) => {
    const ada = await Visitor.arrive(browser, server.http, "Ada Lovelace", size);
    const [name = "", value = ""] = (await signIn(server, "Ada Lovelace", "admin")).split("=");
    await ada.context.addCookies([{ name, value, url: server.http }]);
    await ada.page.goto(`${server.http}/agents`);
    await ada.page.getByRole("link", { name: "Usage" }).click();
    await ada.page.getByTestId("usage-agents").waitFor();
    await ada.screenshot(`usage-${look}`);
    const width = await ada.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(width).toBeLessThanOrEqual(0);
    await ada.page.getByRole("link", { name: "7 days" }).focus();
    await ada.page.keyboard.press("Enter");
    await ada.page.locator('a[aria-current="true"]', { hasText: "7 days" }).waitFor();
    expect(ada.complaints).toEqual([]);
    await ada.leave();
  });
});
