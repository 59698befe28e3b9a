import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { openTown, type Town } from "../support/telegram/town.ts";

setDefaultTimeout(60_000);

describe.skipIf(!chromiumPath)("a page and a telephone in the same room", () => {
  let town: Town;
  let browser: Browser;
  let ada: Visitor;
  beforeAll(async () => {
    town = await openTown();
    browser = await openBrowser();
    ada = await Visitor.signIn(browser, town.server.http, "ada", { width: 390, height: 844 });
    await ada.connected();
  });
  afterAll(async () => {
    await browser.close();
    await town[Symbol.asyncDispose]();
  });

  const on = (transport: "http" | "websocket") =>
    ada.page.waitForSelector(`body[data-connection="connected"][data-transport="${transport}"]`, { timeout: 30_000 });

  async function goOver(to: string): Promise<void> {
    const body = JSON.stringify({ transport_type: to, reason: "a journey" });
    expect((await fetch(`${town.server.http}/communication/switch`, { method: "POST", body })).status).toBe(200);
  }

  const there = (text: string) =>
    town.telegram.until(() => town.telegram.texts(town.team).some((each) => each.includes(text)), `"${text}" there`);

  test("each sees what the other writes", async () => {
    town.mira.says(town.team, "hello from the telephone");
    await ada.sees("hello from the telephone");
    await ada.say("hello from the page");
    await there("hello from the page");
  });

  test("when Telegram alone is talked through, the page goes on over HTTP, and back when sockets are", async () => {
    await goOver("telegram");
    await on("http");
    await ada.say("written over HTTP");
    await there("written over HTTP");
    town.tomas.says(town.team, "read over HTTP");
    await ada.sees("read over HTTP");
    await goOver("both");
    await on("websocket");
    await ada.say("written on the socket again");
    await there("written on the socket again");
    const texts = await ada.messages();
    expect(new Set(texts).size).toBe(texts.length);
  });

  test("an account is linked with a code of the page", async () => {
    await ada.page.goto(`${town.server.http}/settings/telegram`);
    await ada.screenshot("telegram-empty-phone-light");
    await ada.page.getByRole("button", { name: "Link an account" }).click();
    const said = await ada.page.getByLabel("The code").inputValue();
    await ada.screenshot("telegram-code-phone-light");
    const phone = town.telegram.person(801, "Ada <b>away</b>");
    phone.says(phone.private, said);
    await town.telegram.until(
      () => town.telegram.texts(phone.private).some((text) => text.includes("you are ada")),
      "ada",
    );
    await ada.page.goto(`${town.server.http}/settings/telegram`);
    await ada.page.getByText("Ada <b>away</b>").waitFor();
    await ada.page.getByText("Unlink").first().click();
    await ada.page.getByRole("button", { name: "Unlink" }).click();
    await ada.page.getByText("No account is linked yet.").waitFor();
    expect(ada.complaints.filter((words) => !words.includes("503"))).toEqual([]);
  });
});
