import type { Limits } from "../limits.ts";
import type { Hub } from "../live/hub.ts";
import type { Member } from "../people/member.ts";
import type { Room } from "./room.ts";

/** Who is writing in which room; it ends by itself, because a closed laptop says nothing. */
export interface Typing {
  set(member: Member, room: Room, isTyping: boolean): void;
  /** They are gone, or their message arrived: they type nowhere. */
  clear(member: Member): void;
  /** They are no longer in that room. */
  clearIn(memberId: number, room: Room): void;
  stop(): void;
}

export function createTyping(hub: Hub, limits: Limits): Typing {
  const writers = new Map<Room, Map<number, { member: Member; timer: Timer }>>();

  function tell(member: Member, room: Room, isTyping: boolean): void {
    const everybody = [...(writers.get(room)?.values() ?? [])].map((writer) => writer.member);
    hub.tell({ type: "typing", member, roomId: room.id, room: room.slug, isTyping, everybody });
  }

  function end(member: Member, room: Room): void {
    const writer = writers.get(room)?.get(member.id);
    if (!writer) return;
    clearTimeout(writer.timer);
    writers.get(room)?.delete(member.id);
    tell(member, room, false);
  }

  return {
    set(member, room, isTyping) {
      if (!isTyping) {
        end(member, room);
        return;
      }
      const inRoom = writers.get(room) ?? new Map();
      writers.set(room, inRoom);
      clearTimeout(inRoom.get(member.id)?.timer);
      inRoom.set(member.id, { member, timer: setTimeout(() => end(member, room), limits.typingMs) });
      tell(member, room, true);
    },
    clear(member) {
      for (const room of writers.keys()) end(member, room);
    },
    clearIn(memberId, room) {
      const writer = writers.get(room)?.get(memberId);
      if (writer) end(writer.member, room);
    },
    stop() {
      for (const inRoom of writers.values()) for (const { timer } of inRoom.values()) clearTimeout(timer);
    },
  };
}
