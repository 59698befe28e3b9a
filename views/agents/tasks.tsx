import type { Usage } from "../../src/agents/usage.ts";
import type { Task } from "../../src/tasks/task.ts";
import { Moment } from "../moment.tsx";
import { plainName } from "../room-name.ts";
import { UsageWords } from "./usage.tsx";

/** A task with what it used, where that was counted. */
export interface ShownTask {
  readonly task: Task;
  readonly usage: Usage | undefined;
}

/** What an agent is at, what waits for it, and what it did: of each what its reader may know. */
export function TaskLists({ open, past }: { open: readonly ShownTask[]; past: readonly ShownTask[] }) {
  const current = open.find(({ task }) => task.state !== "queued") ?? open[0];
  const queue = open.filter((each) => each !== current);
  return (
    <>
      <section class="panel" aria-labelledby="current-title">
        <h2 id="current-title">At work on</h2>
        {current ? (
          <ol class="work" data-testid="current">
            <WorkItem {...current} />
          </ol>
        ) : (
          <p class="empty">Nothing. Mention it in a room to give it a task.</p>
        )}
        {queue.length > 0 && (
          <>
            <h2 class="next" id="queue-title">
              Waiting, in this order
            </h2>
            <ol class="work" aria-labelledby="queue-title" data-testid="queue">
              {queue.map((each) => (
                <WorkItem {...each} />
              ))}
            </ol>
          </>
        )}
      </section>
      <section class="panel" aria-labelledby="past-title">
        <h2 id="past-title">Done before</h2>
        {past.length === 0 ? (
          <p class="empty">Nothing yet.</p>
        ) : (
          <ol class="work" data-testid="past">
            {past.map((each) => (
              <WorkItem {...each} />
            ))}
          </ol>
        )}
      </section>
    </>
  );
}

function WorkItem({ task, usage }: ShownTask) {
  return (
    <li data-task={task.id} data-state={task.state}>
      <a href={`/rooms/${encodeURIComponent(task.room)}#m-${task.requestId}`}>
        <bdi>{task.description}</bdi>
      </a>
      <small>
        {stateWords(task)}, for <bdi>{task.requester.name}</bdi> in <bdi>#{plainName(task.room)}</bdi>,{" "}
        <Moment at={task.endedAt ?? task.createdAt} format="ago" />
        {usage && (
          <>
            , <UsageWords usage={usage} />
          </>
        )}
      </small>
      {task.note !== "" && (
        <small class="note" dir="auto">
          {task.note}
        </small>
      )}
    </li>
  );
}

function stateWords({ state, progress }: Task): string {
  if (state === "completed") return "done";
  return state === "working" || state === "stuck" ? `${state}, ${progress} %` : state;
}
