import { createMcpHandler, type McpHttpHandler } from "@modelcontextprotocol/server";
import { Hono, type MiddlewareHandler } from "hono";
import type { Pass, Passes } from "../agents/tools/pass.ts";
import type { Tools } from "../agents/tools/registry.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { Refusal } from "../errors.ts";
import { type Env, identityOf } from "../guards/identity.ts";
import { knowing } from "../guards/known.ts";
import type { Limiter } from "../limiter.ts";
import type { Hub } from "../live/hub.ts";
import type { Logger } from "../logger.ts";
import type { Credentials } from "../people/credentials.ts";
import { createExchanges, type Exchange } from "./exchanges.ts";
import { mcpServer } from "./server.ts";
import { waitsByPass } from "./waits-of.ts";

interface Parts {
  config: Config;
  clock: Clock;
  hub: Hub;
  logger: Logger;
  limiter: Limiter;
  credentials: Credentials;
  tools: Tools;
  passes: Passes;
}

export const mcpPath = "/mcp";

/**
 * The Model Context Protocol over HTTP, as programs of both its eras speak it: with the handshake of 2025, and since 2026 without one.
 * Nothing is kept between two requests but questions that people have not answered yet. Whoever comes here has shown a token
 * (guards/bearer.ts).
 */
export function mcpRoutes(parts: Parts) {
  const { config, clock, hub, logger, limiter, credentials, tools } = parts;
  const { limits } = config;
  const exchanges = createExchanges(hub, credentials, limits.mcpRequestsAtOnce, clock.now);
  const waitsOf = waitsByPass(limits.mcpToldMs);
  let made: McpHttpHandler | undefined;
  /** Made when the first one comes: most workspaces need none. */
  const handler = () => {
    made ??= createMcpHandler(
      ({ authInfo }) => {
        const { pass, exchange } = (authInfo?.extra ?? {}) as { pass: Pass; exchange: Exchange };
        return mcpServer(pass, waitsOf(pass), exchange.signal, { tools, limiter, limits, logger });
      },
      {
        // Some tools wait for people: whoever listens hears from the first moment that somebody is there.
        responseMode: "sse",
        keepAliveMs: limits.streamBeatMs,
        maxSubscriptions: limits.mcpSubscriptions,
        maxRequestBodySize: limits.bodyBytes,
        onerror: (error) => logger.debug("mcp.refused", { error: error.message }),
      },
    );
    return made;
  };

  const noSession = { jsonrpc: "2.0", error: { code: -32000, message: "Method not allowed." }, id: null };
  const routes = new Hono<Env>().on(["GET", "DELETE"], mcpPath, (context) =>
    context.json(noSession, 405, { allow: "POST" }),
  );
  // Asked where nothing of the request had been read (guards/bearer.ts); here it is only known.
  const shown: MiddlewareHandler<Env> = (_, next) => next();
  return routes.post(mcpPath, knowing(shown, { permission: "read" }), async (context) => {
    const pass = context.get("pass");
    if (!pass) throw new Refusal("NOT_AUTHENTICATED");
    const { raw } = context.req;
    const exchange = exchanges.open(pass, identityOf(context), raw.signal);
    // An answer stays open for as long as somebody waits for a person.
    context.env.patience?.(0);
    try {
      const request = new Request(raw, { signal: exchange.signal });
      const token = { token: pass.id, clientId: pass.agent.member.handle, scopes: [], extra: { pass, exchange } };
      const answer = await handler().fetch(request, { authInfo: token });
      return endingWith(answer, exchange);
    } catch (thrown) {
      exchange.done();
      throw thrown;
    }
  });
}

/** An answer that ends with its exchange, whatever still writes it, and an exchange that ends when nobody reads its answer. */
function endingWith(answer: Response, { signal, done, gone }: Exchange): Response {
  if (!answer.body) {
    done();
    return answer;
  }
  const reader = answer.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const end = () => {
        reader.cancel().catch(() => undefined);
        done();
        try {
          controller.close();
        } catch {
          // It was not ours to close any more.
        }
      };
      if (signal.aborted) end();
      else signal.addEventListener("abort", end, { once: true });
    },
    async pull(controller) {
      const { done: isOver, value } = await reader.read();
      if (signal.aborted) return;
      if (value !== undefined) controller.enqueue(value);
      if (!isOver) return;
      done();
      controller.close();
    },
    cancel: gone,
  });
  const { status, statusText, headers } = answer;
  return new Response(body, { status, statusText, headers });
}
