import type { Member, Scope } from "../people/member.ts";

export type TaskState = "queued" | "accepted" | "working" | "stuck" | "completed" | "failed" | "cancelled";

/** States a task does not leave. */
export const endedStates: readonly TaskState[] = ["completed", "failed", "cancelled"];

/** Which state may follow which; anything else is refused, so that a task never comes back from its end. */
export const nextStates: Record<TaskState, readonly TaskState[]> = {
  queued: ["accepted", "cancelled", "failed"],
  accepted: ["working", "stuck", "completed", "failed", "cancelled"],
  working: ["accepted", "stuck", "completed", "failed", "cancelled"],
  stuck: ["accepted", "working", "completed", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
};

/** Work an agent was asked to do: one request, one agent, one card in the room. */
export interface Task {
  /** The seq of the event that opened it. */
  readonly id: number;
  /** The seq of the event that last changed it. */
  readonly seq: number;
  readonly roomId: number;
  readonly room: string;
  /** Whether everybody may read of it: its room is public. */
  readonly isPublic: boolean;
  readonly agent: Member;
  /** The message that asked for it. */
  readonly requestId: number;
  readonly requester: Member;
  readonly description: string;
  readonly state: TaskState;
  /** 0 to 100. */
  readonly progress: number;
  /** What the agent last said about it, or why it is stuck. */
  readonly note: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly endedAt: number | null;
  /** The run whose life this task tells, from the moment it was asked for; null for one that an agent keeps on its list. */
  readonly run: TaskRun | null;
  /** Whether it broke off where its agent can go on, and nobody has had it do so yet. */
  readonly canResume: boolean;
}

/** What a run begins with, kept so that it still waits after a restart. */
export interface TaskRun {
  readonly reason: "mention" | "resume";
  /** Its place in its agent's queue: the smaller, the sooner. */
  readonly place: number;
  /** How many agents called one another before it: 0 when a person asked. */
  readonly hops: number;
  /** What the requester came with, where that is less than they are. */
  readonly scope: Scope | undefined;
  /** The task that broke off and is taken up by this one. */
  readonly resumes: number | null;
}
