import type { LogEvent } from "../../database/log.ts";
import type { Limits } from "../../limits.ts";
import type { Hub } from "../../live/hub.ts";
import type { Logger } from "../../logger.ts";
import type { Memory, Place } from "./memory.ts";
import { backOff, wait } from "./wait.ts";

interface Parts {
  hub: Hub;
  limits: Limits;
  logger: Logger;
  memory: Memory;
  /** Tells a place the next thing it has not been told. @returns whether there may be more */
  tellNext: (place: Place, signal: AbortSignal) => Promise<boolean>;
  /** A room that no place shows was spoken in. */
  unseen: (roomId: number, seq: number) => void;
}

/** One pump a place: it tells what stands behind the place's cursor, one thing after the other, and sleeps until there is more. */
export interface Pumps {
  start(): void;
  /** Begins nothing more; resolves when what was begun is told and stored. */
  stop(): Promise<void>;
  /** Resolves when every place has been told everything, or time is up. */
  drained(ms: number): Promise<void>;
}

/** Events by which places come and go. */
const placing = new Set([
  "telegram.bound",
  "telegram.unbound",
  "telegram.linked",
  "telegram.unlinked",
  "telegram.moved",
]);

export function createPumps({ hub, limits, logger, memory, tellNext, unseen }: Parts): Pumps {
  const pumps = new Map<number, { roomId: number; wake: () => void; idle: boolean }>();
  const loops = new Set<Promise<void>>();
  const rested = new Set<() => void>();
  const ending = new AbortController();
  let off = () => {};

  function hear(events: readonly LogEvent[]): void {
    if (events.some(({ kind }) => placing.has(kind))) startAll();
    for (const roomId of roomsOf(events)) {
      let isShown = false;
      for (const pump of pumps.values()) {
        if (pump.roomId !== roomId) continue;
        isShown = true;
        pump.wake();
      }
      if (!isShown) unseen(roomId, events.at(-1)?.seq ?? 0);
    }
  }

  function startAll(): void {
    for (const place of memory.places()) {
      if (pumps.has(place.id)) continue;
      const loop = run(place, ending.signal).finally(() => loops.delete(loop));
      loops.add(loop);
    }
  }

  async function run({ id, roomId }: Place, signal: AbortSignal): Promise<void> {
    let wake = () => {};
    const pump = { roomId, idle: false, wake: () => wake() };
    pumps.set(id, pump);
    let failures = 0;
    try {
      for (;;) {
        // Set before it is looked whether there is something: what comes in between must not be slept over.
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
          if (signal.aborted) resolve();
        });
        let isMore = false;
        let pause = 0;
        try {
          const place = memory.place(id);
          if (!place || signal.aborted) return;
          isMore = await tellNext(place, signal);
          failures = 0;
        } catch (error) {
          // Whatever broke may be mended by the next try; a place that is never told anything again would be seen by nobody.
          failures++;
          logger.error("telegram.pump", { place: id, failures, error });
          pause = backOff(failures, limits.telegramRetryMs, limits.telegramRetryMostMs);
        }
        if (isMore) continue;
        pump.idle = true;
        for (const look of rested) look();
        await (pause > 0 ? wait(pause, signal) : woken);
        pump.idle = false;
      }
    } finally {
      pumps.delete(id);
      for (const look of rested) look();
    }
  }

  return {
    start() {
      off = hub.onCommit(hear);
      startAll();
    },
    async stop() {
      off();
      ending.abort();
      for (const pump of pumps.values()) pump.wake();
      await Promise.all(loops);
    },
    drained(ms) {
      return new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer);
          rested.delete(look);
          resolve();
        };
        const look = () => {
          if ([...pumps.values()].every(({ idle }) => idle)) end();
        };
        const timer = setTimeout(end, ms);
        rested.add(look);
        look();
      });
    },
  };
}

function roomsOf(events: readonly LogEvent[]): ReadonlySet<number> {
  return new Set(events.flatMap(({ roomId }) => (roomId === null ? [] : [roomId])));
}
