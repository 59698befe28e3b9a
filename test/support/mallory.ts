import type { Page } from "playwright-core";
import { handleOf } from "../../src/people/name.ts";
import { samples, sayWith, upload } from "./files.ts";
import { waitFor } from "./round.ts";
import { agentsAreIdle, signIn, type TestServer } from "./server.ts";
import { Talker } from "./talker.ts";

type Texts = readonly string[];
/** Fields of a frame or form, in which {text} stands for the words, {nth} for their place in the list, {n} for a new number. */
type Fields = Readonly<Record<string, string | readonly string[]>>;

/** Somebody who means harm, at every door at once: over a JSON socket, with a browser's cookie, and at the open page. */
export class Mallory {
  /** Where the words go that go into a room; the open page shows it. */
  room = "general";
  taken = 0;
  refused = 0;
  /** Ids of what was said last. */
  said: readonly number[] = [];
  /** Documents that came in answer, each once. */
  readonly documents = new Set<string>();
  /** Where answers led to. */
  readonly ledTo = new Set<string>();
  /** What is wrong with answers, in words. */
  readonly faults = new Set<string>();
  private count = 0;
  private readonly hired = new Set<string>();
  private readonly server: TestServer;
  private readonly page: Page;
  private readonly talker: Talker;
  private readonly cookie: string;

  private constructor(server: TestServer, page: Page, talker: Talker, cookie: string) {
    this.server = server;
    this.page = page;
    this.talker = talker;
    this.cookie = cookie;
  }

  /** @param page of somebody else, who has a room open */
  static async at(server: TestServer, page: Page): Promise<Mallory> {
    const talker = new Talker("mallory", "camel batch");
    await talker.connect(server.ws);
    return new Mallory(server, page, talker, await signIn(server, "mallory", "Admin"));
  }

  /** Goes to another room, which is made for it: a private one with vera in it, or a conversation with her, where its name says so. */
  async enters(room: string): Promise<void> {
    this.room = room;
    if (room === "direct") {
      await this.posts("/direct", ["vera"], { members: "{text}" });
      this.room = this.direct;
    } else if (room === "private") {
      await this.posts("/rooms", [room], { name: "{text}", private: "on" });
      this.room = this.slugOf(room);
      await this.posts("/rooms/{room}/members", ["vera"], { name: "{text}" });
    } else if (room !== "general") await this.posts("/rooms", [room], { name: "{text}" });
    this.talker.send({ type: "subscribe", data: { topics: [`room:${this.room}`] } });
    await this.talker.settled();
    this.said = [];
  }

  /** Counts and collects from nothing again. */
  begins(): void {
    this.taken = 0;
    this.refused = 0;
    this.documents.clear();
  }

  /** Speaks on the socket. @returns the ids of what was taken */
  async says(texts: Texts, more: (nth: number) => object = () => ({})): Promise<readonly number[]> {
    const before = this.talker.refused.length;
    const said = texts.map((text, nth) => this.talker.say(text, { room: this.room, ...more(nth) }));
    await this.talker.settled();
    const refused = () => this.talker.refused.length - before;
    await waitFor(() => said.filter((id) => this.talker.owed.has(id)).length === refused(), "an answer to each");
    for (const id of said) this.talker.owed.delete(id);
    this.counts(said.length - refused(), refused());
    this.said = said.flatMap((id) => this.talker.acknowledged.get(id) ?? []);
    return this.said;
  }

  /** Says each file with a message: its name is a text, and so may be what is in it. A picture as well, whose name is its words. */
  async attaches(names: Texts, contents: Texts = []): Promise<void> {
    const shown = { cookie: this.cookie };
    const all = names.map((name, nth) => ({ name: name.toWellFormed(), content: contents[nth] }));
    for (let from = 0; from < all.length; from += 4) {
      const taken = await Promise.all(
        all.slice(from, from + 4).map(async ({ name, content }, nth) => {
          const bytes = content === undefined && nth % 2 === 0 ? samples.png : Buffer.from(content ?? "words");
          return upload(this.server, shown, name, bytes);
        }),
      );
      await sayWith(this.server, shown, taken, this.room);
      this.counts(taken.length, 0);
    }
  }

