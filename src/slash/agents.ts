import type { AgentState } from "../agents/agent.ts";
import type { Roster } from "../agents/roster.ts";
import type { Status } from "../agents/status.ts";
import type { Clock } from "../clock.ts";
import type { Member } from "../people/member.ts";
import type { Presence } from "../people/presence.ts";
import type { Task } from "../tasks/task.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { SlashCommand } from "./command.ts";
import { agentNamed } from "./named.ts";
import type { TransportControl } from "./transport.ts";
import { ago, count, listOf, plain } from "./words.ts";

interface Parts {
  clock: Clock;
  presence: Presence;
  roster: Roster;
  status: Status;
  tasks: Tasks;
  transport: TransportControl;
}

/** `/agents` and `/status`: who works here and what they are doing, as far as whoever asks may know. */
export function agentCommands({ clock, presence, roster, status, tasks, transport }: Parts): readonly SlashCommand[] {
  const knownTo = (member: Member) => (task: Task) => tasks.mayRead(member, task);

  return [
    {
      name: "agents",
      usage: "/agents",
      help: "Who works here, and what they are doing",
      needs: "read",
      run({ member }) {
        const lines = status.all(knownTo(member)).map((state) => {
          const { expertise } = state.agent;
          const knows = expertise.length === 0 ? "" : `, knows ${plain(expertise.join(", "))}`;
          return `${nameOf(state)}, ${plain(state.agent.role)}: ${doing(state)}${knows}`;
        });
        return listOf("**Agents**", lines, "Nobody works here yet: `/hire` somebody.");
      },
    },
    {
      name: "status",
      usage: "/status [agent]",
      help: "How things are, or how an agent is",
      needs: "read",
      run({ member, args: [name] }) {
        if (name !== undefined) {
          const state = status.of(agentNamed(roster, name), knownTo(member));
          const last = `last active ${ago(clock.now() - state.lastActivity)}`;
          return `${nameOf(state)} is ${doing(state)}; ${count(state.openTasks, "open task")}, ${last}.`;
        }
        const states = status.all(knownTo(member));
        const each = [...new Set(states.map((state) => state.status))].map(
          (which) => `${states.filter((state) => state.status === which).length} ${which}`,
        );
        const open = tasks.active().filter(knownTo(member)).length;
        return listOf(
          "**Status**",
          [
            `${presence.count} online`,
            `${count(states.length, "agent")}${each.length > 0 ? `: ${each.join(", ")}` : ""}`,
            count(open, "open task"),
            transport.describe(),
          ],
          "",
        );
      },
    },
  ];
}

function nameOf({ agent }: AgentState): string {
  return `**${plain(agent.member.name)}**`;
}

function doing({ status, currentTask, progress }: AgentState): string {
  return currentTask === null ? status : `${status}, ${progress} % of "${plain(currentTask, 100)}"`;
}
