import type { Log, LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import type { DoneBy } from "../people/identity.ts";
import { standingIn } from "../people/standing.ts";
import { noRoom } from "./names.ts";
import type { Room } from "./room.ts";

/** `room.created`: its seq is the room's id. `members` are those of a private room or a direct conversation from its first moment. */
export interface RoomCreated extends DoneBy {
  readonly slug: string;
  readonly topic: string;
  readonly visibility: Room["visibility"];
  readonly members?: readonly number[];
}

/** `room.entered` and `room.left`: somebody is in a room from now on, or no more. The event's actor did it, its room is the room. */
export interface RoomEntered extends DoneBy {
  readonly memberId: number;
}

/** Who is in which private room or direct conversation, held in memory: it is asked for every message. */
export interface Membership {
  has(roomId: number, memberId: number): boolean;
  /** In the order they came. */
  of(roomId: number): readonly number[];
  /** Ids of the private rooms and direct conversations somebody is in. */
  roomsOf(memberId: number): Iterable<number>;
  /** The seq of the last event by which somebody came into a room or went, since this process started. */
  changedAt(memberId: number): number | undefined;
  /** Takes over what an event that was committed changed. */
  heard(event: LogEvent): void;
}

const nobody: ReadonlySet<number> = new Set();

/** Defines how membership changes the tables, and keeps a copy of it that only committed events change. */
export function createMembership(store: Store, log: Log): Membership {
  const { sqlite } = store;
  const standing = standingIn(store);
  const byRoom = new Map<number, Set<number>>();
  const byMember = new Map<number, Set<number>>();
  const changed = new Map<number, number>();
  const insert = sqlite.prepare(
    "INSERT OR IGNORE INTO room_members (room_id, member_id, joined_at) VALUES (?, ?, ?) RETURNING room_id",
  );
  const remove = sqlite.prepare("DELETE FROM room_members WHERE room_id = ? AND member_id = ? RETURNING room_id");

  const entered = (event: LogEvent) => {
    const { memberId } = event.data as RoomEntered;
    if (!insert.get(event.roomId, memberId, event.at)) throw new Refusal("CONFLICT", "They are in this room already.");
  };
  // Whoever was put out in the same moment brings nobody in, not even themselves.
  log.define("room.entered", entered, (event) => {
    const { memberId } = event.data as RoomEntered;
    const actor = standing.needs(event, "write");
    if (actor && !standing.isIn(event.roomId, actor.id)) throw new Refusal("NOT_FOUND", noRoom);
    if (actor?.role === "guest") throw new Refusal("PERMISSION_DENIED", "You may not bring others into this room.");
    if (standing.member(memberId)?.removedAt !== null) throw new Refusal("NOT_FOUND", "Nobody of that name is here.");
    standing.needsSomebody(memberId);
  });
  const creator = sqlite.prepare<{ createdBy: number | null }, [number | null]>(
    "SELECT created_by AS createdBy FROM rooms WHERE id = ?",
  );
  const left = (event: LogEvent) => {
    const { memberId } = event.data as RoomEntered;
    if (!remove.get(event.roomId, memberId)) throw new Refusal("CONFLICT", "They are not in this room.");
  };
  log.define("room.left", left, (event) => {
    const { memberId } = event.data as RoomEntered;
    const actor = standing.actorOf(event);
    if (actor && !standing.isIn(event.roomId, actor.id)) throw new Refusal("NOT_FOUND", noRoom);
    if (!actor || actor.id === memberId) return;
    standing.needs(event, creator.get(event.roomId)?.createdBy === actor.id ? "write" : "manage_users");
  });

  function add(roomId: number, memberId: number): void {
    put(byRoom, roomId, memberId);
    put(byMember, memberId, roomId);
  }

  const all = sqlite.query<{ roomId: number; memberId: number }, []>(
    "SELECT room_id AS roomId, member_id AS memberId FROM room_members ORDER BY joined_at, rowid",
  );
  function load(): void {
    byRoom.clear();
    byMember.clear();
    for (const { roomId, memberId } of all.all()) add(roomId, memberId);
  }
  load();
  const ofMember = sqlite.prepare<{ roomId: number }, [number]>(
    "SELECT room_id AS roomId FROM room_members WHERE member_id = ?",
  );

  return {
    has: (roomId, memberId) => byRoom.get(roomId)?.has(memberId) ?? false,
    of: (roomId) => [...(byRoom.get(roomId) ?? nobody)],
    roomsOf: (memberId) => byMember.get(memberId) ?? nobody,
    changedAt: (memberId) => changed.get(memberId),
    heard(event) {
      if (event.kind === "room.created") {
        for (const memberId of (event.data as RoomCreated).members ?? []) {
          add(event.seq, memberId);
          changed.set(memberId, event.seq);
        }
      } else if (event.kind === "owner.made") {
        // Whoever had that name before is out of every room; it happens once in the life of a workspace.
        load();
      } else if (event.kind === "invitation.accepted") {
        // Makes the member, whose id is its seq, and puts them where they were invited to.
        for (const { roomId } of ofMember.all(event.seq)) add(roomId, event.seq);
      } else if (event.kind === "room.entered" && event.roomId !== null) {
        const { memberId } = event.data as RoomEntered;
        add(event.roomId, memberId);
        changed.set(memberId, event.seq);
      } else if (event.kind === "room.left" && event.roomId !== null) {
        const { memberId } = event.data as RoomEntered;
        byRoom.get(event.roomId)?.delete(memberId);
        byMember.get(memberId)?.delete(event.roomId);
        changed.set(memberId, event.seq);
      }
    },
  };
}

function put(sets: Map<number, Set<number>>, key: number, value: number): void {
  const known = sets.get(key);
  if (known) known.add(value);
  else sets.set(key, new Set([value]));
}
