import type { Pass } from "../agents/tools/pass.ts";
import { Refusal } from "../errors.ts";
import type { Hub } from "../live/hub.ts";
import type { Credentials } from "../people/credentials.ts";
import type { Identity } from "../people/identity.ts";

/** Requests that are being answered: bounded for each pass, and ended when what was shown opens nothing any more. */
export interface Exchanges {
  /** @throws Refusal CONNECTION_LIMIT */
  open(pass: Pass, identity: Identity, request: AbortSignal): Exchange;
  /** Ends them all: the server stops. */
  endAll(): void;
}

export interface Exchange {
  /** Aborts when the one who asked is gone, the run is over, or the key was taken away; and never when it is done. */
  readonly signal: AbortSignal;
  /** All of the answer is on its way. */
  done(): void;
  /** Nobody reads it any more. */
  gone(): void;
}

/** Events after which a key may open nothing any more. */
const taking = new Set(["key.revoked", "key.created", "agent.fired", "member.disabled"]);
/** Beyond this a timer fires at once; whoever is connected for three weeks is asked again by then. */
const longestTimer = 2 ** 31 - 1;

export function createExchanges(hub: Hub, credentials: Credentials, most: number, now: () => number): Exchanges {
  const open = new Map<AbortController, { readonly id: string; readonly identity: Identity; readonly pass: Pass }>();

  function opens({ identity, pass }: { identity: Identity; pass: Pass }): boolean {
    if (pass.signal.aborted) return false;
    return identity.proof.kind !== "key" || credentials.holds(identity);
  }

  hub.onCommit((events) => {
    if (open.size === 0 || !events.some(({ kind }) => taking.has(kind))) return;
    for (const [ending, each] of open) if (!opens(each)) ending.abort();
  });

  return {
    open(pass, identity, request) {
      const before = [...open.values()].filter(({ id }) => id === pass.id).length;
      if (before >= most)
        throw new Refusal("CONNECTION_LIMIT", `At most ${most} requests of one agent are answered at a time.`);
      const ending = new AbortController();
      const end = () => ending.abort();
      const ends = [request, pass.signal];
      for (const each of ends) {
        if (each.aborted) end();
        each.addEventListener("abort", end);
      }
      const left = identity.expiresAt === null ? longestTimer : identity.expiresAt - now();
      const timer = setTimeout(end, Math.min(left, longestTimer));
      open.set(ending, { id: pass.id, identity, pass });
      return {
        signal: ending.signal,
        gone: end,
        done() {
          clearTimeout(timer);
          for (const each of ends) each.removeEventListener("abort", end);
          open.delete(ending);
        },
      };
    },
    endAll() {
      for (const ending of open.keys()) ending.abort();
    },
  };
}
