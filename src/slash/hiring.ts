import type { Roster } from "../agents/roster.ts";
import type { SlashCommand } from "./command.ts";
import { agentNamed, needed } from "./named.ts";
import { plain } from "./words.ts";

/** `/hire` and `/fire`. */
export function hiringCommands(roster: Roster): readonly SlashCommand[] {
  const hire = "/hire <name> [role] [expertise …] [with <program>]";
  const fire = "/fire <agent>";
  return [
    {
      name: "hire",
      usage: hire,
      help: "Brings a new agent in",
      details:
        'The role is developer unless you say another: `/hire eve tester "load tests" browsers`. A program that works for it comes last: `/hire ada developer with opencode`; owners and admins may say one.',
      needs: "manage_tasks",
      async run({ member, args }) {
        const { said, program } = withProgram(args, hire);
        const [name, role = "developer", ...words] = said;
        const expertise = words.flatMap((word) => word.split(","));
        const agent = await roster.hire(member, {
          name: needed(name, hire).replace(/^@/, ""),
          role,
          ...(expertise.length > 0 && { expertise }),
          ...(program !== undefined && { program }),
        });
        const means = program === undefined ? "" : ` with ${plain(program)}`;
        return `**${plain(agent.member.name)}** works here now as ${plain(agent.role)}${means}. Mention @${agent.member.handle} to say what to do.`;
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

/** What was said before "with" and the program after it, where the last but one word is that. @throws Refusal INVALID_MESSAGE when no program follows */
function withProgram(args: readonly string[], usage: string): { said: readonly string[]; program?: string } {
  if (args.length > 1 && args.at(-1)?.toLowerCase() === "with") needed(undefined, usage);
  // Who is called "with" has it first.
  if (args.length < 3 || args.at(-2)?.toLowerCase() !== "with") return { said: args };
  return { said: args.slice(0, -2), program: args.at(-1) ?? "" };
}
