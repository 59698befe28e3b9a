import type { z } from "zod";
import type { Member } from "../../people/member.ts";
import type { Task } from "../../tasks/task.ts";
import type { Agent } from "../agent.ts";
import type { Desk } from "../backends/backend.ts";

/** Something an agent can do here, whichever way it asks for it: as a function of its model, or over MCP. */
export interface Tool<Args> {
  readonly name: string;
  /** For a model: what it does and when to use it. */
  readonly description: string;
  readonly schema: z.ZodType<Args>;
  /** Whether it changes nothing. */
  readonly readOnly: boolean;
  /** @returns what came of it, in words for a model. @throws Refusal, whose words are for the model as well */
  run(args: Args, context: ToolContext): Promise<string>;
}

/** On whose behalf a tool is used, and how far that reaches. */
export interface ToolContext {
  readonly agent: Agent;
  /** Ids of the only rooms it opens; null for all that the agent may enter. */
  readonly rooms: readonly number[] | null;
  /** What the agent is at; null when it came by itself. */
  readonly task: Task | null;
  /** At whose word, narrowed to what they came with; null when it came by itself. */
  readonly asker: Member | null;
  readonly signal: AbortSignal;
  /** Asks people, and waits for their answer. */
  readonly ask: Desk["ask"];
  /** Asks people and colleagues for help with the task. @returns what came of it */
  help(issue: string): Promise<string>;
}
