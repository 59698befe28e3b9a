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
  /** Aborts when the one who asked is gone, the run is over, or the key was taken away. */
  readonly signal: AbortSignal;
  done(): void;
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
      const left = identity.expiresAt === null ? longestTimer : identity.expiresAt - now();
      const timer = setTimeout(() => ending.abort(), Math.min(left, longestTimer));
      open.set(ending, { id: pass.id, identity, pass });
      return {
        signal: AbortSignal.any([request, pass.signal, ending.signal]),
        done() {
          clearTimeout(timer);
          open.delete(ending);
        },
      };
    },
    endAll() {
      for (const ending of open.keys()) ending.abort();
    },
  };
}
