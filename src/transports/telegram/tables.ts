import type { Log, LogEvent } from "../../database/log.ts";
import type { Store } from "../../database/open.ts";
import { standingIn } from "../../people/standing.ts";
import type {
  TelegramBound,
  TelegramLinked,
  TelegramMoved,
  TelegramReceived,
  TelegramSent,
  TelegramUnbound,
  TelegramUnlinked,
} from "./events.ts";

/** How events of the Telegram door change its tables; nothing else does. */
export function defineTelegram(store: Store, log: Log): void {
  const { sqlite } = store;
  const standing = standingIn(store);
  const keepOffset = sqlite.prepare(
    "INSERT INTO telegram_offsets (bot_id, next, at) VALUES (?1, ?2, ?3) ON CONFLICT (bot_id) DO UPDATE SET next = ?2, at = ?3",
  );
  const messageOf = sqlite.prepare<{ id: number }, [number, string]>(
    "SELECT id FROM messages WHERE author_id = ? AND client_id = ?",
  );
  const insertMessage = sqlite.prepare(
    "INSERT OR IGNORE INTO telegram_messages (chat_id, telegram_id, message_id, part, ours) VALUES (?, ?, ?, ?, ?)",
  );
  const keepState = sqlite.prepare(
    "UPDATE telegram_messages SET edited = ?, said = ?, missing = ? WHERE chat_id = ? AND telegram_id = ? AND ours = 0",
  );
  const removeMessage = sqlite.prepare("DELETE FROM telegram_messages WHERE chat_id = ? AND telegram_id = ?");
  const chatOf = sqlite.prepare<{ chatId: number }, [number]>(
    "SELECT chat_id AS chatId FROM telegram_places WHERE id = ?",
  );
  const advance = sqlite.prepare("UPDATE telegram_places SET cursor = max(cursor, ?) WHERE id = ?");
  const bind = sqlite.prepare(
    "INSERT OR REPLACE INTO telegram_places (id, chat_id, thread_id, room_id, member_id, cursor) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const unbind = sqlite.prepare("DELETE FROM telegram_places WHERE id = ?");
  const unbindPrivate = sqlite.prepare("DELETE FROM telegram_places WHERE chat_id = ? AND member_id IS NOT NULL");
  const link = sqlite.prepare(
    "INSERT OR REPLACE INTO telegram_links (telegram_id, member_id, name, linked_at) VALUES (?, ?, ?, ?)",
  );
  const unlink = sqlite.prepare("DELETE FROM telegram_links WHERE telegram_id = ?");
  const keepMove = sqlite.prepare("INSERT OR REPLACE INTO telegram_moves (from_chat, to_chat) VALUES (?, ?)");
  const followMoves = sqlite.prepare("UPDATE telegram_moves SET to_chat = ?2 WHERE to_chat = ?1");
  const movePlaces = sqlite.prepare("UPDATE OR REPLACE telegram_places SET chat_id = ?2 WHERE chat_id = ?1");

  log.define("telegram.received", (event) => {
    const { botId, updateId, became, edited } = event.data as TelegramReceived;
    if (updateId !== null) keepOffset.run(botId, updateId + 1, event.at);
    const message = became && messageOf.get(became.authorId, became.clientId);
    if (message) insertMessage.run(became.chatId, became.telegramId, message.id, 0, 0);
    const state = message ? became : edited;
    if (state)
      keepState.run(state.edited ?? 0, state.said ?? null, state.missing ?? "", state.chatId, state.telegramId);
  });
  log.define("telegram.sent", (event) => {
    const { placeId, cursor, sent, gone } = event.data as TelegramSent;
    const place = chatOf.get(placeId);
    // The chat was given to another room meanwhile: what it was told is no longer asked for.
    if (!place) return;
    for (const telegramId of gone) removeMessage.run(place.chatId, telegramId);
    for (const { telegramId, messageId, part } of sent) insertMessage.run(place.chatId, telegramId, messageId, part, 1);
    if (cursor !== null) advance.run(cursor, placeId);
  });
  log.define("telegram.bound", (event) => {
    const { chatId, threadId, roomId, memberId, after } = event.data as TelegramBound;
    // The room stands in the data: places are the door's business, and no news of the room.
    bind.run(event.seq, chatId, threadId, roomId, memberId, after ?? event.seq);
  });
  log.define("telegram.unbound", (event) => {
    unbind.run((event.data as TelegramUnbound).placeId);
  });
  const linked = (event: LogEvent) => {
    const { telegramId, memberId, name } = event.data as TelegramLinked;
    unbindPrivate.run(telegramId);
    link.run(telegramId, memberId, name, event.at);
  };
  // Between the code on the page and its being said to the bot there are minutes.
  log.define("telegram.linked", linked, (event) => {
    const { memberId, provenAt } = event.data as TelegramLinked;
    standing.needsProof(memberId, provenAt);
  });
  log.define("telegram.unlinked", (event) => {
    const { telegramId } = event.data as TelegramUnlinked;
    unlink.run(telegramId);
    // A private chat's number is that of the person.
    unbindPrivate.run(telegramId);
  });
  log.define("telegram.moved", (event) => {
    const { from, to } = event.data as TelegramMoved;
    followMoves.run(from, to);
    keepMove.run(from, to);
    movePlaces.run(from, to);
  });
}
