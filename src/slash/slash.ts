import type { Roster } from "../agents/roster.ts";
import type { Status } from "../agents/status.ts";
import type { Approvals } from "../approvals/approvals.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import { refusalFrom } from "../errors.ts";
import type { Leases } from "../leases/leases.ts";
import type { LeaseRequests } from "../leases/requests.ts";
import type { Logger } from "../logger.ts";
import { commandIn } from "../messages/command.ts";
import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import type { PostMessage } from "../messages/post.ts";
import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Presence } from "../people/presence.ts";
import type { Room } from "../rooms/room.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Search } from "../search/search.ts";
import type { Tasks } from "../tasks/tasks.ts";
import { agentCommands } from "./agents.ts";
import { approvalCommands } from "./approvals.ts";
import { askingCommands } from "./asking.ts";
import type { SlashCommand } from "./command.ts";
import { commandNamed, commandsOf, helpCommand } from "./help.ts";
import { hiringCommands } from "./hiring.ts";
import { historyCommand } from "./history.ts";
import { leaseCommands } from "./leases.ts";
import { roomCommands } from "./rooms.ts";
import { searchCommand } from "./search.ts";
import { taskCommands } from "./tasks.ts";
import { type TransportControl, transportCommand } from "./transport.ts";

/**
 * Runs what somebody wrote into a room, if it is a command: after its message is committed, once, and not when the message was a
 * repetition. The one function that every door calls.
 * @param reply gets the answer, in Markdown, once; it is for the sender alone
 */
export type RunCommand = (member: Member, room: Room, text: string, reply: (answer: string) => void) => void;

export interface Slash {
  /** All there are, by name. */
  readonly commands: readonly SlashCommand[];
  /** Those that somebody may use: what is completed and listed. */
  of(member: Member): readonly SlashCommand[];
  readonly run: RunCommand;
  /** The same for doors that answer once: undefined for what is no command. */
  answer(member: Member, room: Room, text: string): Promise<string | undefined>;
}

interface Parts {
  config: Config;
  clock: Clock;
  logger: Logger;
  members: Members;
  presence: Presence;
  rooms: Rooms;
  history: History;
  post: PostMessage;
  search: Search;
  tasks: Tasks;
  leases: Leases;
  leaseRequests: LeaseRequests;
  approvals: Approvals;
  roster: Roster;
  status: Status;
  transport: TransportControl;
  /** Where a message can be opened from anywhere. */
  linkTo: (message: Message) => string;
}

/** The registry: one file for a command or a family of them; the next one joins here. */
export function createSlash(parts: Parts): Slash {
  const commands: readonly SlashCommand[] = [
    helpCommand(() => commands),
    ...agentCommands(parts),
    ...taskCommands(parts),
    ...approvalCommands(parts),
    ...askingCommands(parts),
    ...hiringCommands(parts.roster),
    ...leaseCommands(parts),
    searchCommand(parts),
    historyCommand(parts),
    ...roomCommands(parts),
    transportCommand(parts.transport),
  ].sort((a, b) => a.name.localeCompare(b.name));

  async function answer(member: Member, room: Room, text: string): Promise<string | undefined> {
    const written = commandIn(text);
    if (!written) return undefined;
    try {
      const command = commandNamed(written.name, member, commands);
      const rest = text
        .trimStart()
        .slice(1 + written.name.length)
        .trim();
      return await command.run({ member, room, args: written.args, rest });
    } catch (thrown) {
      return refusalFrom(thrown, (reference, error) =>
        parts.logger.error("slash.bug", { reference, command: written.name, error }),
      ).message;
    }
  }

  return {
    commands,
    of: (member) => commandsOf(member, commands),
    answer,
    run(member, room, text, reply) {
      void answer(member, room, text).then((said) => said !== undefined && reply(said));
    },
  };
}
