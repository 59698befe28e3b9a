import type { Child } from "hono/jsx";
import type { Usage } from "../../src/agents/usage.ts";
import type { Task } from "../../src/tasks/task.ts";
import { Moment } from "../moment.tsx";
import { plainName } from "../room-name.ts";
import { UsageWords } from "./usage.tsx";

/** A task with what it used, where that was counted, and what its reader may do about it while it waits. */
export interface ShownTask {
  readonly task: Task;
  readonly usage: Usage | undefined;
  readonly canMove: boolean;
  readonly canCancel: boolean;
}

interface TaskListsProps {
  agentId: number;
  atWork: readonly ShownTask[];
  /** The next one first. */
  waiting: readonly ShownTask[];
  /** The newest first. */
  past: readonly ShownTask[];
}

/** What an agent is at, what waits for it, and what it did: of each what its reader may know. */
export function TaskLists({ agentId, atWork, waiting, past }: TaskListsProps) {
  return (
    <>
      <section class="panel" aria-labelledby="current-title">
        <h2 id="current-title">At work on</h2>
        {atWork.length > 0 ? (
          <ol class="work" data-testid="current">
            {atWork.map((each) => (
              <WorkItem {...each} />
            ))}
          </ol>
        ) : (
          <p class="empty">Nothing. Mention it in a room to give it a task.</p>
        )}
        {waiting.length > 0 && (
          <>
            <h2 class="next" id="queue">
              Waiting, in this order
            </h2>
            <ol class="work" aria-labelledby="queue" data-testid="queue">
              {waiting.map((each, index) => (
                <WorkItem {...each}>
                  <QueueActs {...each} agentId={agentId} isFirst={index === 0} isLast={index === waiting.length - 1} />
                </WorkItem>
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

function WorkItem({ task, usage, children }: ShownTask & { children?: Child }) {
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
      {children}
    </li>
  );
}

interface QueueActsProps extends ShownTask {
  agentId: number;
  isFirst: boolean;
  isLast: boolean;
}

function QueueActs({ task, canMove, canCancel, agentId, isFirst, isLast }: QueueActsProps) {
  if (!canMove && !canCancel) return null;
  const acts = [
    ...(canMove && !isFirst ? [["first", "First"] as const, ["up", "Up"] as const] : []),
    ...(canMove && !isLast ? [["down", "Down"] as const] : []),
    ...(canCancel ? [["cancel", "Cancel"] as const] : []),
  ];
  return (
    <form method="post" action={`/agents/${agentId}/queue`} class="queue-acts">
      <input type="hidden" name="task" value={task.id} />
      {acts.map(([act, words]) => (
        <button type="submit" class="button small" name="act" value={act} aria-label={`${words}: ${task.description}`}>
          {words}
        </button>
      ))}
    </form>
  );
}

function stateWords({ state, progress }: Task): string {
  if (state === "completed") return "done";
  return state === "working" || state === "stuck" ? `${state}, ${progress} %` : state;
}