  async edits(ids: readonly number[], texts: Texts): Promise<void> {
    const changes = () => this.talker.log.filter(({ type }) => type === "change").length;
    const [before, refused] = [changes(), this.talker.refused.length];
    for (const [nth, id] of ids.entries()) this.talker.edit(id, texts[nth] ?? "");
    const answers = () => changes() - before + this.talker.refused.length - refused;
    await waitFor(() => answers() === ids.length, "an answer to each");
    this.counts(changes() - before, this.talker.refused.length - refused);
  }

  /** Sends frames from the open page, as its own modules would. */
  async sends(texts: Texts, fields: Fields): Promise<void> {
    const frames = texts.map((text, nth) => this.filled(fields, text, nth));
    await this.page.evaluate(`for (const detail of ${JSON.stringify(frames)})
      document.dispatchEvent(new CustomEvent("parley:send", { detail, cancelable: true }))`);
    this.counts(0, texts.length);
  }

  async saysOnThePage(texts: Texts): Promise<void> {
    await this.sends(texts, { type: "message", room: this.room, text: "{text}" });
    this.counts(texts.length, -texts.length);
  }

  /** Writes into the composer of the open page and sends, as fast as the page can. */
  async types(texts: Texts): Promise<void> {
    await this.page.evaluate(`for (const words of ${JSON.stringify(texts)}) {
      const { text } = document.getElementById("composer").elements;
      text.value = words;
      text.dispatchEvent(new Event("input", { bubbles: true }));
      text.form.requestSubmit();
    }`);
    await this.page.locator("#pending > li:not([data-failed])").first().waitFor({ state: "detached" });
    const failed = await this.page.locator("#pending > li").count();
    this.counts(texts.length - failed, failed);
  }

  /** Comes by a name and goes, on the socket; whoever has a page open sees who came. */
  async comes(texts: Texts, fields: Fields): Promise<void> {
    let last = "mallory";
    await this.each(texts, fields, async (data) => {
      const userId = String(data.userId);
      const somebody = new Talker(userId, "camel", { more: { data } });
      const taken = await somebody.connect(this.server.ws).then(
        () => true,
        () => false,
      );
      this.counts(Number(taken), Number(!taken));
      somebody.cut(false);
      if (taken) last = userId;
    });
    await this.page.locator(`#people > [data-handle=${JSON.stringify(handleOf(last))}]`).waitFor({ state: "attached" });
  }

  /** Sends forms, as a browser does. */
  async posts(path: string, texts: Texts, fields: Fields): Promise<void> {
    await this.each(texts, fields, (filled) =>
      this.asks(path, { method: "POST", body: new URLSearchParams(filled as Record<string, string>) }),
    );
  }

  async postsJson(path: string, texts: Texts, fields: Fields): Promise<void> {
    const headers = { "content-type": "application/json" };
    await this.each(texts, fields, (filled) =>
      this.asks(path, { method: "POST", headers, body: JSON.stringify(filled) }),
    );
  }

  /** Follows addresses with the text in them. */
  async follows(texts: Texts, path: string): Promise<void> {
    const encoded = texts.map((text) => encodeURIComponent(text.toWellFormed()));
    await this.each(encoded, { path }, (filled) => this.asks(String(filled.path), {}));
  }

  /** Opens pages, one after the other: what stands on them by now is collected. */
  async opens(paths: Texts): Promise<void> {
    const { taken, refused } = this;
    for (const path of paths) await this.asks(path, {});
    Object.assign(this, { taken, refused });
  }

  /** Signs in once more, on devices that call themselves so: as far as a header can hold it. */
  async comesWith(devices: Texts): Promise<void> {
    const body = () => new URLSearchParams({ name: "mallory", role: "Admin" });
    for (const device of devices) {
      const headers = { "user-agent": device.replace(/[^ -~\xa1-\xff]+/g, " ").trim() || "x" };
      await this.asks("/sign-in", { method: "POST", body: body(), headers });
    }
  }

