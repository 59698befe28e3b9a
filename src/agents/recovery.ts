import type { LogEvent } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import type { ChangeMessage } from "../messages/change.ts";
import type { History } from "../messages/history.ts";
import type { Members } from "../people/members.ts";
import type { Task } from "../tasks/task.ts";
import type { Tasks } from "../tasks/tasks.ts";

interface Parts {
  members: Members;
  history: History;
  tasks: Tasks;
  change: ChangeMessage;
}

/** Messages and the tasks that are made of them are two commits, one right after the other: what a crash parts stands at the end of the log. */
const lastEvents = 200;

/** Ends what a previous process left open: nothing may look as if somebody were still at it. @returns how many answers and tasks that were */
export function endWhatBrokeOff(
  { members, history, tasks, change }: Parts,
  canResume: (task: Task) => boolean,
): { answers: number; tasks: number } {
  const answers = history.streaming();
  for (const { author, id } of answers) {
    change.finish(author, id, "(Cut off: the server stopped while this was being written. Ask again.)");
  }
  let failed = 0;
  for (const task of tasks.active()) {
    // Progress of what is kept on a list is reported by people; work without any was a run's own, and that run is gone.
    const crashed = task.run
      ? task.state !== "queued"
      : task.state === "queued" || (task.state === "working" && task.progress === 0);
    if (!crashed) continue;
    failed += 1;
    const note = "crashed: the server stopped during the run";
    tasks.move(task.id, { state: "failed", note, resumable: task.run !== null && canResume(task) }, members.system);
  }
  return { answers: answers.length, tasks: failed };
}

/** What people said last before the process ended and nobody has answered or made a task of, oldest first. */
export function unanswered({ sqlite }: Pick<Store, "sqlite">): readonly LogEvent[] {
  const rows = sqlite
    .query<Omit<LogEvent, "data"> & { data: string }, [number]>(
      `SELECT seq, at, kind, room_id AS roomId, actor_id AS actorId, data FROM events AS said
       WHERE kind = 'message.posted' AND seq > (SELECT max(seq) FROM events) - ?1
         AND (SELECT kind FROM members WHERE id = actor_id) = 'person'
         AND NOT EXISTS (SELECT 1 FROM tasks WHERE request_id = said.seq)
         AND NOT EXISTS (SELECT 1 FROM messages WHERE id > said.seq AND reply_to = said.seq)
         AND NOT EXISTS (SELECT 1 FROM messages WHERE id = said.seq AND deleted_at IS NOT NULL)
       ORDER BY seq`,
    )
    .all(lastEvents);
  return rows.map((row) => ({ ...row, data: JSON.parse(row.data) as unknown }));
}
