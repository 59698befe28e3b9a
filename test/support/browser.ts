import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";

/** The browser on the PATH. Without one the journeys are skipped, loudly: see support/run.sh. */
export const chromiumPath = Bun.which("chromium") ?? Bun.which("chromium-browser") ?? Bun.which("google-chrome");

/** Where screenshots of the journeys go, for people to look at. */
export const artifacts = resolve(import.meta.dir, "../.artifacts");

/** Starts headless Chromium as it can run anywhere, also as root in a container, and asks nothing of the network. */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  if (!chromiumPath) throw new Error("no chromium on the PATH");
  const args = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    ...more,
  ];
  return chromium.launch({ executablePath: chromiumPath, args });
}

/** A person at a browser of their own. */
export class Visitor {
  readonly name: string;
  readonly page: Page;
  readonly context: BrowserContext;
  /** Everything the page complained about: a journey ends with none of it. */
  readonly complaints: string[] = [];

  private constructor(name: string, context: BrowserContext, page: Page) {
    this.name = name;
    this.context = context;
    this.page = page;
    page.on("console", (message) => {
      // A server that is down is part of some journeys; the browser reports each attempt as an error.
      if (message.type() === "error" && !/ERR_CONNECTION|WebSocket connection|htmx:ws:error/.test(message.text()))
        this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("dialog", (dialog) => {
      this.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  /** A browser of somebody's own, on an empty page. */
  static async arrive(browser: Browser, http: string, name: string, look: Look = {}): Promise<Visitor> {
    const { width = 1280, height = 800, dark = false } = look;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? "dark" : "light",
      hasTouch: width < 720,
      isMobile: width < 720,
    });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: http });
    // Under the time of a test, so that a journey that is stuck says where.
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    return new Visitor(name, context, page);
  }

  /** Signs in by name on the page and waits until the room is live. */
  static async signIn(browser: Browser, http: string, name: string, look: Look = {}): Promise<Visitor> {
    const visitor = await Visitor.arrive(browser, http, name, look);
    await visitor.page.goto(`${http}/`);
    await visitor.page.fill("input[name=name]", name);
    await visitor.page.click("button[type=submit]");
    await visitor.inRoom();
    return visitor;
  }

  /** The room everybody is in has come up, and is live. */
  async inRoom(): Promise<void> {
    await this.page.waitForURL("**/rooms/general");
    await this.connected();
  }

  /** The page says it is connected. */
  async connected(): Promise<void> {
    await this.page.waitForSelector('body[data-connection="connected"]');
  }

  async write(text: string): Promise<void> {
    await this.page.fill("#text", text);
  }

  async say(text: string): Promise<void> {
    await this.write(text);
    await this.page.press("#text", "Enter");
  }

  /** Waits for a message that holds a text, by whomever. */
  async sees(text: string): Promise<void> {
    await this.page.locator('#messages [data-testid="message-item"]', { hasText: text }).last().waitFor();
  }

  /** Texts of all messages in the room, in the order they stand. */
  async messages(): Promise<string[]> {
    return this.page.locator("#messages > li > .body").allInnerTexts();
  }

  /** Puts the focus on a message until its buttons are there: one that changes in that moment is another element. */
  async pointAt(item: Locator): Promise<void> {
    do await item.focus();
    while (!(await item.locator('[data-action="reply"]').isVisible()));
  }

  async screenshot(name: string, { fullPage = false } = {}): Promise<void> {
    mkdirSync(artifacts, { recursive: true });
    await this.page.screenshot({ path: join(artifacts, `${name}.png`), fullPage });
  }

  async leave(): Promise<void> {
    await this.context.close();
  }
}

interface Look {
  width?: number;
  height?: number;
  dark?: boolean;
}
