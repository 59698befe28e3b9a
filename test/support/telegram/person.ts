import type { CallbackQuery, Chat, Message, MessageEntity, MessageOrigin, User } from "grammy/types";
import { FakeChat, type Shown } from "./chats.ts";
import { messageOf } from "./message.ts";
import { detected } from "./text.ts";
import type { Notice, World } from "./world.ts";

interface Saying {
  readonly replyTo?: number | Shown;
  readonly thread?: number;
  /** What is formatted; what Telegram finds by itself, such as commands and links, is added. */
  readonly entities?: MessageEntity[];
}

/** Somebody with a telephone. Chats are given as they are; their own with the bot is `private`. */
export class Person {
  readonly user: User;
  private chatWithBot: FakeChat | null = null;

  constructor(
    private readonly world: World,
    id: number,
    name: string,
    username?: string,
  ) {
    this.user = { id, is_bot: false, first_name: name, ...(username && { username }), language_code: "en" };
  }

  /** The chat with the bot, which exists once they opened it. */
  get private(): FakeChat {
    if (this.chatWithBot) return this.chatWithBot;
    const { id, first_name, username } = this.user;
    const chat: Chat.PrivateChat = { id, type: "private", first_name, ...(username && { username }) };
    this.chatWithBot = this.world.chats.add(new FakeChat(chat, this.world.bot.has_topics_enabled));
    return this.chatWithBot;
  }

  /** Writes something. @returns it as it stands in the chat */
  says(chat: FakeChat, text: string, { replyTo, thread, entities = [] }: Saying = {}): Shown {
    this.mustBeIn(chat);
    if (chat.draft && !chat.isGroup) chat.draft = null;
    return this.world.happened(chat, this.user, {
      text,
      entities: [...entities, ...detected(text)].sort((a, b) => a.offset - b.offset),
      replyTo: typeof replyTo === "number" ? replyTo : (replyTo?.id ?? null),
      thread: thread ?? null,
    });
  }

  /** Writes a rich message, which some can. @param origin whose it is, if they only pass it on */
  saysRich(chat: FakeChat, markdown: string, origin?: MessageOrigin): Shown {
    this.mustBeIn(chat);
    return this.world.happened(chat, this.user, {
      kind: "rich",
      text: markdown,
      service: origin && { forward_origin: origin },
    });
  }

  /** Shows what somebody else said, as Telegram tells whose it was. */
  passesOn(chat: FakeChat, text: string, origin: MessageOrigin): Shown {
    this.mustBeIn(chat);
    const service = { forward_origin: origin };
    return this.world.happened(chat, this.user, { kind: "text", text, entities: detected(text), service });
  }

  /** Something that is no text. */
  shows(chat: FakeChat, more: Partial<Message>): Shown {
    this.mustBeIn(chat);
    return this.world.happened(chat, this.user, { kind: "text", service: more });
  }

  /** Puts other words into something they wrote. */
  edits(chat: FakeChat, message: Shown, text: string, entities: MessageEntity[] = []): void {
    if (message.from.id !== this.user.id) throw new Error(`${this.user.first_name} did not write that`);
    Object.assign(message, { text, entities: [...entities, ...detected(text)], edited: this.world.seconds() });
    if (this.world.hears(chat, message)) this.world.tell("edited_message", chat, message);
  }

  /** Bots are never told. */
  deletes(chat: FakeChat, message: Shown): void {
    chat.remove(message);
  }

  sendsPhoto(chat: FakeChat, bytes: Uint8Array, caption = "", saying: Saying = {}): Shown {
    return this.sends(chat, "photo", null, bytes, caption, saying);
  }

  sendsDocument(chat: FakeChat, name: string, bytes: Uint8Array, caption = "", saying: Saying = {}): Shown {
    return this.sends(chat, "document", name, bytes, caption, saying);
  }

  /** Presses a button by its label. @returns the query's id, for `answerTo` */
  presses(chat: FakeChat, message: Shown, label: string): string {
    const button = message.keyboard?.inline_keyboard.flat().find(({ text }) => text === label);
    if (!button || !("callback_data" in button)) throw new Error(`there is no button "${label}" to press`);
    return this.pressesData(chat, message, button.callback_data);
  }

