import { spyOn } from "bun:test";
import { Hono } from "hono";
import type { AppRoute } from "../../src/transports/http/openapi/operations.ts";
import { startServer, type TestServer } from "./server.ts";

/** One route of the app, with an address that leads to it. */
export interface Route {
  readonly method: string;
  readonly pattern: string;
  readonly path: string;
}

/** What may stand for each parameter of a pattern. */
const examples: Record<string, string> = { slug: "general", name: "alice", id: "1", code: "nothing" };

/** Starts a server and tells which routes its app has: as the app itself knows them, so that none can be forgotten; `handlers` with each of their guards. */
export async function startWithRoutes(
  options: Parameters<typeof startServer>[0] = {},
): Promise<{ server: TestServer; routes: Route[]; handlers: readonly AppRoute[] }> {
  const mounting = spyOn(Hono.prototype, "route");
  try {
    const server = await startServer(options);
    const app = mounting.mock.contexts.at(-1) as Hono | undefined;
    if (!app) throw new Error("the app mounts no routes: this has to look for them elsewhere");
    const known = new Map<string, Route>();
    for (const { method, path } of app.routes) {
      // What stands before all routes, or all routes of a kind, is no route itself.
      if (method !== "ALL") known.set(`${method} ${path}`, { method, pattern: path, path: filled(path) });
    }
    return { server, routes: [...known.values()], handlers: app.routes };
  } finally {
    mounting.mockRestore();
  }
}

function filled(pattern: string): string {
  return pattern.replace(/:(\w+)(\{[^}]*\})?/g, (_, name: string) => {
    const example = examples[name];
    if (example === undefined) throw new Error(`${pattern}: what may :${name} be? Say so in test/support/routes.ts`);
    return example;
  });
}
