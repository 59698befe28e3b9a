import type { Pass } from "../agents/tools/pass.ts";
import { Waits } from "./waits.ts";

type Shown = Pick<Pass, "id" | "signal">;

/**
 * The questions of each pass, as long as it opens something. What has ended is looked for when somebody new comes: the signal of a key
 * is the server's own, and would gather everybody who ever listened to it.
 */
export function waitsByPass(toldMs: number): (pass: Shown) => Waits {
  const known = new Map<string, { readonly waits: Waits; readonly signal: AbortSignal }>();
  return ({ id, signal }) => {
    const own = known.get(id);
    if (own && !own.signal.aborted) return own.waits;
    for (const [other, each] of known) if (each.waits.isEmpty || each.signal.aborted) known.delete(other);
    const waits = new Waits(toldMs);
    known.set(id, { waits, signal });
    return waits;
  };
}
