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
    if (task.run && task.state === "queued" && task.agent.removedAt !== null) {
      tasks.move(task.id, { state: "cancelled", note: `${task.agent.name} was fired` }, members.system);
      continue;
    }
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

/** What somebody said that nobody has heard. */
export interface Unheard {
  readonly event: LogEvent;
  /** Agents that waited for an answer in its thread: it was for what they were at, and is nothing new to do. */
  readonly answers: ReadonlySet<number>;
}

/** What people said after agents last heard, and nobody has answered or made a task of, oldest first. @param heard null when no process told */
export function unheard({ sqlite }: Pick<Store, "sqlite">, heard: number | null): readonly Unheard[] {
  const rows = sqlite
    .query<Omit<LogEvent, "data"> & { data: string }, [number, number]>(
      `SELECT seq, at, kind, room_id AS roomId, actor_id AS actorId, data FROM events AS said
       WHERE kind = 'message.posted' AND seq > (SELECT max(seq) FROM events) - ?1 AND seq > ?2
         AND (SELECT kind FROM members WHERE id = actor_id) = 'person'
         AND NOT EXISTS (SELECT 1 FROM tasks WHERE request_id = said.seq)
         AND NOT EXISTS (SELECT 1 FROM messages WHERE id > said.seq AND reply_to = said.seq)
         AND NOT EXISTS (SELECT 1 FROM messages WHERE id = said.seq AND deleted_at IS NOT NULL)
       ORDER BY seq`,
    )
    .all(lastEvents, heard ?? 0);
  const waited = sqlite.query<{ agentId: number }, [number, number]>(
    `SELECT tasks.agent_id AS agentId FROM (
       SELECT id, task_id, answered_at FROM help_requests UNION ALL SELECT id, task_id, answered_at FROM approvals WHERE kind = 'question'
     ) AS asked
     JOIN tasks ON tasks.id = asked.task_id
     JOIN messages AS request ON request.id = tasks.request_id
     JOIN messages AS said ON said.id = ?1
     WHERE asked.id < ?1 AND (asked.answered_at IS NULL OR asked.answered_at >= ?2)
       AND coalesce(request.thread_id, request.id) = said.thread_id`,
  );
  return rows.map((row) => ({
    event: { ...row, data: JSON.parse(row.data) as unknown },
    answers: new Set(waited.all(row.seq, row.at).map(({ agentId }) => agentId)),
  }));
}