  /** Devices ask to be let in under these names; each is looked at, let in, and has its tokens. */
  async letsIn(clients: Texts): Promise<void> {
    for (const client of clients) {
      const asked = await this.tells("/api/auth/device/authorize", { client_id: client });
      const confirm = (more: Record<string, string>) =>
        this.asks("/auth/device", {
          method: "POST",
          body: new URLSearchParams({ user_code: String(asked.user_code), ...more }),
        });
      await confirm({});
      await confirm({ decision: "allow" });
      await this.tells("/api/auth/device/token", { device_code: String(asked.device_code) });
    }
  }

  private async tells(path: string, fields: Record<string, string>): Promise<Record<string, unknown>> {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(this.server.http + path, { method: "POST", headers, body: JSON.stringify(fields) });
    return (await answer.json()) as Record<string, unknown>;
  }

  /** The slug of the conversation with vera, once there is one. */
  get direct(): string {
    return this.slugOf("dm");
  }

  /** The slug of a room whose making led to it: a private one has letters of its own. */
  slugOf(name: string): string {
    const path = [...this.ledTo].find((led) => new RegExp(`^/rooms/${name}(-[0-9-]+$|~|%7E|$)`).test(led));
    return decodeURIComponent(path?.split("/").at(-1) ?? "none");
  }

  /** Agents who work side by side. @returns how to call the nth */
  async hires(name: string, count: number): Promise<(nth: number) => string> {
    const names = Array.from({ length: count }, (_, nth) => `${name}${nth}`);
    const fresh = names.filter((each) => !this.hired.has(each));
    const { taken } = this;
    await this.postsJson("/employees", fresh, { name: "{text}", role: "tester" });
    this.taken = taken;
    for (const each of fresh) this.hired.add(each);
    return (nth) => `@${names[nth % count]}`;
  }

  /** Until the open page shows everything: agents have answered, and what was said last stands there. */
  async isSeen(): Promise<void> {
    while (!(await agentsAreIdle(this.server))) await Bun.sleep(50);
    const { said, taken } = this;
    const words = `that was number ${++this.count}`;
    await this.says([words]);
    Object.assign(this, { said, taken });
    await this.page.locator("#messages > li > .body", { hasText: words }).waitFor({ state: "attached" });
  }

  private counts(taken: number, refused: number): void {
    this.taken += taken;
    this.refused += refused;
  }

  private filled(fields: Fields, text: string, nth: number): Fields {
    const n = String(++this.count);
    const fill = (value: string) =>
      value
        .replaceAll("{n}", n)
        .replaceAll("{nth}", String(nth))
        .replaceAll("{text}", () => text);
    return Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? fill(value) : value.map(fill)]),
    );
  }

  private async each(texts: Texts, fields: Fields, act: (filled: Fields) => Promise<void>): Promise<void> {
    const all = texts.map((text, nth) => this.filled(fields, text.toWellFormed(), nth));
    for (let from = 0; from < all.length; from += 16) await Promise.all(all.slice(from, from + 16).map(act));
  }

  private async asks(path: string, how: RequestInit): Promise<void> {
    // At the door without the cookie: whoever signs in ends the session their browser had.
    const cookie: Record<string, string> = path === "/sign-in" ? {} : { cookie: this.cookie };
    const headers = { ...cookie, origin: this.server.http, accept: "text/html", ...how.headers };
    const where = path.replace("{room}", this.room);
    const answer = await fetch(this.server.http + where, { ...how, headers, redirect: "manual" });
    this.counts(Number(answer.status < 400), Number(answer.status >= 400));
    const [type, text] = [answer.headers.get("content-type") ?? "", await answer.text()];
    if (type.startsWith("text/html")) this.documents.add(text);
    else if (text !== "" && !type.startsWith("application/json")) this.faults.add(`${path}: an answer of type ${type}`);
    if (answer.status >= 500) this.faults.add(`${path}: ${answer.status}`);
    if (!/script-src 'self'(;|$)/.test(answer.headers.get("content-security-policy") ?? ""))
      this.faults.add(`${path}: an answer without a policy`);
    if (answer.headers.get("x-content-type-options") !== "nosniff")
      this.faults.add(`${path}: an answer to guess about`);
    const led = answer.headers.get("location");
    if (led) this.ledTo.add(led);
  }
}
