import type { TestServer } from "./server.ts";

/** What a browser got: where it is sent, or what stands there. */
export interface Got {
  readonly status: number;
  readonly location: string | null;
  readonly html: string;
}

/** Somebody who follows links and sends forms as a browser does, without its scripts: with a cookie of their own. */
export class Reader {
  readonly http: string;
  cookie = "";

  constructor({ http }: Pick<TestServer, "http">) {
    this.http = http;
  }

  async get(path: string): Promise<Got> {
    return this.ask(path, {});
  }

  /** The same for forms. */
  async post(path: string, fields: Record<string, string> = {}): Promise<Got> {
    return this.ask(path, { method: "POST", body: new URLSearchParams(fields) });
  }

  /** Sends a form and follows to where it leads. */
  async send(path: string, fields: Record<string, string> = {}): Promise<Got> {
    const { location, ...got } = await this.post(path, fields);
    return location === null ? { location, ...got } : this.get(location.replace(/#.*/, ""));
  }

  async signIn(name: string, password: string, more: Record<string, string> = {}): Promise<Got> {
    return this.post("/sign-in", { method: "password", name, password, ...more });
  }

  private async ask(path: string, init: RequestInit): Promise<Got> {
    const headers = { accept: "text/html", origin: this.http, cookie: this.cookie };
    const answer = await fetch(this.http + path, { ...init, headers, redirect: "manual" });
    const set = /(parley_session=[^;]*)/.exec(answer.headers.get("set-cookie") ?? "")?.[1];
    if (set !== undefined) this.cookie = set;
    return { status: answer.status, location: answer.headers.get("location"), html: await answer.text() };
  }
}

/** The owner of a workspace that people enter by password, come by the link that was printed. */
export async function owner(server: TestServer, name: string, password: string): Promise<Reader> {
  const reader = new Reader(server);
  await reader.post(new URL(server.parley.setUpUrl ?? "").pathname, { name, password });
  return reader;
}

/** Somebody who comes by an invitation. */
export async function invited(server: TestServer, by: Reader, name: string, role: string, password: string) {
  const { html } = await by.post("/invitations", { role });
  const reader = new Reader(server);
  await reader.post(/\/invitations\/[\w-]{20,}/.exec(html)?.[0] ?? "", { name, password });
  return reader;
}
