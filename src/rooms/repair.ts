import { folded } from "./names.ts";
import type { Room } from "./room.ts";

/** `room.renamed`: a room has another slug from now on. */
export interface RoomRenamed {
  readonly id: number;
  readonly slug: string;
}

/**
 * New slugs for rooms whose own is not what it is looked up by: they were made when names were folded in another order, and what was
 * written to such a room found none, or another one. The first that bears the folded name keeps it; the others get a number.
 */
export function repaired(rooms: readonly Room[]): readonly RoomRenamed[] {
  const taken = new Set(rooms.map(({ slug }) => slug));
  const renamed: RoomRenamed[] = [];
  for (const { id, slug } of rooms) {
    const plain = folded(slug);
    if (plain === slug) continue;
    let free = plain;
    for (let count = 2; taken.has(free); count += 1) free = `${plain.slice(0, 36)}-${count}`;
    taken.add(free);
    renamed.push({ id, slug: free });
  }
  return renamed;
}
