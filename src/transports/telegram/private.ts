import type { Message as TelegramMessage } from "grammy/types";
import { acting } from "../../people/identity.ts";
import type { Member } from "../../people/member.ts";
import { generalSlug, plainName } from "../../rooms/names.ts";
import type { Room } from "../../rooms/room.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Linking } from "./link.ts";
import type { Memory } from "./memory.ts";
import type { Places } from "./places.ts";
import type { Placed, Spot } from "./spot.ts";
import type { TelegramPerson, Who } from "./who.ts";

interface Parts {
  rooms: Rooms;
  memory: Memory;
  places: Places;
  linking: Linking;
  who: Who;
  /** What our bot is called: commands in groups name the bot they are for. */
  botName: string;
  /** Where Parley is found by browsers. */
  origin: () => string;
  say: (spot: Spot, markdown: string) => void;
}

/** Commands that concern Telegram itself, which the rest of the house knows nothing of. */
const ownCommands = new Set(["start", "link", "unlink", "show"]);

/**
 * Somebody's private chat with the bot: linking their account, choosing the room it shows, and talking in that room. Only whoever
 * linked an account talks here; the chat shows what that member may read and nothing else.
 */
export function createPrivate({ rooms, memory, places, linking, who, botName, origin, ...parts }: Parts) {
  const told = new Set<number>();

  function say(spot: Spot, markdown: string): undefined {
    parts.say(spot, markdown);
  }

  /** @returns whose it is and which room it goes to; undefined when it was dealt with here */
  async function hear(message: TelegramMessage, from: TelegramPerson, spot: Spot): Promise<Placed | undefined> {
    const { name, words } = commandOf(message, botName);
    if (isPassedOnCode(message)) return voided(message, spot);
    if (name === "link" || (name === "start" && words !== "")) return link(from, words, spot);
    const member = who.known(from);
    if (!member || !memory.link(from.id)) return say(spot, howToLink(origin()));
    const acts = acting(member, `telegram:${from.id}`);
    if (name === "unlink") return unlink(acts, from, spot);
    if (name === "show") return choose(acts, words, spot);
    if (name === "start") return say(spot, `You are **${member.name}** here. ${await shows(acts, spot)}`);
    const place = await places.at(spot.chatId, 0);
    const room = place && rooms.byId(place.roomId);
    if (!place || !room || place.memberId !== member.id || !rooms.mayRead(acts, room))
      return say(spot, "This chat shows no room: choose one with `/show general`.");
    return { member: acts, room, spot };
  }

  function isPassedOnCode(message: TelegramMessage): boolean {
    return message.forward_origin !== undefined && typed(message, botName).name === "link";
  }

  /** Others have read that code. */
  function voided(message: TelegramMessage, spot: Spot): undefined {
    linking.forget(typed(message, botName).words);
    say(spot, "That code is void now: make a new one, and say it to me in a private chat.");
  }

  async function link(from: TelegramPerson, code: string, spot: Spot): Promise<undefined> {
    await linking.link(from, code);
    const member = who.known(from);
    if (!member) return say(spot, "That account is disabled.");
    const general = rooms.forReader(member, generalSlug);
    await places.bindPrivate(spot.chatId, member, general);
    say(
      spot,
      `Linked: you are **${member.name}**. This chat shows #${general.slug} from now on, and what you write here is said there. \`/show NAME\` shows another room, \`/show off\` none.`,
    );
  }

  async function unlink(member: Member, from: TelegramPerson, spot: Spot): Promise<undefined> {
    await linking.unlink(member, from.id);
    say(spot, "This account is nobody's in Parley any more.");
  }

  async function choose(member: Member, wanted: string, spot: Spot): Promise<undefined> {
    const place = await places.at(spot.chatId, 0);
    if (wanted === "") return say(spot, await shows(member, spot));
    if (wanted.toLowerCase() === "off") {
      if (place) await places.unbind(place);
      return say(spot, "This chat shows no room now. `/show NAME` shows one again.");
    }
    const room = rooms.forReader(member, wanted);
    await places.bindPrivate(spot.chatId, member, room);
    say(spot, `This chat shows #${plainName(room.slug)} from now on.`);
  }

  async function shows(member: Member, spot: Spot): Promise<string> {
    const place = await places.at(spot.chatId, 0);
    const room = place && rooms.byId(place.roomId);
    const now =
      room && rooms.mayRead(member, room) ? `This chat shows #${plainName(room.slug)}.` : "This chat shows no room.";
    const others = named(rooms.readableBy(member), room);
    return others === "" ? now : `${now} \`/show NAME\` shows another: ${others}.`;
  }

  return {
    isOwnCommand: (message: TelegramMessage) =>
      ownCommands.has(commandOf(message, botName).name) || isPassedOnCode(message),
    hear,
    /** Such a command in a group: what is said there is read by all. */
    inGroup(message: TelegramMessage, spot: Spot): undefined {
      if (typed(message, botName).name === "link") return voided(message, spot);
      say(spot, "Say that to me in a private chat.");
    },
    /** A group that is not the workspace's: said once, to whoever speaks to the bot, so that it can be configured. */
    elsewhere({ chat, text = "" }: TelegramMessage, spot: Spot): undefined {
      if (told.has(chat.id) || !text.startsWith("/")) return undefined;
      told.add(chat.id);
      say(spot, `This group is no room of a workspace. If it should be: TELEGRAM_CHAT_ID=${chat.id}`);
    },
  };
}

export type Private = ReturnType<typeof createPrivate>;

interface Command {
  /** Empty for what is none, or none for our bot. */
  readonly name: string;
  readonly words: string;
}

/** What somebody commands: whoever passes on a command gives none. */
function commandOf(message: TelegramMessage, botName: string): Command {
  return message.forward_origin ? { name: "", words: "" } : typed(message, botName);
}

/** A command of Telegram's own kind, whoever wrote it: `/show@the_bot words`. */
function typed({ text = "" }: TelegramMessage, botName: string): Command {
  const [, name = "", bot = botName, words = ""] = /^\/([a-z]+)(?:@(\w+))?(?:\s+([^\n]*))?/i.exec(text) ?? [];
  const isOurs = bot.toLowerCase() === botName.toLowerCase();
  return { name: isOurs ? name.toLowerCase() : "", words: words.trim() };
}

function howToLink(origin: string): string {
  return `I speak with members of this workspace only. Open ${origin}/settings/telegram, make a code there and send me \`/link CODE\`.`;
}

/** Rooms one could choose, by name; direct conversations have none. */
function named(rooms: readonly Room[], current: Room | undefined): string {
  const others = rooms.filter((room) => room.visibility !== "direct" && room.id !== current?.id);
  return others
    .slice(0, 30)
    .map(({ slug }) => `#${plainName(slug)}`)
    .join(", ");
}
