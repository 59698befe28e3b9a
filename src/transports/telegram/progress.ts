import type { Hub } from "../../live/hub.ts";
import type { Logger } from "../../logger.ts";
import type { History } from "../../messages/history.ts";
import type { Message } from "../../messages/message.ts";
import type { StepInBrief, StepState } from "../../tasks/step.ts";
import type { Steps } from "../../tasks/steps.ts";
import type { TaskStepped } from "../../tasks/steps-table.ts";
import { endedStates, type Task } from "../../tasks/task.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import type { Lane } from "./lane.ts";
import type { Memory, Place } from "./memory.ts";
import type { Pieces } from "./pieces.ts";
import type { Keyboard, Send } from "./send.ts";

interface Parts {
  hub: Hub;
  logger: Logger;
  history: History;
  tasks: Tasks;
  work: Steps;
  memory: Memory;
  pieces: Pieces;
  send: Send;
  lane: Lane;
  keyboard: (message: Message) => Keyboard | undefined;
}

/** Steps that are told by name: what a phone shows without scrolling. */
const shownSteps = 8;
const titleCharacters = 80;

const signs: Record<StepState, string> = { pending: "○", running: "▸", completed: "✓", failed: "✗" };

/**
 * What an agent does, in the message that speaks of its task: one that is edited at the chat's pace, and folded to a line when it is over.
 * What it thinks is nobody's business there, nor what it puts out.
 */
export interface Progress {
  /** A task is over: its steps are counted and its buttons go. @returns false when nothing of it stands there. @throws TelegramError */
  fold(place: Place, task: Task): Promise<boolean>;
  /** Begins to tell. @returns what ends it */
  follow(): () => void;
}

export function createProgress(parts: Parts): Progress {
  const { hub, logger, history, tasks, work, memory, pieces, send, lane, keyboard } = parts;

  function show(place: Place, taskId: number): void {
    const isGroup = place.chatId < 0;
    const job = {
      chat: place.chatId,
      isGroup,
      class: "preview" as const,
      kind: "edit" as const,
      key: `work:${taskId}`,
    };
    lane
      .add({ ...job, run: () => edit(place, taskId) })
      .catch((error: unknown) => logger.error("telegram.progress", { error }));
  }

  async function edit(place: Place, taskId: number): Promise<void> {
    const task = tasks.byId(taskId);
    const card = task && cardIn(place, task);
    // It may have ended while this waited for its turn.
    if (!card || endedStates.includes(task.state)) return;
    const { steps, count } = work.newest(taskId, shownSteps);
    const more = count > steps.length ? [`+${count - steps.length} more`] : [];
    const piece = pieces.worked(card.message, [...more, ...steps.map(lineOf)]);
    await send.change(place, card.telegramId, piece, keyboard(card.message));
  }

  /** The message of ours that speaks of a task, where it stands by itself and in one piece. */
  function cardIn({ chatId }: Place, { id }: Task): { message: Message; telegramId: number } | undefined {
    const messageId = history.cardMessage(id);
    const message = messageId === undefined ? undefined : history.message(messageId);
    if (!message || message.streaming || message.deletedAt !== null) return undefined;
    const [copy, ...others] = memory.copies(chatId, message.id).filter(({ ours }) => ours);
    if (copy?.part !== 0 || others.length > 0 || memory.inside(chatId, copy.telegramId).length > 1) return undefined;
    return { message, telegramId: copy.telegramId };
  }

  return {
    async fold(place, task) {
      const card = cardIn(place, task);
      const { count } = work.newest(task.id, 0);
      if (!card || count === 0) return false;
      const words = `${count} ${count === 1 ? "step" : "steps"}`;
      await send.change(place, card.telegramId, pieces.worked(card.message, [words]), undefined);
      return true;
    },
    follow: () =>
      hub.onCommit((events) => {
        const rooms = new Map<number, number>();
        for (const { kind, roomId, data } of events)
          if (kind === "task.stepped" && roomId !== null) rooms.set((data as TaskStepped).taskId, roomId);
        if (rooms.size === 0) return;
        for (const [taskId, roomId] of rooms)
          for (const place of memory.places()) if (place.roomId === roomId) show(place, taskId);
      }),
  };
}

function lineOf({ state, title, input, startedAt, endedAt }: StepInBrief): string {
  const what = input === "" || title.includes(input) ? title : `${title} ${input.split("\n", 1)[0]}`;
  const short = what.length > titleCharacters ? `${what.slice(0, titleCharacters - 1).toWellFormed()}…` : what;
  const took = endedAt === null ? "" : ` · ${Math.max(1, Math.round((endedAt - startedAt) / 1000))} s`;
  return `${signs[state]} ${short}${took}`;
}
