import type { Message } from "../../messages/message.ts";
import type { Member } from "../../people/member.ts";
import type { Task } from "../../tasks/task.ts";
import type { Agent, AgentState } from "../agent.ts";

/** What somebody asked an agent, by mention, by a reply or over the wire. */
export interface RunRequest {
  readonly agent: Agent;
  readonly message: Message;
  /** Who wrote it, narrowed to what they came with: an agent does nothing at their word that they may not do, and tells them nothing that they may not read. */
  readonly asker: Member;
  /** The message without the mentions of agents, trimmed. */
  readonly words: string;
  /** `mention`: asked by name. `offer`: nobody was named, and this agent's expertise fits. */
  readonly reason: "mention" | "offer";
}

/** What a backend may look at while it works. Bounded reads only. */
export interface Desk {
  /** The newest messages of the room before the request, oldest first. */
  recent(limit: number): readonly Message[];
  /** Messages of the room that hold every word, newest first. */
  search(words: readonly string[], limit: number): readonly Message[];
  /** This agent's tasks that have not ended. */
  openTasks(): readonly Task[];
  task(id: number): Task | undefined;
  colleagues(): readonly AgentState[];
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
  | { readonly type: "help"; readonly taskId: number; readonly issue: string };

/** The one interface behind which every kind of agent stands. */
export interface Backend {
  readonly name: string;
  /** Works on one request until the iterable ends. `signal` aborts when the run is stopped; then it should end soon. */
  run(request: RunRequest, desk: Desk, signal: AbortSignal): AsyncIterable<RunEvent>;
}
