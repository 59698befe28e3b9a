import type { History } from "../../messages/history.ts";
import type { Message } from "../../messages/message.ts";
import type { TelegramSent, Told } from "./events.ts";
import type { Copy, Memory, Place } from "./memory.ts";
import type { Pieces } from "./pieces.ts";
import type { Keyboard, Send } from "./send.ts";
import type { Step } from "./steps.ts";

type MessageStep = Extract<Step, { message: Message }>;

/** Shows messages in places, and changes what is shown. @throws TelegramError */
export interface Deliver {
  /** Says a message, or the next part of a long one; short ones that wait behind it go along. */
  say(place: Place, step: MessageStep, waiting: readonly Step[]): Promise<Told>;
  edit(place: Place, step: MessageStep): Promise<Told>;
  remove(place: Place, step: MessageStep): Promise<Told>;
}

/** The part number of what shows an answer while it is written. */
export const previewPart = -1;

interface Parts {
  send: Send;
  memory: Memory;
  history: History;
  pieces: Pieces;
  /** Buttons under a message; undefined for none. */
  keyboard: (message: Message) => Keyboard | undefined;
}

export function createDeliver({ send, memory, history, pieces, keyboard }: Parts): Deliver {
  const ours = ({ chatId }: Place, { id }: Message) => memory.copies(chatId, id).filter((copy) => copy.ours);

  async function say(place: Place, step: MessageStep, waiting: readonly Step[]): Promise<Told> {
    const { message, seq } = step;
    const shown = ours(place, message);
    const part = Math.max(previewPart, ...shown.map((copy) => copy.part)) + 1;
    const all = pieces.of(message, part === 0);
    const piece = all[part];
    const isLast = part >= all.length - 1;
    const cursor = isLast ? seq : null;
    if (!piece) return { sent: [], gone: [], cursor };
    const buttons = isLast ? keyboard(message) : undefined;
    const preview = shown.find((copy) => copy.part === previewPart);
    if (preview && piece.type === "text" && (await send.change(place, preview.telegramId, piece, buttons))) {
      const { telegramId } = preview;
      return { sent: [{ telegramId, messageId: message.id, part }], gone: [telegramId], cursor };
    }
    if (part === 0 && isLast && !buttons) {
      const crowd = [message, ...pieces.fitting(message, shortOnes(place, waiting))];
      const last = waiting[crowd.length - 2];
      if (last) return sayTogether(place, crowd, last.seq);
    }
    const answered = part === 0 ? answeredIn(place, message) : undefined;
    const telegramId = await send.piece(place, piece, answered, buttons);
    return { sent: [{ telegramId, messageId: message.id, part }], gone: preview ? [preview.telegramId] : [], cursor };
  }

  /** A busy room is told in few messages: what gathered while the chat had to wait goes as one. */
  async function sayTogether(place: Place, crowd: readonly Message[], cursor: number): Promise<Told> {
    const telegramId = await send.piece(place, pieces.together(crowd), undefined, undefined);
    return { sent: crowd.map(({ id }) => ({ telegramId, messageId: id, part: 0 })), gone: [], cursor };
  }

  /** What waits directly behind and may go along: not yet shown, without files or buttons. */
  function shortOnes(place: Place, waiting: readonly Step[]): Message[] {
    const short: Message[] = [];
    for (const step of waiting) {
      if (step.type !== "say" || ours(place, step.message).length > 0 || keyboard(step.message)) break;
      short.push(step.message);
    }
    return short;
  }

  async function edit(place: Place, { message, seq }: MessageStep): Promise<Told> {
    const shown = ours(place, message).filter(({ part }) => part !== previewPart);
    const [first] = shown;
    // What somebody wrote there themselves cannot be changed by a bot: it is said what it reads like now.
    if (!first) {
      const telegramId = await send.piece(place, pieces.correction(message), originalOf(place, message), undefined);
      return { sent: [{ telegramId, messageId: message.id, part: 0 }], gone: [], cursor: seq };
    }
    const crowd = crowdOf(place, first);
    if (crowd.length > 1) {
      await send.change(place, first.telegramId, pieces.together(crowd), undefined);
      return { sent: [], gone: [], cursor: seq };
    }
    return { ...(await replaceParts(place, message, shown)), cursor: seq };
  }

  async function replaceParts(place: Place, message: Message, shown: readonly Copy[]): Promise<Omit<Told, "cursor">> {
    const all = pieces.of(message, true);
    const texts = shown.filter((_, index) => all[index]?.type === "text");
    const sent: TelegramSent["sent"][number][] = [];
    for (const [part, piece] of all.entries()) {
      const copy = texts[part];
      const buttons = part === all.length - 1 ? keyboard(message) : undefined;
      if (copy && piece.type === "text") await send.change(place, copy.telegramId, piece, buttons);
      else if (piece.type === "text")
        sent.push({ telegramId: await send.piece(place, piece, undefined, buttons), messageId: message.id, part });
    }
    const surplus = texts.slice(all.filter(({ type }) => type === "text").length);
    for (const copy of surplus) await send.remove(place, copy);
    return { sent, gone: surplus.map(({ telegramId }) => telegramId) };
  }

  async function remove(place: Place, { message, seq }: MessageStep): Promise<Told> {
    const gone: number[] = [];
    for (const copy of memory.copies(place.chatId, message.id)) {
      const others = crowdOf(place, copy);
      if (others.length > 0) await send.change(place, copy.telegramId, pieces.together(others), undefined);
      else if (await send.remove(place, copy)) gone.push(copy.telegramId);
    }
    return { sent: [], gone, cursor: seq };
  }

  /** The messages that stand in one of Telegram's, those that were deleted left out. */
  function crowdOf({ chatId }: Place, { telegramId }: Copy): Message[] {
    return memory
      .inside(chatId, telegramId)
      .flatMap(({ messageId }) => history.message(messageId) ?? [])
      .filter(({ deletedAt }) => deletedAt === null);
  }

  function answeredIn({ chatId }: Place, { replyTo }: Message): number | undefined {
    return replyTo ? memory.copies(chatId, replyTo.id).at(-1)?.telegramId : undefined;
  }

  function originalOf({ chatId }: Place, { id }: Message): number | undefined {
    return memory.copies(chatId, id).find((copy) => !copy.ours)?.telegramId;
  }

  return { say, edit, remove };
}
