import { Refusal } from "../errors.ts";
import { type Member, may } from "../people/member.ts";
import type { SlashCommand } from "./command.ts";
import { nearestTo } from "./nearest.ts";
import { listOf, plain } from "./words.ts";

/** `/help`: the commands that one may use, or one of them. */
export function helpCommand(commands: () => readonly SlashCommand[]): SlashCommand {
  return {
    name: "help",
    usage: "/help [command]",
    help: "What you can ask for here",
    needs: "read",
    run({ member, args: [asked] }) {
      if (asked === undefined) {
        const lines = commandsOf(member, commands()).map(({ usage, help }) => `\`${usage}\` ${help}`);
        return `${listOf("**Commands**", lines, "")}\n\nOnly you see the answers. \`//word\` is a message that begins with a slash.`;
      }
      const command = commandNamed(asked, member, commands());
      return [`\`${command.usage}\` ${command.help}.`, command.details ?? []].flat().join("\n\n");
    },
  };
}

/** The commands that somebody may use. */
export function commandsOf(member: Member, commands: readonly SlashCommand[]): readonly SlashCommand[] {
  return commands.filter(({ needs }) => may(member, needs));
}

/** @throws Refusal COMMAND_NOT_FOUND that names the nearest one, PERMISSION_DENIED */
export function commandNamed(typed: string, member: Member, commands: readonly SlashCommand[]): SlashCommand {
  const name = typed.replace(/^\//, "").toLowerCase();
  const command = commands.find((each) => each.name === name);
  if (command && may(member, command.needs)) return command;
  if (command) throw new Refusal("PERMISSION_DENIED", `You may not use \`/${name}\`.`);
  const nearest = nearestTo(
    name,
    commandsOf(member, commands).map((each) => each.name),
  );
  const advice = nearest ? `Did you mean \`/${nearest}\`?` : "`/help` lists what there is.";
  throw new Refusal("COMMAND_NOT_FOUND", `There is no command \`/${named(name)}\`. ${advice}`);
}

/** A name inside backquotes, where nothing else is escaped. */
function named(typed: string): string {
  return plain(typed.replace(/[^\p{L}\p{N}_]/gu, ""), 30);
}
