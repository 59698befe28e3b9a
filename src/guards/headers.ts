import type { MiddlewareHandler } from "hono";

/** Only our own files run, nothing is framed, nothing is guessed. No inline script or style exists, so none is allowed. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Security headers on every answer, errors included. @param tls whether people reach this server over TLS */
export function securityHeaders(tls: boolean): MiddlewareHandler {
  return async (context, next) => {
    await next();
    if (tls) context.header("strict-transport-security", "max-age=31536000");
    // Nothing that is made for somebody is kept by a cache on the way; public files are served elsewhere.
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "no-store");
    // What somebody uploaded is served under a stricter one of its own.
    if (!context.res.headers.has("content-security-policy")) context.header("content-security-policy", policy);
    context.header("x-content-type-options", "nosniff");
    context.header("referrer-policy", "same-origin");
    context.header("cross-origin-opener-policy", "same-origin");
    context.header("cross-origin-resource-policy", "same-origin");
    context.header("x-frame-options", "DENY");
  };
}
