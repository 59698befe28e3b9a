import type { Child } from "hono/jsx";
import type { Card } from "../../src/tasks/card.ts";
import { count } from "../people/words.ts";
import { SpentLine, StateLine, TaskActs, TaskWords, Thought } from "./parts.tsx";
import { Plan } from "./plan.tsx";
import { StepRow } from "./step.tsx";

/**
 * A task as everybody in the room sees it. It stays small, whatever its run does: steps that are over are folded, the terminal of the one that
 * runs has a few lines, and everything is on the task's own page. `children`: what it needs of people.
 */
export function TaskCard({ card, children }: { card: Card; children?: Child }) {
  const { task, steps, stepCount, plan, resultId } = card;
  const { id, state } = task;
  const running = steps.filter(({ step }) => step.endedAt === null);
  const over = steps.filter(({ step }) => step.endedAt !== null);
  const earlier = stepCount - steps.length;
  return (
    <section
      id={`task-${id}`}
      class="card task"
      data-testid="task-card"
      data-id={id}
      data-state={state}
      aria-label={`Task ${id}`}
    >
      <StateLine task={task} />
      <TaskWords task={task} />
      {children}
      <Plan plan={plan} id={`plan-${id}`} />
      {over.length > 0 && (
        <details id={`steps-${id}`} class="steps" data-testid="steps">
          <summary>{count(stepCount - running.length, "step", "steps")}</summary>
          <ol>
            {earlier > 0 && (
              <li class="step">
                <a href={`/tasks/${id}`}>{count(earlier, "earlier step", "earlier steps")}</a>
              </li>
            )}
            {over.map((each) => (
              <StepRow taskId={id} {...each} />
            ))}
          </ol>
        </details>
      )}
      {running.length > 0 && (
        <ol class="running">
          {running.map((each) => (
            <StepRow taskId={id} {...each} />
          ))}
        </ol>
      )}
      <Thought card={card} />
      {(task.endedAt === null || resultId !== null || stepCount > 0) && (
        <div class="card-end">
          {task.endedAt === null && <TaskActs task={task} inRoom={true} />}
          {resultId !== null && (
            <a class="button quiet" href={`#m-${resultId}`}>
              Show result
            </a>
          )}
          {stepCount > 0 && (
            <a class="button quiet" href={`/tasks/${id}`}>
              Open task
            </a>
          )}
          <SpentLine spent={card.spent} />
        </div>
      )}
      {task.endedAt === null && (
        <progress max={100} value={task.progress} aria-label={`${task.progress} percent done`} />
      )}
    </section>
  );
}
