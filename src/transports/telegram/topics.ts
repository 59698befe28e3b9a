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
  /** Takes note of what a topic is called, of those messages that say so. */
  noticed(threadId: number, message: TelegramMessage): void;
  /** The room of a topic that somebody speaks in; made when there is none of its name that no other topic shows. Undefined for what is no topic of the home chat. */
  found(chatId: number, threadId: number): Promise<Place | undefined>;
  /** The topic of a public room; made when there is none. @param after the event after which it is told */
  of(room: Room, after: number): Promise<Place | undefined>;
}

/** Topics whose names are kept until somebody speaks in them: more than a group opens and leaves empty. */
const mostNames = 1_000;

export function createTopics({ rooms, memory, places, system, create }: Parts): Topics {
  const names = new Map<number, string>();

  return {
    noticed(threadId, message) {
      const { name } =
        message.forum_topic_edited ??
        message.forum_topic_created ??
        message.reply_to_message?.forum_topic_created ??
        {};
      if (name === undefined || (names.has(threadId) && !isNews(message))) return;
      names.set(threadId, name);
      for (const oldest of names.keys()) if (names.size > mostNames) names.delete(oldest);
    },
    async found(chatId, threadId) {
      if (chatId !== places.home || threadId === 0) return undefined;
      const room = await roomNamed(names.get(threadId) ?? `topic-${threadId}`, threadId);
      names.delete(threadId);
      return places.bindTopic(chatId, threadId, room, null);
    },
    async of(room, after) {
      const known = shownIn(room);
      if (known || room.visibility !== "public") return known;
      const threadId = await create(room.slug);
      return threadId === undefined ? undefined : places.bindTopic(places.home, threadId, room, after);
    },
  };

  /** Where the home chat shows a room. */
  function shownIn(room: Room): Place | undefined {
    return memory.places().find(({ chatId, roomId }) => chatId === places.home && roomId === room.id);
  }

  /**
   * The public room of that name, made by the house when there is none. A private one of that name stays hidden, and unused; one that is
   * shown already is left to that topic: told in two, each would say again what was said in the other.
   */
  async function roomNamed(name: string, threadId: number): Promise<Room> {
    for (const candidate of [name, `topic-${threadId}`]) {
      const slug = slugFrom(candidate);
      if (slug === undefined) continue;
      const known = rooms.find(system, slug);
      if (known?.visibility === "public" && !shownIn(known)) return known;
      if (known) continue;
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

/** Whether a message is itself about the name, and does not just hang below the topic's first. */
function isNews({ forum_topic_created, forum_topic_edited }: TelegramMessage): boolean {
  return forum_topic_created !== undefined || forum_topic_edited !== undefined;
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
