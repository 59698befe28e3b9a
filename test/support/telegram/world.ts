import type { BotCommand, ChatMemberUpdated, Message, User, UserFromGetMe } from "grammy/types";
import type { Clock } from "../../../src/clock.ts";
import { Chats, type FakeChat, type Shown } from "./chats.ts";
import { messageOf } from "./message.ts";
import { Pace } from "./pace.ts";
import { Updates } from "./updates.ts";

export interface KeptFile {
  readonly id: string;
  readonly name: string | null;
  readonly bytes: Uint8Array;
}

/** An answer to the press of a button. */
export interface Notice {
  readonly text: string;
  readonly alert: boolean;
}

/** Everything Telegram knows, as far as it concerns this bot. */
export class World {
  readonly chats = new Chats();
  readonly updates = new Updates();
  readonly pace: Pace;
  readonly files = new Map<string, KeptFile>();
  /** Menus of commands by the JSON of their scope; "default" for the one without. */
  readonly commands = new Map<string, readonly BotCommand[]>();
  /** Buttons that were pressed, by the query's id: null until the bot answers. */
  readonly presses = new Map<string, Notice | null>();
  private nextFile = 1;

  constructor(
    readonly bot: UserFromGetMe,
    readonly clock: Clock,
    paceFactor: number,
  ) {
    this.pace = new Pace(clock, paceFactor);
  }

  seconds(): number {
    return Math.floor(this.clock.now() / 1_000);
  }

  keepFile(name: string | null, bytes: Uint8Array): KeptFile {
    const file = { id: `AgACfile${this.nextFile++}`, name, bytes };
    this.files.set(file.id, file);
    return file;
  }

  /** A topic begins with a message that says so, and its number is that message's. */
  openTopic(chat: FakeChat, by: User, name: string): number {
    const id = chat.nextId();
    chat.topics.set(id, { name, closed: false });
    this.happened(chat, by, { id, thread: id, service: { forum_topic_created: { name, icon_color: 0x6fb9f0 } } });
    return id;
  }

  /** Puts what somebody did into a chat. The bot is told, unless it did it itself. */
  happened(chat: FakeChat, by: User, given: Partial<Shown>): Shown {
    const shown: Shown = {
      id: given.id ?? chat.nextId(),
      from: by,
      date: this.seconds(),
      text: "",
      entities: [],
      kind: given.service ? "service" : "text",
      thread: null,
      replyTo: null,
      silent: false,
      file: null,
      keyboard: null,
      edited: null,
      reaction: null,
      ...given,
    };
    chat.messages.push(shown);
    if (by.id !== this.bot.id && this.hears(chat, shown)) this.tell("message", chat, shown);
    return shown;
  }

  tell(kind: "message" | "edited_message", chat: FakeChat, shown: Shown): number | null {
    return this.updates.push({ [kind]: messageOf(chat, shown) as Message });
  }

  /** Under privacy mode a bot hears in groups what is meant for it only; administrators hear all. */
  hears(chat: FakeChat, { text, replyTo, kind }: Shown): boolean {
    if (chat.closed !== null || chat.movedTo !== null) return false;
    if (!chat.isGroup || chat.botIsAdmin || this.bot.can_read_all_group_messages || kind === "service") return true;
    const repliesToBot = replyTo !== null && chat.find(replyTo)?.from.id === this.bot.id;
    return text.startsWith("/") || text.includes(`@${this.bot.username}`) || repliesToBot;
  }

  /** The bot's own standing in a chat changed. */
  botBecame(chat: FakeChat, by: User, status: "member" | "administrator" | "kicked" | "left"): void {
    const before = { user: this.bot, status: status === "member" ? "left" : "member" };
    const after = { user: this.bot, status, ...(status === "kicked" && { until_date: 0 }) };
    const change = { chat: chat.chat, from: by, date: this.seconds(), old_chat_member: before, new_chat_member: after };
    this.updates.push({ my_chat_member: change as unknown as ChatMemberUpdated });
  }
}
