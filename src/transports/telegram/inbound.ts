import type { Message as TelegramMessage, Update } from "grammy/types";
import { appended, type Log, type Outcome, type Proposal } from "../../database/log.ts";
import { Refusal } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { ChangeMessage } from "../../messages/change.ts";
import type { History } from "../../messages/history.ts";
import type { Message } from "../../messages/message.ts";
import type { PostMessage } from "../../messages/post.ts";
import type { Member } from "../../people/member.ts";
import type { Room } from "../../rooms/room.ts";
import type { TelegramReceived } from "./events.ts";
import type { Kept } from "./exchange.ts";
import type { Memory } from "./memory.ts";
import type { Places } from "./places.ts";
import { narrowed, type Placing } from "./placing.ts";
import type { Inbox } from "./poll.ts";
import { isOfBot, isOfHidden, type Placed, type Spot, spotOf } from "./spot.ts";
import { TelegramError } from "./trouble.ts";
import { wait } from "./wait.ts";
import type { Who } from "./who.ts";
import type { Words } from "./words.ts";

type Press = NonNullable<Update["callback_query"]>;

interface Parts {
  log: Log;
  logger: Logger;
  history: History;
  rooms: { byId(id: number): Room };
  post: PostMessage;
  change: ChangeMessage;
  memory: Memory;
  places: Places;
  placing: Placing;
  who: Who;
  words: Words;
  botId: number;
  /** Whether updates are asked for, one after the other, and not delivered. */
  isPolling: boolean;
  /** Ends all waiting: what is not stored by then comes again. */
  signal: AbortSignal;
  clock: { now(): number };
  /** Says something to people there, in the house's own words. */
  say: (spot: Spot, markdown: string) => void;
  /** Keeps the files that came with a message. @returns their ids here, and what is to be said of those that could not be kept */
  keepFiles: (member: Member, message: TelegramMessage, signal: AbortSignal) => Promise<Kept>;
  /** The message here that a reply to one of the house's own asks is a reply to. */
  threadOf: (id: number) => number | undefined;
  pressed: (press: Press, member: Member | undefined) => Promise<void>;
  /** Told of each message that came in, after its commit. */
  told: (message: Message, placed: Placed) => void;
}

/**
 * Turns updates into what they mean here, each exactly once: what it became and the place of the next update are one commit. A crash
 * before it means that Telegram tells the update again, a crash after it that it does not.
 */
