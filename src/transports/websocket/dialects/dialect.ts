import type { AgentState, AgentStatus } from "../../../agents/agent.ts";
import type { Approval } from "../../../approvals/approval.ts";
import type { Choice } from "../../../approvals/approvals.ts";
import type { Refusal } from "../../../errors.ts";
import type { Ephemeral } from "../../../live/ephemeral.ts";
import type { Message } from "../../../messages/message.ts";
import type { PersonBeside } from "../../../people/beside.ts";
import type { Member } from "../../../people/member.ts";
import type { RoomBeside } from "../../../rooms/beside.ts";
import type { Card, StepInFull } from "../../../tasks/card.ts";
import type { PlanEntry, StepInBrief } from "../../../tasks/step.ts";
import type { Task } from "../../../tasks/task.ts";
import type { TerminalLine } from "../../../tasks/terminal-screen.ts";

/** What a frame asked for, the same whichever dialect it was written in. */
export type Command =
  | ({ readonly type: "auth" } & AuthFields)
  | {
      readonly type: "post";
      readonly text: string;
      readonly files: readonly string[];
      readonly room: string | undefined;
      readonly replyTo: number | null;
      readonly clientId: string | null;
      /** The client's own id when it gave no clientId: echoed, and repeats are not recognised by it. */
      readonly echoId: string | number | null;
    }
  | { readonly type: "ping"; readonly at: number | undefined }
  | { readonly type: "typing"; readonly room: string | undefined; readonly isTyping: boolean }
  | { readonly type: "subscribe" | "unsubscribe"; readonly topics: readonly string[] }
  | { readonly type: "subscribe_agent" | "unsubscribe_agent"; readonly name: string }
  | { readonly type: "agent_status"; readonly name: string | undefined }
  | { readonly type: "active_tasks" }
  | { readonly type: "agent_message"; readonly name: string; readonly text: string; readonly clientId: string | null }
  | {
      readonly type: "history";
      readonly conversation: string;
      readonly limit: number;
      readonly before?: number;
      readonly after?: number;
    }
  | { readonly type: "refresh"; readonly token: string }
  | { readonly type: "edit"; readonly id: number; readonly text: string }
  | { readonly type: "delete"; readonly id: number }
  | { readonly type: "task"; readonly id: number; readonly action: "complete" | "cancel" | "resume" }
  | { readonly type: "answer"; readonly id: number; readonly choice: Choice }
  | ({ readonly type: "report" } & Report)
  | {
      readonly type: "resume";
      readonly room: string;
      /** Whose own page it is, when it is a task's. */
      readonly task: number | undefined;
      readonly lastSeq: number | undefined;
      readonly epoch: string | undefined;
    };

/** What only a client knows of its connections: told once, when it has come back. */
export interface Report {
  /** It had been connected before. */
  readonly reconnected: boolean;
  /** Attempts since the last report that came to nothing, by what was tried. */
  readonly failedWebsocket: number;
  readonly failedHttp: number;
  /** Messages that waited to be sent. */
  readonly queued: number;
  /** From a ping to its pong, ms; undefined when none came yet. */
  readonly latency: number | undefined;
}

/** What somebody shows of themselves in the first frame. */
export interface AuthFields {
  readonly userId: string | undefined;
  readonly role: string;
  readonly method: string | undefined;
  /** A JWT, or any other credential: they are told apart by their shape. */
  readonly token: string | undefined;
  readonly apiKey: string | undefined;
  readonly sessionToken: string | undefined;
  readonly lastSeq: number | undefined;
  readonly epoch: string | undefined;
  readonly subscribe: readonly string[];
  readonly batch: boolean;
}

export type TaskChangeName = "assigned" | "started" | "progress" | "completed" | "failed" | "stopped";

/** A terminal that changed: its last lines, all of them (`whole`) or those that are new or different. */
export interface TerminalNews {
  readonly type: "terminal";
  readonly seq: 0;
  readonly roomId: number;
  readonly taskId: number;
  /** Of the step. */
  readonly number: number;
  readonly lines: readonly TerminalLine[];
  readonly whole: boolean;
}

