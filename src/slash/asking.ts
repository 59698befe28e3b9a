import type { Roster } from "../agents/roster.ts";
import type { Status } from "../agents/status.ts";
import { Refusal } from "../errors.ts";
import type { PostMessage } from "../messages/post.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Asked, SlashCommand } from "./command.ts";
import { agentNamed, needed } from "./named.ts";
import { plain } from "./words.ts";

interface Parts {
  post: PostMessage;
  rooms: Rooms;
  roster: Roster;
  status: Status;
}

/** `/ask` and `/assign`: a mention in the sender's name, which goes the way of every mention. */
export function askingCommands({ post, rooms, roster, status }: Parts): readonly SlashCommand[] {
  /** @throws Refusal AGENT_NOT_FOUND, INVALID_MESSAGE, NOT_FOUND when the agent would not hear it, and what posting refuses */
  async function mention({ member, room, args, rest }: Asked, usage: string, before: string): Promise<string> {
    const agent = agentNamed(roster, needed(args[0], usage));
    const words = needed(unquoted(rest.replace(/^\s*("[^"]*"|'[^']*'|\S+)/, "")), usage);
    if (!rooms.mayRead(agent.member, room))
      throw new Refusal("NOT_FOUND", `${agent.member.name} is not in this room, and would not hear it.`);
    const text = `@${agent.member.handle} ${before}${words}`;
    await new Promise<void>((resolve, reject) => {
      post(member, { room: room.slug, text, origin: "system" }, (outcome) =>
        outcome.ok ? resolve() : reject(outcome.refusal),
      );
    });
    const name = plain(agent.member.name);
    return status.of(agent).status === "offline"
      ? `**${name}** is offline: what you wrote is in the room, and nobody works on it.`
      : `**${name}** has it, and answers here in the room.`;
  }

  const ask = "/ask <agent> <question>";
  const assign = "/assign <agent> <task>";
  return [
    {
      name: "ask",
      usage: ask,
      help: "Asks an agent, in your name",
      needs: "write",
      run: (asked) => mention(asked, ask, ""),
    },
    {
      name: "assign",
      usage: assign,
      help: "Gives an agent a task, in your name",
      needs: "write",
      run: (asked) => mention(asked, assign, "task: "),
    },
  ];
}

/** What stands in quotes as a whole is meant without them. */
function unquoted(text: string): string {
  const trimmed = text.trim();
  return /^"([^"]*)"$/.exec(trimmed)?.[1] ?? /^'([^']*)'$/.exec(trimmed)?.[1] ?? trimmed;
}