  /** What a changed client can do: any data, on any message of the bot's. */
  pressesData(chat: FakeChat, message: Shown, data: string): string {
    const id = String(4_000_000_000 + this.world.presses.size);
    this.world.presses.set(id, null);
    const query = { id, from: this.user, message: messageOf(chat, message), chat_instance: String(chat.id), data };
    this.world.updates.push({ callback_query: query as CallbackQuery });
    return id;
  }

  /** What they were shown after a press; null until the bot answers. */
  answerTo(press: string): Notice | null {
    return this.world.presses.get(press) ?? null;
  }

  /** Presses Stop under the draft they are watching. */
  stops(): void {
    const { draft, chat } = this.private;
    if (!draft?.canStop) throw new Error("there is nothing to stop");
    const thread = draft.thread === null ? {} : { message_thread_id: draft.thread };
    this.world.updates.push({
      stopped_message_generation: { chat: chat as Chat.PrivateChat, draft_id: draft.id, ...thread },
    });
  }

  reacts(chat: FakeChat, message: Shown, emoji: "👍" | "👎" | "❤" | "👀"): void {
    if (chat.isGroup && !chat.botIsAdmin) return;
    this.world.updates.push({
      message_reaction: {
        chat: chat.chat,
        message_id: message.id,
        user: this.user,
        date: this.world.seconds(),
        old_reaction: [],
        new_reaction: [{ type: "emoji", emoji }],
      },
    });
  }

  joins(chat: FakeChat): void {
    chat.members.set(this.user.id, this.user);
    this.world.happened(chat, this.user, { service: { new_chat_members: [this.user] } });
  }

  leaves(chat: FakeChat): void {
    this.world.happened(chat, this.user, { service: { left_chat_member: this.user } });
    chat.members.delete(this.user.id);
  }

  /** @returns the topic's number */
  createsTopic(chat: FakeChat, name: string): number {
    return this.world.openTopic(chat, this.user, name);
  }

  renamesTopic(chat: FakeChat, thread: number, name: string): void {
    const topic = chat.topics.get(thread);
    if (!topic) throw new Error("there is no such topic");
    topic.name = name;
    this.world.happened(chat, this.user, { thread, service: { forum_topic_edited: { name } } });
  }

  closesTopic(chat: FakeChat, thread: number): void {
    const topic = chat.topics.get(thread);
    if (!topic) throw new Error("there is no such topic");
    topic.closed = true;
    this.world.happened(chat, this.user, { thread, service: { forum_topic_closed: {} } });
  }

  /** Wants to hear nothing more of the bot. */
  blocks(): void {
    this.private.closed = "bot was blocked by the user";
    this.world.botBecame(this.private, this.user, "kicked");
  }

  unblocks(): void {
    this.private.closed = null;
    this.world.botBecame(this.private, this.user, "member");
  }

  /** Puts the bot out of a group. */
  kicksBot(chat: FakeChat): void {
    chat.closed = `bot was kicked from the ${chat.chat.type} chat`;
    this.world.botBecame(chat, this.user, "kicked");
  }

  private sends(
    chat: FakeChat,
    kind: "photo" | "document",
    name: string | null,
    bytes: Uint8Array,
    caption: string,
    { replyTo, thread, entities = [] }: Saying,
  ): Shown {
    this.mustBeIn(chat);
    return this.world.happened(chat, this.user, {
      kind,
      text: caption,
      entities: [...entities, ...detected(caption)],
      file: this.world.keepFile(name, bytes),
      replyTo: typeof replyTo === "number" ? replyTo : (replyTo?.id ?? null),
      thread: thread ?? null,
    });
  }

  private mustBeIn(chat: FakeChat): void {
    if (chat === this.chatWithBot || chat.members.has(this.user.id)) return;
    throw new Error(`${this.user.first_name} is not in that chat`);
  }
}
