import type { RoomBeside } from "../src/rooms/beside.ts";

/** What a room is called: by its name with a hash, or by those one talks to. */
export function roomName({ room, members }: RoomBeside): string {
  if (room.visibility === "direct") return members.map(({ name }) => name).join(", ");
  return `#${plainName(room.slug)}`;
}

/** The name in a slug: a private room's has something behind it that makes it its own. */
export function plainName(slug: string): string {
  return slug.split("~")[0] ?? slug;
}
