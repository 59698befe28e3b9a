import type { BotCommand, File, ForumTopic, WebhookInfo } from "grammy/types";
import { type Arguments, flagOf, numberOf, textOf } from "./arguments.ts";
import { draft, editKeyboard, editText, react, remove } from "./change.ts";
import { badRequest } from "./refused.ts";
import { fileContent, richContent, send, textContent } from "./send.ts";
import type { World } from "./world.ts";

type Method = (world: World, args: Arguments, gone: AbortSignal) => unknown;

/** What the fake can do, by the names of the Bot API. */
export const methods: Readonly<Record<string, Method>> = {
  getMe: ({ bot }) => bot,
  getUpdates: ({ updates }, { fields }, gone) => updates.poll(fields, gone),
  setWebhook: ({ updates }, { fields }) => updates.setWebhook(fields),
  deleteWebhook: ({ updates }, { fields }) => updates.setWebhook({ ...fields, url: "" }),
  getWebhookInfo: ({ updates }): WebhookInfo => ({
    url: updates.webhook?.url ?? "",
    has_custom_certificate: false,
    pending_update_count: updates.pending.length,
    ...(updates.lastError && {
      last_error_date: updates.lastErrorAt,
      last_error_message: updates.lastError,
    }),
  }),
  sendMessage: (world, args) => send(world, args, (given) => textContent(given)),
  sendRichMessage: (world, args) => send(world, args, richContent),
  sendPhoto: (world, args) => send(world, args, fileContent(world, "photo")),
  sendDocument: (world, args) => send(world, args, fileContent(world, "document")),
  sendMessageDraft: draft,
  sendRichMessageDraft: draft,
  editMessageText: editText,
  editMessageReplyMarkup: editKeyboard,
  deleteMessage: remove,
  setMessageReaction: react,
  getFile,
  sendChatAction,
  answerCallbackQuery,
  setMyCommands,
  getChat,
  createForumTopic,
  editForumTopic,
};

const downloadBytes = 20 * 1024 * 1024;
const actions =
  "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker find_location record_video_note upload_video_note";

function getFile({ files }: World, { fields }: Arguments): File {
  const file = files.get(textOf(fields, "file_id").replace(/-s$/, ""));
  if (!file) throw badRequest("invalid file_id");
  if (file.bytes.length > downloadBytes) throw badRequest("file is too big");
  return {
    file_id: file.id,
    file_unique_id: `u${file.id}`,
    file_size: file.bytes.length,
    file_path: `files/${file.id}`,
  };
}

function sendChatAction({ chats }: World, { fields }: Arguments): true {
  const chat = chats.forBot(fields.chat_id);
  chat.checkThread(numberOf(fields, "message_thread_id"));
  const action = textOf(fields, "action");
  if (!actions.split(" ").includes(action)) throw badRequest("wrong parameter action in request");
  chat.action = action;
  return true;
}

function answerCallbackQuery({ presses }: World, { fields }: Arguments): true {
  const id = textOf(fields, "callback_query_id");
  const text = textOf(fields, "text");
  if (presses.get(id) !== null)
    throw badRequest("query is too old and response timeout expired or query ID is invalid");
  if (text.length > 200) throw badRequest("MESSAGE_TOO_LONG");
  presses.set(id, { text, alert: flagOf(fields, "show_alert") });
  return true;
}

function setMyCommands({ commands }: World, { fields }: Arguments): true {
  const list = (fields.commands ?? []) as BotCommand[];
  if (list.length > 100) throw badRequest("BOT_COMMANDS_TOO_MUCH");
  for (const { command, description } of list) {
    if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest("BOT_COMMAND_INVALID");
    if (!description || description.length > 256) throw badRequest("BOT_COMMAND_DESCRIPTION_INVALID");
  }
  commands.set(fields.scope ? JSON.stringify(fields.scope) : "default", list);
  return true;
}

function getChat({ chats }: World, { fields }: Arguments) {
  const { chat } = chats.forBot(fields.chat_id);
  return { ...chat, accent_color_id: 0, max_reaction_count: 11 };
}

function createForumTopic(world: World, { fields }: Arguments): ForumTopic {
  const chat = world.chats.forBot(fields.chat_id);
  const name = topicName(fields);
  if (!chat.hasTopics) throw badRequest("the chat is not a forum");
  if (chat.isGroup && !chat.botIsAdmin) throw badRequest("not enough rights to create a topic");
  if (!name) throw badRequest("TOPIC_TITLE_EMPTY");
  return { message_thread_id: world.openTopic(chat, world.bot, name), name, icon_color: 0x6fb9f0 };
}

function editForumTopic({ chats }: World, { fields }: Arguments): true {
  const chat = chats.forBot(fields.chat_id);
  const topic = chat.topics.get(numberOf(fields, "message_thread_id") ?? 0);
  if (!topic) throw badRequest("message thread not found");
  if (chat.isGroup && !chat.botIsAdmin) throw badRequest("not enough rights to edit the topic");
  const name = topicName(fields);
  if (name === topic.name) throw badRequest("TOPIC_NOT_MODIFIED");
  if (name) topic.name = name;
  return true;
}

function topicName(fields: Arguments["fields"]): string {
  const name = textOf(fields, "name");
  if (name.length > 128) throw badRequest("TOPIC_TITLE_TOO_LONG");
  return name;
}
