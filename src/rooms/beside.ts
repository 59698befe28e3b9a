import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";

/** A room as the side bar shows it. Direct conversations bear the names of their members. */
export interface RoomBeside {
  readonly room: Room;
  /** Of a direct conversation; empty for every other room. */
  readonly members: readonly Member[];
}

/** A room as it is told to everybody who is in it: a direct conversation with all its members. */
export function roomBeside(room: Room, rooms: Rooms, members: Members): RoomBeside {
  const ids = room.visibility === "direct" ? rooms.membersOf(room) : [];
  return { room, members: ids.map(members.byId) };
}

/** The rooms of one reader, whose own name is left out of direct conversations. */
export function roomsBeside(me: Member, rooms: Rooms, members: Members): RoomBeside[] {
  return rooms.readableBy(me).map((room) => withoutMe(roomBeside(room, rooms, members), me));
}

/** A direct conversation as one of its members sees it. */
export function withoutMe({ room, members }: RoomBeside, me: Member): RoomBeside {
  return { room, members: members.filter(({ id }) => id !== me.id) };
}
