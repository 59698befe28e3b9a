import { Refusal } from "../../errors.ts";
import type { Hub } from "../../live/hub.ts";
import { hashOf, newSecret } from "../../people/secrets.ts";
import type { TaskMoved } from "../../tasks/events.ts";
import { endedStates, type Task } from "../../tasks/task.ts";
import type { Desk, RunRequest } from "../backends/backend.ts";
import type { ToolContext } from "./tool.ts";

/** Shown by an agent that uses tools from outside: on whose behalf, how far that reaches, and until when. */
export interface Pass extends Pick<ToolContext, "agent" | "rooms" | "asker" | "signal" | "ask" | "help"> {
  /** The same for as long as it is the same run, or the same key. */
  readonly id: string;
  /** The task as it is now. */
  task(): Task | null;
  /** Whether it may do more than look. */
  readonly mayWrite: boolean;
}

/** Passes of runs: in memory alone, for one run each, and worth nothing when it is over. */
export interface Passes {
  /** @param desk of the run: told to stop, it loses its pass. @returns the pass itself, told to the agent and to nobody else */
  mint(request: RunRequest, desk?: Pick<Desk, "ask" | "signal">): string;
  find(secret: string): Pass | undefined;
  /** The run is over: whoever still waits by its pass is told so. */
  release(marker: string): void;
  /** The server stops. */
  releaseAll(): void;
}

/** How a pass begins: secret scanners find it, and it is never taken for another kind of token. */
export const passPrefix = "plr_";

interface Parts {
  hub: Hub;
  taskById: (id: number) => Task | undefined;
  /** Asks people about a task, where the run itself does not. */
  ask: (task: Task, ask: Parameters<Desk["ask"]>[0], signal: AbortSignal) => ReturnType<Desk["ask"]>;
  help: (task: Task, issue: string) => Promise<string>;
}

export function createPasses({ hub, taskById, ask, help }: Parts): Passes {
  const byHash = new Map<string, Pass>();
  const ofRun = new Map<
    string,
    { readonly hash: string; readonly taskId: number | null; readonly over: AbortController }
  >();

  function end(marker: string): void {
    const held = ofRun.get(marker);
    if (!held) return;
    ofRun.delete(marker);
    byHash.delete(held.hash);
    held.over.abort();
  }

  // Whoever forgets to give a pass back loses it with the task.
  hub.onCommit((events) => {
    if (ofRun.size === 0) return;
    for (const { kind, data } of events) {
      if (kind !== "task.moved") continue;
      const { id, state } = data as TaskMoved;
      if (!endedStates.includes(state)) continue;
      for (const [marker, { taskId }] of ofRun) if (taskId === id) end(marker);
    }
  });

  return {
    mint({ marker, agent, asker, task }, desk) {
      end(marker);
      const secret = passPrefix + newSecret();
      const over = new AbortController();
      const now = () => (task ? (taskById(task.id) ?? null) : null);
      const needed = () => {
        const current = now();
        if (!current) throw new Refusal("CONFLICT", "You have no task that this could be about.");
        return current;
      };
      const hash = hashOf(secret);
      byHash.set(hash, {
        id: `run ${marker}`,
        agent,
        asker,
        // What it reaches is asked at each use: of the agent's rooms those that whoever asked may read by then.
        rooms: null,
        task: now,
        mayWrite: true,
        signal: over.signal,
        ask: (asked) => (desk ? desk.ask(asked) : ask(needed(), asked, over.signal)),
        help: (issue) => help(needed(), issue),
      });
      ofRun.set(marker, { hash, taskId: task?.id ?? null, over });
      // What is to stop does nothing more in the room, however long its process takes to end.
      const stop = () => {
        if (ofRun.get(marker)?.hash === hash) end(marker);
      };
      if (desk?.signal.aborted) stop();
      else desk?.signal.addEventListener("abort", stop, { once: true });
      return secret;
    },
    find: (secret) => (secret.startsWith(passPrefix) ? byHash.get(hashOf(secret)) : undefined),
    release: end,
    releaseAll() {
      for (const marker of [...ofRun.keys()]) end(marker);
    },
  };
}
