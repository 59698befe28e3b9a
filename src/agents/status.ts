import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Hub } from "../live/hub.ts";
import type { Task } from "../tasks/task.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Agent, AgentState } from "./agent.ts";
import type { Roster } from "./roster.ts";

/** How long "completed" is shown before an agent is simply idle. */
const completedMs = 10_000;

/** Which tasks a state may speak of. Without one it is told to everybody, and speaks of those in public rooms. */
type MayKnow = (task: Task) => boolean;

export interface Status {
  of(agent: Agent, mayKnow?: MayKnow): AgentState;
  all(mayKnow?: MayKnow): readonly AgentState[];
  /** What the agent is at, wherever that is: not to be told to those who may not read that room. */
  currentTask(agent: Agent): Task | undefined;
  /** Says that a run of this agent began or ended; the only thing about it that is not in the log. */
  running(agent: Agent, live: boolean): void;
  stop(): void;
}

/** Derives what each agent is doing, and tells when it changed. Nothing anywhere sets a status. */
export function createStatus(hub: Hub, roster: Roster, tasks: Tasks, config: Config, clock: Clock): Status {
  const live = new Map<number, number>();
  const told = new Map<number, string>();
  const timers = new Map<number, Timer>();

  function currentOf(open: readonly Task[]): Task | undefined {
    const inState = (state: Task["state"]) => open.find((task) => task.state === state);
    return inState("working") ?? inState("stuck") ?? open[0];
  }

  function derive(agent: Agent, mayKnow: MayKnow = isPublic): AgentState {
    const open = tasks.active(agent.member.id);
    const last = tasks.lastEnded(agent.member.id);
    // When it last did something is told of what the reader may know, too: it would say when the others spoke to it.
    const lastKnown = last && !mayKnow(last) ? tasks.lastEnded(agent.member.id, mayKnow) : last;
    const known = open.filter(mayKnow);
    const first = currentOf(open);
    const current = first && mayKnow(first) ? first : undefined;
    const state = (status: AgentState["status"]): AgentState => ({
      agent,
      status,
      currentTask: current?.description ?? null,
      currentTaskId: current?.id ?? null,
      progress: current?.progress ?? (status === "completed" ? 100 : 0),
      lastActivity: Math.max(agent.hiredAt, ...known.map((task) => task.updatedAt), lastKnown?.endedAt ?? 0),
      openTasks: known.length,
    });
    if (config.safeMode) return state("offline");
    // A run that waits for people, or shows no sign of life, is not at work, whatever its process does.
    if (first?.run && first.state === "stuck") return state("stuck");
    if (live.has(agent.member.id) || first?.state === "working") return state("working");
    if (first?.state === "stuck") return state("stuck");
    if (open.length === 0 && last?.state === "completed" && clock.now() - (last.endedAt ?? 0) < completedMs)
      return state("completed");
    return state("idle");
  }

  function review(agent: Agent): void {
    const state = derive(agent);
    const doing = [state.status, state.currentTaskId, state.progress, state.openTasks, state.currentTask];
    const key = JSON.stringify([...doing, agent.role, agent.backend]);
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
      if (event.kind === "agent.changed") touched.add((event.data as { id: number }).id);
    }
    for (const id of touched) {
      const agent = roster.byId(id);
      if (agent) review(agent);
    }
  });

  return {
    of: derive,
    all: (mayKnow) => roster.list().map((agent) => derive(agent, mayKnow)),
    currentTask: (agent) => currentOf(tasks.active(agent.member.id)),
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

function isPublic(task: Task): boolean {
  return task.isPublic;
}
