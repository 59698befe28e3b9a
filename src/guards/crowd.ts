import type { MiddlewareHandler } from "hono";
import type { Config } from "../config.ts";
import { isLoopback } from "../environment.ts";
import { Refusal } from "../errors.ts";
import { networkOf } from "../network.ts";
import type { Env } from "./identity.ts";

/**
 * Bounds how many requests of one address that show nobody are being answered at a time, however slowly they come: strangers share what
 * is left over. This machine's own are not counted, as with sockets.
 * @throws Refusal RATE_LIMITED
 */
export function crowd({ limits }: Config): MiddlewareHandler<Env> {
  const inFlight = new Map<string, number>();
  return async (context, next) => {
    if (context.get("identity") || isLoopback(context.env.address)) return next();
    const address = networkOf(context.env.address);
    const before = inFlight.get(address) ?? 0;
    if (before >= limits.strangersInFlight)
      throw new Refusal("RATE_LIMITED", "Too many requests of your address are waiting: try again in a moment.", {
        retryAfter: 1_000,
      });
    inFlight.set(address, before + 1);
    try {
      await next();
    } finally {
      const left = (inFlight.get(address) ?? 1) - 1;
      if (left > 0) inFlight.set(address, left);
      else inFlight.delete(address);
    }
    return undefined;
  };
}
