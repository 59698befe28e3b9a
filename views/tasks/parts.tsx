import type { Card, Spent } from "../../src/tasks/card.ts";
import type { Task } from "../../src/tasks/task.ts";
import { duration, spentWords, stateWords } from "./words.ts";

/** The state of a task in words, whose it is, and how long it takes. */
export function StateLine({ task }: { task: Task }) {
  const { state } = task;
  const started = new Date(task.createdAt).toISOString();
  return (
    <div class="card-head">
      {state === "working" ? <i class="spin" /> : <i class="mark" />}
      <b>{stateWords(task)}</b>
      <span class="by">{task.agent.name}</span>
      <small>
        <time datetime={started}>{started.slice(11, 16)}</time>
        {task.endedAt === null ? <span data-since={started} /> : <span>{duration(task.endedAt - task.createdAt)}</span>}
      </small>
    </div>
  );
}

/** What was asked, and what its agent last said about it. */
export function TaskWords({ task }: { task: Task }) {
  return (
    <>
      <p class="card-text" dir="auto" hx-ignore="">
        {task.description}
      </p>
      {task.note && (
        <p class="card-note" dir="auto" hx-ignore="">
          {task.note}
        </p>
      )}
    </>
  );
}

/** What an agent thinks aloud: never in the way. */
export function Thought({ card }: { card: Card }) {
  const { id } = card.task;
  // While its task is open there is a place for the first one; the page hides what is empty.
  if (card.thought === "" && card.task.endedAt !== null) return null;
  return (
    <details id={`thoughts-${id}`} class="thoughts" data-testid="thoughts">
      <summary>Thoughts</summary>
      <p id={`thought-${id}`} dir="auto" hx-ignore="">
        {card.thought}
      </p>
    </details>
  );
}

export function SpentLine({ spent }: { spent: Spent | undefined }) {
  if (!spent) return null;
  return (
    <p class="spent" data-testid="usage">
      <span class="sr">Used: </span>
      {spentWords(spent)}
    </p>
  );
}

/** The ways to end a task or to take it up again, and where it was asked for. `inRoom`: what stands beside the messages. */
export function TaskActs({ task, inRoom }: { task: Task; inRoom: boolean }) {
  const { id } = task;
  const { canResume = false } = task as Task & { readonly canResume?: boolean };
  const room = inRoom ? "" : `/rooms/${encodeURIComponent(task.room)}`;
  const isOpen = task.endedAt === null;
  return (
    <div class="acts">
      {isOpen && task.state !== "queued" && (
        <button type="button" class="button" id={`task-${id}-complete`} hx-ws:send="" hx-vals={vals(id, "complete")}>
          Done
        </button>
      )}
      {isOpen && (
        <button type="button" class="button danger" id={`task-${id}-cancel`} hx-ws:send="" hx-vals={vals(id, "cancel")}>
          {task.state === "queued" ? "Cancel" : "Stop"}
        </button>
      )}
      {!isOpen && canResume && (
        <button type="button" class="button" id={`task-${id}-resume`} hx-ws:send="" hx-vals={vals(id, "resume")}>
          Resume
        </button>
      )}
      {(isOpen || !inRoom) && (
        <a class="button quiet" href={`${room}#m-${task.requestId}`}>
          Open request
        </a>
      )}
    </div>
  );
}

function vals(id: number, action: "complete" | "cancel" | "resume"): string {
  return `{"type":"task","id":${id},"action":"${action}"}`;
}
