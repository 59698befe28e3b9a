import type { Store } from "../../database/open.ts";

/** A chat, or a topic of one, that shows a room. */
export interface Place {
  readonly id: number;
  readonly chatId: number;
  /** 0 outside topics. */
  readonly threadId: number;
  readonly roomId: number;
  /** Whose private chat it is; null for a group. */
  readonly memberId: number | null;
  /** Seq of the last event of the room that Telegram has. */
  readonly cursor: number;
}

/** One of Telegram's messages and one of ours that stands in it. */
export interface Copy {
  readonly telegramId: number;
  readonly messageId: number;
  readonly part: number;
  /** Whether our bot sent it, so that it may be edited. */
  readonly ours: boolean;
}

/** One of those that somebody wrote there, and what is remembered of how it stands there. */
export interface Written extends Copy {
  /** When it was edited, by Telegram's clock in seconds; 0 for never. */
  readonly edited: number;
  /** A digest of what it reads like there; null where that is not known. */
  readonly said: string | null;
  /** Words of ours beneath it, for a file that could not be kept. */
  readonly missing: string;
}

/** An account of Telegram's that is a member's. */
export interface Link {
  readonly telegramId: number;
  readonly memberId: number;
  readonly name: string;
  readonly linkedAt: number;
}

/** What the door remembers across restarts: read here, written by events alone (tables.ts). */
export interface Memory {
  /** The next update to ask for; undefined to take whatever waits. @param now wall time, ms */
  offset(botId: number, now: number): number | undefined;
  places(): readonly Place[];
  place(id: number): Place | undefined;
  placeAt(chatId: number, threadId: number): Place | undefined;
  /** Ours that stand in one of Telegram's messages, in order. */
  inside(chatId: number, telegramId: number): readonly Copy[];
  /** What somebody wrote there; undefined for what is not known, or is the bot's own. */
  written(chatId: number, telegramId: number): Written | undefined;
  /** Telegram's messages in a chat that show one of ours, in order. */
  copies(chatId: number, messageId: number): readonly Copy[];
  link(telegramId: number): Link | undefined;
  linksOf(memberId: number): readonly Link[];
  /** The number a group has now. */
  chatNow(chatId: number): number;
}

/** After this long without an update Telegram may begin to count anew: an old offset would hide what comes. */
const offsetMs = 6 * 24 * 60 * 60 * 1000;

export function createMemory({ sqlite }: Store): Memory {
  const offset = sqlite.prepare<{ next: number; at: number }, [number]>(
    "SELECT next, at FROM telegram_offsets WHERE bot_id = ?",
  );
  const columns =
    "id, chat_id AS chatId, thread_id AS threadId, room_id AS roomId, member_id AS memberId, cursor FROM telegram_places";
  const places = sqlite.prepare<Place, []>(`SELECT ${columns} ORDER BY id`);
  const byId = sqlite.prepare<Place, [number]>(`SELECT ${columns} WHERE id = ?`);
  const byChat = sqlite.prepare<Place, [number, number]>(`SELECT ${columns} WHERE chat_id = ? AND thread_id = ?`);
  type CopyRow = Omit<Copy, "ours"> & { ours: number };
  const copy = "telegram_id AS telegramId, message_id AS messageId, part, ours FROM telegram_messages";
  const inside = sqlite.prepare<CopyRow, [number, number]>(
    `SELECT ${copy} WHERE chat_id = ? AND telegram_id = ? ORDER BY message_id, part`,
  );
  const written = sqlite.prepare<CopyRow & Omit<Written, keyof Copy>, [number, number]>(
    "SELECT telegram_id AS telegramId, message_id AS messageId, part, ours, edited, said, missing FROM telegram_messages WHERE chat_id = ? AND telegram_id = ? AND ours = 0",
  );
  const copies = sqlite.prepare<CopyRow, [number, number]>(
    `SELECT ${copy} WHERE message_id = ? AND chat_id = ? ORDER BY part, telegram_id`,
  );
  const link = sqlite.prepare<Link, [number]>(
    "SELECT telegram_id AS telegramId, member_id AS memberId, name, linked_at AS linkedAt FROM telegram_links WHERE telegram_id = ?",
  );
  const links = sqlite.prepare<Link, [number]>(
    "SELECT telegram_id AS telegramId, member_id AS memberId, name, linked_at AS linkedAt FROM telegram_links WHERE member_id = ? ORDER BY linked_at",
  );
  const moved = sqlite.prepare<{ to: number }, [number]>(
    'SELECT to_chat AS "to" FROM telegram_moves WHERE from_chat = ?',
  );
  const complete = <Row extends CopyRow>(row: Row) => ({ ...row, ours: row.ours === 1 });

  return {
    offset(botId, now) {
      const kept = offset.get(botId);
      return kept && now - kept.at < offsetMs ? kept.next : undefined;
    },
    places: () => places.all(),
    place: (id) => byId.get(id) ?? undefined,
    placeAt: (chatId, threadId) => byChat.get(chatId, threadId) ?? undefined,
    inside: (chatId, telegramId) => inside.all(chatId, telegramId).map(complete),
    written(chatId, telegramId) {
      const row = written.get(chatId, telegramId);
      return row ? complete(row) : undefined;
    },
    copies: (chatId, messageId) => copies.all(messageId, chatId).map(complete),
    link: (telegramId) => link.get(telegramId) ?? undefined,
    linksOf: (memberId) => links.all(memberId),
    chatNow: (chatId) => moved.get(chatId)?.to ?? chatId,
  };
}
