import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { Middlebox } from "../support/middlebox.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { RoomClient } from "../support/rooms.ts";
import { signIn } from "../support/server.ts";

setDefaultTimeout(60_000);

describe.skipIf(!chromiumPath)("how a page is connected follows what is possible and what was decided", () => {
  let server: ServerProcess;
  let middle: Middlebox;
  let browser: Browser;
  let mira: Visitor;
  let anton: RoomClient;
  beforeAll(async () => {
    server = await startProcess({ env: { OPENCODE_SAFE_MODE: "true" } });
    middle = new Middlebox(server.http);
    browser = await openBrowser();
    mira = await Visitor.signIn(browser, server.http, "mira");
    anton = new RoomClient(server, await signIn(server, "anton", "admin"));
  });
  afterAll(async () => {
    await browser.close();
    await middle.stop();
    await server[Symbol.asyncDispose]();
  });

  const on = ({ page }: Visitor, transport: "http" | "websocket") =>
    page.waitForSelector(`body[data-connection="connected"][data-transport="${transport}"]`, { timeout: 30_000 });
  const decide = (setting: object) => anton.must("PATCH", "/api/v1/rollout", setting);

  test("an administrator takes the sockets back, and gives them again: the page follows within seconds, without a reload", async () => {
    await on(mira, "websocket");
    await mira.page.evaluate(() => document.body.setAttribute("data-same-page", ""));
    await decide({ percent: 0 });
    await on(mira, "http");
    await mira.say("over HTTP");
    await mira.sees("over HTTP");
    await decide({ percent: 100 });
    await on(mira, "websocket");
    await mira.say("over a socket");
    await mira.sees("over a socket");
    expect(await mira.page.locator("body[data-same-page]").count()).toBe(1);
    expect(await mira.messages()).toEqual(["over HTTP", "over a socket"]);
  });

  test("who is not part of the roll-out comes over HTTP at once, and tries no socket", async () => {
    await decide({ percent: 0 });
    let tried = 0;
    const wim = await Visitor.arrive(browser, server.http, "wim", { width: 390, height: 844 });
    wim.page.on("websocket", () => {
      tried += 1;
    });
    await wim.page.goto(`${server.http}/`);
    await wim.page.fill("input[name=name]", "wim");
    await wim.page.click("button[type=submit]");
    await on(wim, "http");
    await mira.say("hello wim");
    await wim.sees("hello wim");
    expect(tried).toBe(0);
    expect(wim.complaints).toEqual([]);
    await wim.leave();
    await decide({ percent: 100 });
    await on(mira, "websocket");
  });

  test("the server is gone and comes back while the page is on HTTP: what was written meanwhile is sent once", async () => {
    await decide({ percent: 0 });
    await on(mira, "http");
    await server.kill();
    await mira.page.waitForSelector('body[data-connection="reconnecting"]');
    await mira.say("written while away");
    server = await server.restart();
    await on(mira, "http");
    await mira.sees("written while away");
    await mira.page.locator("#pending > li").first().waitFor({ state: "detached" });
    expect((await mira.messages()).filter((text) => text === "written while away")).toHaveLength(1);
    anton = new RoomClient(server, await signIn(server, "anton", "admin"));
    const { transports } = await anton.must("GET", "/api/v1/measurements");
    expect(transports.http).toMatchObject({ reconnects: 1, meanQueueSize: 1 });
    await decide({ percent: 100 });
    await on(mira, "websocket");
  });

  test("where streams are gathered until they are worth nothing, the page asks instead, and back is back", async () => {
    middle.refuseSockets();
    middle.gathers = true;
    const tomas = await Visitor.signIn(browser, middle.http, "tomas");
    await on(tomas, "http");
    await mira.say("does this reach you?");
    await tomas.sees("does this reach you?");
    await tomas.say("it does");
    await mira.sees("it does");
    await tomas.page.locator("#pending > li").first().waitFor({ state: "detached" });
    middle.allowSockets();
    await on(tomas, "websocket");
    await tomas.say("and now faster");
    await mira.sees("and now faster");
    const texts = ["does this reach you?", "it does", "and now faster"];
    expect((await tomas.messages()).filter((text) => texts.includes(text))).toEqual(texts);
    await tomas.leave();
    middle.gathers = false;
  });

  test("a socket that opens and then says nothing is no connection: the page is on HTTP meanwhile", async () => {
    const nora = await Visitor.arrive(browser, server.http, "nora");
    let silent = true;
    await nora.page.routeWebSocket("**/live", (socket) => {
      const upstream = socket.connectToServer();
      upstream.onMessage((frame) => {
        if (!silent) socket.send(frame);
      });
    });
    await nora.page.goto(`${server.http}/`);
    await nora.page.fill("input[name=name]", "nora");
    await nora.page.click("button[type=submit]");
    await on(nora, "http");
    await nora.say("can you hear me?");
    await mira.sees("can you hear me?");
    silent = false;
    await on(nora, "websocket");
    await nora.say("and now?");
    await mira.sees("and now?");
    expect((await nora.messages()).slice(-2)).toEqual(["can you hear me?", "and now?"]);
    await nora.leave();
  });

  test("the session ends while the page is on HTTP: it goes to the door", async () => {
    await decide({ percent: 0 });
    const wim = await Visitor.signIn(browser, server.http, "wim");
    await on(wim, "http");
    const cookies = await wim.context.cookies();
    const own = new RoomClient(server, cookies.map(({ name, value }) => `${name}=${value}`).join("; "));
    await own.form("/sign-out", {});
    await wim.page.waitForURL("**/sign-in?over=1&next=*");
    await wim.leave();
  });

  test.each([
    ["desktop-light", {}],
    ["phone-dark", { width: 390, height: 844, dark: true }],
  ])("the page Connections shows how it is and changes it: %s", async (look, size) => {
    const admin = await Visitor.arrive(browser, server.http, "anton", size);
    const [name = "", value = ""] = (await signIn(server, "anton", "admin")).split("=");
    await admin.context.addCookies([{ name, value, url: server.http }]);
    await admin.page.goto(`${server.http}/connections`);
    await admin.page.fill("#percent", "40");
    await admin.page.check("input[name=enabled]");
    await admin.page.click("form.rollout button[type=submit]");
    await admin.page.locator(".notice.good").waitFor();
    expect(await admin.page.inputValue("#percent")).toBe("40");
    await admin.screenshot(`connections-${look}`);
    const width = await admin.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(width).toBeLessThanOrEqual(0);
    expect(admin.complaints).toEqual([]);
    await admin.leave();
  });

  test("nothing was complained about", () => {
    const ofRefusals = /WebSocket|403|net::ERR/;
    expect(mira.complaints.filter((words) => !ofRefusals.test(words))).toEqual([]);
    expect(server.bugs()).toEqual([]);
  });
});
