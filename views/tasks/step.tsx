import type { StepInFull, StepOnCard } from "../../src/tasks/card.ts";
import type { FileChange, StepInBrief } from "../../src/tasks/step.ts";
import type { TerminalLine } from "../../src/tasks/terminal-screen.ts";
import { Diff } from "./diff.tsx";
import { Lines } from "./terminal.tsx";
import { shortDuration, stepWords } from "./words.ts";

/** A step on a card: one line, and its terminal while it runs. */
export function StepRow({ taskId, step, screen }: StepOnCard & { taskId: number }) {
  return (
    <li class="step" data-testid="step" data-state={step.state}>
      <StepLine step={step} />
      {step.endedAt === null && <Screen taskId={taskId} step={step} screen={screen} />}
    </li>
  );
}

/** A step on its task's own page, with everything that came of it. */
export function StepItem({ taskId, step, screen, isCut, diffs }: StepInFull & { taskId: number }) {
  const anchor = `step-${taskId}-${step.number}`;
  const isOver = step.endedAt !== null;
  const isEmpty = isOver && screen.length === 0 && diffs.length === 0 && step.input === "" && !isCut;
  return (
    <li id={anchor} class="step" data-testid="step" data-state={step.state} data-number={step.number}>
      {isEmpty ? (
        <StepLine step={step} />
      ) : (
        <details id={`${anchor}-more`} open={!isOver || diffs.length > 0 || step.state === "failed"}>
          <summary>
            <StepLine step={step} />
          </summary>
          {step.input !== "" && (
            <pre class="step-input" tabindex={0} dir="auto" hx-ignore="">
              {step.input}
            </pre>
          )}
          {diffs.map((diff, index) => (
            <Diff diff={diff} id={`${anchor}-file-${index}`} />
          ))}
          {isCut && <p class="soft">Earlier output is left out here; the API has all that is kept.</p>}
          {(screen.length > 0 || !isOver) && <Screen taskId={taskId} step={step} screen={screen} />}
        </details>
      )}
    </li>
  );
}

function StepLine({ step }: { step: StepInBrief }) {
  const began = new Date(step.startedAt).toISOString();
  return (
    <span class="step-line">
      <StepMark state={step.state} />
      <span class="step-title" title={step.input || undefined} dir="auto" hx-ignore="">
        {step.title}
        {step.input !== "" && !step.title.includes(step.input) && <code>{firstLine(step.input)}</code>}
      </span>
      <Counted files={step.files} />
      <small>
        {step.endedAt === null ? (
          <span data-since={began} />
        ) : (
          <span>{shortDuration(step.endedAt - step.startedAt)}</span>
        )}
      </small>
    </span>
  );
}

function StepMark({ state }: { state: StepInBrief["state"] }) {
  const signs = { pending: "○", running: "", completed: "✓", failed: "✗" };
  return (
    <>
      {state === "running" ? (
        <i class="spin" />
      ) : (
        <i class={`sign ${state}`} aria-hidden="true">
          {signs[state]}
        </i>
      )}
      <span class="sr">{stepWords[state]}: </span>
    </>
  );
}

/** How much it changed: with signs, so that it is not said by colour alone. */
function Counted({ files }: { files: readonly FileChange[] }) {
  if (files.length === 0) return null;
  const sum = (of: "added" | "removed") => files.reduce((all, file) => all + file[of], 0);
  return (
    <span class="counted">
      {files.length > 1 && <span>{files.length} files</span>}
      <ins>+{sum("added")}</ins>
      <del>−{sum("removed")}</del>
    </span>
  );
}

function Screen({ taskId, step, screen }: { taskId: number; step: StepInBrief; screen: readonly TerminalLine[] }) {
  return (
    <div
      id={`terminal-${taskId}-${step.number}`}
      class="terminal"
      data-testid="terminal"
      role="log"
      aria-live="off"
      aria-label={`Output of ${step.title}`}
      tabindex={0}
      hx-ignore=""
    >
      <Lines taskId={taskId} step={step.number} lines={screen} />
    </div>
  );
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
