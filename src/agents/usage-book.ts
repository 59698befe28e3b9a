import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import type { History } from "../messages/history.ts";
import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Task } from "../tasks/task.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Usage, UsageBook } from "./usage.ts";
import { type Behalf, personBehind, workOf } from "./usage-behalf.ts";
import { brokenBudget } from "./usage-budgets.ts";
import { createUsageTable, dayOf, type Spent, type TaskUsed, type UsageTable, type Whose } from "./usage-table.ts";

interface Parts {
  config: Config;
  store: Store;
  log: Log;
  clock: Clock;
  tasks: Tasks;
  history: History;
  members: Members;
}

/** The book, with what is read of it and its end. */
export interface KeptUsage extends UsageBook {
  readonly table: Pick<UsageTable, "total" | "byDay" | "byAgent" | "byPerson" | "rows">;
  /** Today's, with what is not written yet. */
  spentToday(whose: Whose): Spent;
  /** Writes what is not written yet: before the log's last flush. */
  stop(): void;
}

/** What is counted, whole and without a fraction. */
interface Count {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicros: number | null;
}

/** A run under way: what it said it used, and what of that is not in the log yet. */
interface Running {
  readonly task: Task;
  readonly personId: number;
  seen: Count;
  owed: Count;
  /** On its way into the log. */
  sent: Count;
  writtenAt: number;
  closed: boolean;
  timer: Timer | undefined;
}

const none: Count = { inputTokens: 0, outputTokens: 0, costMicros: null };

/** Who used how much: every run's use as it grows, in the log every few seconds, and what of it is still allowed. */
export function createUsageBook({ config, store, log, clock, tasks, history, members }: Parts): KeptUsage {
  const { usageMs, storageRetryMs } = config.limits;
  const table = createUsageTable(store, log);
  const running = new Map<number, Running>();
  let stopped = false;
  const named = store.sqlite.prepare<{ behind: number | null }, [number]>(
    "SELECT data ->> '$.run.behind' AS behind FROM events WHERE seq = ? AND kind = 'task.opened'",
  );
  const behalf: Behalf = { tasks, history, members, namedBehind: (taskId) => named.get(taskId)?.behind ?? null };

  function begun(task: Task): Running {
    const known = running.get(task.id);
    if (known) return known;
    const person = personBehind(task, behalf);
    const counts = { seen: none, owed: none, sent: none };
    const run = { task, personId: person.id, ...counts, writtenAt: Number.NEGATIVE_INFINITY, closed: false };
    const made: Running = { ...run, timer: undefined };
    running.set(task.id, made);
    return made;
  }

  /** Now, or when it is time: what is on its way is answered first. */
  function write(run: Running, isLast: boolean): void {
    clearTimeout(run.timer);
    if (stopped || isNone(run.owed) || !isNone(run.sent)) return;
    const wait = usageMs - (clock.monotonic() - run.writtenAt);
    if (!isLast && wait > 0) {
      run.timer = setTimeout(() => write(run, true), wait);
      return;
    }
    const { task, personId, owed } = run;
    const data: TaskUsed = { taskId: task.id, agentId: task.agent.id, requesterId: personId, ...owed };
    run.sent = owed;
    run.owed = none;
    run.writtenAt = clock.monotonic();
    try {
      log.append([{ kind: "task.used", roomId: task.roomId, actorId: task.agent.id, data }], ([outcome]) =>
        answered(run, outcome?.ok === true),
      );
    } catch {
      answered(run, false);
    }
  }

  function answered(run: Running, isWritten: boolean): void {
    if (!isWritten) run.owed = sum(run.owed, run.sent);
    run.sent = none;
    if (isWritten) write(run, run.closed);
    // A full disk: what was spent is remembered, and counted, until there is space.
    else if (!stopped) run.timer = setTimeout(() => write(run, true), storageRetryMs);
    if (run.closed && isNone(run.owed) && isNone(run.sent)) running.delete(run.task.id);
  }

  /** What is written and what is not, of today. */
  function spent(whose: Whose): Spent {
    const written = table.spent(dayOf(clock.now()), whose);
    let { tokens, costMicros } = written;
    for (const { task, personId, owed, sent } of running.values()) {
      if (whose && ("agentId" in whose ? whose.agentId !== task.agent.id : whose.requesterId !== personId)) continue;
      const more = sum(owed, sent);
      tokens += more.inputTokens + more.outputTokens;
      costMicros += more.costMicros ?? 0;
    }
    return { tokens, costMicros };
  }

  return {
    table,
    spentToday: spent,
    note(task, usage) {
      const run = begun(task);
      // Another run of the same task counts from nothing again.
      if (run.closed) Object.assign(run, { closed: false, seen: none });
      const now = counted(usage);
      run.owed = sum(run.owed, beyond(now, run.seen));
      run.seen = largest(now, run.seen);
      write(run, false);
    },
    close(task) {
      const run = running.get(task.id);
      if (!run) return;
      run.closed = true;
      write(run, true);
      if (isNone(run.owed) && isNone(run.sent)) running.delete(task.id);
    },
    ofTask(taskId) {
      const written = table.ofTask(taskId);
      const run = running.get(taskId);
      if (!run) return written && { ...usageOf(countOf(written)) };
      return usageOf(sum(written ? countOf(written) : none, sum(run.owed, run.sent)));
    },
    behind: (task) => personBehind(task, behalf),
    exhausted(agent, asker, of) {
      const behind = of && personBehind(of, behalf);
      const person = behind?.kind === "person" ? behind : personOf(asker);
      const { workspace, person: each } = config.budgets;
      const { dailyTokens: tokens, dailyUsd: usd } = agent.settings;
      const budgets = [
        { of: agent.member.name, budget: { tokens, usd }, spent: () => spent({ agentId: agent.member.id }) },
        ...(person ? [{ of: person.name, budget: each, spent: () => spent({ requesterId: person.id }) }] : []),
        { of: "the workspace", budget: workspace, spent: () => spent(null) },
      ];
      return brokenBudget(budgets, clock.now());
    },
    stop() {
      for (const run of running.values()) {
        write(run, true);
        clearTimeout(run.timer);
      }
      stopped = true;
    },
  };

  function personOf(asker: Member): Member | undefined {
    if (asker.kind === "person") return asker;
    const task = workOf(asker, tasks);
    const person = task && personBehind(task, behalf);
    return person?.kind === "person" ? person : undefined;
  }
}

