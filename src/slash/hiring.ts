import type { Roster } from "../agents/roster.ts";
import type { SlashCommand } from "./command.ts";
import { agentNamed, needed } from "./named.ts";
import { plain } from "./words.ts";

/** `/hire` and `/fire`. */
export function hiringCommands(roster: Roster): readonly SlashCommand[] {
  const hire = "/hire <name> [role] [expertise …]";
  const fire = "/fire <agent>";
  return [
    {
      name: "hire",
      usage: hire,
      help: "Brings a new agent in",
      details: 'The role is developer unless you say another: `/hire eve tester "load tests" browsers`.',
      needs: "manage_tasks",
      async run({ member, args: [name, role = "developer", ...words] }) {
        const expertise = words.flatMap((word) => word.split(","));
        const asked = { name: needed(name, hire).replace(/^@/, ""), role, ...(expertise.length > 0 && { expertise }) };
        const agent = await roster.hire(member, asked);
        return `**${plain(agent.member.name)}** works here now as ${plain(agent.role)}. Mention @${agent.member.handle} to say what to do.`;
      },
    },
    {
      name: "fire",
      usage: fire,
      help: "Lets an agent go; its open tasks are cancelled",
      needs: "manage_tasks",
      async run({ member, args: [name] }) {
        const { member: agent } = agentNamed(roster, needed(name, fire));
        await roster.fire(member, agent.name);
        return `**${plain(agent.name)}** does not work here any more. What they said stays.`;
      },
    },
  ];
}
