import type { ShownRoute } from "../../src/transports/http/openapi/shown.ts";

/** The command that asks a route, as it can be pasted into a shell that has the key in `PARLEY_KEY`. */
export function curlOf({ method, sample }: Pick<ShownRoute, "method" | "sample">, origin: string): string {
  const { address, body, sendsFile, isOpen } = sample;
  const verb = method === "GET" || (method === "POST" && (body !== undefined || sendsFile)) ? "" : ` -X ${method}`;
  const parts = [
    `curl${verb} "${origin}${address}"`,
    ...(isOpen ? [] : ['-H "Authorization: Bearer $PARLEY_KEY"']),
    ...(body === undefined ? [] : ['-H "Content-Type: application/json"', `-d '${body.replaceAll("'", "'\\''")}'`]),
    ...(sendsFile ? ["--data-binary @plan.pdf"] : []),
  ];
  return parts.join(" \\\n  ");
}
