import type { Limits } from "../../limits.ts";
import type { Steps } from "../../tasks/steps.ts";
import type { Broadcast } from "./dialects/dialect.ts";
import type { Growing } from "./growing.ts";

interface Parts {
  steps: Steps;
  limits: Limits;
  /** Whether any page is open. */
  isWatched: () => boolean;
  tell: (broadcasts: readonly Broadcast[]) => void;
}

/** Up to so many lines are put in one by one; of more all are told anew, which is cheaper for the browser. */
const fewLines = 16;

/** Running terminals and thoughts, as pages see them: what changed is told a few times a second, however much that is. */
export interface Terminals {
  changed(event: Growing): void;
  /** Tells what changed, now: a snapshot that is made next holds exactly that. */
  flush(): void;
  stop(): void;
}

export function createTerminals({ steps, limits, isWatched, tell }: Parts): Terminals {
  const changed = new Map<string, Growing>();
  /** The version of each terminal that pages were told last. */
  const shown = new Map<string, number>();
  let timer: Timer | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (changed.size === 0) return;
    if (!isWatched()) {
      changed.clear();
      shown.clear();
      return;
    }
    const news = [...changed].flatMap(([key, event]) => newsOf(key, event) ?? []);
    changed.clear();
    // Tasks come and go; what is told next of a terminal that was forgotten is all of it.
    if (shown.size > 1_000) shown.clear();
    tell(news);
  }

  function newsOf(key: string, event: Growing): Broadcast | undefined {
    if (event.type === "delta") return undefined;
    const { taskId, roomId } = event;
    if (event.type === "thought")
      return {
        type: "thinking",
        seq: 0,
        roomId,
        taskId,
        text: steps.thoughtOf(taskId).slice(-limits.shownThought).toWellFormed(),
      };
    const running = steps.running(taskId, event.stepId);
    if (!running) return undefined;
    const { screen, step } = running;
    const before = shown.get(key);
    // A screen that was begun anew counts from the beginning.
    const isKnown = before !== undefined && before <= screen.version && event.offset > 0;
    const fresh = isKnown ? screen.since(before, limits.terminalLines) : [];
    const whole = !isKnown || fresh.length > fewLines;
    shown.set(key, screen.version);
    const lines = whole ? screen.lines(limits.terminalLines) : fresh;
    return { type: "terminal", seq: 0, roomId, taskId, number: step.number, lines, whole };
  }

  return {
    changed(event) {
      const key = event.type === "output" ? `${event.taskId} ${event.stepId}` : `${event.taskId}`;
      const earlier = changed.get(key);
      // That it began anew in between must not be forgotten.
      const isAnew = earlier?.type === "output" && earlier.offset === 0;
      if (!isAnew) changed.set(key, event);
      timer ??= setTimeout(flush, limits.terminalFrameMs);
    },
    flush,
    stop: () => clearTimeout(timer),
  };
}
