import type { ApprovalAnswered } from "../../approvals/events.ts";
import type { LogEvent } from "../../database/log.ts";
import type { Store } from "../../database/open.ts";
import { type MessageEdited, messageOf } from "../../messages/events.ts";
import type { History } from "../../messages/history.ts";
import type { Message } from "../../messages/message.ts";
import type { TaskMoved } from "../../tasks/events.ts";
import type { Memory, Place } from "./memory.ts";

/** What a place is to be told next: one event of its room, and what it means there. */
export type Step =
  /** To be said, or said again where it stands already. */
  | { readonly type: "say"; readonly seq: number; readonly message: Message }
  | { readonly type: "edit"; readonly seq: number; readonly message: Message }
  | { readonly type: "gone"; readonly seq: number; readonly message: Message }
  | { readonly type: "task"; readonly seq: number; readonly taskId: number }
  /** An agent asks people, and what became of that. */
  | { readonly type: "ask" | "outcome"; readonly seq: number; readonly approvalId: number }
  /** Nothing that Telegram shows, or what came from there. */
  | { readonly type: "none"; readonly seq: number };

/** Events read at a time: more than go into one of Telegram's messages, few enough to be read again after each. */
const mostSteps = 60;

interface EventRow extends Omit<LogEvent, "data"> {
  readonly data: string;
}

export interface Steps {
  /** What a place has not been told after an event, in order. */
  after(place: Place, seq: number): readonly Step[];
  /** How many messages that is, counted up to `most`. */
  behind(place: Place, most: number): number;
}

/** The outbox of a place is a cursor on the log: what it has not been told is what stands behind it. */
export function createSteps(store: Store, history: History, memory: Memory): Steps {
  const select = store.sqlite.prepare<EventRow, [number, number, number]>(
    `SELECT seq, at, kind, room_id AS roomId, actor_id AS actorId, data FROM events WHERE room_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
  );
  const count = store.sqlite.prepare<{ count: number }, [number, number, number]>(
    "SELECT count(*) AS count FROM (SELECT id FROM messages WHERE room_id = ? AND id > ? LIMIT ?)",
  );

  function stepOf(row: EventRow, place: Place): Step {
    const { seq, kind } = row;
    const event = { ...row, data: JSON.parse(row.data) as unknown };
    if (kind === "task.opened") return { type: "task", seq, taskId: seq };
    if (kind === "task.moved") return { type: "task", seq, taskId: (event.data as TaskMoved).id };
    if (kind === "approval.asked") return { type: "ask", seq, approvalId: seq };
    if (kind === "approval.answered") return { type: "outcome", seq, approvalId: (event.data as ApprovalAnswered).id };
    const id = messageOf(event);
    const message = id === undefined ? undefined : history.message(id);
    if (!message) return { type: "none", seq };
    if (kind === "message.deleted") return { type: "gone", seq, message };
    const isEdit = kind === "message.edited" && (event.data as MessageEdited).origin !== "telegram";
    if (!isEdit && isFromThere(message, place)) return { type: "none", seq };
    // What was taken back, or changed again since, is not told as it was.
    if (message.deletedAt !== null || message.streaming) return { type: "none", seq };
    if (kind === "message.edited") return message.seq === seq ? { type: "edit", seq, message } : { type: "none", seq };
    return { type: "say", seq, message };
  }

  /** What somebody wrote in that very chat stands there already. */
  function isFromThere(message: Message, { chatId }: Place): boolean {
    return message.origin === "telegram" && memory.copies(chatId, message.id).some(({ ours }) => !ours);
  }

  return {
    after: (place, seq) => select.all(place.roomId, seq, mostSteps).map((row) => stepOf(row, place)),
    behind: ({ roomId, cursor }, most) => count.get(roomId, cursor, most)?.count ?? 0,
  };
}
