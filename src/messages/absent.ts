import type { Member } from "../people/member.ts";
import type { Members } from "../people/members.ts";
import type { Room } from "../rooms/room.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Message } from "./message.ts";

/** Whom a message names that may not read it: by their handle, when nobody who bears it may. In public rooms that is nobody. */
function absentFrom(message: Message, room: Room, members: Members, rooms: Rooms): readonly Member[] {
  if (room.visibility === "public") return [];
  return message.mentions.flatMap((handle) => {
    const named = members.mentioned(handle);
    const [first] = named;
    return first && !named.some((member) => rooms.mayRead(member, room)) ? [first] : [];
  });
}

/** What the house tells an author, and nobody else, whose mention reached nobody. */
export function wordsOnAbsent(message: Message, members: Members, rooms: Rooms): string | undefined {
  const room = rooms.byId(message.roomId);
  const names = absentFrom(message, room, members, rooms).map(({ name }) => name);
  if (names.length === 0) return undefined;
  const place = room.visibility === "direct" ? "conversation" : "room";
  const advice = room.visibility === "direct" ? "" : " Members of the room can bring others in.";
  return `Not in this ${place}, and not told: ${names.join(", ")}.${advice}`;
}
