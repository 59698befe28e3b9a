import type { Member } from "../people/member.ts";
import type { AgentSettings } from "./settings.ts";

export type AgentStatus = "offline" | "idle" | "working" | "stuck" | "completed";

/** An agent on the roster: what it was hired as. */
export interface Agent {
  readonly member: Member;
  readonly role: string;
  readonly expertise: readonly string[];
  readonly backend: string;
  readonly smartness: "smart" | "normal";
  readonly settings: AgentSettings;
  readonly hiredAt: number;
}

/**
 * What an agent is doing now: derived from its tasks, its live run and whether its backend can run; never set. The status is true for
 * everybody; of tasks it holds only those that its reader may know of.
 */
export interface AgentState {
  readonly agent: Agent;
  readonly status: AgentStatus;
  readonly currentTask: string | null;
  readonly currentTaskId: number | null;
  readonly progress: number;
  /** Wall time of the last event of its work, ms since the epoch. */
  readonly lastActivity: number;
  readonly openTasks: number;
}
