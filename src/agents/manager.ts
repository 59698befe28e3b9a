import type { Presence } from "../people/presence.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { AgentState } from "./agent.ts";
import type { Roster } from "./roster.ts";
import type { Status } from "./status.ts";

/** The agent manager in the terms of the system Parley replaces, for programs that know those. */
export interface AgentManager {
  /** The agents that work here now, by name. */
  syncAgentsWithEmployees(): readonly string[];
  getAgentStatus(name: string): AgentState | undefined;
  isAgentAvailable(name: string): boolean;
  getChatStatistics(): ChatStatistics;
  /** Asks the room of the agent's current task for help with it. @returns false when it has none */
  requestHelpForAgent(name: string, issue: string): boolean;
}

export interface ChatStatistics {
  readonly total_agents: number;
  readonly working_agents: number;
  readonly stuck_agents: number;
  readonly idle_agents: number;
  readonly pending_help_requests: number;
  readonly chat_connected: boolean;
}

export function createAgentManager(roster: Roster, status: Status, tasks: Tasks, presence: Presence): AgentManager {
  const stateOf = (name: string) => {
    const agent = roster.byName(name);
    return agent && status.of(agent);
  };
  return {
    syncAgentsWithEmployees: () => roster.list().map((agent) => agent.member.name),
    getAgentStatus: stateOf,
    isAgentAvailable: (name) => ["idle", "completed"].includes(stateOf(name)?.status ?? "offline"),
    getChatStatistics() {
      const states = status.all();
      const count = (wanted: AgentState["status"][]) => states.filter((state) => wanted.includes(state.status)).length;
      return {
        total_agents: states.length,
        working_agents: count(["working"]),
        stuck_agents: count(["stuck"]),
        idle_agents: count(["idle", "completed"]),
        pending_help_requests: tasks.pendingHelp(),
        chat_connected: presence.count > 0,
      };
    },
    requestHelpForAgent(name, issue) {
      const agent = roster.byName(name);
      const task = agent && status.currentTask(agent);
      if (!task) return false;
      tasks.requestHelp(task, issue);
      return true;
    },
  };
}
