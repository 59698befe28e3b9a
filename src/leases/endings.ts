import type { Clock } from "../clock.ts";
import type { Log, LogEvent, Proposal } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import type { Limits } from "../limits.ts";
import type { Hub } from "../live/hub.ts";
import type { TaskMoved } from "../tasks/events.ts";
import { endedStates } from "../tasks/task.ts";
import type { LeaseExpired, LeaseReleased } from "./events.ts";
import { type LeaseRow, leaseRows } from "./rows.ts";

/** How leases end when nobody ends them: with the work they were for, and with their time. */
export interface LeaseEndings {
  /** A run of an agent's is over: what it claimed for that task comes free. */
  releaseOf(agentId: number, taskId: number): void;
  /** Ends those whose time is over. */
  sweep(): void;
  /** At the start: of what ended while nobody looked. @returns how many */
  recover(): number;
  stop(): void;
}

interface Parts {
  store: Store;
  log: Log;
  hub: Hub;
  clock: Clock;
  limits: Limits;
}

export function createLeaseEndings({ store, log, hub, clock, limits }: Parts): LeaseEndings {
  const rows = leaseRows(store);
  const orphaned = store.sqlite.prepare<{ id: number }, []>(
    "SELECT leases.id FROM leases JOIN tasks ON tasks.id = task_id WHERE ended_at IS NOT NULL",
  );

  // The house does it, and each by itself: what somebody released in the same moment keeps no other from ending.
  function append(proposals: readonly Proposal[]): void {
    for (const proposal of proposals) log.append([proposal]);
  }

  function releasing({ id, holderId, taskId, path, roomId }: LeaseRow): Proposal {
    const data: LeaseReleased = { id, holderId, taskId, path, address: "" };
    return { kind: "lease.released", roomId, actorId: null, data };
  }

  function endedTask({ kind, data }: LogEvent): number | undefined {
    if (kind !== "task.moved") return undefined;
    const { id, state } = data as TaskMoved;
    return endedStates.includes(state) ? id : undefined;
  }

  const endings: LeaseEndings = {
    releaseOf: (agentId, taskId) =>
      append(
        rows
          .ofTask(taskId)
          .filter(({ holderId }) => holderId === agentId)
          .map(releasing),
      ),
    sweep() {
      append(
        rows.due(clock.now()).map(({ id, taskId, roomId }) => {
          const data: LeaseExpired = { id, taskId };
          return { kind: "lease.expired", roomId, actorId: null, data };
        }),
      );
    },
    recover() {
      const left = orphaned.all().flatMap(({ id }) => rows.lease(id) ?? []);
      append(left.map(releasing));
      endings.sweep();
      return left.length;
    },
    stop: () => clearInterval(timer),
  };

  hub.onCommit((events) => {
    for (const event of events) {
      const taskId = endedTask(event);
      if (taskId !== undefined) append(rows.ofTask(taskId).map(releasing));
      // Whoever left holds nothing back.
      else if (event.kind === "agent.fired" || event.kind === "member.disabled") endings.sweep();
    }
  });
  const timer = setInterval(endings.sweep, limits.leaseSweepMs);
  return endings;
}
