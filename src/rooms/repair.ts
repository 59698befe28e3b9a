import { folded, isPrivateSlug, privateSlug } from "./names.ts";
import type { Room } from "./room.ts";

/** `room.renamed`: a room has another slug from now on. */
export interface RoomRenamed {
  readonly id: number;
  readonly slug: string;
}

/**
 * New slugs for rooms of before. Some are not what they are looked up by: they were made when names were folded in another order, and
 * what was written to such a room found none, or another one. The first that bears the folded name keeps it; the others get a number.
 * And private rooms once took names away, which told those apart who tried them.
 */
export function repaired(rooms: readonly Room[]): readonly RoomRenamed[] {
  const taken = new Set(rooms.map(({ slug }) => slug));
  const renamed: RoomRenamed[] = [];
  for (const { id, slug, visibility } of rooms) {
    const plain = folded(slug);
    if (visibility === "private" && !isPrivateSlug(slug)) {
      renamed.push({ id, slug: privateSlug(plain) });
      continue;
    }
    if (plain === slug) continue;
    let free = plain;
    for (let count = 2; taken.has(free); count += 1) free = `${plain.slice(0, 36)}-${count}`;
    taken.add(free);
    renamed.push({ id, slug: free });
  }
  return renamed;
}
