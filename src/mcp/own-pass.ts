import type { Agent } from "../agents/agent.ts";
import type { Pass } from "../agents/tools/pass.ts";
import { Refusal } from "../errors.ts";
import type { Identity } from "../people/identity.ts";
import { type Member, may } from "../people/member.ts";
import type { Task } from "../tasks/task.ts";

interface Parts {
  agentOf: (memberId: number) => Agent | undefined;
  /** Tasks of an agent that have not ended, oldest first. */
  openTasks: (memberId: number) => readonly Task[];
  mayRead: (member: Member, task: Task) => boolean;
  ask: (task: Task, ask: Parameters<Pass["ask"]>[0], signal: AbortSignal) => ReturnType<Pass["ask"]>;
  help: (task: Task, issue: string) => Promise<string>;
  /** Aborts when the server stops. */
  signal: AbortSignal;
}

/**
 * The pass of an agent that came by its own key: at nobody's word, as far as the key reaches. It has no task by itself; what it asks
 * people is about the newest of those it is at.
 */
export function ownPass({ member, proof }: Identity, parts: Parts): Pass {
  const agent = parts.agentOf(member.id);
  if (!agent) throw new Refusal("PERMISSION_DENIED", "Tools are for agents that work here.");
  const open = () =>
    parts
      .openTasks(member.id)
      .filter((task) => parts.mayRead(member, task))
      .at(-1);
  const needed = () => {
    const task = open();
    if (!task)
      throw new Refusal("CONFLICT", "You have no open task that this could be about: say it with post_message.");
    return task;
  };
  return {
    id: `key ${proof.id}`,
    agent,
    rooms: member.scope?.rooms ?? null,
    asker: null,
    task: () => null,
    mayWrite: may(member, "write"),
    signal: parts.signal,
    ask: async (asked) => parts.ask(needed(), asked, parts.signal),
    help: async (issue) => parts.help(needed(), issue),
  };
}
