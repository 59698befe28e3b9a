import { connect, createServer, type Socket } from "node:net";

/** The line between a browser and a server, as bytes: whatever happens to a connection on its way can be made to happen here. */
export class Line {
  /** `http://127.0.0.1:port`, under which the server is reached over this line. */
  readonly http: string;
  /** Sockets that were opened over it so far. */
  upgrades = 0;
  private readonly server: ReturnType<typeof createServer>;
  private newest: { near: Socket; far: Socket } | undefined;

  private constructor(server: ReturnType<typeof createServer>) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    this.server = server;
    this.http = `http://127.0.0.1:${address.port}`;
  }

  /** @param http the server's own address */
  static async to(http: string): Promise<Line> {
    const { hostname, port } = new URL(http);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const line = new Line(server);
    server.on("connection", (near) => {
      const far = connect(Number(port), hostname);
      near.once("data", (bytes) => {
        if (!/^upgrade: websocket/im.test(bytes.toString("latin1"))) return;
        line.upgrades += 1;
        line.newest = { near, far };
      });
      near.pipe(far).pipe(near);
      near.on("error", () => far.destroy()).on("close", () => far.destroy());
      far.on("error", () => near.destroy()).on("close", () => near.destroy());
    });
    return line;
  }

  /** Ends the newest socket as the server would with this code; 1005 is a close without any, 1006 none at all. */
  close(code: number): void {
    if (!this.newest) throw new Error("no socket was opened yet");
    const { near, far } = this.newest;
    if (code === 1006) {
      near.destroy();
      return;
    }
    // The server's own last word must not come after ours.
    far.unpipe(near).removeAllListeners("close").destroy();
    near.unpipe(far).once("data", () => near.end());
    near.write(Buffer.from(code === 1005 ? [0x88, 0] : [0x88, 2, code >> 8, code & 0xff]));
  }

  stop(): void {
    this.server.close();
  }
}
