import type { DiffLine, FileDiff } from "../../src/tasks/diff.ts";

/** Diffs of more lines are folded until somebody wants them. */
const longLines = 60;

const signs: Record<DiffLine["kind"], string> = { same: " ", added: "+", removed: "−" };
const words: Record<DiffLine["kind"], string> = { same: "", added: "added", removed: "removed" };

/** What became of a file: both line numbers, a sign on each line that changed, and words for who hears it. */
export function Diff({ diff, id }: { diff: FileDiff; id: string }) {
  const { path, added, removed, isNew, hunks } = diff;
  const lines = hunks.reduce((count, hunk) => count + hunk.length, 0);
  return (
    <details id={id} class="diff" data-testid="diff" open={lines <= longLines}>
      <summary>
        <code dir="auto" hx-ignore="">
          {path}
        </code>
        {isNew && <span class="tag">new</span>}
        <span class="counted">
          <ins>+{added}</ins>
          <del>−{removed}</del>
        </span>
      </summary>
      {lines === 0 ? (
        <p class="soft">Nothing in it is different.</p>
      ) : (
        <section class="diff-scroll" tabindex={0} aria-label={`Changes in ${path}`}>
          <table hx-ignore="">
            {hunks.map((hunk, index) => (
              <tbody>
                {index > 0 && (
                  <tr class="gap">
                    <td colspan={4}>⋯</td>
                  </tr>
                )}
                {hunk.map((line) => (
                  <Line line={line} />
                ))}
              </tbody>
            ))}
          </table>
        </section>
      )}
    </details>
  );
}

function Line({ line }: { line: DiffLine }) {
  const { kind, before, after, text } = line;
  return (
    <tr class={kind}>
      <td class="number">{before}</td>
      <td class="number">{after}</td>
      <td class="sign">
        {signs[kind]}
        {kind !== "same" && <span class="sr">{words[kind]}</span>}
      </td>
      <td class="code-line">{text}</td>
    </tr>
  );
}