export function createInbound(parts: Parts): Inbox {
  const { log, logger, history, post, change, memory, places, placing, who, words, signal, say } = parts;

  let hasAdvised = false;

  return {
    next: () => memory.offset(parts.botId, parts.clock.now()),
    async handle(update) {
      const { message, edited_message: edited, callback_query: press } = update;
      if (message && isOfHidden(message)) advise(message);
      else if (message && !isOfBot(message)) return hear(update.update_id, message);
      if (edited && !isOfBot(edited) && !isOfHidden(edited)) return follow(update.update_id, edited);
      if (press && !press.from.is_bot) await parts.pressed(press, who.known(press.from));
      return settle(update.update_id);
    },
    passOver(update, thrown) {
      logger.error("telegram.passed_over", { update: update.update_id, error: thrown });
      const message = update.message ?? update.edited_message;
      if (message) say(spotOf(message), "That message could not be taken in: something went wrong on our side.");
      log.append([received(update.update_id)]);
    },
  };

  /** Whose words these are nobody can know. That is said once, in our own group, and not at every word of theirs. */
  function advise(message: TelegramMessage): void {
    if (hasAdvised || message.chat.id !== places.home) return;
    hasAdvised = true;
    say(spotOf(message), anonymous);
  }

  async function hear(updateId: number, message: TelegramMessage): Promise<void> {
    const spot = spotOf(message);
    try {
      if (message.migrate_to_chat_id !== undefined) await places.moved(message.chat.id, message.migrate_to_chat_id);
      const isKnown = memory.inside(message.chat.id, message.message_id).length > 0;
      const placed = isKnown ? undefined : await placing(message, spot);
      if (!placed) return await settle(updateId);
      const kept = await parts.keepFiles(placed.member, message, signal);
      await patiently(signal, () => speak(updateId, message, placed, kept));
    } catch (thrown) {
      await answerRefusal(updateId, spot, thrown);
    }
  }

  async function speak(updateId: number, message: TelegramMessage, placed: Placed, kept: Kept): Promise<void> {
    const { member, room } = placed;
    const chatId = message.chat.id;
    const clientId = `telegram:${chatId}:${message.message_id}`;
    const copy = message.reply_to_message && memory.inside(chatId, message.reply_to_message.message_id).at(-1);
    const parentId = copy && (parts.threadOf(copy.messageId) ?? copy.messageId);
    const draft = {
      room: room.slug,
      text: textOf(message, kept.missing),
      replyTo: parentId !== undefined && history.row(parentId)?.roomId === room.id ? parentId : null,
      clientId,
      origin: "telegram" as const,
      files: kept.ids,
      along: [received(updateId, { authorId: member.id, clientId, ...stateOf(message, kept.missing) })],
    };
    const { seq, repeated } = await committed((done) => post(member, draft, done));
    const posted = history.message(seq);
    if (posted && !repeated) parts.told(posted, placed);
  }

  /** Somebody edited what they wrote there. */
  async function follow(updateId: number, edited: TelegramMessage): Promise<void> {
    // In a group that has no part in the house any more nobody changes anything here.
    const isOurs = edited.chat.type === "private" || edited.chat.id === places.home;
    const copy = isOurs ? memory.written(edited.chat.id, edited.message_id) : undefined;
    // What could not be delivered comes after what became of it.
    if (isOurs && !copy && isOfLate(edited)) return hear(updateId, edited);
    const row = copy && history.row(copy.messageId);
    const member = edited.from && who.known(edited.from);
    if (!row || !member || !edited.from || row.authorId !== member.id) return settle(updateId);
    const state = stateOf(edited, copy.missing);
    // An earlier edit that comes late is over already.
    if (state.edited < copy.edited) return settle(updateId);
    const text = textOf(edited, copy.missing);
    // Telegram calls it an edit as well when the preview of a link appears or somebody reacts.
    if (copy.said === null ? row.text === text : copy.said === state.said) return await settle(updateId, state);
    const acts = narrowed(member, edited.from, parts.rooms.byId(row.roomId));
    const by = { origin: "telegram" as const, along: [received(updateId, null, state)] };
    try {
      await patiently(signal, () => committed((done) => change.edit(acts, row.id, text, done, by)));
    } catch (thrown) {
      await answerRefusal(updateId, spotOf(edited), thrown);
    }
  }

  /** What a message becomes here, and what is remembered of it. */
  function textOf(message: TelegramMessage, missing: string): string {
    return [words.of(message), missing].filter(Boolean).join("\n\n");
  }

  function stateOf(message: TelegramMessage, missing: string) {
    const said = digestOf(words.of(message));
    return { chatId: message.chat.id, telegramId: message.message_id, edited: message.edit_date ?? 0, said, missing };
  }

  /** What its sender should hear they hear, and the update is dealt with. What is our trouble or the disk's is tried again instead. */
  async function answerRefusal(updateId: number, spot: Spot, thrown: unknown): Promise<void> {
    const words = wordsFor(thrown);
    if (words === undefined) throw thrown;
    say(spot, words);
    await settle(updateId);
  }

  /** The update is dealt with, and became nothing. */
  async function settle(updateId: number, edited?: TelegramReceived["edited"]): Promise<void> {
    await appended(log, received(updateId, null, edited));
  }

  function received(
    updateId: number,
    became: TelegramReceived["became"] = null,
    edited?: TelegramReceived["edited"],
  ): Proposal {
    const { botId, isPolling } = parts;
    const data: TelegramReceived = { botId, updateId: isPolling ? updateId : null, became, ...(edited && { edited }) };
    return { kind: "telegram.received", roomId: null, actorId: null, data };
  }
}

/** Enough to see that words are the same: what they were stands in the message, and in the log. */
function digestOf(words: string): string {
  return Bun.CryptoHasher.hash("sha256", words, "base64url");
}

/** Telegram keeps what it could not deliver for a day: whatever is edited later was heard, or was said before anybody listened. */
const keptSeconds = 24 * 60 * 60;

/** Whether a message that is not known may still have to come in. */
function isOfLate({ date, edit_date }: TelegramMessage): boolean {
  return (edit_date ?? date) - date <= keptSeconds;
}

const anonymous =
  "You write here anonymously, as this group itself, so nobody in Parley can know who you are: your messages do not arrive there. Switch off “Remain anonymous” among your rights as an administrator, and send them again.";

function wordsFor(thrown: unknown): string | undefined {
  if (thrown instanceof Refusal && thrown.status < 500) return thrown.message;
  // A file that Telegram does not hand out, such as one of more than 20 MB.
  if (thrown instanceof TelegramError && thrown.trouble.kind === "refused") return thrown.message;
  return undefined;
}

/** Whoever writes faster than the limit is heard later: Telegram keeps what waits, and nobody there could send it again. */
async function patiently<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (thrown) {
      if (!(thrown instanceof Refusal) || thrown.code !== "RATE_LIMITED") throw thrown;
      await wait(thrown.retryAfter ?? 1_000, signal);
      if (signal.aborted) throw new Refusal("SERVICE_UNAVAILABLE");
    }
  }
}

function committed(act: (done: (outcome: Outcome) => void) => void): Promise<{ seq: number; repeated: boolean }> {
  return new Promise((resolve, reject) => {
    act((outcome) => (outcome.ok ? resolve(outcome) : reject(outcome.refusal)));
  });
}
