import type { Chat, InlineKeyboardMarkup, Message, MessageEntity, User } from "grammy/types";
import { badRequest, forbidden } from "./refused.ts";

/** A message as it stands in a chat now: edits are in it; one that was deleted is not in the chat any more. */
export interface Shown {
  readonly id: number;
  readonly from: User;
  /** Seconds since the epoch. */
  readonly date: number;
  /** What is read: the text, the caption of a file, or the Markdown or HTML of a rich message as it was given. */
  text: string;
  entities: MessageEntity[];
  readonly kind: "text" | "rich" | "photo" | "document" | "service";
  readonly thread: number | null;
  readonly replyTo: number | null;
  readonly silent: boolean;
  readonly file: { readonly id: string; readonly name: string | null; readonly bytes: Uint8Array } | null;
  keyboard: InlineKeyboardMarkup | null;
  edited: number | null;
  /** What the bot reacted with. */
  reaction: string | null;
  /** Fields that only some messages have. */
  readonly service?: Partial<Message>;
}

export interface Draft {
  readonly id: number;
  readonly text: string;
  readonly canStop: boolean;
  readonly thread: number | null;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** One chat and everything that is to be seen in it. */
export class FakeChat {
  readonly messages: Shown[] = [];
  readonly topics = new Map<number, { name: string; closed: boolean }>();
  readonly members = new Map<number, User>();
  draft: Draft | null = null;
  action: string | null = null;
  /** Why the bot may not speak here any more. */
  closed: string | null = null;
  /** The supergroup that it became. */
  movedTo: number | null = null;
  botIsAdmin = false;
  private lastMessage: number;

  constructor(
    readonly chat: Chat,
    readonly hasTopics: boolean,
  ) {
    // The first one of a forum is General, which is no topic to send to.
    this.lastMessage = hasTopics ? 1 : 0;
  }

  get id(): number {
    return this.chat.id;
  }

  get isGroup(): boolean {
    return this.chat.type !== "private";
  }

  nextId(): number {
    return ++this.lastMessage;
  }

  find(id: number): Shown | undefined {
    return this.messages.find((each) => each.id === id);
  }

  remove(message: Shown): void {
    this.messages.splice(this.messages.indexOf(message), 1);
  }

  /** @throws ApiRefusal unless that topic is there and open; General has no number */
  checkThread(thread: number | undefined): number | null {
    if (thread === undefined) return null;
    const topic = this.hasTopics ? this.topics.get(thread) : undefined;
    if (!topic) throw badRequest("message thread not found");
    if (topic.closed) throw badRequest("TOPIC_CLOSED");
    return thread;
  }
}

/** Every chat the bot could know. */
export class Chats {
  private readonly all = new Map<number, FakeChat>();

  add(chat: FakeChat): FakeChat {
    this.all.set(chat.id, chat);
    return chat;
  }

  get(id: number): FakeChat | undefined {
    return this.all.get(id);
  }

  /** The chat the bot named, if it may speak there. */
  forBot(id: unknown): FakeChat {
    const chat = this.all.get(Number(id));
    if (!chat) throw badRequest("chat not found");
    if (chat.movedTo !== null)
      throw badRequest("group chat was upgraded to a supergroup chat", { migrate_to_chat_id: chat.movedTo });
    if (chat.closed) throw forbidden(chat.closed);
    return chat;
  }
}
