import type { LogEvent } from "../database/log.ts";
import type { Logger } from "../logger.ts";
import type { Ephemeral } from "./ephemeral.ts";

/**
 * Tells everybody in the process what happened: committed events in their order, and the passing things that are never stored.
 * Knows no transport. Synchronous, so that whoever subscribes and then reads the log in one tick misses nothing and sees nothing twice.
 */
export interface Hub {
  /** Called by the log with the events of one commit. */
  commit(events: readonly LogEvent[]): void;
  /** @returns what ends it */
  onCommit(listener: (events: readonly LogEvent[]) => void): () => void;
  tell(event: Ephemeral): void;
  /** @returns what ends it */
  onTell(listener: (event: Ephemeral) => void): () => void;
}

/** A listener that throws is logged and does not keep the others from hearing. */
export function createHub(logger: Logger): Hub {
  const committed = new Set<(events: readonly LogEvent[]) => void>();
  const told = new Set<(event: Ephemeral) => void>();
  const each = <T>(listeners: ReadonlySet<(value: T) => void>, value: T) => {
    for (const listener of listeners) {
      try {
        listener(value);
      } catch (error) {
        logger.error("hub.listener", { error });
      }
    }
  };
  return {
    commit: (events) => each(committed, events),
    onCommit: (listener) => on(committed, listener),
    tell: (event) => each(told, event),
    onTell: (listener) => on(told, listener),
  };
}

function on<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
