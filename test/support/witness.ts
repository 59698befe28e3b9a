import { join } from "node:path";
import type { Browser, BrowserContext, Page, Request } from "playwright-core";
import { signIn } from "./server.ts";

/** For a browser that finds no machine but this one. */
export const nowhereElse = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];

interface Options {
  /** Leaves out the page's own policy: then nothing but our escaping stands between words and markup. */
  bypassCSP?: boolean;
}

/** A browser that nobody's words may make do anything. It notices what they did, and what they are on the page. */
export class Witness {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly http: string;
  private readonly noticed: string[] = [];
  private readonly kinds = new Set<string>();

  private constructor(context: BrowserContext, page: Page, http: string) {
    this.context = context;
    this.page = page;
    this.http = http;
    context.on("dialog", (dialog) => {
      this.noticed.push(`dialog: ${dialog.message()}`);
      // The page it belongs to may be gone by then.
      dialog.dismiss().catch(() => {});
    });
    context.on("request", (request) => {
      if (!this.isOurs(request)) this.noticed.push(`request: ${request.method()} ${request.url()}`);
    });
    context.on("console", (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) this.noticed.push(`policy: ${message.text()}`);
    });
    context.on("weberror", (error) => void this.noticed.push(`error: ${error.error().message}`));
    page.on("websocket", (socket) => {
      if (new URL(socket.url()).host !== new URL(http).host) this.noticed.push(`request: ${socket.url()}`);
    });
  }

  static async open(browser: Browser, http: string, { bypassCSP = false }: Options = {}): Promise<Witness> {
    const context = await browser.newContext({ bypassCSP, reducedMotion: "reduce" });
    const witness = new Witness(context, await context.newPage(), http);
    await context.exposeBinding("__tell", (_source, line: string) => void witness.noticed.push(line));
    await context.addInitScript({ path: join(import.meta.dir, "witness.js") });
    return witness;
  }

  /** Comes with somebody's session. */
  async signIn(name: string, role?: string): Promise<void> {
    const [session = "", value = ""] = (await signIn({ http: this.http }, name, role)).split("=");
    await this.context.addCookies([{ name: session, value, url: this.http }]);
    await this.visit("/rooms/general");
  }

  /**
   * Everything since it was asked last: what must not have happened, in words, and every kind of element that stood on a page outside
   * of what is rendered from Markdown.
   */
  takes(): { noticed: string[]; kinds: string[] } {
    const kinds = [...this.kinds];
    this.kinds.clear();
    return { noticed: this.noticed.splice(0), kinds };
  }

  async connected(): Promise<void> {
    await this.page.waitForSelector('body[data-connection="connected"]');
  }

  async visit(path: string): Promise<void> {
    await this.page.goto(this.http + path);
    if (path.startsWith("/rooms/")) await this.connected();
  }

  /** Reads the open room back to its beginning. */
  async readBack(): Promise<void> {
    await this.page.evaluate("window.__witness.readBack()");
  }

  /** Whether the messages of the open page are drawn. They are put in all the same, but hundreds of them take their time. */
  async draws(drawn: boolean): Promise<void> {
    await this.page.evaluate(`window.__witness.draw(${drawn})`);
  }

  /** Looks at the whole page as it stands. */
  async look(): Promise<void> {
    for (const kind of await this.page.evaluate<string[]>("window.__witness.look()")) this.kinds.add(kind);
  }

  /** Lets whole documents be shown, many together, under the policy of the page that is open. */
  async show(documents: readonly string[]): Promise<void> {
    const together = 60;
    for (let from = 0; from < documents.length; from += together) {
      const some = documents.slice(from, from + together);
      // Our own files are nobody's words, and take their time.
      const text = some.join("").replace(/<(?:link|script|img)\b[^<>]*?"\/static\/[^<>]*>/g, "");
      const said = await this.page.evaluate<string[][]>(`window.__witness.show(${JSON.stringify([text])})`);
      for (const line of said.flat()) if (!line.includes("a second one")) this.noticed.push(line);
    }
    if (documents.length > 0) await this.look();
  }

  /** Shows each document in a frame of its own, and touches all in it. @returns what was noticed in each, but for requests */
  async tries(documents: readonly string[]): Promise<string[][]> {
    return this.page.evaluate(`window.__witness.show(${JSON.stringify(documents)}, true)`);
  }

  /** Whether it is one of those the page makes by itself, or that a visit is. */
  private isOurs(request: Request): boolean {
    const url = new URL(request.url());
    if (url.origin !== this.http) return false;
    if (url.pathname.startsWith("/static/")) return request.method() === "GET";
    if (request.resourceType() === "document")
      return /^\/(sign-in|agents|members|settings|audit|rooms\/[^/]+(\/members)?)?$/.test(url.pathname);
    // Pictures of messages, by an id that only an upload gives, one step below it.
    if (request.resourceType() === "image") return /^\/files\/[0-9a-f]{32}\/[^/]+$/.test(url.pathname);
    return /^\/rooms\/[^/]+\/messages$/.test(url.pathname);
  }
}
