import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { closings } from "../../src/errors.ts";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { Line } from "../support/line.ts";
import { waitFor } from "../support/round.ts";
import { startServer, type TestServer } from "../support/server.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(60_000);

type Name = keyof typeof closings;
const names = Object.keys(closings) as Name[];
const back = names.filter((name) => closings[name].comesBack);
const away = names.filter((name) => !closings[name].comesBack);

describe.skipIf(!chromiumPath)("the page comes back or not, as the table of close codes says", () => {
  let server: TestServer;
  let browser: Browser;
  const tabs = new Map<Name, { visitor: Visitor; line: Line }>();

  /** Everybody has the room open, and everybody's socket ends in the same moment, each by another code. */
  beforeAll(async () => {
    server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
    browser = await openBrowser();
    for (const name of names) {
      const line = await Line.to(server.http);
      tabs.set(name, { line, visitor: await Visitor.signIn(browser, line.http, name) });
    }
    // Whose session is over has a cookie that opens nothing any more.
    await tabOf("sessionOver").visitor.context.clearCookies();
    for (const name of names) tabOf(name).line.close(closings[name].code);
  });
  afterAll(async () => {
    await browser.close();
    for (const { line } of tabs.values()) line.stop();
    await server.stop();
  });

  function tabOf(name: Name) {
    const tab = tabs.get(name);
    if (!tab) throw new Error(`${name} has no tab`);
    return tab;
  }

  test.each(back.map((name) => [closings[name].code, closings[name].words, name] as const))(
    "%i, %s: it comes back by itself",
    async (_, __, name) => {
      const { visitor, line } = tabOf(name);
      await waitFor(() => line.upgrades >= 2, "another socket");
      await visitor.connected();
      await visitor.say(`back after ${name}`);
      await visitor.sees(`back after ${name}`);
    },
  );

  test.each(
    away
      .filter((name) => !["sessionOver", "accessRemoved"].includes(name))
      .map((name) => [closings[name].code, closings[name].words, name] as const),
  )("%i, %s: it says that it is offline, and does not knock again", async (_, __, name) => {
    const { visitor, line } = tabOf(name);
    await visitor.page.waitForSelector('body[data-connection="offline"]');
    // By now all the others are back.
    expect(line.upgrades).toBe(1);
    expect(await visitor.page.locator('[data-action="retry"]').isVisible()).toBe(true);
    await visitor.page.click('[data-action="retry"]');
    await visitor.connected();
    expect(line.upgrades).toBe(2);
  });

  test(`${closings.sessionOver.code}, ${closings.sessionOver.words}: it goes to the door, and stays there`, async () => {
    const { visitor, line } = tabOf("sessionOver");
    await visitor.page.waitForURL(/\/sign-in\?over=1/);
    await visitor.page.waitForSelector("input[name=name]");
    expect(line.upgrades).toBe(1);
  });

  test(`${closings.accessRemoved.code}, ${closings.accessRemoved.words}: it goes to the room that is everybody's`, async () => {
    const { visitor, line } = tabOf("accessRemoved");
    await waitFor(() => line.upgrades === 2, "the other room");
    await visitor.inRoom();
  });
});
