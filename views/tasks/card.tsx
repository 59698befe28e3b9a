import type { Task, TaskState } from "../../src/tasks/task.ts";
import { ClaimsLine } from "./claims.tsx";

const words: Record<TaskState, string> = {
  queued: "Queued",
  accepted: "Accepted",
  working: "Working",
  stuck: "Stuck",
  completed: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** A task as everybody in the room sees it: its state in words, how far it is, and the two ways to end it while it is open. */
export function TaskCard({ task }: { task: Task }) {
  const { id, state } = task;
  const started = new Date(task.createdAt).toISOString();
  return (
    <section
      id={`task-${id}`}
      class="card task"
      data-testid="task-card"
      data-id={id}
      data-state={state}
      aria-label={`Task ${id}`}
    >
      <div class="card-head">
        {state === "working" ? <i class="spin" /> : <i class="mark" />}
        <b>{words[state]}</b>
        <span class="by">{task.agent.name}</span>
        <small>
          <time datetime={started}>{started.slice(11, 16)}</time>
          {task.endedAt === null ? (
            <span data-since={started} />
          ) : (
            <span>{duration(task.endedAt - task.createdAt)}</span>
          )}
        </small>
      </div>
      <p class="card-text" dir="auto" hx-ignore="">
        {task.description}
      </p>
      {task.note && (
        <p class="card-note" dir="auto" hx-ignore="">
          {task.note}
        </p>
      )}
      {task.endedAt === null && <ClaimsLine task={task} />}
      {task.endedAt === null && (
        <div class="acts">
          <button type="button" class="button" id={`task-${id}-complete`} hx-ws:send="" hx-vals={vals(id, "complete")}>
            Done
          </button>
          <button
            type="button"
            class="button danger"
            id={`task-${id}-cancel`}
            hx-ws:send=""
            hx-vals={vals(id, "cancel")}
          >
            Cancel
          </button>
          <a class="button quiet" href={`#m-${task.requestId}`}>
            Open request
          </a>
        </div>
      )}
      {task.endedAt === null && (
        <progress max={100} value={task.progress} aria-label={`${task.progress} percent done`} />
      )}
    </section>
  );
}

function vals(id: number, action: "complete" | "cancel"): string {
  return `{"type":"task","id":${id},"action":"${action}"}`;
}

/** How long something took, as short as it can be read: "8 s", "1:24", "2:03:10". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const rest = String(seconds % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}
