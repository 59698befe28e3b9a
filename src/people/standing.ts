import type { LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import type { DoneBy } from "./identity.ts";
import { type Member, may, mayManage, type Permission, type Role } from "./member.ts";

/** A member as the tables have them at this moment of a transaction. */
export type Actor = Pick<Member, "id" | "kind" | "role" | "removedAt">;

/**
 * What is asked again in the log's transaction, of the tables alone, before an event is applied: commands are checked when they are
 * proposed, and by the time they are committed whoever gave them may have lost the right to. Each question throws a Refusal.
 */
export interface Standing {
  /**
   * Who did it; null for the house itself and whoever runs the machine, who may everything.
   * @throws Refusal PERMISSION_DENIED for who was disabled or fired, or whose session ended by what took their access away
   */
  actorOf(event: LogEvent): Actor | null;
  member(id: number): Actor | null;
  /** @throws Refusal PERMISSION_DENIED */
  needs(event: LogEvent, permission: Permission): Actor | null;
  /** @throws Refusal PERMISSION_DENIED unless the actor may give each of these roles, or change the access of who has it */
  needsToManage(event: LogEvent, ...roles: readonly Role[]): void;
  /** Whether nobody can be this member by a name alone: they have a password, or an outside issuer vouches for them. */
  isAccount(id: number): boolean;
  /** Refuses to leave a place in a room to a guest's name, which is anybody's who comes by it, at the same time or later. @throws Refusal CONFLICT */
  needsSomebody(memberId: number): void;
  /** Whoever does something in a room, one look for all of it: every message asks this. @throws Refusal NOT_FOUND when the room is none of theirs, or PERMISSION_DENIED */
  needsIn(roomId: number | null, memberId: number, permission: Permission): Actor;
  /** Whether a member may be in a room: it is everybody's, or they are among its members. */
  isIn(roomId: number | null, memberId: number): boolean;
  /**
   * Whether something took a member's access away after an event: a new password, a reset, a sign-out by somebody else, a disabling.
   * What was found good before that, such as an old password, opens nothing after it.
   */
  lostSince(memberId: number, seq: number): boolean;
  /** @throws Refusal AUTH_FAILED when what somebody showed of themselves is worth nothing any more */
  needsProof(memberId: number, provenAt: number | undefined): void;
}

export function standingIn({ sqlite }: Pick<Store, "sqlite">): Standing {
  const member = sqlite.query<Actor, [number]>(
    "SELECT id, kind, role, removed_at AS removedAt FROM members WHERE id = ?",
  );
  const inside = sqlite.query<{ id: number }, [number | null, number]>(
    `SELECT id FROM rooms WHERE id = ?1
     AND (visibility = 'public' OR id IN (SELECT room_id FROM room_members WHERE member_id = ?2))`,
  );
  const account = sqlite.query<{ id: number }, [number]>(
    `SELECT member_id AS id FROM passwords WHERE member_id = ?1
     UNION SELECT member_id FROM outside_identities WHERE member_id = ?1`,
  );
  const there = sqlite.query<Actor & { inside: number }, [number, number | null]>(
    `SELECT id, kind, role, removed_at AS removedAt,
       EXISTS (SELECT 1 FROM rooms WHERE id = ?2 AND visibility = 'public')
       OR EXISTS (SELECT 1 FROM room_members WHERE room_id = ?2 AND member_id = ?1) AS inside
     FROM members WHERE id = ?1`,
  );
  // Events about people stand in no room, so the index on rooms leaves only those to look at.
  const lost = sqlite.query<{ seq: number }, [number, number]>(
    `SELECT seq FROM events WHERE room_id IS NULL AND seq > ?2 AND (
       kind IN ('password.set', 'member.disabled', 'guest.renamed') AND data ->> 'memberId' = ?1
       OR kind IN ('reset.created', 'sessions.ended') AND data ->> 'memberId' = ?1 AND actor_id IS NOT ?1
       OR kind = 'owner.made' AND data ->> 'handle' = (SELECT handle FROM members WHERE id = ?1)
     ) LIMIT 1`,
  );

  const standing: Standing = {
    member: (id) => member.get(id),
    actorOf({ actorId, data }) {
      if (actorId === null) return null;
      const actor = member.get(actorId);
      if (actor?.kind === "system") return null;
      if (!actor || actor.removedAt !== null) throw lostRight();
      const { provenAt } = data as DoneBy;
      if (provenAt !== undefined && standing.lostSince(actorId, provenAt)) throw lostRight();
      return actor;
    },
    needs(event, permission) {
      const actor = standing.actorOf(event);
      if (actor && !may(actor, permission)) throw lostRight();
      return actor;
    },
    needsToManage(event, ...roles) {
      const actor = standing.actorOf(event);
      if (actor && !roles.every((role) => mayManage(actor, { role }))) throw lostRight();
    },
    isAccount: (id) => account.get(id) !== null,
    needsSomebody(memberId) {
      if (member.get(memberId)?.role === "guest" && account.get(memberId) === null)
        throw new Refusal("CONFLICT", "Anybody can come by a guest's name: invite them, so that they have an account.");
    },
    needsIn(roomId, memberId, permission) {
      const found = there.get(memberId, roomId);
      if (!found || (found.inside === 0 && found.kind !== "system"))
        throw new Refusal("NOT_FOUND", "There is no such room, or you may not see it.");
      if (!may(found, permission)) throw lostRight();
      return found;
    },
    isIn: (roomId, memberId) => inside.get(roomId, memberId) !== null,
    lostSince: (memberId, seq) => lost.get(memberId, seq) !== null,
    needsProof(memberId, provenAt) {
      const found = member.get(memberId);
      if (!found || found.removedAt !== null) throw new Refusal("AUTH_FAILED", "That account is disabled.");
      if (provenAt !== undefined && standing.lostSince(memberId, provenAt))
        throw new Refusal("AUTH_FAILED", "That account was changed in this moment: sign in again.");
    },
  };
  return standing;
}

function lostRight(): Refusal {
  return new Refusal("PERMISSION_DENIED", "You may not do that any more.");
}
