import type { PlanEntry } from "../../src/tasks/step.ts";

const words: Record<PlanEntry["status"], string> = { pending: "To do", in_progress: "Under way", completed: "Done" };
const signs: Record<PlanEntry["status"], string> = { pending: "○", in_progress: "◐", completed: "✓" };

/** What an agent means to do, as a list that is ticked off. Folded, it says how far that is and what comes now. */
export function Plan({ plan, id, open = false }: { plan: readonly PlanEntry[]; id: string; open?: boolean }) {
  if (plan.length === 0) return null;
  const done = plan.filter(({ status }) => status === "completed").length;
  const now = plan.find(({ status }) => status === "in_progress");
  return (
    <details id={id} class="plan" data-testid="plan" open={open}>
      <summary>
        <span>
          Plan, {done} of {plan.length} done
        </span>
        {now && (
          <span class="now" dir="auto" hx-ignore="">
            {now.content}
          </span>
        )}
      </summary>
      <ol>
        {plan.map(({ content, status }) => (
          <li data-status={status}>
            <i class={`sign ${status}`} aria-hidden="true">
              {signs[status]}
            </i>
            <span class="sr">{words[status]}: </span>
            <span dir="auto" hx-ignore="">
              {content}
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}
