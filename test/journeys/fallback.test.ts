import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { Client } from "../support/client.ts";
import { inspect } from "../support/database.ts";
import { Middlebox } from "../support/middlebox.ts";
import { RoomClient } from "../support/rooms.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(60_000);

describe.skipIf(!chromiumPath)("where something on the way lets no sockets through", () => {
  let server: TestServer;
  let proxy: Middlebox;
  let browser: Browser;
  let omar: Client;
  let mira: Visitor;
  let tomas: Visitor;
  beforeAll(async () => {
    server = await startServer({ limits: { peopleBurst: 10_000 } });
    proxy = new Middlebox(server.http);
    browser = await openBrowser();
    omar = await Client.camel(server.ws, "omar", { subscribe: ["typing", "presence", "tasks"] });
    proxy.refuseSockets();
    mira = await arrive("mira");
    tomas = await arrive("tomas", { width: 390, height: 844, dark: true });
  });
  afterAll(async () => {
    await browser.close();
    await proxy.stop();
    await server.stop();
  });

  /** Comes through the proxy. */
  const arrive = (name: string, look = {}) => Visitor.signIn(browser, proxy.http, name, look);
  const on = (visitor: Visitor, transport: "http" | "websocket") =>
    visitor.page.waitForSelector(`body[data-connection="connected"][data-transport="${transport}"]`, {
      timeout: 30_000,
    });
  const state = (visitor: Visitor) => visitor.page.locator('[data-testid="connection-status"]').innerText();
  /** The page has painted a few times. */
  const painted = (visitor: Visitor) =>
    visitor.page.evaluate(async () => {
      for (let frame = 0; frame < 4; frame += 1) await new Promise(requestAnimationFrame);
    });
  /** Every message of the room, as the log has it. */
  const said = () =>
    inspect(server.config.databasePath, (sqlite) =>
      sqlite
        .query<{ text: string }, []>("SELECT text FROM messages WHERE deleted_at IS NULL ORDER BY id")
        .all()
        .map(({ text }) => text),
    );

  test("the page goes on over HTTP by itself, and says so", async () => {
    await on(mira, "http");
    expect((await state(mira)).replace(/\s+/g, " ")).toMatch(/^Connected over HTTP ?, \d+ ms$/);
    await mira.screenshot("http-desktop-light");
    await tomas.screenshot("http-phone-dark");
    await mira.page.emulateMedia({ colorScheme: "dark" });
    await mira.screenshot("http-desktop-dark");
    await mira.page.emulateMedia({ colorScheme: "light" });
    await tomas.page.emulateMedia({ colorScheme: "light" });
    await tomas.screenshot("http-phone-light");
  });

  test("everything works: writing, hearing, who is here, who types, editing, deleting", async () => {
    await mira.say("hello over HTTP");
    await omar.next("message", ({ data }) => data.text === "hello over HTTP" && data.origin === "web");
    await tomas.sees("hello over HTTP");
    await mira.page.locator("#pending > li").first().waitFor({ state: "detached" });
    await omar.say("hello from a socket");
    await mira.sees("hello from a socket");
    await mira.page.locator('#people > [data-name="tomas"][data-state="online"]').waitFor();
    await tomas.page.locator("#text").pressSequentially("I am");
    await mira.page.locator("#typing", { hasText: "tomas is typing" }).waitFor();
    await tomas.write("");
    await mira.page.press("#text", "ArrowUp");
    await mira.say("hello over HTTP, corrected");
    await tomas.sees("hello over HTTP, corrected");
    await mira.say("a mistake");
    await mira.sees("a mistake");
    const mistake = mira.page.locator("#messages > li", { hasText: "a mistake" });
    await mira.pointAt(mistake);
    await mistake.locator('[data-action="delete"]').click();
    await mira.page.locator("#confirm button[value=delete]").click();
    await omar.next("message_update", ({ data }) => data.deletedAt !== undefined);
  });

  test("an agent's answer grows as it is written, and a task's buttons work", async () => {
    await mira.say("@alice help");
    const growing = mira.page.locator("#messages > .streaming .body");
    await growing.waitFor();
    const early = (await growing.innerText()).length;
    await mira.page.waitForFunction(
      (before) => (document.querySelector("#messages > .streaming .body")?.textContent ?? "").length > before + 40,
      early,
    );
    await mira.page.locator("#messages > .streaming").waitFor({ state: "detached" });
    await mira.sees("I run on the built-in backend");
    await mira.say("@bob please paint the door");
    const card = mira.page.locator('[data-testid="task-card"]');
    await card.waitFor();
    await card.locator("button", { hasText: "Stop" }).click();
    await mira.page.locator('[data-testid="task-card"][data-state="cancelled"]').waitFor();
    await mira.screenshot("http-task-desktop-light");
  });

  test("what the server is told of it: failed sockets, a round trip, and no reconnect where nobody was away", async () => {
    const anton = new RoomClient(server, await signIn(server, "anton", "admin"));
    const { transports } = await anton.must("GET", "/api/v1/measurements");
    expect(transports.websocket_page.failedAttempts).toBeGreaterThan(0);
    expect(transports.http.meanLatencyMs).toBeGreaterThan(0);
    expect(transports.http.reconnects).toBe(0);
  });

  test("back and forth, with words from both sides in each change: nothing is lost and nothing comes twice", async () => {
    const from = said().length;
    const written: string[] = [];
    let number = 0;
    const write = async (count: number, what: string) => {
      for (let each = 0; each < count; each += 1) {
        number += 1;
        const text = `${what} ${number}`;
        written.push(text);
        await mira.say(text);
      }
    };
    let talking = true;
    const talk = (async () => {
      // As fast as one can read along, or the oldest would leave the page before they are looked at.
      for (let each = 1; talking && each <= 180; each += 1) {
        await omar.say(`omar ${each}`);
        await painted(mira);
      }
    })();
    for (let round = 1; round <= 3; round += 1) {
      proxy.allowSockets();
      const back = on(mira, "websocket");
      await write(4, "before the socket");
      await back;
      await write(4, "on the socket");
      proxy.refuseSockets();
      await write(4, "as it goes");
      await on(mira, "http");
      await write(4, "over HTTP");
    }
    talking = false;
    await talk;
    const last = await omar.say("the last word");
    await mira.sees(last.data.text);
    await mira.page.locator("#pending > li").first().waitFor({ state: "detached" });
    const all = said().slice(from);
    // In the order she wrote them, each once.
    expect(all.filter((text) => /^(before|on|as|over) /.test(text))).toEqual(written);
    const shown = (await mira.messages()).map((text) => text.trim());
    expect(shown.length).toBeGreaterThanOrEqual(all.length);
    expect(shown.slice(-all.length)).toEqual(all);
    expect(new Set(all).size).toBe(all.length);
  });

  test("nothing was complained about", () => {
    const ofRefusals = /WebSocket|403|net::ERR/;
    expect([...mira.complaints, ...tomas.complaints].filter((words) => !ofRefusals.test(words))).toEqual([]);
    expect(server.logged.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe.skipIf(!chromiumPath)("where something on the way lets sockets open, and cuts them soon", () => {
  let server: TestServer;
  let proxy: Middlebox;
  let browser: Browser;
  beforeAll(async () => {
    server = await startServer({ limits: { peopleBurst: 10_000 } });
    proxy = new Middlebox(server.http);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await proxy.stop();
    await server.stop();
  });

  test.each([1, 3])(
    "the page goes on over HTTP after three of them, and looks for one less and less often: %d frames",
    async (frames) => {
      proxy.letsThrough = frames;
      const mira = await Visitor.signIn(browser, proxy.http, `mira${frames}`);
      await mira.page.waitForSelector('body[data-connection="connected"][data-transport="http"]');
      const omar = await Client.camel(server.ws, "omar");
      const before = proxy.upgrades;
      await omar.say(`hello ${frames}`);
      await mira.sees(`hello ${frames}`);
      await mira.say(`and hello to you ${frames}`);
      await omar.next("message", ({ data }) => data.text === `and hello to you ${frames}`);
      expect(proxy.upgrades - before).toBeLessThan(3);
      // Where sockets live it goes back to one.
      proxy.letsThrough = Number.POSITIVE_INFINITY;
      await mira.page.waitForSelector('body[data-connection="connected"][data-transport="websocket"]');
      await omar.close();
      await mira.leave();
    },
  );
});