/** What is told to many: made once from an event, encoded once per dialect. `seq` is 0 for what passes and is not stored. */
export type Broadcast =
  /** `card`: the task whose card stands on this message. */
  | {
      readonly type: "posted" | "finished" | "edited" | "deleted";
      readonly seq: number;
      readonly message: Message;
      readonly card: Card | null;
      /** What that task asks people. */
      readonly asks?: readonly Approval[];
      /** What its author is doing, when that is an agent. */
      readonly agentStatus?: AgentStatus | undefined;
    }
  /** `card`: the task and its run as they are now, for whoever shows them. */
  | {
      readonly type: "task";
      readonly seq: number;
      readonly task: Task;
      readonly change: TaskChangeName;
      readonly card: () => Card;
    }
  | {
      readonly type: "step";
      readonly seq: number;
      readonly task: Task;
      readonly step: StepInBrief;
      readonly card: () => Card;
    }
  | {
      readonly type: "plan";
      readonly seq: number;
      readonly task: Task;
      readonly entries: readonly PlanEntry[];
      readonly at: number;
      readonly card: () => Card;
    }
  /** For a task's own page: what stands above its steps, and the step that changed. */
  | {
      readonly type: "work";
      readonly seq: 0;
      readonly taskId: number;
      readonly card: () => Card;
      readonly step: () => StepInFull | undefined;
    }
  | TerminalNews
  /** What an agent thinks now: the end of it, for pages. */
  | {
      readonly type: "thinking";
      readonly seq: 0;
      readonly roomId: number;
      readonly taskId: number;
      readonly text: string;
    }
  /** How many files are claimed for a task, for its card. */
  | { readonly type: "claims"; readonly seq: number; readonly task: Task }
  | { readonly type: "help"; readonly seq: number; readonly task: Task; readonly issue: string; readonly at: number }
  /** Something is asked, or was answered. */
  | { readonly type: "approval"; readonly seq: number; readonly approval: Approval; readonly isNew: boolean }
  /** How many approvals wait for those of `to`. */
  | { readonly type: "waiting"; readonly seq: 0; readonly count: number; readonly to: readonly number[] }
  | { readonly type: "roster"; readonly seq: number; readonly states: readonly AgentState[] }
  /** A room to go to: one that everybody may enter, or one that those of `to` are in now. */
  | { readonly type: "room"; readonly seq: number; readonly beside: RoomBeside; readonly to: readonly number[] | null }
  /** A room that those of `to` are in no more. */
  | { readonly type: "room_gone"; readonly seq: number; readonly roomId: number; readonly to: readonly number[] }
  /** Something was said in a direct conversation: for pages of its other members that show another room. */
  | { readonly type: "unseen"; readonly seq: 0; readonly roomId: number; readonly to: readonly number[] }
  /** How many are in a private room now. */
  | { readonly type: "room_members"; readonly seq: number; readonly roomId: number; readonly count: number }
  | (Exclude<Ephemeral, { type: "agent" | "output" | "thought" }> & { readonly seq: 0 })
  /** `end`: of a snapshot, where what comes next begins; its middle may have been left out. */
  | (Extract<Ephemeral, { type: "output" | "thought" }> & { readonly seq: 0; readonly end?: number })
  /** Who is beside the room, for the page: those who changed, or everybody it shows. `online` counts all who are here. */
  | {
      readonly type: "people";
      readonly seq: 0;
      readonly people: readonly PersonBeside[];
      readonly all: boolean;
      readonly online: number;
    }
  | { readonly type: "member_status"; readonly seq: 0; readonly state: AgentState }
  | {
      readonly type: "server_status";
      readonly seq: 0;
      readonly at: number;
      readonly working: number;
      readonly agents: number;
    }
  /** `bare`: without what it does it on, for those who may not read every public room. */
  | {
      readonly type: "agent";
      readonly seq: 0;
      readonly state: AgentState;
      readonly connected: readonly string[];
      readonly bare?: boolean;
    };

/** What is answered to one socket. */
export type Answer =
  | {
      readonly type: "authenticated";
      readonly member: Member;
      readonly sessionId: string;
      /** Of a session that was made by this sign-in; told this once. */
      readonly sessionToken?: string | undefined;
      /** Names of who is connected and of the agents; asked for only by dialects that say them. */
      readonly names: () => readonly string[];
      readonly seq: number;
      readonly epoch: string;
      readonly expiresAt: number | null;
      readonly now: number;
      /** Whether their pages use WebSockets. */
      readonly websocket: boolean;
    }
  | { readonly type: "auth_failed"; readonly refusal: Refusal; readonly now: number }
  | {
      readonly type: "error";
      readonly refusal: Refusal;
      readonly clientId: string | number | null;
      readonly now: number;
      readonly closing: boolean;
    }
  | {
      readonly type: "pong";
      readonly at: number | undefined;
      readonly now: number;
      readonly seq: number;
      readonly epoch: string;
    }
  | {
      readonly type: "history";
      readonly conversation: string;
      readonly messages: readonly Message[];
      readonly hasMore: boolean;
    }
  | { readonly type: "agent_status"; readonly state: AgentState; readonly connected: readonly string[] }
  | { readonly type: "agent_statuses"; readonly states: readonly AgentState[]; readonly connected: readonly string[] }
  | { readonly type: "active_tasks"; readonly tasks: readonly Task[] }
  | { readonly type: "message_sent"; readonly id: number; readonly agent: string }
  | { readonly type: "resync"; readonly seq: number; readonly epoch: string }
  /** The house speaks to one person only; `id` is negative, because nothing was stored. `html`: the answer to a command, as it is shown. */
  | {
      readonly type: "notice";
      readonly id: number;
      readonly text: string;
      readonly html: string | null;
      readonly room: string;
      readonly now: number;
    };

/** How one kind of client reads what happens. Pure: the same event always gives the same bytes, for everybody. */
export interface Dialect {
  readonly name: "html" | "camel" | "classic";
  /** The frames that say it: none when this kind of client is not told of it. */
  encode(broadcast: Broadcast): readonly string[];
  answer(answer: Answer): string;
  /** Several frames of one moment as one. */
  join(frames: readonly string[], seq: number): string;
}