function counted({ inputTokens, outputTokens, costUsd }: Usage): Count {
  const whole = (value: number) => (Number.isFinite(value) ? Math.max(0, Math.round(value)) : 0);
  return {
    inputTokens: whole(inputTokens),
    outputTokens: whole(outputTokens),
    costMicros: costUsd === null ? null : whole(costUsd * 1_000_000),
  };
}

function countOf(usage: Usage): Count {
  return counted(usage);
}

function usageOf({ inputTokens, outputTokens, costMicros }: Count): Usage {
  return { inputTokens, outputTokens, costUsd: costMicros === null ? null : costMicros / 1_000_000 };
}

/** What a count that only grows has more than before. */
function beyond(now: Count, before: Count): Count {
  const more = (a: number, b: number) => Math.max(0, a - b);
  return {
    inputTokens: more(now.inputTokens, before.inputTokens),
    outputTokens: more(now.outputTokens, before.outputTokens),
    costMicros: now.costMicros === null ? null : more(now.costMicros, before.costMicros ?? 0),
  };
}

function largest(a: Count, b: Count): Count {
  return sum(b, beyond(a, b));
}

function sum(a: Count, b: Count): Count {
  const costs = [a.costMicros, b.costMicros].filter((cost) => cost !== null);
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    costMicros: costs.length === 0 ? null : costs.reduce((total, cost) => total + cost, 0),
  };
}

function isNone({ inputTokens, outputTokens, costMicros }: Count): boolean {
  return inputTokens === 0 && outputTokens === 0 && !costMicros;
}
