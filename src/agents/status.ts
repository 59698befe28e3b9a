import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Hub } from "../live/hub.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Agent, AgentState } from "./agent.ts";
import type { Roster } from "./roster.ts";

/** How long "completed" is shown before an agent is simply idle. */
const completedMs = 10_000;

export interface Status {
  of(agent: Agent): AgentState;
  all(): readonly AgentState[];
  /** Says that a run of this agent began or ended; the only thing about it that is not in the log. */
  running(agent: Agent, live: boolean): void;
  stop(): void;
}

/** Derives what each agent is doing, and tells when it changed. Nothing anywhere sets a status. */
export function createStatus(hub: Hub, roster: Roster, tasks: Tasks, config: Config, clock: Clock): Status {
  const live = new Map<number, number>();
  const told = new Map<number, string>();
  const timers = new Map<number, Timer>();

  function derive(agent: Agent): AgentState {
    const open = tasks.active(agent.member.id);
    const last = tasks.lastEnded(agent.member.id);
    const stuck = open.find((task) => task.state === "stuck");
    const working = open.find((task) => task.state === "working");
    const current = working ?? stuck ?? open[0];
    const state = (status: AgentState["status"]): AgentState => ({
      agent,
      status,
      currentTask: current?.description ?? null,
      currentTaskId: current?.id ?? null,
      progress: current?.progress ?? (status === "completed" ? 100 : 0),
      lastActivity: Math.max(agent.hiredAt, current?.updatedAt ?? 0, last?.endedAt ?? 0),
      openTasks: open.length,
    });
    if (config.safeMode) return state("offline");
    if (live.has(agent.member.id) || working) return state("working");
    if (stuck) return state("stuck");
    if (open.length === 0 && last?.state === "completed" && clock.now() - (last.endedAt ?? 0) < completedMs)
      return state("completed");
    return state("idle");
  }

  function review(agent: Agent): void {
    const state = derive(agent);
    const key = JSON.stringify([state.status, state.currentTaskId, state.progress, state.openTasks, state.currentTask]);
    if (told.get(agent.member.id) === key) return;
    told.set(agent.member.id, key);
    hub.tell({ type: "agent", state });
    clearTimeout(timers.get(agent.member.id));
    if (state.status === "completed") {
      timers.set(
        agent.member.id,
        setTimeout(() => review(agent), completedMs + 50),
      );
    }
  }

  hub.onCommit((events) => {
    const touched = new Set<number>();
    for (const event of events) {
      const task = tasks.ofEvent(event);
      if (task) touched.add(task.agent.id);
    }
    for (const id of touched) {
      const agent = roster.byId(id);
      if (agent) review(agent);
    }
  });

  return {
    of: derive,
    all: () => roster.list().map(derive),
    running(agent, isLive) {
      const runs = (live.get(agent.member.id) ?? 0) + (isLive ? 1 : -1);
      if (runs > 0) live.set(agent.member.id, runs);
      else live.delete(agent.member.id);
      review(agent);
    },
    stop() {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
