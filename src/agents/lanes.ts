import type { Message } from "../messages/message.ts";
import { acting } from "../people/identity.ts";
import type { Task } from "../tasks/task.ts";
import type { Agent } from "./agent.ts";
import type { RunRequest } from "./backends/backend.ts";
import { wordsOf } from "./desk.ts";
import { beginning, type LiveRun } from "./live.ts";
import type { Roster } from "./roster.ts";
import { type RunParts, work } from "./run.ts";

/** One run at a time for each agent: what it is at, and what comes next. */
export interface Lanes {
  /** Puts a request behind those that wait, which a restart forgets: for backends that open tasks themselves. */
  enqueue(agent: Agent, request: RunRequest, hops: number): void;
  /** Begins with what waits for an agent, unless it is at something. */
  wake(agent: Agent): void;
  /** The run that an agent is at. */
  of(agentId: number): LiveRun | undefined;
  ofTask(taskId: number): LiveRun | undefined;
  all(): Iterable<LiveRun>;
  /** Agents that are at something. */
  readonly count: number;
  /** Forgets what waits for an agent beside its tasks. */
  clear(agentId: number): void;
  /** When all that is under way has ended. */
  settled(): Promise<unknown>;
}

interface Parts extends RunParts {
  roster: Roster;
  say: (agent: Agent, message: Message, text: string) => void;
}

interface Waiting {
  readonly request: RunRequest;
  readonly hops: number;
}

export function createLanes(parts: Parts): Lanes {
  const { config, clock, members, roster, status, history, tasks, agentSessions, stopping, say } = parts;
  const listed = new Map<number, Waiting[]>();
  const current = new Map<number, LiveRun>();
  const loops = new Set<Promise<void>>();
  /** Tasks that were begun and still look as if they waited: none is begun twice, also when nothing can be stored. */
  const begun = new Set<number>();

  async function workOff(agent: Agent, first: LiveRun): Promise<void> {
    const id = agent.member.id;
    status.running(agent, true);
    for (let live: LiveRun | undefined = first; live; live = next(id)) {
      current.set(id, live);
      await work(live, parts);
      if (live.task && tasks.byId(live.task.id)?.state !== "queued") begun.delete(live.task.id);
    }
    current.delete(id);
    status.running(agent, false);
  }

  function next(agentId: number): LiveRun | undefined {
    const list = listed.get(agentId) ?? [];
    for (let entry = list.shift(); entry; entry = list.shift()) {
      const { request, hops } = entry;
      if (!stopping.aborted) return beginning(request, hops, clock.monotonic());
      say(request.agent, request.message, "I did not get to this: the server is stopping. Ask me again.");
    }
    listed.delete(agentId);
    const agent = roster.byId(agentId);
    // What is a task waits for the next start.
    if (!agent || stopping.aborted) return undefined;
    for (const task of tasks.queueOf(agentId)) {
      if (begun.has(task.id)) continue;
      begun.add(task.id);
      const request = requestOf(agent, task);
      if (request) return beginning(request, task.run?.hops ?? 0, clock.monotonic());
      const note = "What asked for it was deleted";
      tasks.move(task.id, { state: "cancelled", note }, members.system, ({ ok }) => {
        if (ok) begun.delete(task.id);
      });
    }
    return undefined;
  }

  function requestOf(agent: Agent, task: Task): RunRequest | undefined {
    const now = history.message(task.requestId);
    if (!now || now.deletedAt !== null) return undefined;
    // What was asked is done, and what the card says; not what was written over it while it waited.
    const message = { ...now, ...history.firstWords(now) };
    return {
      agent,
      message,
      asker: acting(task.requester, "", task.run?.scope),
      words: wordsOf(message, roster),
      reason: task.run?.reason ?? "mention",
      task,
      session: agentSessions.of(agent.member.id, message.threadId ?? message.id),
      marker: Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex"),
    };
  }

  const lanes: Lanes = {
    enqueue(agent, request, hops) {
      const id = agent.member.id;
      const list = listed.get(id) ?? [];
      const count = list.length + (current.has(id) ? 1 : 0);
      if (count >= config.limits.queuedTasks) {
        say(agent, request.message, `My queue is full (${count} requests). Ask me again when some are done.`);
        return;
      }
      listed.set(id, [...list, { request, hops }]);
      lanes.wake(agent);
    },
    wake(agent) {
      const id = agent.member.id;
      if (current.has(id)) return;
      const first = next(id);
      if (!first) return;
      current.set(id, first);
      const loop = workOff(agent, first).finally(() => loops.delete(loop));
      loops.add(loop);
    },
    of: (agentId) => current.get(agentId),
    ofTask: (taskId) => [...current.values()].find((live) => live.task?.id === taskId),
    all: () => current.values(),
    get count() {
      return current.size;
    },
    clear: (agentId) => void listed.delete(agentId),
    settled: () => Promise.allSettled(loops),
  };
  return lanes;
}
