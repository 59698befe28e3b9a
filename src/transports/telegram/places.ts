import { appended, type Log } from "../../database/log.ts";
import { Refusal } from "../../errors.ts";
import type { Member } from "../../people/member.ts";
import { generalSlug } from "../../rooms/names.ts";
import type { Room } from "../../rooms/room.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { TelegramBound, TelegramMoved, TelegramUnbound } from "./events.ts";
import type { Memory, Place } from "./memory.ts";

/**
 * Which chats show which rooms. The chat of the configuration is the workspace's: outside topics it shows #general, and each of its
 * topics a public room. Anybody's private chat with the bot shows one room that they may read.
 */
export interface Places {
  /** The workspace's own chat, under the number it has now. */
  readonly home: number;
  /** The place of a chat or topic; the home chat's own is made when it is first asked for. */
  at(chatId: number, threadId: number): Promise<Place | undefined>;
  /** Shows a room in a topic. @param after the event after which it is told; null for from now on */
  bindTopic(chatId: number, threadId: number, room: Room, after: number | null): Promise<Place>;
  /** Shows a room in somebody's private chat instead of the one before. */
  bindPrivate(chatId: number, member: Member, room: Room): Promise<Place>;
  unbind(place: Place): Promise<void>;
  /** A group became a supergroup and has another number. */
  moved(from: number, to: number): Promise<void>;
}

interface Parts {
  log: Log;
  memory: Memory;
  rooms: Rooms;
  system: Member;
  /** As configured. */
  chatId: number;
}

export function createPlaces({ log, memory, rooms, system, chatId }: Parts): Places {
  async function bind(data: TelegramBound, actorId: number): Promise<Place> {
    const { seq } = await appended(log, { kind: "telegram.bound", roomId: null, actorId, data });
    const place = memory.place(seq);
    if (!place) throw new Refusal("CONFLICT", "That chat was given another room at the same moment.");
    return place;
  }

  /** Another chat was configured: the one before, its topics and the buttons in it, have no part in the house any more. */
  async function leaveOthers(): Promise<void> {
    for (const place of memory.places())
      if (place.memberId === null && place.chatId !== places.home) await places.unbind(place);
  }

  const places: Places = {
    get home() {
      return memory.chatNow(chatId);
    },
    async at(chat, threadId) {
      const known = memory.placeAt(chat, threadId);
      if (known || chat !== places.home || threadId !== 0) return known;
      await leaveOthers();
      const room = rooms.forReader(system, generalSlug);
      return bind({ chatId: chat, threadId: 0, roomId: room.id, memberId: null, after: null }, system.id);
    },
    bindTopic: (chat, threadId, room, after) =>
      bind({ chatId: chat, threadId, roomId: room.id, memberId: null, after }, system.id),
    bindPrivate: (chat, member, room) =>
      bind({ chatId: chat, threadId: 0, roomId: room.id, memberId: member.id, after: null }, member.id),
    async unbind({ id, memberId }) {
      const data: TelegramUnbound = { placeId: id };
      await appended(log, { kind: "telegram.unbound", roomId: null, actorId: memberId ?? system.id, data });
    },
    async moved(from, to) {
      const data: TelegramMoved = { from, to };
      await appended(log, { kind: "telegram.moved", roomId: null, actorId: system.id, data });
    },
  };
  return places;
}
