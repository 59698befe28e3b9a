import type { History } from "../../messages/history.ts";
import type { Message } from "../../messages/message.ts";
import type { Told } from "./events.ts";
import type { Copy, Memory, Place } from "./memory.ts";
import { type Numbered, type Pieces, wholePart } from "./pieces.ts";
import type { Keyboard, Send } from "./send.ts";
import type { Step } from "./steps.ts";

type MessageStep = Extract<Step, { message: Message }>;

/** Shows messages in places, and changes what is shown. @throws TelegramError */
export interface Deliver {
  /** Says a message, or the next part of a long one; short ones that wait behind it go along. */
  say(place: Place, step: MessageStep, waiting: readonly Step[]): Promise<Told>;
  /** Makes the next of the calls that change what is shown. */
  edit(place: Place, step: MessageStep): Promise<Told>;
  remove(place: Place, step: MessageStep): Promise<Told>;
  /** Opens a topic instead of one that is gone. @returns its number */
  reopen(place: Place, name: string): Promise<number>;
}

type Change = Omit<Told, "cursor"> & {
  /** Set where what is to be done next shows only when this is stored. */
  readonly isMore?: true;
};
/** One call of several: what it made of the place is stored before the next. */
type Call = () => Promise<Change>;

const nothing: Change = { sent: [], gone: [] };

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
  /** How far the edit that each place is at has come, beyond what is stored: after a restart the same words are put there again. */
  const changing = new Map<number, { readonly seq: number; readonly done: Set<number> }>();
  const ours = ({ chatId }: Place, { id }: Message) => memory.copies(chatId, id).filter((copy) => copy.ours);

  async function say(place: Place, step: MessageStep, waiting: readonly Step[]): Promise<Told> {
    const { message, seq } = step;
    const shown = ours(place, message);
    const all = pieces.of(message);
    const left = all.filter(({ part }) => !shown.some((copy) => copy.part === part));
    const [piece] = left;
    const isLast = left.length <= 1;
    const cursor = isLast ? seq : null;
    if (!piece) return { sent: [], gone: [], cursor };
    const { part } = piece;
    const buttons = isLast ? keyboard(message) : undefined;
    const preview = shown.find((copy) => copy.part === previewPart);
    if (preview && piece.type === "text") {
      const { telegramId } = preview;
      const changed = await send.change(place, telegramId, piece, buttons);
      if (changed === "changed")
        return { sent: [{ telegramId, messageId: message.id, part }], gone: [telegramId], cursor };
      // The end of an answer is what it was asked for: it is said anew, whole.
      if (changed === "unfit") return { ...(await takeAway(place, preview)), cursor: null };
    }
    if (all.length === 1 && !buttons) {
      const crowd = [message, ...pieces.fitting(message, shortOnes(place, waiting))];
      const last = waiting[crowd.length - 2];
      if (last) return sayTogether(place, crowd, last.seq);
    }
    const answered = piece === all[0] ? answeredIn(place, message) : undefined;
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
    const known = changing.get(place.id);
    const done = known?.seq === seq ? known.done : new Set<number>();
    changing.set(place.id, { seq, done });
    const [next, ...later] = callsOf(place, message, done);
    const { isMore, ...told } = next ? await next() : nothing;
    if (isMore || later.length > 0) return { ...told, cursor: null };
    changing.delete(place.id);
    return { ...told, cursor: seq };
  }

  /** What an edit takes, as it stands now. */
  function callsOf(place: Place, message: Message, done: Set<number>): Call[] {
    const shown = ours(place, message).filter(({ part }) => part !== previewPart);
    const [first] = shown;
    // What somebody wrote there themselves cannot be changed by a bot: it is said what it reads like now.
    if (!first && done.size === 0) return [() => correct(place, message)];
    const crowd = first ? crowdOf(place, first) : [];
    return first && crowd.length > 1
      ? changesInCrowd(place, first, message, crowd, done)
      : changes(place, message, shown, done);
  }

  async function correct(place: Place, message: Message): Promise<Change> {
    const telegramId = await send.piece(place, pieces.correction(message), originalOf(place, message), undefined);
    return { sent: [{ telegramId, messageId: message.id, part: 0 }], gone: [] };
  }

  /** What has grown too long to stand among others is taken out and said by itself: they keep their words. */
  function changesInCrowd(
    place: Place,
    { telegramId }: Copy,
    message: Message,
    crowd: readonly Message[],
    done: Set<number>,
  ): Call[] {
    const isFit = pieces.fit(crowd);
    const kept = isFit ? crowd : crowd.filter(({ id }) => id !== message.id);
    const change = async () => {
      await send.change(place, telegramId, pieces.together(kept), undefined);
      done.add(telegramId);
      return isFit
        ? nothing
        : { sent: kept.map(({ id }) => ({ telegramId, messageId: id, part: 0 })), gone: [telegramId] };
    };
    return isFit ? [change] : [change, ...changes(place, message, [], done)];
  }

  /** Puts the pieces as they are now in the place of those that are shown, text for text. */
  function changes(place: Place, message: Message, shown: readonly Copy[], done: Set<number>): Call[] {
    const all = pieces.of(message);
    const buttons = (piece: Numbered) => (piece === all.at(-1) ? keyboard(message) : undefined);
    // The words in a file cannot be changed: another one takes its place.
    const stays = ({ part, telegramId }: Copy) =>
      all.some((piece) => piece.part === part) && (part !== wholePart || done.has(telegramId));
    const standing = ({ part }: Numbered) => shown.find((copy) => copy.part === part && stays(copy));

    const changed = all.flatMap((piece): Call[] => {
      const copy = standing(piece);
      if (!copy || piece.type !== "text" || done.has(copy.telegramId)) return [];
      return [
        async () => {
          const changed = await send.change(place, copy.telegramId, piece, buttons(piece));
          // What it cannot hold is said anew, by the call that comes next.
          const change = changed === "unfit" ? { ...(await takeAway(place, copy)), isMore: true as const } : nothing;
          done.add(copy.telegramId);
          return change;
        },
      ];
    });
    const removed = shown
      .filter((copy) => !stays(copy))
      .map((copy) => async () => {
        const change = await takeAway(place, copy);
        done.add(copy.telegramId);
        return change;
      });
    const added = all
      .filter((piece) => !standing(piece))
      .map((piece) => async () => {
        const telegramId = await send.piece(place, piece, undefined, buttons(piece));
        done.add(telegramId);
        return { sent: [{ telegramId, messageId: message.id, part: piece.part }], gone: [] };
      });
    return [...changed, ...removed, ...added];
  }

  async function takeAway(place: Place, copy: Copy): Promise<Change> {
    await send.remove(place, copy);
    return { sent: [], gone: [copy.telegramId] };
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

  return { say, edit, remove, reopen: send.topic };
}
