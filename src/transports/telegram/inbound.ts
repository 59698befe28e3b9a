import type { Message as TelegramMessage, Update } from "grammy/types";
import { appended, type Log, type Outcome, type Proposal } from "../../database/log.ts";
import { Refusal } from "../../errors.ts";
import type { ChangeMessage } from "../../messages/change.ts";
import type { History } from "../../messages/history.ts";
import type { Message } from "../../messages/message.ts";
import type { PostMessage } from "../../messages/post.ts";
import { acting } from "../../people/identity.ts";
import { allPermissions, type Member } from "../../people/member.ts";
import type { Room } from "../../rooms/room.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { TelegramReceived } from "./events.ts";
import type { Memory, Place } from "./memory.ts";
import type { Places } from "./places.ts";
import type { Private } from "./private.ts";
import type { Topics } from "./topics.ts";
import { textOf } from "./words.ts";
import type { TelegramPerson, Who } from "./who.ts";

/** Where something is said in Telegram, and what it answers. */
export interface Spot {
  readonly chatId: number;
  /** 0 outside topics. */
  readonly threadId: number;
  /** The message it answers, or 0. */
  readonly replyTo: number;
}

/** What a message from Telegram is, once it is known whose it is and where it belongs. */
interface Heard {
  readonly member: Member;
  readonly room: Room;
  readonly spot: Spot;
}

interface Parts {
  log: Log;
  rooms: Rooms;
  history: History;
  post: PostMessage;
  change: ChangeMessage;
  memory: Memory;
  places: Places;
  topics: Topics;
  who: Who;
  private: Private;
  /** Whether people of the home chat who linked no account write as guests. */
  allowGuests: boolean;
  botId: number;
  /** Says something to people there, in the house's own words. */
  say: (spot: Spot, markdown: string) => void;
  /** Files that came with a message, kept here; the ids they have now. */
  keepFiles: (member: Member, message: TelegramMessage) => Promise<readonly number[]>;
  /** A button was pressed. */
  pressed: (press: NonNullable<Update["callback_query"]>, member: Member | undefined) => Promise<void>;
  /** Told of each message that came in, after its commit. */
  told: (message: Message, spot: Spot) => void;
}

/**
 * Turns one update into what it means here. When it returns, that is committed together with the place of the next update: a crash
 * before it means that Telegram tells the update again, a crash after it that it does not.
 */
