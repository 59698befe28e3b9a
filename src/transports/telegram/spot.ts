import type { Message as TelegramMessage } from "grammy/types";
import type { Member } from "../../people/member.ts";
import type { Room } from "../../rooms/room.ts";

/** Where something is said in Telegram, and which message it answers. */
export interface Spot {
  readonly chatId: number;
  /** 0 outside topics. */
  readonly threadId: number;
  readonly replyTo: number;
}

/** Whose words something are, as they may act there, and which room they go to. */
export interface Placed {
  readonly member: Member;
  readonly room: Room;
  readonly spot: Spot;
}

/** Other bots, our own included, never speak here: two bridges would talk to each other for ever. */
export function isOfBot(message: TelegramMessage): boolean {
  return message.from?.is_bot === true || message.via_bot?.is_bot === true;
}

/** Somebody who hides behind their group: an administrator who "remains anonymous" is shown to bots as one of Telegram's own. */
export function isOfHidden({ chat, sender_chat: hider }: TelegramMessage): boolean {
  return hider !== undefined && hider.id === chat.id;
}

export function spotOf(message: TelegramMessage): Spot {
  const threadId = message.is_topic_message ? (message.message_thread_id ?? 0) : 0;
  return { chatId: message.chat.id, threadId, replyTo: message.message_id };
}
