import type { Answer, Ask } from "../../approvals/ask.ts";
import type { Message } from "../../messages/message.ts";
import type { Member } from "../../people/member.ts";
import type { PlanEntry, StepChange } from "../../tasks/step.ts";
import type { Task } from "../../tasks/task.ts";
import type { Agent, AgentState } from "../agent.ts";
import type { Usage } from "../usage.ts";

/** What somebody asked an agent, by mention, by a reply or over the wire. */
export interface RunRequest {
  readonly agent: Agent;
  readonly message: Message;
  /** Who wrote it, narrowed to what they came with: an agent does nothing at their word that they may not do, and tells them nothing that they may not read. */
  readonly asker: Member;
  /** The message without the mentions of agents, trimmed. */
  readonly words: string;
  /** `mention`: asked by name. `offer`: nobody was named, and this agent's expertise fits. `resume`: what broke off is taken up again. */
  readonly reason: "mention" | "offer" | "resume";
  /** The run's task; null for a backend that opens one only when it wants to (`builtin`). */
  readonly task: Task | null;
  /** The backend's own session of this thread, when there was one: it goes on from there where it can. */
  readonly session: string | null;
  /** 32 hex digits, unlike any other run's: stands in PARLEY_RUN of each process that the run starts, so that none is left behind. */
  readonly marker: string;
}

/** What a backend may look at and ask while it works. Bounded reads only. */
export interface Desk {
  /** The newest messages of the room before the request, oldest first. */
  recent(limit: number): readonly Message[];
  /** Messages of the room that hold every word, newest first. */
  search(words: readonly string[], limit: number): readonly Message[];
  /** This agent's tasks that have not ended. */
  openTasks(): readonly Task[];
  task(id: number): Task | undefined;
  colleagues(): readonly AgentState[];
  /** Asks people, and waits: until somebody with the right answers, the deadline passes, or the run is stopped. Several may wait at once. */
  ask(ask: Ask): Promise<Answer>;
  /** Aborts when the run is told to stop: what it started has no standing here any more. */
  readonly signal: AbortSignal;
}

/** What a backend says while it works, in order. */
export type RunEvent =
  /** One complete message, in answer to the request. */
  | { readonly type: "say"; readonly text: string }
  /** Opens the run's task: what follows carries its card. */
  | { readonly type: "task"; readonly description: string }
  /** Moves a task on: the run's own, or another open one of the agent's. */
  | {
      readonly type: "move";
      readonly taskId?: number;
      readonly state?: Task["state"];
      readonly progress?: number;
      readonly note?: string;
    }
  /** A piece of the streamed answer. */
  | { readonly type: "text"; readonly delta: string }
  /** Asks people and colleagues for help with a task. */
  | { readonly type: "help"; readonly taskId: number; readonly issue: string }
  /** Thinking aloud: shown folded, never on Telegram. */
  | { readonly type: "thought"; readonly delta: string }
  /** Something it does, by the backend's own id; the first with an id makes it, later ones change what they name. */
  | { readonly type: "step"; readonly step: StepChange }
  /** More output of a step, as a terminal would get it: UTF-8 text with its control sequences. */
  | { readonly type: "output"; readonly stepId: string; readonly data: string }
  /** The whole plan, each time. */
  | { readonly type: "plan"; readonly entries: readonly PlanEntry[] }
  /** What the run has used so far, all of it each time. */
  | { readonly type: "usage"; readonly usage: Usage }
  /** The backend's session, to come back to. */
  | { readonly type: "session"; readonly id: string }
  /** What happens while it is being stopped or started, in words for the card. */
  | { readonly type: "note"; readonly text: string };

/** The one interface behind which every kind of agent stands. */
export interface Backend {
  readonly name: string;
  /** Whether each request is a task from the moment it is asked (real work), or the backend opens one when it wants to. */
  readonly opensTask: "at once" | "itself";
  /** Whether a run can be taken up again with `session`. */
  readonly resumes: boolean;
  /**
   * Works on one request until the iterable ends. When `signal` aborts it ends its work, reporting each step of that by `note`, and returns;
   * everything it started is gone then. A throw is the run's failure: a Refusal's words are shown to people.
   */
  run(request: RunRequest, desk: Desk, signal: AbortSignal): AsyncIterable<RunEvent>;
  /** What is missing before this agent could work, in a sentence for whoever hires it; null when nothing is. */
  check(agent: Agent): Promise<string | null>;
}
