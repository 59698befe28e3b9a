import type { TestServer } from "./server.ts";

/** What a program does about rooms over HTTP, as somebody who is signed in. */
export class RoomClient {
  private readonly http: string;
  private readonly cookie: string;

  /** @param cookie of somebody's browser, from `signIn` */
  constructor(server: Pick<TestServer, "http">, cookie: string) {
    this.http = server.http;
    this.cookie = cookie;
  }

  async ask(method: string, path: string, body?: unknown): Promise<Response> {
    const headers: Record<string, string> = { cookie: this.cookie, origin: this.http };
    if (body === undefined) return fetch(this.http + path, { method, headers, redirect: "manual" });
    headers["content-type"] = "application/json";
    return fetch(this.http + path, { method, headers, body: JSON.stringify(body), redirect: "manual" });
  }

  /** As a browser sends a form. */
  async form(path: string, fields: Record<string, string>): Promise<Response> {
    const headers = { cookie: this.cookie, origin: this.http, accept: "text/html" };
    const body = new URLSearchParams(fields);
    return fetch(this.http + path, { method: "POST", headers, body, redirect: "manual" });
  }

  /** Does what must be done. Fails when it is refused. */
  async must(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.ask(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as Answer;
  }

  /** Makes a private room and brings some in. @returns its slug */
  async privateRoom(name: string, ...members: string[]): Promise<string> {
    const { slug } = (await this.must("POST", "/api/v1/rooms", { name, private: true })).room;
    for (const member of members) await this.must("POST", `/api/v1/rooms/${slug}/members`, { name: member });
    return slug;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into by tests
type Answer = any;
