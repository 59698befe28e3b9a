import { impatient } from "./heard.ts";
import { signIn } from "./server.ts";

/** What one frame does to the page. */
export interface Swap {
  readonly element: "partial" | "upsert";
  readonly target: string;
  readonly how: string;
  readonly content: string;
}

/** The swaps of a pushed frame. Nobody's text can hold these tags, because it is escaped. */
export function swapsOf(frame: string): Swap[] {
  const parts = frame.matchAll(
    /<hx-(partial|upsert) hx-target="([^"]*)" (?:hx-swap|key)="([^"]*)"(?: sort)?>([\s\S]*?)<\/hx-\1>/g,
  );
  return [...parts].map(([, element, target = "", how = "", content = ""]) => ({
    element: element === "upsert" ? "upsert" : "partial",
    target,
    how,
    content,
  }));
}

/** Messages in a piece of HTML, by id in document order, each as it is written there. */
export function itemsOf(html: string): [number, string][] {
  return html
    .split('<li id="m-')
    .slice(1)
    .map((piece) => [Number.parseInt(piece, 10), `<li id="m-${piece.slice(0, piece.lastIndexOf("</li>") + 5)}`]);
}

/** The page's door without a browser: signs in, connects to `/live`, and does to a list what the browser would do to its document. */
export class PageReader {
  /** Messages shown, by id, in the order they stand. */
  readonly shown = new Map<number, string>();
  readonly seqs: number[] = [];
  /** JSON frames. */
  readonly told: { type: string; [field: string]: unknown }[] = [];
  /** HTML frames. */
  readonly pushed: string[] = [];
  readonly closes: number[] = [];
  readonly faults: string[] = [];
  heard: () => void = () => {};
  lastSeq = 0;
  epoch = "";
  readonly http: string;
  readonly cookie: string;
  readonly room: string;
  private socket: WebSocket | undefined;

  private constructor(http: string, cookie: string, room: string) {
    this.http = http;
    this.cookie = cookie;
    this.room = room;
  }

  /** Somebody signs in and opens a room. */
  static async open(server: { http: string }, name: string, room = "general"): Promise<PageReader> {
    const reader = new PageReader(server.http, await signIn(server, name), room);
    await reader.load();
    return reader;
  }

  /** Loads the page, as it would be seen by somebody who comes now. */
  async load(): Promise<void> {
    const html = await this.get(`/rooms/${this.room}`);
    this.lastSeq = Number(/data-seq="(\d+)"/.exec(html)?.[1]);
    this.epoch = /data-epoch="([^"]+)"/.exec(html)?.[1] ?? "";
    this.shown.clear();
    for (const [id, item] of itemsOf(listOf(html))) this.shown.set(id, item);
  }

  async get(path: string): Promise<string> {
    const answer = await fetch(this.http + path, { headers: { cookie: this.cookie, accept: "text/html" } });
    const html = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${html.slice(0, 200)}`);
    return html;
  }

  /** Connects and asks for what it missed; resolves with the server's first answer. */
  async connect(): Promise<void> {
    const headers = { cookie: this.cookie, origin: this.http };
    const socket = new WebSocket(`${this.http.replace("http:", "ws:")}/live`, { headers } as unknown as string[]);
    this.socket = socket;
    await new Promise<void>((resolve, reject) => {
      impatient(socket, reject);
      socket.onopen = () => this.send({ type: "resume", room: this.room, lastSeq: this.lastSeq, epoch: this.epoch });
      socket.onmessage = (event) => {
        if (this.socket !== socket) return;
        this.take(String(event.data));
        this.heard();
        resolve();
      };
      socket.onclose = ({ code }) => {
        if (this.socket === socket) this.socket = undefined;
        this.closes.push(code);
        reject(new Error(`the page was closed with ${code}`));
      };
      socket.onerror = () => reject(new Error("the page found no server"));
    });
  }

  get isOnline(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  send(frame: unknown): void {
    this.socket?.send(JSON.stringify(frame));
  }

  cut(rudely: boolean): void {
    const socket = this.socket;
    this.socket = undefined;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    if (rudely) (socket as WebSocket & { terminate(): void }).terminate();
    else socket.close();
  }

  /** Every message of the room as fresh pages show it, however many pages that takes. */
  async everything(): Promise<Map<number, string>> {
    let html = listOf(await this.get(`/rooms/${this.room}`));
    let items = itemsOf(html);
    for (let first = items[0]?.[0]; first !== undefined; ) {
      html = await this.get(`/rooms/${this.room}/messages?before=${first}`);
      const older = itemsOf(html);
      items = [...older, ...items];
      first = older[0]?.[0];
    }
    return new Map(items);
  }

  private take(frame: string): void {
    if (frame.startsWith("{")) {
      this.told.push(JSON.parse(frame));
      return;
    }
    this.pushed.push(frame);
    const seq = Number(/^\s*<!--seq:(\d+)-->/.exec(frame)?.[1] ?? 0);
    if (seq > 0) {
      if (seq <= this.lastSeq) this.faults.push(`seq ${seq} came after ${this.lastSeq}`);
      this.seqs.push(seq);
      this.lastSeq = Math.max(this.lastSeq, seq);
    }
    for (const swap of swapsOf(frame)) this.swap(swap);
  }

  private swap({ target, how, content }: Swap): void {
    const changed = /^#m-(\d+)$/.exec(target)?.[1];
    if (changed !== undefined) {
      if (this.shown.has(Number(changed))) this.shown.set(Number(changed), itemsOf(content)[0]?.[1] ?? "");
      else this.faults.push(`${changed} changed and was never shown`);
    }
    if (target !== "#messages") return;
    for (const [id, item] of itemsOf(content)) {
      const writing = this.shown.get(id)?.includes('class="message streaming"');
      if (this.shown.has(id) && !writing) this.faults.push(`${id} was shown twice`);
      const last = [...this.shown.keys()].at(-1) ?? 0;
      if (how === "beforeend" && id < last) this.faults.push(`${id} was put after ${last}`);
      this.shown.set(id, item);
    }
  }
}

function listOf(page: string): string {
  return page.slice(page.indexOf('<ol id="messages"'), page.indexOf('<ol id="pending"'));
}
