import type { Message } from "grammy/types";
import { type Arguments, flagOf, numberOf, textOf } from "./arguments.ts";
import type { FakeChat, Shown } from "./chats.ts";
import { keyboardOf } from "./keyboard.ts";
import { messageOf } from "./message.ts";
import { badRequest } from "./refused.ts";
import { richText } from "./rich.ts";
import { shownText } from "./text.ts";
import type { World } from "./world.ts";

type Content = Pick<Shown, "kind" | "text" | "entities" | "file">;

export const messageUnits = 4_096;
export const captionUnits = 1_024;
const photoBytes = 10 * 1024 * 1024;
const documentBytes = 50 * 1024 * 1024;

/** `sendMessage` and the like: everything is checked before anything is shown. */
export function send(world: World, args: Arguments, content: (args: Arguments) => Content): Message {
  const chat = world.chats.forBot(args.fields.chat_id);
  const thread = chat.checkThread(numberOf(args.fields, "message_thread_id"));
  const given = content(args);
  const keyboard = keyboardOf(args.fields.reply_markup);
  const replyTo = repliedTo(chat, args.fields.reply_parameters);
  world.pace.speak(chat.id, chat.isGroup);
  const shown: Shown = {
    id: chat.nextId(),
    from: world.bot,
    date: world.seconds(),
    ...given,
    thread,
    replyTo,
    silent: flagOf(args.fields, "disable_notification"),
    keyboard,
    edited: null,
    reaction: null,
  };
  chat.messages.push(shown);
  chat.draft = null;
  chat.action = null;
  return messageOf(chat, shown);
}

export const textContent = ({ fields }: Arguments, tooLong = "message is too long"): Content => {
  const { parse_mode, entities } = fields;
  const shown = shownText({ text: textOf(fields, "text"), parse_mode, entities }, messageUnits, tooLong);
  if (!shown.text) throw badRequest("message text is empty");
  return { kind: "text", ...shown, file: null };
};

export const richContent = ({ fields }: Arguments): Content => ({
  kind: "rich",
  text: richText(fields.rich_message),
  entities: [],
  file: null,
});

/** A photo or a document: uploaded, or one that Telegram has already. */
export const fileContent =
  (world: World, kind: "photo" | "document") =>
  ({ fields, uploads }: Arguments): Content => {
    const named = textOf(fields, kind);
    const upload = uploads.get(named.replace(/^attach:\/\//, ""));
    const file = upload ? world.keepFile(upload.name, upload.bytes) : world.files.get(named);
    if (!file) throw badRequest("wrong remote file identifier specified: Wrong character in the string");
    if (file.bytes.length === 0) throw badRequest("file must be non-empty");
    if (file.bytes.length > (kind === "photo" ? photoBytes : documentBytes)) throw badRequest("file is too big");
    if (kind === "photo" && !isImage(file.bytes)) throw badRequest("IMAGE_PROCESS_FAILED");
    const { parse_mode, caption_entities: entities } = fields;
    const words = { text: textOf(fields, "caption"), parse_mode, entities };
    return { kind, ...shownText(words, captionUnits, "message caption is too long"), file };
  };

/** JPEG, PNG, GIF or WebP by their first bytes. */
const isImage = (bytes: Uint8Array) =>
  /^(\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP)/s.test(String.fromCharCode(...bytes.slice(0, 12)));

function repliedTo(chat: FakeChat, parameters: unknown): number | null {
  if (parameters === undefined || parameters === null) return null;
  const { message_id: id, allow_sending_without_reply: anyway } = parameters as Record<string, unknown>;
  if (chat.find(Number(id))) return Number(id);
  if (anyway) return null;
  throw badRequest("message to be replied not found");
}
