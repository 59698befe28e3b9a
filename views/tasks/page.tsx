import type { Child } from "hono/jsx";
import type { Card, StepInFull } from "../../src/tasks/card.ts";
import { PageFrame } from "../frame.tsx";
import type { Assets } from "../layout.tsx";
import type { ModeProps } from "../people/mode.tsx";
import { count } from "../people/words.ts";
import { SpentLine, StateLine, TaskActs, TaskWords, Thought } from "./parts.tsx";
import { Plan } from "./plan.tsx";
import { StepItem } from "./step.tsx";

interface TaskPageProps {
  card: Card;
  steps: readonly StepInFull[];
  workspace: string;
  mode: ModeProps;
  assets: Assets;
  /** What everything on this page is complete up to, and how it goes on from there. */
  live: Readonly<Record<string, string | number>>;
  /** What it needs of people. */
  children?: Child;
}

/** Scripts that keep the page going; the connection opens last. */
const scripts = [
  "folds.js",
  "terminals.js",
  "htmx.js",
  "hx-ws.js",
  "hx-upsert.js",
  "toast.js",
  "leave.js",
  "frames.js",
  "http-line.js",
  "connection.js",
];

/** A task with everything that its agent did for it, live. */
export function TaskPage({ card, steps, workspace, mode, assets, live, children }: TaskPageProps) {
  const { task } = card;
  return (
    <PageFrame
      heading={`Task ${task.id}`}
      workspace={workspace}
      assets={assets}
      testId="task-page"
      back={`/rooms/${encodeURIComponent(task.room)}`}
      scripts={scripts}
      mode={mode}
      wide={true}
      live={live}
    >
      <TaskHead card={card} />
      {children}
      <ol id={`task-steps-${task.id}`} class="task-steps" aria-label="Steps">
        <TaskSteps taskId={task.id} steps={steps} />
      </ol>
      <div id="toasts" role="alert" />
    </PageFrame>
  );
}

/** What stands above the steps. */
export function TaskHead({ card }: { card: Card }) {
  const { task, resultId } = card;
  const inRoom = `/rooms/${encodeURIComponent(task.room)}`;
  return (
    <section id={`task-head-${task.id}`} class="card task" data-testid="task-head" data-state={task.state}>
      <StateLine task={task} />
      <TaskWords task={task} />
      <Plan plan={card.plan} id={`plan-${task.id}`} open={true} />
      <Thought card={card} />
      <div class="card-end">
        <TaskActs task={task} inRoom={false} />
        {resultId !== null && (
          <a class="button quiet" href={`${inRoom}#m-${resultId}`}>
            Show result
          </a>
        )}
        <SpentLine spent={card.spent} />
      </div>
      <p class="soft">
        {count(card.stepCount, "step", "steps")}, asked for by <bdi>{task.requester.name}</bdi>
      </p>
      {task.endedAt === null && (
        <progress max={100} value={task.progress} aria-label={`${task.progress} percent done`} />
      )}
    </section>
  );
}

export function TaskSteps({ taskId, steps }: { taskId: number; steps: readonly StepInFull[] }) {
  return (
    <>
      {steps.map((step) => (
        <StepItem taskId={taskId} {...step} />
      ))}
    </>
  );
}
