import type { Message } from "grammy/types";
import type { FakeChat, Shown } from "./chats.ts";
import { richBlocks } from "./rich.ts";

/** A message as the Bot API tells it. */
export function messageOf(chat: FakeChat, shown: Shown, depth = 0): Message {
  const replied = shown.replyTo === null ? undefined : chat.find(shown.replyTo);
  const words = shown.kind === "photo" || shown.kind === "document" ? "caption" : "text";
  return {
    message_id: shown.id,
    date: shown.date,
    chat: chat.chat,
    from: shown.from,
    ...(shown.thread !== null && { message_thread_id: shown.thread, is_topic_message: true }),
    ...(shown.edited !== null && { edit_date: shown.edited }),
    ...(shown.keyboard && { reply_markup: shown.keyboard }),
    ...(replied && depth === 0 && { reply_to_message: messageOf(chat, replied, 1) }),
    ...(shown.kind === "rich" && { rich_message: { blocks: richBlocks(shown.text) } }),
    ...(shown.kind !== "rich" && shown.kind !== "service" && shown.text && { [words]: shown.text }),
    ...(shown.kind !== "rich" &&
      shown.entities.length > 0 && { [words === "text" ? "entities" : "caption_entities"]: shown.entities }),
    ...fileOf(shown),
    ...shown.service,
  } as Message;
}

function fileOf({ kind, file }: Shown) {
  if (!file) return {};
  const told = { file_id: file.id, file_unique_id: `u${file.id}`, file_size: file.bytes.length };
  if (kind === "document") return { document: { ...told, ...(file.name && { file_name: file.name }) } };
  // Telegram keeps photos in several sizes, the largest last.
  const small = { file_id: `${file.id}-s`, file_unique_id: `u${file.id}-s`, file_size: 90, width: 90, height: 67 };
  return { photo: [small, { ...told, width: 1280, height: 960 }] };
}
