import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Member } from "../people/member.ts";
import type { Directory } from "./directory.ts";

/** How many direct conversations somebody began: nobody fills the places of all. */
export interface Begun {
  /** Begins one, which counts from now on: many are asked for in one moment. @throws Refusal CONFLICT when somebody began as many as they may */
  counted<T>(member: Member, begin: () => Promise<T>): Promise<T>;
}

export function createBegun({ sqlite }: Store, directory: Directory, limits: Limits): Begun {
  const beginning = new Map<number, number>();
  const begunByGuests = sqlite.prepare<{ count: number }, []>(
    `SELECT count(*) AS count FROM rooms JOIN members ON members.id = created_by
     WHERE visibility = 'direct' AND members.role = 'guest'`,
  );

  function count(memberId: number, change: 1 | -1): void {
    const left = (beginning.get(memberId) ?? 0) + change;
    if (left > 0) beginning.set(memberId, left);
    else beginning.delete(memberId);
  }

  function refuseMany({ id, role }: Member): void {
    const isGuest = role === "guest";
    const most = isGuest ? limits.directRoomsPerGuest : limits.directRoomsPerMember;
    if (directory.begunBy(id) + (beginning.get(id) ?? 0) >= most)
      throw new Refusal(
        "CONFLICT",
        `You have begun ${most} direct conversations, which is as many as ${isGuest ? "a guest" : "one person"} may.`,
      );
    if (isGuest && (begunByGuests.get()?.count ?? 0) >= limits.directRoomsOfGuests)
      throw new Refusal("CONFLICT", "Guests have begun as many direct conversations as they may.");
  }

  return {
    async counted(member, begin) {
      refuseMany(member);
      count(member.id, 1);
      try {
        return await begin();
      } finally {
        count(member.id, -1);
      }
    },
  };
}
