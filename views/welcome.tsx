import type { AgentState } from "../src/agents/agent.ts";
import type { Member } from "../src/people/member.ts";
import type { Room } from "../src/rooms/room.ts";
import type { Rights } from "./rights.ts";
import { roomName } from "./room-name.ts";

interface WelcomeProps {
  room: Room;
  name: string;
  members: readonly Member[];
  agents: readonly AgentState[];
  rights: Rights;
}

/** Shown while nothing has been said here. */
export function Welcome({ room, name, members, agents, rights }: WelcomeProps) {
  const agent = rights.write ? agents[0]?.agent.member.handle : undefined;
  const isDirect = room.visibility === "direct";
  const listening = members.filter(({ kind }) => kind === "agent");
  return (
    <div class="welcome" data-testid="empty-room">
      <span class="welcome-hash" aria-hidden="true">
        {isDirect ? "@" : room.visibility === "private" ? <span class="lock" /> : "#"}
      </span>
      <h2>{isDirect ? `You and ${name}` : `This is the start of ${name}`}</h2>
      {isDirect && (
        <p>
          Only you and {name} can read this.
          {listening.length > 0 && ` What you write goes to ${roomName({ room, members: listening })}.`}
        </p>
      )}
      {room.visibility === "private" && (
        <p>
          Only its members can read this room.{" "}
          {rights.bringIn ? "Bring in people and agents on the " : "Who that is stands on the "}
          <a href={`/rooms/${encodeURIComponent(room.slug)}/members`}>members page</a>.
        </p>
      )}
      {room.visibility === "public" &&
        (agent ? (
          <p>
            Say hello, or mention an agent:{" "}
            <button type="button" class="try" data-action="insert" data-insert={`@${agent} help`}>
              @{agent} help
            </button>
          </p>
        ) : (
          <p>{rights.write && "Say hello. "}Everybody in the workspace can read this room.</p>
        ))}
    </div>
  );
}
