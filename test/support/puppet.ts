import type { Backend, Desk, RunEvent, RunRequest } from "../../src/agents/backends/backend.ts";
import { createRuns } from "../../src/agents/runs.ts";
import type { Message } from "../../src/messages/message.ts";
import { HandClock } from "./clock.ts";
import { openHouse, until } from "./house.ts";

/** A run of a puppet, in the hands of a test. */
export interface PuppetRun {
  readonly request: RunRequest;
  readonly desk: Desk;
  readonly signal: AbortSignal;
  say(...events: RunEvent[]): void;
  end(): void;
  fail(error: unknown): void;
}

interface Nature {
  opensTask?: Backend["opensTask"];
  resumes?: boolean;
  /** Whether it goes on when it is to end: then only the test ends it. */
  deaf?: boolean;
}

/** A backend that a test leads by the hand: each run waits until it is told what to do. */
export class Puppet implements Backend {
  readonly name = "builtin";
  readonly opensTask: Backend["opensTask"];
  readonly resumes: boolean;
  readonly runs: PuppetRun[] = [];
  /** The most runs there ever were at a time, for each agent. */
  readonly most = new Map<string, number>();
  private readonly busy = new Map<string, number>();
  private readonly deaf: boolean;

  constructor({ opensTask = "itself", resumes = false, deaf = false }: Nature = {}) {
    this.opensTask = opensTask;
    this.resumes = resumes;
    this.deaf = deaf;
  }

  async *run(request: RunRequest, desk: Desk, signal: AbortSignal): AsyncIterable<RunEvent> {
    const name = request.agent.member.handle;
    const now = (this.busy.get(name) ?? 0) + 1;
    this.busy.set(name, now);
    this.most.set(name, Math.max(now, this.most.get(name) ?? 0));
    const queue: (RunEvent | "end" | { error: unknown })[] = [];
    let wake = () => {};
    const push = (...items: typeof queue) => {
      queue.push(...items);
      wake();
    };
    if (!this.deaf) {
      signal.addEventListener("abort", () => push("end"));
      if (signal.aborted) push("end");
    }
    this.runs.push({ request, desk, signal, say: push, end: () => push("end"), fail: (error) => push({ error }) });
    try {
      for (;;) {
        const next = queue.shift();
        if (next === "end") return;
        if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else if ("error" in next) throw next.error;
        else yield next;
      }
    } finally {
      this.busy.set(name, now - 1);
    }
  }

  async check(): Promise<string | null> {
    return null;
  }
}

/** A backend that keeps to a rule and opens its tasks itself, as the built-in one does. */
export function ruled(run: Backend["run"]): Backend {
  return { name: "builtin", opensTask: "itself", resumes: false, run, check: async () => null };
}

/** A house whose agents are led by a puppet. */
export function openStaffed(options: Parameters<typeof openHouse>[0] = {}, nature: Nature = {}) {
  const house = openHouse(options);
  const puppet = new Puppet(nature);
  const runs = createRuns({ ...house, backends: [puppet] });
  return {
    house,
    puppet,
    runs,
    /** The `n`th run, as soon as it has begun. */
    async begun(n = 0) {
      await until(() => puppet.runs.length > n, `run ${n}`);
      const run = puppet.runs[n];
      if (!run) throw new Error(`no run ${n}`);
      return run;
    },
    idle: () => until(() => runs.live === 0, "the end of all runs"),
    /** What was said in #general, oldest first. */
    said: (): readonly Message[] =>
      house.history.page(house.rooms.forReader(house.members.system, "general").id, { limit: 200 }).messages,
    async [Symbol.asyncDispose]() {
      await runs.stop();
      house[Symbol.dispose]();
    },
  };
}

/** A clock that knows how often it was looked at. */
class WatchedClock extends HandClock {
  looks = 0;

  override monotonic(): number {
    this.looks += 1;
    return super.monotonic();
  }
}

/** A house whose agents do real work: each request is a task from the moment it is asked. Its clocks are looked at all the time. */
export function openWorkshop(options: Parameters<typeof openHouse>[0] = {}, nature: Nature = {}) {
  const limits = { runWatchMs: 1, agentRate: 1_000, agentBurst: 1_000, ...options.limits };
  const clock = new WatchedClock();
  const staffed = openStaffed({ clock, ...options, limits }, { opensTask: "at once", ...nature });
  return {
    ...staffed,
    /** Waits until the clocks of all runs were looked at again, a few times: whatever they were to say is said. */
    looked: () => {
      const from = clock.looks;
      return until(() => clock.looks > from + 12, "a look at the clocks");
    },
  };
}

/** Turns of the loop enough for anything that was going to happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
