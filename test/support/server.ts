import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../../src/clock.ts";
import { type Config, createConfig } from "../../src/config.ts";
import type { Limits } from "../../src/limits.ts";
import { createLogger } from "../../src/logger.ts";
import { type Parley, startParley } from "../../src/start.ts";

/** A real Parley on a port of its own and a database of its own. */
export interface TestServer {
  readonly parley: Parley;
  readonly config: Config;
  /** `http://127.0.0.1:port` without a slash at the end. */
  readonly http: string;
  /** `ws://127.0.0.1:port` without a path. */
  readonly ws: string;
  /** Log lines so far: a test that causes none of our bugs can say so. */
  readonly logged: Record<string, unknown>[];
  /** Stops it and starts it again on the same database, on a new port unless `port` keeps it. */
  restart(): Promise<TestServer>;
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

interface Options {
  env?: Record<string, string>;
  limits?: Partial<Limits>;
  /** Another one's folder, to start on its database. */
  folder?: string;
  clock?: Clock;
  /** What talks to Telegram. */
  telegram?: NonNullable<Parameters<typeof startParley>[1]>["telegram"];
  /** Backends of agents beside the house's own. */
  backends?: NonNullable<Parameters<typeof startParley>[1]>["backends"];
}

/** Starts the real server in this process, in development mode unless `env` says otherwise. */
export async function startServer({
  env = {},
  limits = {},
  folder = mkdtempSync(join(tmpdir(), "parley-")),
  clock = systemClock,
  telegram,
  backends,
}: Options = {}): Promise<TestServer> {
  const logged: Record<string, unknown>[] = [];
  const settings = { OPENCODE_DEV_MODE: "true", PORT: "0", OPENCODE_CHAT_DB: join(folder, "parley.db"), ...env };
  const config = createConfig(settings, limits);
  const parley = await startParley(config, {
    clock,
    logger: createLogger("info", (line) => logged.push(JSON.parse(line))),
    ...(telegram && { telegram }),
    ...(backends && { backends }),
  });
  const http = parley.url.href.replace(/\/$/, "");
  return {
    parley,
    config,
    http,
    ws: http.replace("http:", "ws:"),
    logged,
    async restart() {
      await parley.stop();
      return startServer({ env, limits, folder, clock, telegram, backends });
    },
    async stop() {
      await parley.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A server for one test, under settings of its own. */
export async function withServer(options: Options, act: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await startServer(options);
  try {
    await act(server);
  } finally {
    await server.stop();
  }
}

/** Signs somebody in on the page. @returns the cookie header of their browser */
export async function signIn(server: Pick<TestServer, "http">, name: string, role = "Developer"): Promise<string> {
  const answer = await fetch(`${server.http}/sign-in`, {
    method: "POST",
    body: new URLSearchParams({ name, role }),
    headers: { origin: server.http },
    redirect: "manual",
  });
  const cookie = answer.headers.get("set-cookie")?.split(";")[0];
  if (answer.status !== 303 || !cookie)
    throw new Error(`${name} could not sign in: ${answer.status} ${await answer.text()}`);
  return cookie;
}

/** Whether no agent is at work, so that nothing more will be said by itself. */
export async function agentsAreIdle(server: Pick<TestServer, "http">): Promise<boolean> {
  const answer = await fetch(`${server.http}/api/v1/agents`);
  if (!answer.ok) throw new Error(`whether agents work was not told: ${answer.status} ${await answer.text()}`);
  const { agents } = (await answer.json()) as { agents: { status: string }[] };
  return agents.every(({ status }) => status !== "working");
}
