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
  onCommit(listener: (events: readonly LogEvent[]) => void): void;
  tell(event: Ephemeral): void;
  onTell(listener: (event: Ephemeral) => void): void;
}

/** A listener that throws is logged and does not keep the others from hearing. */
export function createHub(logger: Logger): Hub {
  const committed: ((events: readonly LogEvent[]) => void)[] = [];
  const told: ((event: Ephemeral) => void)[] = [];
  const each = <T>(listeners: ((value: T) => void)[], value: T) => {
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
    onCommit: (listener) => void committed.push(listener),
    tell: (event) => each(told, event),
    onTell: (listener) => void told.push(listener),
  };
}
