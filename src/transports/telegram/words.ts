import type { MessageEntity, Message as TelegramMessage } from "grammy/types";
import { fenced, type HandleOf, markdownOf, type Writing } from "./entities.ts";
import { escapedWholly } from "./escape.ts";
import { fileIn } from "./exchange.ts";
import { richMarkdown } from "./rich-words.ts";

/** What is said in Telegram, as Markdown. */
export interface Words {
  /** Empty for what says nothing. */
  of(message: TelegramMessage): string;
  /** Whether there is anything to be said: words, or files that are kept here. */
  isSaid(message: TelegramMessage): boolean;
}

/**
 * @param botName what our bot is called: commands in groups name the bot they are for
 * @param most characters that a message here may have; twice as many as one of Telegram's, so that it is always taken in
 */
export function createWords(botName: string, handleOf: HandleOf, most: number): Words {
  const ours = new RegExp(`^(/\\w+)@${botName}(?!\\w)`, "i");
  const others = /^\/\w+@\w+/;

  function of(message: TelegramMessage): string {
    const text = message.text ?? message.caption ?? "";
    // Whoever passes on a command gives none.
    if (message.forward_origin) return passedOn(message.forward_origin, saidIn(message, { handleOf, calls: false }));
    const command = ours.exec(text)?.[1];
    if (command !== undefined) return text.replace(ours, command);
    // A command is taken as it was typed: what Telegram marks in it is only that it is one.
    if (text.startsWith("/")) return others.test(text) ? "" : text;
    return saidIn(message, { handleOf });
  }

  function saidIn(message: TelegramMessage, writing: Writing): string {
    const text = message.text ?? message.caption ?? "";
    const entities = message.entities ?? message.caption_entities ?? [];
    if (text !== "") return fitting(text, entities, writing);
    const rich = message.rich_message ? richMarkdown(message.rich_message.blocks, writing, most) : "";
    return rich || fitting(described(message), [], writing);
  }

  /** With how it looks; if that makes it too long, without; else as code, which needs no escaping; else as it was typed. */
  function fitting(text: string, entities: readonly MessageEntity[], writing: Writing): string {
    const ways = [
      () => markdownOf(text, entities, writing),
      () => markdownOf(text, [], writing),
      () => fenced(text, ""),
    ];
    for (const way of ways) {
      const markdown = way();
      if (markdown.length <= most) return markdown;
    }
    // Another sign that looks the same calls nobody.
    return writing.calls === false ? text.replaceAll("@", "＠") : text;
  }

  return {
    of,
    isSaid: (message) => of(message) !== "" || fileIn(message) !== undefined,
  };
}

type Origin = NonNullable<TelegramMessage["forward_origin"]>;

/** Words of somebody else, under who said them: they are not those of the member who shows them. */
function passedOn(origin: Origin, said: string): string {
  const source = sourceOf(origin).replace(/\s+/g, " ").trim().slice(0, 128).toWellFormed();
  const head = `*Forwarded from ${escapedWholly(source || "somebody")}:*`;
  return said === "" ? head : `${head}\n\n${said}`;
}

/** Empty for accounts that are deleted, which have no name, and for kinds that are not known yet. */
function sourceOf(origin: Origin): string {
  switch (origin.type) {
    case "user":
      return [origin.sender_user.first_name, origin.sender_user.last_name].filter(Boolean).join(" ");
    case "hidden_user":
      return origin.sender_user_name;
    case "chat":
      return origin.sender_chat.title ?? origin.author_signature ?? "a group";
    case "channel":
      return origin.chat.title;
    default:
      return "";
  }
}

/** What is more than text, in words. Empty for files, and for what only tells that something happened. */
function described(message: TelegramMessage): string {
  if (message.sticker) return `(sticker${message.sticker.emoji ? ` ${message.sticker.emoji}` : ""})`;
  if (message.voice) return `(voice message, ${message.voice.duration} s)`;
  if (message.video_note) return `(video message, ${message.video_note.duration} s)`;
  if (message.location) return `(location ${message.location.latitude}, ${message.location.longitude})`;
  if (message.contact) return `(contact: ${message.contact.first_name}, ${message.contact.phone_number})`;
  if (message.poll) return `(poll: ${message.poll.question})`;
  if (message.dice) return `(${message.dice.emoji} ${message.dice.value})`;
  // Only what somebody said is passed on: of that there are more kinds each year.
  const isUnknown = message.forward_origin !== undefined && fileIn(message) === undefined;
  return isUnknown || unshown.some((kind) => message[kind] !== undefined) ? "(something that Parley cannot show)" : "";
}

/** Kinds that somebody says and that are shown nowhere here. */
const unshown = [
  "rich_message",
  "live_photo",
  "paid_media",
  "story",
  "game",
  "checklist",
  "invoice",
  "giveaway",
  "giveaway_winners",
] as const satisfies readonly (keyof TelegramMessage)[];
