import type { Roster } from "../agents/roster.ts";
import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Presence } from "../people/presence.ts";
import { plainName } from "../rooms/names.ts";
import type { Room } from "../rooms/room.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { SlashCommand } from "./command.ts";
import { count, listOf, plain } from "./words.ts";

interface Parts {
  members: Members;
  presence: Presence;
  rooms: Rooms;
  roster: Roster;
}

/** Names of one answer; of a larger workspace there is a page. */
const mostNames = 100;

/** `/who` and `/room`: who is here, and where one is. */
export function roomCommands({ members, presence, rooms, roster }: Parts): readonly SlashCommand[] {
  const isHere = ({ id, kind }: Member) => kind === "agent" || presence.isOnline(id);
  const inside = (room: Room) => rooms.membersOf(room).map(members.byId);

  function describe(room: Room): string[] {
    const topic = room.topic ? [plain(room.topic)] : [];
    if (room.visibility === "public") return [...topic, "Everybody in the workspace may read and write here."];
    return [...topic, `Only its members may read it: ${namesOf(inside(room))}.`];
  }

  return [
    {
      name: "who",
      usage: "/who",
      help: "Who is here",
      needs: "read",
      run({ room }) {
        if (room.visibility !== "public") {
          const [here, away] = [inside(room).filter(isHere), inside(room).filter((member) => !isHere(member))];
          const lines = [`here: ${namesOf(here)}`, ...(away.length > 0 ? [`away: ${namesOf(away)}`] : [])];
          return listOf(`**In ${titleOf(room)}**`, lines, "");
        }
        const people = presence.online(mostNames + 1).filter(({ kind }) => kind === "person");
        const agents = roster.list().map(({ member }) => member);
        const lines = [
          `${presence.count} online: ${namesOf(people)}`,
          ...(agents.length > 0 ? [`${count(agents.length, "agent")}: ${namesOf(agents)}`] : []),
        ];
        return listOf("**Here**", lines, "");
      },
    },
    {
      name: "room",
      usage: "/room [name]",
      help: "About this room, or another one, and which there are",
      needs: "read",
      run({ member, room: here, args: [slug] }) {
        const room = slug === undefined ? here : rooms.forReader(member, slug);
        const about = listOf(`**${titleOf(room)}**`, describe(room), "");
        if (slug !== undefined) return about;
        const others = rooms.readableBy(member).filter((each) => each.visibility !== "direct");
        return `${about}\n\nRooms you may read: ${others.slice(0, mostNames).map(titleOf).join(", ")}.`;
      },
    },
  ];
}

function titleOf(room: Room): string {
  return room.visibility === "direct" ? "this conversation" : `#${plain(plainName(room.slug))}`;
}

function namesOf(members: readonly Member[]): string {
  const names = members.slice(0, mostNames).map(({ name }) => plain(name));
  const more = members.length - names.length;
  return names.length === 0 ? "nobody" : `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
