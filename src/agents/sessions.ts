import type { Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import type { Task } from "../tasks/task.ts";

/** `agent.session`: what an agent's backend calls its session of a thread. */
export interface AgentSession {
  readonly agentId: number;
  readonly threadId: number;
  readonly session: string;
}

/** One session for each agent and thread: what is said in the thread goes on from there. */
export interface AgentSessions {
  of(agentId: number, threadId: number): string | null;
  keep(task: Task, threadId: number, session: string): void;
}

/** Longer than any backend's: what names a session is not a place to store things. */
const mostCharacters = 1_000;

export function createAgentSessions({ sqlite }: Pick<Store, "sqlite">, log: Log): AgentSessions {
  const select = sqlite.prepare<{ session: string }, [number, number]>(
    "SELECT session FROM agent_sessions WHERE agent_id = ? AND thread_id = ?",
  );
  const write = sqlite.prepare(
    `INSERT INTO agent_sessions (agent_id, thread_id, session) VALUES (?, ?, ?)
     ON CONFLICT (agent_id, thread_id) DO UPDATE SET session = excluded.session`,
  );
  log.define("agent.session", ({ data }) => {
    const { agentId, threadId, session } = data as AgentSession;
    write.run(agentId, threadId, session);
  });

  const sessions: AgentSessions = {
    of: (agentId, threadId) => select.get(agentId, threadId)?.session ?? null,
    keep({ agent, roomId }, threadId, session) {
      if (session.length > mostCharacters || session === sessions.of(agent.id, threadId)) return;
      const data: AgentSession = { agentId: agent.id, threadId, session };
      log.append([{ kind: "agent.session", roomId, actorId: agent.id, data }]);
    },
  };
  return sessions;
}
