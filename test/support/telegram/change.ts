import type { Message } from "grammy/types";
import { type Arguments, flagOf, numberOf, textOf } from "./arguments.ts";
import type { FakeChat, Shown } from "./chats.ts";
import { keyboardOf } from "./keyboard.ts";
import { messageOf } from "./message.ts";
import { badRequest } from "./refused.ts";
import { richText } from "./rich.ts";
import { messageUnits, richContent, textContent } from "./send.ts";
import { shownText } from "./text.ts";
import type { World } from "./world.ts";

const twoDays = 48 * 3_600;
const draftMs = 30_000;

/** `editMessageText`: other words, or another rich message, in a message of the bot's own. */
export function editText(world: World, args: Arguments): Message {
  const { chat, message } = ours(world, args, "edit");
  if (message.kind !== "text" && message.kind !== "rich") throw badRequest("there is no text in the message to edit");
  const isRich = args.fields.rich_message !== undefined;
  if (isRich && args.fields.text !== undefined) throw badRequest("text and rich_message exclude each other");
  const { kind, text, entities } = isRich ? richContent(args) : textContent(args, "MESSAGE_TOO_LONG");
  return edited(world, chat, message, { kind, text, entities, keyboard: keyboardOf(args.fields.reply_markup) });
}

export function editKeyboard(world: World, args: Arguments): Message {
  const { chat, message } = ours(world, args, "edit");
  return edited(world, chat, message, { keyboard: keyboardOf(args.fields.reply_markup) });
}

function edited(world: World, chat: FakeChat, message: Shown, change: Partial<Shown>): Message {
  if (Bun.deepEquals({ ...message, ...change }, { ...message }))
    throw badRequest(
      "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
    );
  world.pace.speak(chat.id, chat.isGroup);
  Object.assign(message, change, { edited: world.seconds() });
  return messageOf(chat, message);
}

export function remove(world: World, args: Arguments): true {
  const { chat, message } = found(world, args, "delete");
  const may = message.from.id === world.bot.id || !chat.isGroup || chat.botIsAdmin;
  if (!may || world.seconds() - message.date > twoDays) throw badRequest("message can't be deleted for everyone");
  chat.remove(message);
  return true;
}

export function react(world: World, args: Arguments): true {
  const { message } = found(world, args, "react");
  const reactions = (args.fields.reaction ?? []) as { type: string; emoji?: string }[];
  const [reaction] = reactions;
  if (reactions.length > 1 || (reaction && (reaction.type !== "emoji" || !possible.has(reaction.emoji ?? ""))))
    throw badRequest("REACTION_INVALID");
  message.reaction = reaction?.emoji ?? null;
  return true;
}

/** `sendMessageDraft` and its rich sister: seen for half a minute, in private chats only. */
export function draft(world: World, { fields }: Arguments): true {
  const chat = world.chats.forBot(fields.chat_id);
  if (chat.isGroup) throw badRequest("TEXTDRAFT_PEER_INVALID");
  const thread = chat.checkThread(numberOf(fields, "message_thread_id"));
  const id = numberOf(fields, "draft_id");
  if (!id) throw badRequest("RANDOM_ID_INVALID");
  const { parse_mode, entities } = fields;
  const text =
    fields.rich_message === undefined
      ? shownText({ text: textOf(fields, "text"), parse_mode, entities }, messageUnits, "message is too long").text
      : richText(fields.rich_message);
  world.pace.draft(chat.id);
  chat.draft = { id, text, canStop: flagOf(fields, "can_stop"), thread, until: world.clock.now() + draftMs };
  return true;
}

function ours(world: World, args: Arguments, act: string) {
  const place = found(world, args, act);
  const isOurs = place.message.from.id === world.bot.id && place.message.kind !== "service";
  if (!isOurs || world.seconds() - place.message.date > twoDays) throw badRequest("message can't be edited");
  return place;
}

function found(world: World, { fields }: Arguments, act: string) {
  const chat = world.chats.forBot(fields.chat_id);
  const message = chat.find(numberOf(fields, "message_id") ?? 0);
  if (!message) throw badRequest(`message to ${act} not found`);
  return { chat, message };
}

const possible = new Set(
  "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡".split(
    " ",
  ),
);
