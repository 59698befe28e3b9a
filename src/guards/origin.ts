import { isIP } from "node:net";
import type { Config } from "../config.ts";
import { isLoopback } from "../environment.ts";

/** Why a request is turned away before anything else is looked at. */
export interface Turned {
  readonly status: 403 | 421;
  readonly message: string;
}

/** Answers that stay open, and hold a place among somebody's connections: no foreign page may open one with a reader's cookie. */
export const streamPaths: ReadonlySet<string> = new Set(["/live", "/api/v1/events"]);

/** The name in front of the port, as a URL would hold it. */
function hostname(host: string): string {
  return URL.parse(`http://${host}`)?.hostname ?? "";
}

/**
 * Judges where a request says it comes from and whom it says it speaks to. Two attacks end here: a foreign page driving a server on
 * this machine (its Origin is not ours), and a foreign name that resolves to this machine (its Host is not ours).
 */
export function createOriginGuard(config: Config) {
  const ownHosts = new Set(
    [config.host, config.websocketHost, config.publicUrl?.hostname, config.telegram?.webhookUrl?.hostname].flatMap(
      (host) => (host === undefined ? [] : [host.toLowerCase()]),
    ),
  );

  const isPublic = !isLoopback(config.host);

  function isOwnHost(host: string): boolean {
    const name = hostname(host);
    if (name === "") return false;
    if (ownHosts.has(name) || ownHosts.has(name.replace(/^\[|\]$/g, ""))) return true;
    // A number cannot be rebound by anybody's DNS; on loopback only this machine's own are meant.
    return isLoopback(name) || (isPublic && isIP(name.replace(/^\[|\]$/g, "")) !== 0);
  }

  /** This server speaks plain HTTP: a page that came over TLS is of another origin, which PUBLIC_URL or ALLOWED_ORIGINS must name. */
  function isOwnOrigin(origin: string, givenHost: string): boolean {
    const host = givenHost.toLowerCase();
    // The ordinary case first, without taking addresses apart: it is asked at every connection.
    if (origin === `http://${host}` && host !== config.publicUrl?.host) return true;
    if (config.allowedOrigins.includes(origin)) return true;
    if (config.publicUrl && origin === config.publicUrl.origin) return true;
    const url = URL.parse(origin);
    return url?.protocol === "http:" && url.host === host && host !== config.publicUrl?.host;
  }

  /**
   * @param unsafe whether the request opens a socket or may change something; or opens a stream, which browsers do without saying where they come from on plain HTTP
   * @returns undefined when it may go on
   */
  return function judge(request: Request, unsafe: boolean | "stream"): Turned | undefined {
    const host = request.headers.get("host") ?? "";
    if (!isOwnHost(host)) {
      return {
        status: 421,
        message: `This server does not answer to "${host.slice(0, 100)}". Set PUBLIC_URL to the address people use.`,
      };
    }
    if (!unsafe) return undefined;
    const origin = request.headers.get("origin");
    if (origin !== null) {
      if (isOwnOrigin(origin, host)) return undefined;
      return {
        status: 403,
        message: `Requests from ${origin.slice(0, 100)} are not accepted here. Add it to ALLOWED_ORIGINS if it should be.`,
      };
    }
    const site = request.headers.get("sec-fetch-site");
    if (site !== null && site !== "same-origin" && site !== "none") {
      return { status: 403, message: "Requests from other sites are not accepted here." };
    }
    // A browser always says where a request comes from; a cookie without that is somebody else's doing.
    if (site === null && unsafe !== "stream" && request.headers.has("cookie")) {
      return { status: 403, message: "A request that carries a cookie must say its Origin." };
    }
    return undefined;
  };
}

export type OriginGuard = ReturnType<typeof createOriginGuard>;
