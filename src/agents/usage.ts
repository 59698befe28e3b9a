import type { Member } from "../people/member.ts";
import type { Task } from "../tasks/task.ts";
import type { Agent } from "./agent.ts";

/** What a run used so far; money in US dollars, null where the backend does not say. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number | null;
}
export interface UsageBook {
  note(task: Task, usage: Usage): void; // event task.used, at most every few seconds and at the end
  close(task: Task): void;
  /** On whose behalf a task is worked on: of what an agent asked for, whoever set that agent to work. */
  behind(task: Task): Member;
  ofTask(taskId: number): Usage | undefined;
  /** Why nothing more may be spent on this agent's or asker's behalf now, in words; null while it may. Asked before a run and at each `usage`. */
  exhausted(agent: Agent, asker: Member, task?: Task): string | null;
}
