import type { Limits } from "../../limits.ts";
import type { Ephemeral } from "../../live/ephemeral.ts";
import type { Broadcast } from "./dialects/dialect.ts";

/** What grows while it is told: an answer's text, a step's output, an agent's thoughts. */
export type Growing = Extract<Ephemeral, { type: "delta" | "output" | "thought" }>;

/** Gathers what grows, so that a frame says all that came within a moment. */
export interface Gathering {
  add(event: Growing): void;
  /** Tells what was gathered, now. */
  flush(): void;
  stop(): void;
}

export function createGathering(limits: Limits, tell: (broadcasts: readonly Broadcast[]) => void): Gathering {
  let waiting = new Map<string, Growing>();
  let timer: Timer | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.size === 0) return;
    const gathered = [...waiting.values()];
    waiting = new Map();
    tell(gathered.map((event) => ({ ...event, seq: 0 })));
  }

  return {
    add(event) {
      const key = keyOf(event);
      const earlier = waiting.get(key);
      waiting.set(
        key,
        earlier ? together(earlier, event, limits.liveCharacters) : fitting(event, limits.liveCharacters),
      );
      timer ??= setTimeout(flush, limits.deltaFlushMs);
    },
    flush,
    stop: () => clearTimeout(timer),
  };
}

function keyOf(event: Growing): string {
  if (event.type === "delta") return `answer ${event.messageId}`;
  return event.type === "output" ? `output ${event.taskId} ${event.stepId}` : `thought ${event.taskId}`;
}

/** One after the other, unless the second begins anew. */
function together(earlier: Growing, later: Growing, most: number): Growing {
  if (earlier.type === "output" && later.type === "output")
    return later.offset === 0 ? fitting(later, most) : fitting({ ...earlier, data: earlier.data + later.data }, most);
  if (earlier.type === "output" || later.type === "output") return later;
  return fitting({ ...earlier, delta: earlier.delta + later.delta }, most);
}

/** A flood is told by its end: the offset says how much was left out. The words of an answer are all told. */
function fitting<Event extends Growing>(event: Event, most: number): Event {
  if (event.type === "output" && event.data.length > most) {
    const data = wholeFrom(event.data, event.data.length - most);
    return { ...event, offset: event.offset + event.data.length - data.length, data };
  }
  if (event.type === "thought" && event.delta.length > most) {
    const delta = wholeFrom(event.delta, event.delta.length - most);
    return { ...event, offset: event.offset + event.delta.length - delta.length, delta };
  }
  return event;
}

/** The end of a text from a place on, without the half of a character. */
function wholeFrom(text: string, at: number): string {
  return text.slice(/[\uDC00-\uDFFF]/.test(text[at] ?? "") ? at + 1 : at);
}
