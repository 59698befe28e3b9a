import type { Outcome } from "../database/log.ts";
import { Refusal } from "../errors.ts";

/** Waits for a commit and turns its refusal into a throw. */
export function committed(act: (done: (outcome: Outcome) => void) => void): Promise<{ seq: number }> {
  return new Promise((resolve, reject) => {
    act((outcome) => (outcome.ok ? resolve(outcome) : reject(outcome.refusal)));
  });
}

/** What a full disk must not leave open for ever: tried again until there is space or the server stops. */
export async function stored(act: () => Promise<unknown>, stopping: AbortSignal, retryMs: number): Promise<void> {
  for (;;) {
    try {
      await act();
      return;
    } catch (thrown) {
      const full = thrown instanceof Refusal && thrown.code === "SERVICE_UNAVAILABLE";
      if (!full || stopping.aborted) throw thrown;
      await Bun.sleep(retryMs);
    }
  }
}
