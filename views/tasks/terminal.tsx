import type { TerminalLine } from "../../src/tasks/terminal-screen.ts";

interface LinesProps {
  taskId: number;
  /** The number of the step. */
  step: number;
  lines: readonly TerminalLine[];
}

/** Lines of a terminal: text and class names, whatever was written to it. Each is told again under its id when it changes. */
export function Lines({ taskId, step, lines }: LinesProps) {
  return (
    <>
      {lines.map(({ number, spans }) => (
        <span class="line" id={`t${taskId}-${step}-${number}`} data-line={number}>
          {spans.map(({ text, look }) => (look === "" ? text : <span class={classOf(look)}>{text}</span>))}
        </span>
      ))}
    </>
  );
}

/** Names of looks are put in front, so that they are nobody else's. */
function classOf(look: string): string {
  return look.replace(/\S+/g, "t-$&");
}
