import type { Server, ServerWebSocket } from "bun";

type Peer = { upstream: WebSocket; waiting: string[]; heard: number };

/** What stands between some browsers and a server: it lets everything through, until it is told not to. */
export class Middlebox {
  /** Upgrades are refused, and sockets that are open are cut. */
  private refusing = false;
  /** Each socket is cut when it would let one more frame than so many through. */
  letsThrough = Number.POSITIVE_INFINITY;
  /** Streams are gathered until they end, which they never do. */
  gathers = false;
  private readonly upstream: string;
  private readonly server: Server<Peer>;
  private readonly open = new Set<ServerWebSocket<Peer>>();
  /** Upgrades that were asked for. */
  upgrades = 0;

  constructor(upstream: string) {
    this.upstream = upstream;
    this.server = Bun.serve<Peer>({
      port: 0,
      hostname: "127.0.0.1",
      development: false,
      idleTimeout: 0,
      fetch: (request, server) => this.answer(request, server),
      websocket: {
        open: (socket) => {
          this.open.add(socket);
          const { upstream } = socket.data;
          upstream.onmessage = ({ data }) => {
            socket.data.heard += 1;
            if (socket.data.heard > this.letsThrough) socket.terminate();
            else socket.send(String(data));
          };
          upstream.onclose = ({ code }) => socket.close(code === 1006 ? 1011 : code);
        },
        message: (socket, data) => {
          const { upstream, waiting } = socket.data;
          if (upstream.readyState === WebSocket.OPEN) upstream.send(String(data));
          else waiting.push(String(data));
        },
        close: (socket) => {
          this.open.delete(socket);
          socket.data.upstream.close();
        },
      },
    });
  }

  get http(): string {
    return `http://127.0.0.1:${this.server.port}`;
  }

  refuseSockets(): void {
    this.refusing = true;
    for (const socket of this.open) socket.terminate();
  }

  allowSockets(): void {
    this.refusing = false;
  }

  async stop(): Promise<void> {
    await this.server.stop(true);
  }

  private async answer(request: Request, server: Server<Peer>): Promise<Response | undefined> {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.delete("host");
    if (headers.get("origin") === this.http) headers.set("origin", this.upstream);
    if (request.headers.get("upgrade") === "websocket") {
      this.upgrades += 1;
      if (this.refusing) return new Response("No sockets here.", { status: 403 });
      const shown = { cookie: headers.get("cookie") ?? "", origin: this.upstream };
      const address = `${this.upstream.replace("http:", "ws:")}${pathname}${search}`;
      const upstream = new WebSocket(address, { headers: shown } as unknown as string[]);
      const data: Peer = { upstream, waiting: [], heard: 0 };
      const opened = await new Promise<boolean>((resolve) => {
        upstream.onopen = () => resolve(true);
        upstream.onerror = () => resolve(false);
      });
      if (!opened) return new Response("Bad gateway.", { status: 502 });
      return server.upgrade(request, { data }) ? undefined : new Response("No socket.", { status: 400 });
    }
    const body = ["GET", "HEAD"].includes(request.method) ? undefined : await request.bytes();
    const { method, signal } = request;
    const given = { method, headers, body, signal, redirect: "manual", decompress: false } as const;
    const answer = await fetch(this.upstream + pathname + search, given);
    const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream");
    if (this.gathers && isStream) return new Response(new ReadableStream({}), { headers: answer.headers });
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  }
}
