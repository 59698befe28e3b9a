import type { TerminalLine } from "../../src/tasks/terminal-screen.ts";

/** Names of looks are put in front, so that they are nobody else's. */
const classOf = (look: string) => look.replace(/\S+/g, "t-$&");

/** Lines of a terminal as HTML: text and class names, whatever was written to it. Each is told again under its id when it changes. */
export function renderLines(taskId: number, step: number, lines: readonly TerminalLine[]): string {
  return lines
    .map(({ number, spans }) => {
      const text = spans.map((span) => {
        const words = Bun.escapeHTML(span.text);
        return span.look === "" ? words : `<span class="${classOf(span.look)}">${words}</span>`;
      });
      return `<span class="line" id="t${taskId}-${step}-${number}" data-line="${number}">${text.join("")}</span>`;
    })
    .join("");
}
