import type { CallbackQuery } from "grammy/types";
import type { Approval } from "../../approvals/approval.ts";
import type { Approvals } from "../../approvals/approvals.ts";
import { Refusal } from "../../errors.ts";
import type { History } from "../../messages/history.ts";
import type { Member } from "../../people/member.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import { askKeyboard, askPiece, isLong, outcomePiece, pressedAsk, wholeFile } from "./ask-words.ts";
import type { TelegramBot } from "./bot.ts";
import type { Told } from "./events.ts";
import type { Copy, Memory, Place } from "./memory.ts";
import { wholePart } from "./pieces.ts";
import { narrowed } from "./placing.ts";
import { answerPress, linkFirst } from "./press.ts";
import type { Send } from "./send.ts";
import type { Step } from "./steps.ts";

interface Parts {
  bot: TelegramBot;
  send: Send;
  memory: Memory;
  history: History;
  tasks: Tasks;
  rooms: Rooms;
  approvals: Approvals;
  /** Where Parley is found by browsers. */
  origin: () => string;
}

/** What agents ask, in Telegram: a message of its own, which rings, with a button for each choice; and what became of it in their place. */
export interface Asks {
  /** Something is asked, or was answered wherever. @throws TelegramError */
  tell(place: Place, step: Extract<Step, { type: "ask" | "outcome" }>): Promise<Told>;
  /** Somebody pressed a button; they are answered in any case. @returns false when it is no button of ours */
  pressed(press: CallbackQuery, member: Member | undefined): Promise<boolean>;
  /** The message that a reply to what was asked is a reply to here; undefined for what is no ask. */
  threadOf(id: number): number | undefined;
}

/** The part number of the message with the buttons. */
const askPart = 0;

export function createAsks({ bot, send, memory, history, tasks, rooms, approvals, origin }: Parts): Asks {
  const ours = (place: Place, id: number) => memory.copies(place.chatId, id).filter((copy) => copy.ours);
  const partOf = (copies: readonly Copy[], part: number) => copies.find((copy) => copy.part === part)?.telegramId;

  async function ask(place: Place, approval: Approval, seq: number): Promise<Told> {
    const shown = ours(place, approval.id);
    // Answered before it was its turn: nobody's phone needs to ring.
    if (approval.answer || partOf(shown, askPart) !== undefined) return { sent: [], gone: [], cursor: seq };
    const file = partOf(shown, wholePart);
    if (file === undefined && isLong(approval)) {
      const piece = wholeFile(approval, `${origin()}/approvals/${approval.publicId}`);
      const telegramId = await send.piece(place, piece, cardIn(place, approval), undefined);
      return { sent: [{ telegramId, messageId: approval.id, part: wholePart }], gone: [], cursor: null };
    }
    const answered = file ?? cardIn(place, approval);
    const telegramId = await send.piece(place, askPiece(approval), answered, askKeyboard(approval));
    return { sent: [{ telegramId, messageId: approval.id, part: askPart }], gone: [], cursor: seq };
  }

  async function outcome(place: Place, approval: Approval, seq: number): Promise<Told> {
    const shown = partOf(ours(place, approval.id), askPart);
    if (shown !== undefined) await send.change(place, shown, outcomePiece(approval), undefined);
    return { sent: [], gone: [], cursor: seq };
  }

  /** What shows the task's card there, or else the request. */
  function cardIn({ chatId }: Place, { taskId }: Approval): number | undefined {
    const copyOf = (id: number | undefined) => (id === undefined ? undefined : memory.copies(chatId, id).at(-1));
    return (copyOf(history.cardMessage(taskId)) ?? copyOf(tasks.byId(taskId)?.requestId))?.telegramId;
  }

  /** @returns what they are told. @throws Refusal */
  async function answered({ data = "", message, from }: CallbackQuery, member: Member | undefined): Promise<string> {
    const pressed = pressedAsk(data);
    // Somebody who came by Telegram alone is a guest, whatever they are elsewhere.
    if (!member || !memory.link(from.id)) throw new Refusal("PERMISSION_DENIED", linkFirst);
    const approval = pressed && approvals.byPublicId(pressed.publicId);
    const chatId = message?.chat.id;
    const copies = chatId === undefined || !approval ? [] : memory.copies(chatId, approval.id);
    const buttons = partOf(copies, askPart);
    const isShown = memory.places().some((place) => place.chatId === chatId && place.roomId === approval?.roomId);
    // Whoever is very quick presses before it is stored where the buttons stand.
    const isElsewhere = buttons !== undefined && buttons !== message?.message_id;
    // A button is pressed where it stands: what else its presser may see is nobody's business there.
    if (!approval || !isShown || isElsewhere) throw new Refusal("NOT_FOUND", "There is no such approval here.");
    const option = approval.options[pressed.index]?.id ?? "";
    const acts = narrowed(member, from, rooms.byId(approval.roomId));
    const { answer } = await approvals.answer(acts, approval.id, { option, shown: pressed.shown }, "telegram");
    return `${answer?.words}.`;
  }

  return {
    async tell(place, { type, seq, approvalId }) {
      const approval = approvals.byId(approvalId);
      if (!approval) return { sent: [], gone: [], cursor: seq };
      return type === "ask" ? ask(place, approval, seq) : outcome(place, approval, seq);
    },
    async pressed(press, member) {
      if (!press.data?.startsWith("ask:")) return false;
      await answerPress(bot, press, () => answered(press, member));
      return true;
    },
    threadOf(id) {
      const approval = approvals.byId(id);
      return approval && (history.cardMessage(approval.taskId) ?? tasks.byId(approval.taskId)?.requestId);
    },
  };
}
