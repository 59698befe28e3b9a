import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Where everything made by a benchmark lies: the compiled generator, the results of the last run. */
export const buildFolder = join(import.meta.dir, ".build");

/** Databases of this run: a folder of its own, so that two runs at once disturb each other's figures only. */
export const runFolder = join(buildFolder, `run-${process.pid}`);

/** Ends with this process, however that ends: a server left behind would disturb the next run. */
const alive = new Set<{ kill(signal: "SIGKILL"): void }>();
process.on("exit", () => {
  for (const server of alive) server.kill("SIGKILL");
  rmSync(runFolder, { recursive: true, force: true });
});

/** A server process that answers. */
export interface Running {
  readonly port: number;
  readonly pid: number;
  /** Ends it the polite way, and the other way when that takes too long. */
  stop(): Promise<void>;
}

/** A server that does not say where it listens within this time is taken to have failed. */
const startMs = 20_000;
const stopMs = 10_000;

/**
 * Starts a server and waits for the line in which it says where it listens.
 * @throws when it ends or stays silent, with what it said
 */
export async function startServer(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Running> {
  mkdirSync(runFolder, { recursive: true });
  const server = Bun.spawn([...command], {
    cwd: runFolder,
    // Nothing of the person's own settings: a benchmark means the same on every machine.
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  alive.add(server);
  void server.exited.then(() => alive.delete(server));
  const said = new Said();
  void said.listenTo(server.stdout);
  void said.listenTo(server.stderr);
  const port = await Promise.race([
    said.port,
    server.exited.then(() => undefined),
    Bun.sleep(startMs).then(() => undefined),
  ]);
  if (port === undefined) {
    server.kill("SIGKILL");
    throw new Error(`${command.join(" ")} did not start. It said:\n${said.text || "(nothing)"}`);
  }
  return {
    port,
    pid: server.pid,
    async stop() {
      server.kill("SIGTERM");
      const ended = await Promise.race([server.exited.then(() => true), Bun.sleep(stopMs).then(() => false)]);
      if (!ended) server.kill("SIGKILL");
      await server.exited;
    },
  };
}

/** What a server prints, read to the end so that it never waits for us, and the port in it. */
class Said {
  text = "";
  readonly port: Promise<number>;
  private found: (port: number) => void = () => {};

  constructor() {
    this.port = new Promise((resolve) => {
      this.found = resolve;
    });
  }

  async listenTo(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      this.text = (this.text + decoder.decode(bytes, { stream: true })).slice(-8_192);
      const port = /http:\/\/(?:127\.0\.0\.1|localhost):(\d+)/.exec(this.text)?.[1];
      if (port !== undefined) this.found(Number(port));
    }
  }
}
