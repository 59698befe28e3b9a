import type { Limits } from "../limits.ts";
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

interface Parts {
  rooms: Rooms;
  members: Members;
  limits: Limits;
}

/** A room as it is told to everybody who is in it: a direct conversation with all its members. */
export function roomBeside(room: Room, rooms: Rooms, members: Members): RoomBeside {
  const ids = room.visibility === "direct" ? rooms.membersOf(room) : [];
  return { room, members: ids.map(members.byId) };
}

/** What stands in somebody's side bar, and how many older direct conversations do not. */
export interface RoomsBeside {
  readonly rooms: readonly RoomBeside[];
  readonly older: number;
}

/**
 * The rooms of one reader, whose own name is left out of direct conversations. Of these the newest, and the one that is being read:
 * others begin them, and a page must not grow without end by that. Those that guests began go first.
 */
export function roomsBeside(me: Member, current: Room, { rooms, members, limits }: Parts): RoomsBeside {
  const readable = rooms.readableBy(me);
  const directs = readable.filter(({ visibility }) => visibility === "direct");
  const ofGuests = directs.filter(({ createdBy }) => createdBy !== null && members.byId(createdBy).role === "guest");
  const going = [...new Set([...ofGuests, ...directs])];
  const hidden = new Set(going.slice(0, Math.max(0, directs.length - limits.directsBeside)));
  hidden.delete(current);
  const shown = readable.filter((room) => !hidden.has(room));
  return { rooms: shown.map((room) => withoutMe(roomBeside(room, rooms, members), me)), older: hidden.size };
}

/** A direct conversation as one of its members sees it. */
export function withoutMe({ room, members }: RoomBeside, me: Member): RoomBeside {
  return { room, members: members.filter(({ id }) => id !== me.id) };
}
