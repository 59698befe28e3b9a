import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Locator } from "playwright-core";
import { chromiumPath, openBrowser, Visitor } from "../support/browser.ts";
import { png, samples } from "../support/files.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";

// A browser takes its time on a busy machine; only a test that fails takes all of it.
setDefaultTimeout(30_000);

describe.skipIf(!chromiumPath)("two people and their files", () => {
  let server: ServerProcess;
  let browser: Browser;
  let mira: Visitor;
  let tomas: Visitor;

  beforeAll(async () => {
    server = await startProcess({ env: { PARLEY_FILE_MEGABYTES: "1", OPENCODE_SAFE_MODE: "true" } });
    browser = await openBrowser();
    mira = await Visitor.signIn(browser, server.http, "mira");
    tomas = await Visitor.signIn(browser, server.http, "tomas", { width: 390, height: 844, dark: true });
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  const tray = (visitor: Visitor) => visitor.page.locator("#attachments > li");
  const there = (visitor: Visitor, name: string) =>
    visitor.page.locator("#attachments > li:not(:has(progress))", { hasText: name }).waitFor();
  const last = (visitor: Visitor) => visitor.page.locator("#messages > li").last();

  async function pick(visitor: Visitor, ...files: { name: string; mimeType: string; buffer: Buffer }[]): Promise<void> {
    const chooser = visitor.page.waitForEvent("filechooser");
    await visitor.page.click('[data-action="attach"]');
    await (await chooser).setFiles(files);
  }

  /** As a browser hands over what was copied, or is dropped. */
  async function hand(
    visitor: Visitor,
    how: "paste" | "drop",
    name: string,
    type: string,
    bytes: Buffer,
  ): Promise<void> {
    await visitor.page.evaluate(
      ([how, name, type, base64]) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], name, { type }));
        const target = document.getElementById(how === "paste" ? "text" : "log");
        const event =
          how === "paste"
            ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
            : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
        target?.dispatchEvent(event);
      },
      [how, name, type, bytes.toString("base64")] as const,
    );
  }

  /** Whether a picture is there, in its colours, as large as its place. */
  const drawn = (picture: Locator) =>
    picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0);

  test("mira picks a picture and a document, sees them above the box, and tomas gets both", async () => {
    await pick(
      mira,
      { name: "Hafen bei Nacht.png", mimeType: "image/png", buffer: png(800, 600) },
      { name: "Quarterly report.pdf", mimeType: "application/pdf", buffer: samples.pdf },
    );
    await there(mira, "Hafen bei Nacht.png");
    await there(mira, "Quarterly report.pdf");
    await mira.write("These two, please");
    await mira.screenshot("files-tray-desktop-light");
    await mira.page.press("#text", "Enter");
    await tomas.sees("These two, please");
    expect(await tray(mira).count()).toBe(0);
    const picture = last(tomas).locator("img");
    await picture.scrollIntoViewIfNeeded();
    await tomas.page.waitForFunction(() => [...document.images].every((image) => image.complete));
    expect(await drawn(picture)).toBe(true);
    expect(await picture.getAttribute("alt")).toBe("Hafen bei Nacht.png");
    expect(await last(tomas).locator(".file").innerText()).toContain("Quarterly report.pdf");
    expect(await tomas.page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await mira.page.waitForFunction(() => [...document.images].every((image) => image.complete));
    await tomas.screenshot("files-phone-dark");
    await mira.screenshot("files-desktop-light");
  });

  test("the place of a picture is as large before it comes as after", async () => {
    const box = await last(tomas).locator("img").boundingBox();
    await tomas.page.route("**/files/**", (route) => route.abort());
    await tomas.page.reload();
    await tomas.connected();
    const before = await last(tomas).locator("img").boundingBox();
    expect([before?.width, before?.height]).toEqual([box?.width, box?.height]);
    await tomas.page.unroute("**/files/**");
    await tomas.page.reload();
    await tomas.connected();
    tomas.complaints.length = 0;
  });

  test("a picture that was copied is pasted and sent without a word", async () => {
    await mira.page.focus("#text");
    await hand(mira, "paste", "image.png", "image/png", png(120, 900, [200, 90, 60]));
    await there(mira, "image.png");
    await mira.page.press("#text", "Enter");
    await last(tomas).locator('img[alt="image.png"]').waitFor();
    expect(await last(tomas).locator(".body").innerText()).toBe("");
    await last(mira).locator("img").waitFor();
    await mira.screenshot("files-pasted-desktop-light");
  });

  test("words copied with a picture of them stay words", async () => {
    const kept = await mira.page.evaluate(() => {
      const data = new DataTransfer();
      data.setData("text/plain", "a cell");
      data.items.add(new File(["x"], "cell.png", { type: "image/png" }));
      const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
      return document.getElementById("text")?.dispatchEvent(event);
    });
    expect(kept).toBe(true);
    expect(await tray(mira).count()).toBe(0);
  });

  test("a file is dropped anywhere in the room, and taken back before it is sent", async () => {
    await hand(tomas, "drop", "todo.txt", "text/plain", samples.text);
    await there(tomas, "todo.txt");
    await tomas.screenshot("files-tray-phone-dark");
    await tomas.page.getByRole("button", { name: "Remove todo.txt" }).click();
    expect(await tray(tomas).count()).toBe(0);
    expect(await tomas.page.inputValue("#composer [name=files]")).toBe("");
  });

  test("what is too large, empty or too many is said at once and not sent", async () => {
    await pick(mira, { name: "film.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(1_048_577) });
    await mira.page.locator("#toasts", { hasText: "film.bin is too large" }).waitFor();
    await pick(mira, { name: "nothing", mimeType: "text/plain", buffer: Buffer.alloc(0) });
    await mira.page.locator("#toasts", { hasText: "nothing is empty" }).waitFor();
    const six = Array.from({ length: 6 }, (_, n) => ({
      name: `${n}.txt`,
      mimeType: "text/plain",
      buffer: samples.text,
    }));
    await pick(mira, ...six);
    await mira.page.locator("#toasts", { hasText: "at most 5 files" }).waitFor();
    await there(mira, "4.txt");
    expect(await tray(mira).count()).toBe(5);
    for (let left = 5; left > 0; left -= 1) await tray(mira).first().getByRole("button").click();
    expect(await tray(mira).count()).toBe(0);
  });

  test("the keyboard reaches the button, and a reply and an edit keep what hangs on a message", async () => {
    await mira.page.focus("#text");
    await mira.page.keyboard.press("Tab");
    expect(await mira.page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe("Attach files");
    await hand(mira, "paste", "plan.png", "image/png", png(40, 40));
    await there(mira, "plan.png");
    await mira.say("the plan");
    await tomas.sees("the plan");
    await mira.page.press("#text", "ArrowUp");
    await mira.say("the new plan");
    await tomas.sees("the new plan");
    await last(tomas).locator('img[alt="plan.png"]').waitFor();
    const silent = tomas.page.locator("#messages > li", { has: tomas.page.locator('img[alt="image.png"]') });
    await tomas.pointAt(silent);
    await silent.locator('[data-action="reply"]').click();
    await tomas.say("nice colours");
    await mira.sees("nice colours");
    expect(await last(mira).locator(".parent").innerText()).toContain("image.png");
  });

  test("without a connection files wait with their message, over a reload, and are sent once", async () => {
    await hand(mira, "paste", "offline.png", "image/png", png(30, 30));
    await there(mira, "offline.png");
    await server.kill();
    await mira.page.waitForSelector('body[data-connection="reconnecting"]');
    await mira.say("sent later");
    await mira.page.locator("#pending .carried", { hasText: "offline.png" }).waitFor();
    server = await server.restart();
    await mira.page.reload();
    await mira.connected();
    await tomas.sees("sent later");
    await last(tomas).locator('img[alt="offline.png"]').waitFor();
    await mira.page.locator("#pending > li").first().waitFor({ state: "detached" });
    expect(await tomas.page.locator('img[alt="offline.png"]').count()).toBe(1);
  });

  test("a picture opens by itself in a tab of its own, where nothing of the room is reachable", async () => {
    const opened = tomas.context.waitForEvent("page");
    await last(tomas).locator("img").click();
    const tab = await opened;
    await tab.waitForLoadState();
    expect(await tab.evaluate("document.contentType")).toBe("image/png");
    expect(await tab.evaluate("self.origin")).toBe("null");
    await tab.close();
  });

  test("nothing was complained about: no error, no dialog, no broken policy", () => {
    expect(mira.complaints).toEqual([]);
    expect(tomas.complaints).toEqual([]);
    expect(server.bugs()).toEqual([]);
  });
});
