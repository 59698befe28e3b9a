import type { Audit } from "../../audit/audit.ts";
import type { Config } from "../../config.ts";
import { isLoopback } from "../../environment.ts";
import { closeCodes, Refusal, type RefusalCode } from "../../errors.ts";
import { cookieName, shownSecret } from "../../guards/identity.ts";
import type { OriginGuard } from "../../guards/origin.ts";
import { refusedAnswer } from "../../guards/refused.ts";
import type { Limiter } from "../../limiter.ts";
import { networkOf } from "../../network.ts";
import type { Credentials } from "../../people/credentials.ts";
import type { Identity } from "../../people/identity.ts";
import type { Tickets } from "../../people/tickets.ts";
import type { Measures } from "../measures.ts";
import type { Rollout } from "../rollout.ts";
import type { Door } from "./connection.ts";
import type { Connections } from "./connections.ts";

/** What a socket may be opened with. */
export interface Admission {
  readonly door: Door;
  readonly address: string;
  /** Shown at the upgrade, by cookie, bearer, key or ticket. */
  readonly shown: Identity | null;
  /** Close it at once with 4401: the cookie is of a session that is over, and a browser cannot see a refused upgrade. */
  readonly over: boolean;
}

interface Parts {
  config: Config;
  judge: OriginGuard;
  credentials: Credentials;
  tickets: Tickets;
  audit: Audit;
  connections: Connections;
  rollout: Rollout;
  measures: Measures;
  limiter: Limiter;
  addressOf: (headers: Headers, peer: string) => string;
}

/** What programs are told of a refused upgrade beside its status, where nothing more is known of it. */
const codes: Readonly<Record<number, RefusalCode>> = {
  401: "AUTH_FAILED",
  403: "PERMISSION_DENIED",
  421: "PERMISSION_DENIED",
  429: "CONNECTION_LIMIT",
  503: "SERVICE_UNAVAILABLE",
};

/**
 * Decides at the upgrade, before there is a socket: is it from here, is what it shows good, is there room. A bad bearer, key or ticket
 * gets 401, too many sockets 429 or 503; who shows nothing may still sign in with the first frame.
 */
export function createGate(parts: Parts) {
  const { config, judge, credentials, tickets, audit, connections, rollout, measures, limiter, addressOf } = parts;
  const cookie = cookieName(config);

  function refuse(
    address: string,
    door: Door,
    status: number,
    reason: string,
    retryAfter?: number,
    code: RefusalCode = codes[status] ?? "INVALID_MESSAGE",
  ): Response {
    measures.failed(door === "page" ? "websocket_page" : "websocket_json");
    audit.note({
      action: "socket refused",
      actorId: null,
      address,
      result: "refused",
      // Without the reason's words: they repeat what was sent, and so no two would be alike.
      detail: { status },
    });
    return refusedAnswer(new Refusal(code, reason, retryAfter === undefined ? {} : { retryAfter }), status);
  }

  /** @throws Refusal AUTH_FAILED */
  function identify(request: Request, address: string, door: Door): MaybeLater<Pick<Admission, "shown" | "over">> {
    const ticket = request.url.includes("ticket=") ? new URL(request.url).searchParams.get("ticket") : null;
    if (ticket !== null) return { shown: stillGood(tickets.redeem(ticket), address), over: false };
    const secret = shownSecret(request.headers);
    if (secret !== undefined) {
      const found = credentials.identify(secret, address);
      if (found instanceof Promise) return found.then((shown) => ({ shown, over: false }));
      return { shown: found, over: false };
    }
    const header = request.headers.get("cookie");
    const token = header === null ? null : new Bun.CookieMap(header).get(cookie);
    if (token) {
      try {
        return { shown: credentials.bySession(token, address), over: false };
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        return { shown: null, over: true };
      }
    }
    return { shown: null, over: door === "page" };
  }

  /** What a ticket was given for may have been taken away since. @throws Refusal AUTH_FAILED */
  function stillGood(given: Identity, address: string): Identity {
    if (credentials.isOver(given, false) || !credentials.holds(given))
      throw new Refusal("AUTH_FAILED", "What that ticket was given for is over.");
    const renewed = credentials.renewed(given);
    return { ...renewed, member: { ...renewed.member, address } };
  }

  function admit(address: string, door: Door, found: Pick<Admission, "shown" | "over">): Admission | Response {
    const strangers = isLoopback(address) ? 0 : connections.strangers(address);
    if (door === "page" && found.shown?.member.scope && found.shown.member.scope.rooms !== null)
      return refuse(address, door, 403, "A key for certain rooms opens the API, not the pages.");
    if (connections.size >= config.limits.connections)
      return refuse(address, door, 503, "Too many sockets are open.", 5_000);
    // A page that is signed out is let in and told; the others learn from their page that it is to go on over HTTP.
    if (door === "page" && found.shown && !rollout.includes(found.shown.member.id))
      return refuse(address, door, 503, "WebSockets are not for your pages now: they go on over HTTP.", 60_000);
    if (found.shown === null && strangers >= config.limits.strangersPerAddress)
      return refuse(address, door, 429, "Too many sockets of your address have not signed in.", 10_000);
    // A page is let in and told: a browser cannot see why it was refused.
    const words = door === "chat" && found.shown ? connections.tooMany(found.shown) : undefined;
    if (words) return refuse(address, door, 429, words, 10_000);
    if (found.shown) limiter.socket(found.shown.member);
    if (found.over) {
      const detail = { door, code: closeCodes.sessionOver };
      audit.note({ action: "socket refused", actorId: null, address, result: "refused", detail });
    }
    return { door, address, ...found };
  }

  function refuseThrown(address: string, door: Door, thrown: unknown): Response {
    if (!(thrown instanceof Refusal)) throw thrown;
    return refuse(address, door, thrown.status, thrown.message, thrown.retryAfter, thrown.code);
  }

  return (request: Request, peer: string, door: Door): MaybeLater<Admission | Response> => {
    const address = addressOf(request.headers, peer);
    const turned = judge(request, true);
    if (turned) return refuse(address, door, turned.status, turned.message);
    if (door === "chat" && !rollout.enabled)
      return refuse(address, door, 503, "WebSockets are turned off here: use GET /api/v1/events and POST.", 60_000);
    try {
      if (!isLoopback(address)) limiter.addressSocket(networkOf(address));
      const found = identify(request, address, door);
      if (!(found instanceof Promise)) return admit(address, door, found);
      return found
        .then((later) => admit(address, door, later))
        .catch((thrown: unknown) => refuseThrown(address, door, thrown));
    } catch (thrown) {
      return refuseThrown(address, door, thrown);
    }
  };
}

export type Gate = ReturnType<typeof createGate>;

/** What is looked up is there at once, and only what is computed is waited for: a socket that opens in the same turn costs less. */
type MaybeLater<T> = T | Promise<T>;
