import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import type { Backend } from "../../src/agents/backends/backend.ts";
import type { createOffers } from "../../src/mcp/offer.ts";
import { Puppet, type PuppetRun } from "./puppet.ts";
import { RoomClient } from "./rooms.ts";
import { waitFor } from "./round.ts";
import { signIn, startServer, type TestServer } from "./server.ts";

/** The protocol's two eras, as the official client speaks them. */
export const eras = [
  ["with the handshake of 2025", "legacy"],
  ["without one, as of 2026", { pin: "2026-07-28" }],
] as const;
export type Era = (typeof eras)[number][1];

type Answer = Awaited<ReturnType<Client["callTool"]>>;

/** A program that came with a token. */
export interface Toolbox {
  readonly client: Client;
  names(): Promise<string[]>;
  /** What a tool says. Fails when it refuses. */
  use(name: string, args?: Record<string, unknown>): Promise<string>;
  /** What it says when it refuses. */
  refused(name: string, args?: Record<string, unknown>): Promise<string>;
}

function textOf(answer: Answer): string {
  return (answer.content as { text?: string }[]).map(({ text }) => text ?? "").join("\n");
}

function toolboxOf(client: Client): Toolbox {
  const call = (name: string, args: Record<string, unknown>) => client.callTool({ name, arguments: args });
  return {
    client,
    names: async () => (await client.listTools()).tools.map(({ name }) => name),
    async use(name, args = {}) {
      const answer = await call(name, args);
      if (answer.isError) throw new Error(`${name} refused: ${textOf(answer)}`);
      return textOf(answer);
    },
    async refused(name, args = {}) {
      const answer = await call(name, args);
      if (!answer.isError) throw new Error(`${name} was not refused: ${textOf(answer)}`);
      return textOf(answer);
    },
  };
}

/**
 * A server with dora, who manages tasks, ann, who manages people, and wanda, an agent whose runs are in the hands of the test.
 * Everything that was opened is closed with it.
 */
export async function openWorkbench(options: Pick<NonNullable<Parameters<typeof startServer>[0]>, "limits"> = {}) {
  const puppet = new Puppet({ opensTask: "at once" });
  let offers: ReturnType<typeof createOffers> | undefined;
  const worker: Backend = {
    // In the place of the one that starts scripts.
    name: "exec",
    opensTask: "at once",
    resumes: false,
    run: (request, desk, signal) => puppet.run(request, desk, signal),
    check: async () => null,
  };
  const folder = mkdtempSync(join(tmpdir(), "parley-toolbox-"));
  const programs = [{ name: "worker", title: "A worker", backend: "exec", command: ["true"] }];
  writeFileSync(join(folder, "agents.json"), JSON.stringify({ programs }), { mode: 0o600 });
  const server: TestServer = await startServer({
    ...options,
    folder,
    backends: ({ mcpFor }) => {
      offers = mcpFor;
      return [worker];
    },
  });
  const dora = new RoomClient(server, await signIn(server, "dora", "developer"));
  const ann = new RoomClient(server, await signIn(server, "ann", "admin"));
  await ann.must("POST", "/employees", { name: "wanda", role: "developer", backend: "worker" });
  const open: Client[] = [];

  async function connected(client: Client, transport: Parameters<Client["connect"]>[0]): Promise<Toolbox> {
    open.push(client);
    await client.connect(transport);
    return toolboxOf(client);
  }
  const fresh = (era: Era) => new Client({ name: "a test", version: "1" }, { versionNegotiation: { mode: era } });

  return {
    server,
    dora,
    ann,
    url: `${server.http}/mcp`,
    mcpFor(...args: Parameters<ReturnType<typeof createOffers>>) {
      if (!offers) throw new Error("no backend was asked for");
      return offers(...args);
    },
    /** A key of an agent's. */
    async keyFor(agent: string, more: object = {}): Promise<{ id: number; key: string }> {
      const asked = { name: "a test", for: agent, permissions: ["read", "write"], rooms: ["general"], ...more };
      return ann.must("POST", "/api/v1/api-keys", asked);
    },
    /** Asks wanda for something. @returns her run, when it has begun */
    async run(by: RoomClient, room = "general", words = "build it"): Promise<PuppetRun> {
      const before = puppet.runs.length;
      await by.must("POST", `/api/v1/rooms/${room}/messages`, { text: `@wanda ${words}` });
      return waitFor(() => puppet.runs[before], "a run");
    },
    overHttp: (token: string, era: Era) =>
      connected(
        fresh(era),
        new StreamableHTTPClientTransport(new URL(`${server.http}/mcp`), {
          requestInit: { headers: { authorization: `Bearer ${token}` } },
        }),
      ),
    overStdio: (token: string, era: Era) =>
      connected(
        fresh(era),
        new StdioClientTransport({
          command: process.execPath,
          args: [`${import.meta.dir}/../../src/main.ts`, "mcp"],
          env: { PATH: process.env.PATH ?? "", PARLEY_MCP_URL: `${server.http}/mcp`, PARLEY_MCP_TOKEN: token },
        }),
      ),
    async [Symbol.asyncDispose]() {
      for (const run of puppet.runs) run.end();
      await Promise.allSettled(open.map((client) => client.close()));
      await server.stop();
    },
  };
}

export type Workbench = Awaited<ReturnType<typeof openWorkbench>>;

/** A tool used by hand: what comes back, whatever it is. */
export async function post(url: string, headers: Record<string, string>, body: unknown): Promise<Response> {
  const usual = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return fetch(url, { method: "POST", headers: { ...usual, ...headers }, body: text });
}
