import type { Context } from "hono";
import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Config } from "./config.ts";

/** How the workspace runs, as every page says it. */
export function modeOf({ development, allowGuest, safeMode }: Config) {
  return { development, guests: allowGuest && !development, safeMode };
}

/** A whole page as an answer: with its doctype, and never kept by a cache, because it shows what only its reader may see. */
export function page(context: Context, content: Child, status: ContentfulStatusCode = 200): Response {
  context.header("cache-control", "no-store");
  return context.html(`<!DOCTYPE html>${String(content)}`, status) as Response;
}
