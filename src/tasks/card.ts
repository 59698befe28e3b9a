import type { History } from "../messages/history.ts";
import type { Message } from "../messages/message.ts";
import type { Task } from "./task.ts";
import type { Tasks } from "./tasks.ts";

/** The task whose card stands on a message: on the first message that speaks of the task, and on no other. */
export function cardOf(message: Message, history: History, tasks: Tasks): Task | null {
  if (message.taskId === null || history.cardMessage(message.taskId) !== message.id) return null;
  return tasks.byId(message.taskId) ?? null;
}
