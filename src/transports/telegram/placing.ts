import type { Message as TelegramMessage } from "grammy/types";
import { Refusal } from "../../errors.ts";
import { acting } from "../../people/identity.ts";
import { allPermissions, type Member } from "../../people/member.ts";
import type { Room } from "../../rooms/room.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Places } from "./places.ts";
import type { Private } from "./private.ts";
import type { Placed, Spot } from "./spot.ts";
import type { Topics } from "./topics.ts";
import type { TelegramPerson, Who } from "./who.ts";
import type { Words } from "./words.ts";

/**
 * Finds out whose a message from Telegram is and which room it belongs to.
 * @returns undefined when it belongs to none, or was dealt with
 * @throws Refusal in words for its sender
 */
export type Placing = (message: TelegramMessage, spot: Spot) => Promise<Placed | undefined>;

interface Parts {
  rooms: Rooms;
  places: Places;
  topics: Topics;
  who: Who;
  words: Words;
  private: Private;
  /** Whether people of the home chat who linked no account write as guests. */
  allowGuests: boolean;
}

export function createPlacing({ rooms, places, topics, who, words, allowGuests, ...parts }: Parts): Placing {
  async function memberOf(from: TelegramPerson): Promise<Member> {
    const known = who.known(from);
    if (known) return known;
    if (allowGuests) return who.guest(from);
    throw new Refusal("PERMISSION_DENIED", "Link your account first: in Parley under Settings, Telegram.");
  }

  return async (message, spot) => {
    const { chat, from } = message;
    if (!from) return undefined;
    if (chat.id !== places.home) {
      if (chat.type !== "private") return parts.private.elsewhere(message, spot);
      return parts.private.hear(message, from, spot);
    }
    if (parts.private.isOwnCommand(message)) return parts.private.inGroup(message, spot);
    topics.noticed(spot.threadId, message);
    if (!words.isSaid(message)) return undefined;
    // Before a topic becomes a room: only who may write here makes one.
    const member = await memberOf(from);
    const place = (await places.at(chat.id, spot.threadId)) ?? (await topics.found(chat.id, spot.threadId));
    if (!place) return undefined;
    const room = rooms.byId(place.roomId);
    return { member: narrowed(member, from, room), room, spot };
  };
}

/** A member as they act in a chat that others read as well: there is nothing but its room. */
export function narrowed(member: Member, from: TelegramPerson, room: Room): Member {
  return acting(member, `telegram:${from.id}`, { permissions: allPermissions, rooms: [room.id] });
}
