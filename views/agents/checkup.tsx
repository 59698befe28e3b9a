import type { Checkup } from "../../src/agents/check.ts";

const marks = { ok: "✓", missing: "✗", note: "!" } as const;
const heard = { ok: "Is there", missing: "Missing", note: "Know this" } as const;

/** What an agent has of all it needs, a line for each thing that was looked at. */
export function CheckupList({ checkup }: { checkup: Checkup }) {
  return (
    <div class="checkup" data-testid="checkup" data-ready={checkup.isReady ? "true" : "false"} role="status">
      <p class={checkup.isReady ? "notice good" : "notice bad"}>
        {checkup.isReady ? "Ready to work." : "Something is missing."}
      </p>
      <ul>
        {checkup.findings.map(({ what, state, words }) => (
          <li data-state={state} data-what={what}>
            <span class="found" aria-hidden="true">
              {marks[state]}
            </span>
            <span class="sr">{heard[state]}: </span>
            <b>{what}</b>
            <span class="checkup-words" dir="auto">
              {words}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
