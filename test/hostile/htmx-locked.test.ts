import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { renderMessage } from "../../views/messages/message.tsx";
import { TaskCard } from "../../views/tasks/card.tsx";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { openHouse } from "../support/house.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { nowhereElse } from "../support/witness.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(60_000);

test("htmx never acts on anything inside what people and agents wrote: message, long or short, answer being written, task", () => {
  using house = openHouse();
  const mira = house.person("mira");
  const task = house.work(mira, "alice", "fix **it**", { state: "accepted" }, { state: "stuck", note: "no `paper`" });
  const written = [
    renderMessage(house.say(mira, "words"), null),
    renderMessage(house.say(mira, `**long** ${"x".repeat(2_000)}`), null),
    renderMessage(house.say(house.agent("alice"), "so far", { streaming: true }), null),
    String(TaskCard({ card: house.cards.of(task) })),
  ].join("");
  const ignored: Record<string, boolean[]> = {};
  new HTMLRewriter()
    .on(".body, .card-text, .card-note", {
      element(element) {
        const name = element.getAttribute("class")?.split(" ")[0] ?? "";
        ignored[name] = [...(ignored[name] ?? []), element.hasAttribute("hx-ignore")];
      },
    })
    .transform(written);
  expect(ignored).toEqual({ body: [true, true, true], "card-text": [true], "card-note": [true] });
});

describe.skipIf(!chromiumPath)("htmx on the page", () => {
  let server: TestServer;
  let browser: Browser;
  let mira: Visitor;
  const requests: string[] = [];

  beforeAll(async () => {
    server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" } });
    browser = await openBrowser(nowhereElse);
    mira = await Visitor.signIn(browser, server.http, "mira");
    await mira.say("a **message** with words");
    await mira.sees("with words");
    mira.page.on("request", (request) => requests.push(request.url()));
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  /** Puts markup into the page, as if one place had forgotten to escape it; lets htmx see it, and presses what is in it. */
  async function pressed(html: string, into: string): Promise<void> {
    await mira.page.evaluate(
      ([html = "", into = ""]) => {
        const press = () => {
          const box = document.createElement("div");
          box.innerHTML = html;
          document.querySelector(into)?.append(box);
          (window as unknown as { htmx: { process(element: Element): void } }).htmx.process(box);
          for (const element of box.querySelectorAll("*"))
            element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
          box.remove();
          document.body.dataset.pressed = "";
        };
        // Later: what a test evaluates itself may do what the policy forbids to the page.
        setTimeout(press);
      },
      [html, into],
    );
    await mira.page.waitForSelector("body[data-pressed]");
    await mira.page.evaluate(() => document.body.removeAttribute("data-pressed"));
    // What was asked for has left by the time something that was asked for after it is there.
    await mira.page.evaluate(() => fetch("/ready").then((answer) => answer.text()));
  }

  const ran = () => mira.page.evaluate(() => (window as unknown as { __ran?: string }).__ran);
  const asked = (part: string) => requests.filter((url) => url.includes(part));

  test("has the extensions it needs and no others, fetches nothing from elsewhere, keeps no history, puts in no styles", async () => {
    const config = await mira.page.evaluate(
      () => (window as unknown as { htmx: { config: Record<string, unknown> } }).htmx.config,
    );
    expect(config).toMatchObject({
      ...{ extensions: "ws,upsert", mode: "same-origin", history: false, includeIndicatorCSS: false },
      noSwap: [204, 304, "4xx", "5xx"],
      ws: { reconnect: false },
    });
    expect(await mira.page.locator("style").count()).toBe(0);
  });

  test("runs no script that markup holds: handlers, values, filters, script elements", async () => {
    await pressed(
      `<button hx-on:click="window.__ran='on'">x</button>
       <button data-hx-on:click="window.__ran='data'">x</button>
       <button hx-get="/ready?vals" hx-vals="js:{x: window.__ran='vals'}">x</button>
       <button hx-get="/ready?headers" hx-headers="javascript:{x: window.__ran='headers'}">x</button>
       <button hx-get="/ready?filter" hx-trigger="click[window.__ran='filter']">x</button>
       <button onclick="window.__ran='handler'">x</button>
       <script>window.__ran='script'</script>`,
      "#chat",
    );
    expect(await ran()).toBeUndefined();
  });

  test("fetches nothing from elsewhere, whatever markup asks for", async () => {
    await pressed('<button hx-get="http://evil.test/1" hx-config="mode: \'cors\'">x</button>', "#chat");
    await pressed('<a href="#" hx-post="//evil.test/2">x</a>', "#chat");
    expect(asked("evil.test")).toEqual([]);
  });

  test("does nothing at all in what somebody wrote; beside it the same button works", async () => {
    const button = (where: string) => `<button hx-get="/ready?${where}" hx-swap="none">x</button>`;
    await pressed(button("beside"), "#chat");
    expect(asked("?beside")).toHaveLength(1);
    await pressed(button("inside"), "#messages .body");
    expect(asked("?inside")).toEqual([]);
  });
});
