import type { Config } from "../config.ts";

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

/**
 * The one place that puts security headers on answers. It stands where answers leave the process, so that none can do without: pages,
 * JSON, public files, upgrades that are refused, and our own failures.
 */
export function securityHeaders({ publicUrl }: Pick<Config, "publicUrl">): (answer: Response) => Response {
  const headers = Object.entries({
    "content-security-policy": policy,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    // A year, and only where people come over TLS: plain http would shut them out.
    ...(publicUrl?.protocol === "https:" && { "strict-transport-security": "max-age=31536000" }),
  });
  return (answer) => {
    for (const [name, value] of headers) if (!answer.headers.has(name)) answer.headers.set(name, value);
    // Nothing that is made for somebody is kept by a cache on the way; public files say themselves that they may be.
    if (!answer.headers.has("cache-control")) answer.headers.set("cache-control", "no-store");
    return answer;
  };
}
