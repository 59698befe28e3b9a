import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { startServer, type TestServer } from "../support/server.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(60_000);

/** A letter under a pile of marks: drawn, it is higher than three lines. Names hold two at most, all other words as many as one likes. */
const tower = `q${"\u0301\u0302\u0308".repeat(16)}\u0301`;
/** A name that reads from right to left, and would take what stands after it along. */
const turned = "\u05d0\u05d1\u05d2";

/** Looks at every text on the page that holds one of these letters. */
const look = `(() => {
  const faults = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!/q[\u0300-\u036f]|\u05d0/i.test(node.data)) continue;
    const home = node.parentElement;
    if (home.closest("template, option, script, .sr, [hidden]") || !home.checkVisibility()) continue;
    const place = home.tagName + "." + home.className;
    seen.push(place);
    const up = [];
    // As far up as nothing else stands beside it, and a little further: what is drawn ends somewhere there.
    let alone = home;
    while (alone.parentElement.textContent.trim() === home.textContent.trim()) alone = alone.parentElement;
    for (let at = home; at && up.length < 4; at = at.parentElement) up.push(getComputedStyle(at));
    if (!up.some(({ overflowY, display }) => overflowY !== "visible" && !/^(inline|contents)$/.test(display)))
      faults.push("nothing clips " + place);
    const own = [];
    for (let at = home; at !== alone.parentElement; at = at.parentElement) own.push(getComputedStyle(at));
    if (!own.some(({ unicodeBidi, display }) => display !== "inline" || /isolate|plaintext/.test(unicodeBidi)))
      faults.push("nothing isolates " + place);
  }
  return { faults, seen: [...new Set(seen)] };
})()`;

describe.skipIf(!chromiumPath)("names and words that paint over their neighbours, or turn them around", () => {
  let server: TestServer;
  let browser: Browser;
  let ada: Visitor;

  beforeAll(async () => {
    server = await startServer();
    browser = await openBrowser();
    const send = async (who: Visitor, path: string, fields: Record<string, string>) => {
      const answer = await who.context.request.post(server.http + path, {
        form: fields,
        headers: { origin: server.http },
      });
      if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
    };
    ada = await Visitor.signIn(browser, server.http, `${turned}\u05d3`);
    const noam = await Visitor.signIn(browser, server.http, turned);
    await ada.say("the message above");
    await noam.say(`a message in between, by ${turned}`);
    await ada.say(`${tower} ${tower}`);
    await noam.sees("q");
    await send(ada, "/rooms", { name: turned, topic: `${tower} ${turned} (1)` });
    await send(ada, "/rooms", { name: `${turned}-board`, topic: tower, private: "on" });
    await send(ada, `/rooms/${encodeURIComponent(`${turned}-board`)}/members`, { name: turned });
    await send(ada, "/direct", { members: turned });
    await send(ada, "/agents", {
      name: `${turned}\u05d4`,
      role: `${turned}`,
      expertise: `${tower.slice(0, 30)}, ${turned}`,
    });
    await ada.say(`@${turned}\u05d4 please fix ${tower} ${turned}`);
    await ada.page.locator(".card").first().waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  test.each([
    ["/rooms/general", ["B.who", "SPAN.label", "P.", "SPAN.mention", "P.card-text"]],
    [`/rooms/${encodeURIComponent(turned)}`, ["SPAN.topic", "SPAN.label"]],
    [`/rooms/${encodeURIComponent(`${turned}-board`)}/members`, ["BDI."]],
    ["/members", ["BDI."]],
    ["/agents", ["BDI.", "LI."]],
    ["/settings", ["BDI."]],
  ])("on %s each is clipped to its line and isolated", async (path, places) => {
    await ada.page.goto(server.http + path);
    const { faults, seen } = await ada.page.evaluate<{ faults: string[]; seen: string[] }>(look);
    expect(faults).toEqual([]);
    for (const place of places) expect(seen.join(" ")).toContain(place);
    await ada.screenshot(`marks${path.replaceAll(/[^a-z]+/g, "-")}`);
  });

  test("what stands above a tower looks the same with it and without it", async () => {
    await ada.page.goto(`${server.http}/rooms/general`);
    await ada.connected();
    // Not what agents say: over it a clock goes on.
    const towers = ada.page.locator('#messages > [data-kind="person"] > .body', { hasText: tower });
    expect(await towers.count()).toBeGreaterThan(1);
    for (const each of await towers.all()) {
      if (!(await each.isVisible())) continue;
      await each.scrollIntoViewIfNeeded();
      const box = await each.boundingBox();
      if (!box || box.y < 90) continue;
      // A few pixels are its own; what is further up is somebody else's.
      const clip = { x: box.x, y: Math.floor(box.y) - 64, width: Math.max(box.width, 60), height: 59 };
      const animations = "disabled";
      const before = await ada.page.screenshot({ clip, animations });
      await each.evaluate((element) => {
        element.style.visibility = "hidden";
      });
      const without = await ada.page.screenshot({ clip, animations });
      await each.evaluate((element) => {
        element.style.visibility = "";
      });
      expect([await each.getAttribute("class"), before.equals(without)]).toEqual([
        await each.getAttribute("class"),
        true,
      ]);
    }
  });
});
