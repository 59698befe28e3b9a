import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The real server as a process of its own, as `make run` starts it: to be killed, stopped, starved and started again. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** `http://127.0.0.1:port` without a slash at the end. */
  readonly http: string;
  readonly ws: string;
  readonly folder: string;
  readonly database: string;
  /** Log lines so far. */
  readonly logged: readonly Record<string, unknown>[];
  /** Ends it at once, as a crash or the kernel would; resolves when it is gone. */
  kill(): Promise<void>;
  /** Asks it to stop; its exit code and how long it took. */
  terminate(): Promise<{ code: number | null; ms: number }>;
  /** Holds it still, as a machine that swaps would. */
  pause(): void;
  goOn(): void;
  /** Whether it still runs. */
  isAlive(): boolean;
  /** A new process on the same database and port; this one must have ended. */
  restart(env?: Record<string, string>): Promise<ServerProcess>;
  /** Resident memory in bytes. */
  memory(): Promise<number>;
  /** Log lines that tell of a bug of ours. */
  bugs(): readonly Record<string, unknown>[];
}

interface Options {
  env?: Record<string, string>;
  /** Another one's folder, to start on its database. */
  folder?: string;
  port?: number;
  /** What to run instead of the executable's own entry. */
  entry?: string;
  /** The executable that was built, instead of the sources. */
  executable?: string;
  /** A command that runs it: `strace …`, `setpriv …`. */
  under?: readonly string[];
}

const root = join(import.meta.dir, "..", "..");
/** Whatever becomes of the tests, no server outlives them: the kernel sees to it where it can be asked to. */
const mortal = Bun.which("setpriv") ? ["setpriv", "--pdeathsig", "KILL"] : [];

/** Nobody but us decides the settings: the environment of whoever runs the tests stays out. */
function surroundings(database: string, port: number, env: Record<string, string>): Record<string, string> {
  const { PATH = "", HOME = "", TMPDIR = tmpdir() } = process.env;
  const own = { OPENCODE_DEV_MODE: "true", OPENCODE_CHAT_DB: database, PORT: String(port) };
  return { PATH, HOME, TMPDIR, ...own, ...env };
}

function spawn(database: string, { env = {}, port = 0, entry = "src/main.ts", executable, under = [] }: Options) {
  const program = executable === undefined ? [process.execPath, "--no-env-file", entry] : [executable];
  return Bun.spawn([...mortal, ...under, ...program, "serve"], {
    cwd: root,
    env: surroundings(database, port, env),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** Starts it and waits until it says where it listens. */
export async function startProcess(options: Options = {}): Promise<ServerProcess> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "parley-ruin-"));
  const database = options.env?.OPENCODE_CHAT_DB ?? join(folder, "parley.db");
  const child = spawn(database, options);
  const logged: Record<string, unknown>[] = [];
  const noted = lines(child.stderr, (line) => logged.push(parsed(line)));
  let greeted: (port: number) => void = () => {};
  const address = new Promise<number>((resolve) => {
    greeted = resolve;
  });
  void lines(child.stdout, (line) => {
    const port = /ready at http:\/\/[^:]+:(\d+)/.exec(line)?.[1];
    if (port) greeted(Number(port));
  });
  const ended = child.exited.then((code) => {
    throw new Error(`the server did not start (exit ${code}): ${JSON.stringify(logged.slice(-3))}`);
  });
  const port = await Promise.race([address, ended]);
  ended.catch(() => undefined);
  const http = `http://127.0.0.1:${port}`;

  async function end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    child.kill(signal);
    await child.exited;
    await noted;
    return child.exitCode;
  }

  return {
    pid: child.pid,
    port,
    http,
    ws: http.replace("http:", "ws:"),
    folder,
    database,
    logged,
    async kill() {
      await end("SIGKILL");
    },
    async terminate() {
      const from = performance.now();
      const code = await end("SIGTERM");
      return { code, ms: performance.now() - from };
    },
    pause: () => child.kill("SIGSTOP"),
    goOn: () => child.kill("SIGCONT"),
    isAlive: () => child.exitCode === null && child.signalCode === null,
    restart: (env) => startProcess({ ...options, env: { ...options.env, ...env }, folder, port }),
    async memory() {
      const status = await Bun.file(`/proc/${child.pid}/status`).text();
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
    },
    bugs: () => logged.filter((line) => line.level === "error" || line.unparsed !== undefined),
    async [Symbol.asyncDispose]() {
      await end("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts it where it must not start: what it said and how it ended. */
export async function startInVain(
  database: string,
  options: Options = {},
): Promise<{ code: number; said: string; logged: Record<string, unknown>[] }> {
  const child = spawn(database, options);
  const logged: Record<string, unknown>[] = [];
  const spoken: string[] = [];
  await Promise.all([
    lines(child.stderr, (line) => {
      const entry = parsed(line);
      if (entry.unparsed === undefined) logged.push(entry);
      else spoken.push(line);
    }),
    lines(child.stdout, (line) => {
      // It started after all: the test sees that by its words and not by waiting.
      spoken.push(line);
      child.kill("SIGKILL");
    }),
  ]);
  return { code: await child.exited, said: spoken.join("\n"), logged };
}

/** Whether a process runs; one that ended and was not noticed yet does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function lines(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) take(line);
  }
  if (rest !== "") take(rest);
}

function parsed(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { unparsed: line };
  }
}