export function createInbound(parts: Parts): (update: Update) => Promise<void> {
  const { log, rooms, history, post, change, memory, places, topics, who, say, botId } = parts;

  function received(updateId: number, became: TelegramReceived["became"] = null): Proposal {
    const data: TelegramReceived = { botId, updateId, became };
    return { kind: "telegram.received", roomId: null, actorId: null, data };
  }

  /** The update is dealt with, and became nothing. */
  const settle = async (updateId: number) => void (await appended(log, received(updateId)));

  return async (update) => {
    const { message, edited_message: edited, callback_query: press } = update;
    if (message && !isOfBot(message)) return hear(update.update_id, message);
    if (edited && !isOfBot(edited)) await change_(update.update_id, edited);
    else {
      if (press && !press.from.is_bot) await parts.pressed(press, who.known(press.from));
      await settle(update.update_id);
    }
  };

  async function hear(updateId: number, message: TelegramMessage): Promise<void> {
    const spot = spotOf(message);
    try {
      if (message.migrate_to_chat_id !== undefined) await places.moved(message.chat.id, message.migrate_to_chat_id);
      const heard = memory.inside(message.chat.id, message.message_id).length > 0 ? undefined : await place(message, spot);
      if (heard) await say_(updateId, message, heard);
      else await settle(updateId);
    } catch (refusal) {
      if (!isForSender(refusal)) throw refusal;
      say(spot, refusal.message);
      await settle(updateId);
    }
  }

  /** Whose it is and which room it belongs to; undefined when it is not for a room. @throws Refusal in words for the sender */
  async function place(message: TelegramMessage, spot: Spot): Promise<Heard | undefined> {
    const { chat, from } = message;
    if (!from) return undefined;
    if (chat.id !== places.home) {
      if (chat.type !== "private") return parts.private.elsewhere(message, spot);
      return await parts.private.hear(message, from, spot);
    }
    if (parts.private.isOwnCommand(message)) return parts.private.inGroup(message, spot);
    const shown = await shownIn(chat.id, spot.threadId, message);
    if (!shown || !hasContent(message)) return undefined;
    const room = rooms.byId(shown.roomId);
    return { member: inRoom(await memberOf(from), from, room), room, spot };
  }

  async function memberOf(from: TelegramPerson): Promise<Member> {
    const known = who.known(from);
    if (known) return known;
    if (parts.allowGuests) return who.guest(from);
    throw new Refusal("PERMISSION_DENIED", "Link your account first: in Parley under Settings, Telegram.");
  }

  async function shownIn(chatId: number, threadId: number, message: TelegramMessage): Promise<Place | undefined> {
    return (await places.at(chatId, threadId)) ?? (await topics.found(chatId, threadId, message));
  }

  async function say_(updateId: number, message: TelegramMessage, { member, room, spot }: Heard): Promise<void> {
    const chatId = message.chat.id;
    const telegramId = message.message_id;
    const clientId = `telegram:${chatId}:${telegramId}`;
    const files = await parts.keepFiles(member, message);
    const parent = message.reply_to_message && memory.inside(chatId, message.reply_to_message.message_id).at(-1);
    const draft = {
      room: room.slug,
      text: textOf(message),
      replyTo: parent && history.row(parent.messageId)?.roomId === room.id ? parent.messageId : null,
      clientId,
      origin: "telegram" as const,
      ...(files.length > 0 && { files }),
      along: [received(updateId, { chatId, telegramId, authorId: member.id, clientId })],
    };
    const { seq, repeated } = await committed((done) => post(member, draft, done));
    const posted = history.message(seq);
    if (posted && !repeated) parts.told(posted, spot);
  }

  async function change_(updateId: number, edited: TelegramMessage): Promise<void> {
    const spot = spotOf(edited);
    const [copy] = memory.inside(edited.chat.id, edited.message_id);
    const row = copy && !copy.ours ? history.row(copy.messageId) : undefined;
    const member = edited.from && who.known(edited.from);
    const text = textOf(edited);
    // Telegram calls it an edit, too, when a preview of a link appears or somebody reacts.
    if (!row || !member || row.authorId !== member.id || row.text === text) return settle(updateId);
    try {
      const acts = inRoom(member, edited.from ?? { id: 0, first_name: "" }, rooms.byId(row.roomId));
      await committed((done) => change.edit(acts, row.id, text, done, { origin: "telegram", along: [received(updateId)] }));
    } catch (refusal) {
      if (!isForSender(refusal)) throw refusal;
      say(spot, refusal.message);
      await settle(updateId);
    }
  }
}

/** A member as they act in a chat that others read as well: there is nothing but its room. */
function inRoom(member: Member, from: TelegramPerson, room: Room): Member {
  return acting(member, `telegram:${from.id}`, { permissions: allPermissions, rooms: [room.id] });
}

/** Other bots, our own included, never speak here: two bridges would talk to each other for ever. */
function isOfBot(message: TelegramMessage): boolean {
  return message.from?.is_bot === true || message.via_bot?.is_bot === true;
}

function spotOf(message: TelegramMessage): Spot {
  const threadId = message.is_topic_message ? (message.message_thread_id ?? 0) : 0;
  return { chatId: message.chat.id, threadId, replyTo: message.message_id };
}

function hasContent(message: TelegramMessage): boolean {
  return textOf(message) !== "" || message.photo !== undefined || message.document !== undefined;
}

/** What its sender should hear; what is our trouble or the disk's is tried again instead. */
function isForSender(thrown: unknown): thrown is Refusal {
  return thrown instanceof Refusal && thrown.status < 500 && thrown.code !== "RATE_LIMITED";
}

function committed(act: (done: (outcome: Outcome) => void) => void): Promise<{ seq: number; repeated: boolean }> {
  return new Promise((resolve, reject) => {
    act((outcome) => (outcome.ok ? resolve(outcome) : reject(outcome.refusal)));
  });
}
