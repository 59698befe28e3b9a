import type { CallbackQuery } from "grammy/types";
import type { History } from "../../messages/history.ts";
import type { Message } from "../../messages/message.ts";
import { acting } from "../../people/identity.ts";
import { allPermissions, type Member } from "../../people/member.ts";
import { endedStates, type Task } from "../../tasks/task.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import type { TelegramBot } from "./bot.ts";
import type { Told } from "./events.ts";
import type { Memory, Place } from "./memory.ts";
import { answerPress, linkFirst, unlessRefused } from "./press.ts";
import type { Keyboard } from "./send.ts";
import type { Step } from "./steps.ts";

interface Parts {
  bot: TelegramBot;
  memory: Memory;
  history: History;
  tasks: Tasks;
  /** Folds what an agent did for a task that is over. @returns whether that took its buttons, too */
  fold: (place: Place, task: Task) => Promise<boolean>;
}

/** Tasks in Telegram: buttons under the message that speaks of one, and a mark on the request that says how it stands. */
export interface Cards {
  /** Buttons under a message; undefined for none. */
  keyboard(message: Message): Keyboard | undefined;
  /** A task moved on. @throws TelegramError */
  tell(place: Place, step: Extract<Step, { type: "task" }>): Promise<Told>;
  /** Somebody pressed a button; they are answered in any case. */
  pressed(press: CallbackQuery, member: Member | undefined): Promise<void>;
}

/** What a request is marked with, of the reactions that Telegram lets bots give. */
const marks = {
  queued: "👀",
  accepted: "👀",
  working: "✍",
  stuck: "🤔",
  completed: "👌",
  failed: "👎",
  cancelled: "👎",
} as const;

const isOver = ({ state }: Task) => endedStates.includes(state);

export function createCards({ bot, memory, history, tasks, fold }: Parts): Cards {
  function keyboard({ id, taskId }: Message): Keyboard | undefined {
    const task = taskId === null ? undefined : tasks.byId(taskId);
    if (!task || isOver(task) || history.cardMessage(task.id) !== id) return undefined;
    return [
      [
        { text: "Done", callback_data: `task:${task.id}:complete` },
        { text: "Cancel", callback_data: `task:${task.id}:cancel` },
      ],
    ];
  }

  async function mark({ chatId }: Place, { requestId, state }: Task): Promise<void> {
    const request = memory.copies(chatId, requestId)[0];
    if (!request) return;
    const reaction = [{ type: "emoji" as const, emoji: marks[state] }];
    await unlessRefused(bot.call("setMessageReaction", { chat_id: chatId, message_id: request.telegramId, reaction }));
  }

  async function takeButtons(place: Place, task: Task): Promise<void> {
    const { chatId } = place;
    if (await fold(place, task)) return;
    const card = history.cardMessage(task.id);
    const shown = card === undefined ? undefined : memory.copies(chatId, card).findLast(({ ours }) => ours);
    if (shown)
      await unlessRefused(bot.call("editMessageReplyMarkup", { chat_id: chatId, message_id: shown.telegramId }));
  }

  /** @returns what they are told. @throws Refusal */
  async function decided({ data = "", message, from }: CallbackQuery, member: Member | undefined): Promise<string> {
    const [, id = "", action = ""] = /^task:(\d{1,15}):(complete|cancel)$/.exec(data) ?? [];
    if (id === "" || (action !== "complete" && action !== "cancel")) return "That button is of no use any more.";
    if (!member) return linkFirst;
    const task = tasks.byId(Number(id));
    const chatId = message?.chat.id;
    // A button is pressed where it stands: what else its presser may see is nobody's business there.
    const place =
      chatId === undefined
        ? undefined
        : memory.places().find((each) => each.chatId === chatId && each.roomId === task?.roomId);
    if (!task || !place) return "There is no such task here.";
    const acts = acting(member, `telegram:${from.id}`, { permissions: allPermissions, rooms: [task.roomId] });
    await new Promise<void>((resolve, reject) => {
      tasks.decide(acts, task.id, action, (outcome) => (outcome.ok ? resolve() : reject(outcome.refusal)));
    });
    // What is being worked on ends when its run has: the mark on the request tells when.
    if (tasks.byId(task.id)?.endedAt === null) return "Stopping it…";
    return action === "complete" ? "Done." : "Cancelled.";
  }

  return {
    keyboard,
    async tell(place, { seq, taskId }) {
      const task = tasks.byId(taskId);
      if (task) {
        await mark(place, task);
        if (isOver(task)) await takeButtons(place, task);
      }
      return { sent: [], gone: [], cursor: seq };
    },
    pressed: (press, member) => answerPress(bot, press, () => decided(press, member)),
  };
}
