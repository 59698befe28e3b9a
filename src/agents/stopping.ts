import type { Clock } from "../clock.ts";
import type { Outcome } from "../database/log.ts";
import type { Member } from "../people/member.ts";
import type { Tasks } from "../tasks/tasks.ts";
import { type LiveRun, moveOn, type Stop } from "./live.ts";

/** Ends runs from outside: who asked is on the card at once, and the task ends when the run has. */
export interface Stops {
  /** At somebody's word. @param done told as soon as it is on disk, or refused */
  byWord(live: LiveRun, by: Member, ending: "completed" | "cancelled", done?: (outcome: Outcome) => void): void;
  /** Whatever anybody says: the agent is gone, or nothing more may be spent. */
  end(live: LiveRun, stop: Pick<Stop, "by" | "state" | "note">): void;
}

export function createStops(tasks: Tasks, clock: Clock): Stops {
  function begin(live: LiveRun, stop: Pick<Stop, "by" | "state" | "note">): void {
    live.stop = { ...stop, since: clock.monotonic(), overdue: false };
  }

  return {
    byWord(live, by, ending, done) {
      const seq = live.task?.seq ?? 0;
      if (live.stop) {
        done?.({ ok: true, seq, repeated: true });
        return;
      }
      const isDone = ending === "completed";
      const note = isDone ? `Done, says ${by.name}` : `Stopped by ${by.name}`;
      begin(live, { by, state: ending, note });
      moveOn(
        live,
        tasks,
        () => ({ note: isDone ? `Ending: done, says ${by.name}` : `Stopping: ${by.name} asked` }),
        by,
      ).then(
        () => {
          live.abort.abort();
          done?.({ ok: true, seq: tasks.byId(live.task?.id ?? 0)?.seq ?? seq, repeated: false });
        },
        (refusal) => {
          // A full disk keeps nobody from stopping what runs; who has lost the right to meanwhile does not.
          if (refusal.code === "SERVICE_UNAVAILABLE") live.abort.abort();
          else live.stop = undefined;
          done?.({ ok: false, refusal });
        },
      );
    },
    end(live, stop) {
      if (live.stop) return;
      begin(live, stop);
      live.abort.abort();
    },
  };
}
