import type { Log, LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import type { Usage } from "./usage.ts";

/** `task.used`: a run of a task used more, by so much since it was last written. */
export interface TaskUsed {
  readonly taskId: number;
  readonly agentId: number;
  /** The person on whose behalf. */
  readonly requesterId: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Millionths of a US dollar; null where nobody said. */
  readonly costMicros: number | null;
}

/** Whose use is counted: of an agent, on behalf of a person, or all. */
export type Whose = { readonly agentId: number } | { readonly requesterId: number } | null;

export interface Spent {
  readonly tokens: number;
  readonly costMicros: number;
}

/** What was used, summed up. */
export interface UsageSum extends Usage {
  /** Tokens of which nobody said what they cost. */
  readonly unpricedTokens: number;
  readonly tasks: number;
}

export type UsageRow = UsageSum & { readonly day: string; readonly agentId: number; readonly requesterId: number };

/** What of the use somebody asks about: days of UTC, both included. */
export interface UsageAsked {
  readonly from: string;
  readonly to: string;
  /** Only on behalf of this person. */
  readonly requesterId: number | null;
  /** Only of tasks in these rooms. */
  readonly roomIds: readonly number[] | null;
}

/** The day of UTC that a moment is in. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

const sums = `count(DISTINCT task_id) AS tasks, sum(input_tokens) AS inputTokens, sum(output_tokens) AS outputTokens,
  sum(cost_micros) AS costMicros, sum(iif(cost_micros IS NULL, input_tokens + output_tokens, 0)) AS unpricedTokens`;

const spent = `coalesce(sum(input_tokens + output_tokens), 0) AS tokens, coalesce(sum(cost_micros), 0) AS costMicros`;

const asked = `day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR requester_id = ?3)
  AND (?4 IS NULL OR task_id IN (SELECT id FROM tasks WHERE room_id IN (SELECT value FROM json_each(?4))))`;

type Summed = Omit<UsageSum, "costUsd"> & { costMicros: number | null };
type Arguments = [string, string, number | null, string | null];

/** How use comes into its table, and what is read of it. */
export function createUsageTable({ sqlite }: Pick<Store, "sqlite">, log: Log) {
  const add = sqlite.prepare(
    `INSERT INTO usage (task_id, day, agent_id, requester_id, input_tokens, output_tokens, cost_micros)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (task_id, day) DO UPDATE SET input_tokens = input_tokens + excluded.input_tokens,
       output_tokens = output_tokens + excluded.output_tokens,
       cost_micros = iif(excluded.cost_micros IS NULL, cost_micros, coalesce(cost_micros, 0) + excluded.cost_micros)`,
  );
  log.define("task.used", (event: LogEvent) => {
    const { taskId, agentId, requesterId, inputTokens, outputTokens, costMicros } = event.data as TaskUsed;
    add.run(taskId, dayOf(event.at), agentId, requesterId, inputTokens, outputTokens, costMicros);
  });

  const ofAgent = sqlite.prepare<Spent, [string, number]>(`SELECT ${spent} FROM usage WHERE day = ? AND agent_id = ?`);
  const ofPerson = sqlite.prepare<Spent, [string, number]>(
    `SELECT ${spent} FROM usage WHERE day = ? AND requester_id = ?`,
  );
  const ofAll = sqlite.prepare<Spent, [string]>(`SELECT ${spent} FROM usage WHERE day = ?`);
  const ofTask = sqlite.prepare<Summed, [number]>(`SELECT ${sums} FROM usage WHERE task_id = ?`);
  const whole = sqlite.prepare<Summed, Arguments>(`SELECT ${sums} FROM usage WHERE ${asked}`);
  const days = sqlite.prepare<Summed & { day: string }, Arguments>(
    `SELECT day, ${sums} FROM usage WHERE ${asked} GROUP BY day ORDER BY day DESC`,
  );
  const agents = sqlite.prepare<Summed & { agentId: number }, Arguments>(
    `SELECT agent_id AS agentId, ${sums} FROM usage WHERE ${asked}
     GROUP BY agent_id ORDER BY sum(input_tokens + output_tokens) DESC, agent_id`,
  );
  const people = sqlite.prepare<Summed & { requesterId: number }, Arguments>(
    `SELECT requester_id AS requesterId, ${sums} FROM usage WHERE ${asked}
     GROUP BY requester_id ORDER BY sum(input_tokens + output_tokens) DESC, requester_id`,
  );
  const rows = sqlite.prepare<Summed & { day: string; agentId: number; requesterId: number }, Arguments>(
    `SELECT day, agent_id AS agentId, requester_id AS requesterId, ${sums} FROM usage WHERE ${asked}
     GROUP BY day, agent_id, requester_id ORDER BY day, agent_id, requester_id`,
  );

  return {
    spent(day: string, whose: Whose): Spent {
      const nothing = { tokens: 0, costMicros: 0 };
      if (whose === null) return ofAll.get(day) ?? nothing;
      return ("agentId" in whose ? ofAgent.get(day, whose.agentId) : ofPerson.get(day, whose.requesterId)) ?? nothing;
    },
    /** Undefined where nothing was written of it. */
    ofTask(taskId: number): UsageSum | undefined {
      const row = ofTask.get(taskId);
      return row && row.tasks > 0 ? summed(row) : undefined;
    },
    total(about: UsageAsked): UsageSum {
      const row = whole.get(...argumentsOf(about));
      return row && row.tasks > 0
        ? summed(row)
        : { tasks: 0, inputTokens: 0, outputTokens: 0, costUsd: null, unpricedTokens: 0 };
    },
    /** The newest day first. */
    byDay: (about: UsageAsked) => days.all(...argumentsOf(about)).map(({ day, ...row }) => ({ day, ...summed(row) })),
    /** Who used most first. */
    byAgent: (about: UsageAsked) =>
      agents.all(...argumentsOf(about)).map(({ agentId, ...row }) => ({ agentId, ...summed(row) })),
    byPerson: (about: UsageAsked) =>
      people.all(...argumentsOf(about)).map(({ requesterId, ...row }) => ({ requesterId, ...summed(row) })),
    /** The finest there is. */
    rows: (about: UsageAsked): readonly UsageRow[] =>
      rows
        .all(...argumentsOf(about))
        .map(({ day, agentId, requesterId, ...row }) => ({ day, agentId, requesterId, ...summed(row) })),
  };
}

export type UsageTable = ReturnType<typeof createUsageTable>;

function argumentsOf({ from, to, requesterId, roomIds }: UsageAsked): Arguments {
  return [from, to, requesterId, roomIds === null ? null : JSON.stringify(roomIds)];
}

function summed({ costMicros, tasks, inputTokens, outputTokens, unpricedTokens }: Summed): UsageSum {
  const costUsd = costMicros === null ? null : costMicros / 1_000_000;
  return { tasks, inputTokens, outputTokens, unpricedTokens, costUsd };
}
