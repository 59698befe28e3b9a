import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Contender } from "./contenders.ts";
import type { Group } from "./generator.ts";
import { type Running, runFolder, startServer } from "./servers.ts";

/** Everything the benchmark knows about Parley: how it is started, its doors, and the frames that go through them. */

const project = resolve(import.meta.dir, "../..");

/** The cookie of the sign-in page. */
export const cookieName = "parley_session";
export const roomPath = "/rooms/general";
export const chatPath = "/ws";
const pagePath = "/live";

/** 64 bytes with the marker: an ordinary short message. Words only, as most chat is. */
const text = "%m said that the build is green again, so go on";

/** How to run it: from its sources, or the executable. */
export function parleyCommand(binary: string | undefined): readonly string[] {
  if (binary === undefined) {
    // The server runs in another folder, where Bun would not find how JSX is to be compiled.
    const config = `--tsconfig-override=${join(project, "tsconfig.json")}`;
    return [process.execPath, config, join(project, "src/main.ts"), "serve"];
  }
  const path = resolve(binary);
  if (!existsSync(path)) throw new Error(`${path} does not exist: build it first, or leave --binary out`);
  return [path, "serve"];
}

export function startParley(command: readonly string[], database: string): Promise<Running> {
  return startServer(command, {
    // As the executable is built: otherwise JSX is compiled for debugging.
    NODE_ENV: "production",
    OPENCODE_DEV_MODE: "true",
    HOST: "127.0.0.1",
    PORT: "0",
    OPENCODE_CHAT_DB: database,
    // The limits are asked on every message all the same; they only never say no.
    PARLEY_PEOPLE_RATE: "1000000",
    PARLEY_PEOPLE_BURST: "1000000",
    PARLEY_FRAME_RATE: "1000000",
    PARLEY_FRAME_BURST: "1000000",
  });
}

/** A prepared database and who is signed in there. */
export interface Prepared {
  readonly database: string;
  /** A file with one session token a line, and the same as a list. */
  readonly tokenFile: string;
  readonly tokens: readonly string[];
}

/** Who the clients are. As people use it, half of them are pages (HTML) and half programs (JSON). */
interface Clients {
  /** Share of pages, 0 to 1. */
  readonly pages: number;
  /** Whether the programs take several messages in one frame. */
  readonly batch: boolean;
}

export function parley(
  name: string,
  command: readonly string[],
  prepared: Prepared,
  { pages, batch }: Clients,
): Contender {
  return {
    name,
    async start() {
      const folder = join(runFolder, "fresh");
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      const database = join(folder, "parley.db");
      copyFileSync(prepared.database, database);
      return startParley(command, database);
    },
    groups(clients, senders, port) {
      const atPages = Math.floor(clients * pages);
      const fromPages = Math.floor(senders * pages);
      return [
        page(atPages, fromPages, port, prepared.tokenFile),
        program(clients - atPages, senders - fromPages, prepared.tokenFile, batch),
      ].filter((group) => group.clients > 0);
    },
  };
}

function page(clients: number, senders: number, port: number, tokens: string): Group {
  return {
    name: "page",
    clients,
    senders,
    path: pagePath,
    headers: [`Cookie: ${cookieName}=%t`, `Origin: http://127.0.0.1:${port}`],
    tokens,
    hello: JSON.stringify({ type: "resume", room: "general" }),
    ready: '"type":"ready"',
    refusal: '"type":"error"',
    send: JSON.stringify({ type: "message", room: "general", text, replyTo: "", clientId: "%c" }),
  };
}

function program(clients: number, senders: number, tokens: string, batch: boolean): Group {
  return {
    name: "program",
    clients,
    senders,
    path: chatPath,
    tokens,
    hello: JSON.stringify({ type: "auth", data: { sessionToken: "%t", role: "user", batch } }),
    ready: '"success":true',
    refusal: '"type":"error"',
    send: JSON.stringify({ type: "message", data: { text, clientId: "%c" } }),
  };
}
