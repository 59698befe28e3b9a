import type { Store } from "../database/open.ts";
import type { Task } from "./task.ts";
import type { Tasks } from "./tasks.ts";

/** Tasks of an agent that ended, as far as a reader may know of them, newest first. */
export type PastTasks = (agentId: number, mayKnow: (task: Task) => boolean) => readonly Task[];

/** Looked through for those that are shown: the rest may be in rooms that the reader may not read. */
const looked = 100;
const shown = 20;

export function createPastTasks({ sqlite }: Pick<Store, "sqlite">, tasks: Pick<Tasks, "byId">): PastTasks {
  const ended = sqlite.prepare<{ id: number }, [number, number]>(
    "SELECT id FROM tasks WHERE agent_id = ? AND ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC LIMIT ?",
  );
  return (agentId, mayKnow) =>
    ended
      .all(agentId, looked)
      .flatMap(({ id }) => tasks.byId(id) ?? [])
      .filter(mayKnow)
      .slice(0, shown);
}
