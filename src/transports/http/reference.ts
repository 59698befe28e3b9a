import { type Context, Hono } from "hono";
import { type Env, requires } from "../../guards/identity.ts";
import type { Reference, Sent } from "./openapi/reference.ts";
import { isUnchanged } from "./served.ts";

interface Parts {
  reference: () => Promise<Reference>;
}

/** The documents of the API and of the sockets' frames, for programs. */
export function referenceRoutes({ reference }: Parts) {
  function send(context: Context<Env>, { text, etag }: Sent, type: string): Response {
    context.header("etag", etag);
    // Asked anew each time, and sent anew only when the server is another.
    context.header("cache-control", "private, no-cache");
    if (isUnchanged(context.req.header("if-none-match"), etag)) return context.body(null, 304);
    return context.body(text, 200, { "content-type": type });
  }

  return new Hono<Env>()
    .get("/api/v1/openapi.json", requires("read"), async (context) =>
      send(context, (await reference()).sent.openApi, "application/json"),
    )
    .get("/api/v1/frames.json", requires("read"), async (context) =>
      send(context, (await reference()).sent.frames, "application/json"),
    )
    .get("/api/v1/types.ts", requires("read"), async (context) =>
      send(context, (await reference()).sent.types, "text/plain; charset=utf-8"),
    );
}
