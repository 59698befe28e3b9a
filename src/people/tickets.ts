import type { Clock } from "../clock.ts";
import { Refusal } from "../errors.ts";
import type { Identity } from "./identity.ts";
import { hashOf, newSecret } from "./secrets.ts";

/** A ticket lives this long, ms: enough to open a socket with it, too short to be worth finding in a proxy's log. */
export const ticketMs = 30_000;

/** Tickets that wait at a time, in all. */
const mostTickets = 10_000;

/** One-use tickets that may stand in a URL, for programs whose WebSocket cannot send headers. The only secrets that ever do. */
export interface Tickets {
  issue(identity: Identity): string;
  /** Whose ticket it is; it is used up. @throws Refusal AUTH_FAILED */
  redeem(ticket: string): Identity;
}

export function createTickets(clock: Clock): Tickets {
  const waiting = new Map<string, { identity: Identity; until: number }>();
  return {
    issue(identity) {
      const now = clock.monotonic();
      for (const [hash, { until }] of waiting) {
        // In the order they were issued, so the first that still holds ends the search.
        if (until > now && waiting.size < mostTickets) break;
        waiting.delete(hash);
      }
      const ticket = newSecret();
      waiting.set(hashOf(ticket), { identity, until: now + ticketMs });
      return ticket;
    },
    redeem(ticket) {
      const hash = hashOf(ticket);
      const found = waiting.get(hash);
      waiting.delete(hash);
      if (!found || found.until <= clock.monotonic())
        throw new Refusal("AUTH_FAILED", "That ticket was used or is too old: ask for another.");
      return found.identity;
    },
  };
}
