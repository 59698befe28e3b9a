import type { Message as TelegramMessage } from "grammy/types";
import { Refusal } from "../../errors.ts";
import type { Member } from "../../people/member.ts";
import { slugOf } from "../../rooms/names.ts";
import type { Room } from "../../rooms/room.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Memory, Place } from "./memory.ts";
import type { Places } from "./places.ts";

interface Parts {
  rooms: Rooms;
  memory: Memory;
  places: Places;
  system: Member;
  /** Makes a topic in the home chat. @returns its number; undefined when the chat has none or the bot may not */
  create: (name: string) => Promise<number | undefined>;
}

/** Topics of the home chat and public rooms are each other: whichever is first makes the other. */
export interface Topics {
  /** The room of a topic that somebody speaks in; made when there is none of its name. Undefined for what is no topic of the home chat. */
  found(chatId: number, threadId: number, message: TelegramMessage): Promise<Place | undefined>;
  /** The topic of a public room; made when there is none. @param after the event after which it is told */
  of(room: Room, after: number): Promise<Place | undefined>;
}

export function createTopics({ rooms, memory, places, system, create }: Parts): Topics {
  return {
    async found(chatId, threadId, message) {
      if (chatId !== places.home || threadId === 0) return undefined;
      return places.bindTopic(chatId, threadId, await roomNamed(nameIn(message, threadId), threadId), null);
    },
    async of(room, after) {
      const known = memory.places().find(({ chatId, roomId }) => chatId === places.home && roomId === room.id);
      if (known || room.visibility !== "public") return known;
      const threadId = await create(room.slug);
      return threadId === undefined ? undefined : places.bindTopic(places.home, threadId, room, after);
    },
  };

  /** The public room of that name, made by the house when there is none. A private one of that name stays hidden, and unused. */
  async function roomNamed(name: string, threadId: number): Promise<Room> {
    for (const candidate of [name, `topic-${threadId}`]) {
      const slug = slugFrom(candidate);
      if (slug === undefined) continue;
      const known = rooms.find(system, slug);
      if (known?.visibility === "public") return known;
      try {
        return await rooms.create(
          { ...system, role: "admin" },
          slug,
          `Topic of the Telegram group: ${name}`.slice(0, 200),
        );
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || refusal.code !== "CONFLICT") throw refusal;
      }
    }
    throw new Refusal("CONFLICT", "No room can be made for this topic: rename it.");
  }
}

/** What a topic is called, as far as a message of it says. */
function nameIn(message: TelegramMessage, threadId: number): string {
  const created = message.forum_topic_created ?? message.reply_to_message?.forum_topic_created;
  return created?.name ?? `topic-${threadId}`;
}

/** A room's name made of a topic's; undefined when nothing of it can stand in one. */
function slugFrom(name: string): string | undefined {
  const plain = name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 40);
  try {
    return plain === "" ? undefined : slugOf(plain);
  } catch (refusal) {
    if (refusal instanceof Refusal) return undefined;
    throw refusal;
  }
}
