import type { StepDiff } from "../tasks/step.ts";
import { visible } from "./visible.ts";

/** A file as it would be changed, line by line. */
export interface Change {
  readonly path: string;
  readonly isNew: boolean;
  readonly lines: readonly Line[];
}

export interface Line {
  /** `~` stands for lines in between that stay as they are. */
  readonly sign: " " | "-" | "+" | "~";
  readonly text: string;
}

/** Lines that stay as they are, around what changes. */
const around = 3;
/** Pairs of lines that are compared: beyond it all that was goes, and all that is comes. */
const mostPairs = 1_000_000;

/** What changes in a file, as people see it. */
export function changeOf({ path, before, after }: StepDiff): Change {
  const lines = folded(compared(linesOf(before ?? ""), linesOf(after)));
  return { path: visible(path), isNew: before === null, lines };
}

/** A last line without an end differs from one that has it. */
function linesOf(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

function compared(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const same = (text: string): Line => ({ sign: " ", text });
  return [
    ...before.slice(0, head).map(same),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

/** The longest common lines stay; what is between them goes and comes. */
function middle(before: readonly string[], after: readonly string[]): Line[] {
  const gone = (text: string): Line => ({ sign: "-", text });
  const come = (text: string): Line => ({ sign: "+", text });
  const width = after.length + 1;
  if (before.length * after.length > mostPairs) return [...before.map(gone), ...after.map(come)];
  const common = new Uint32Array((before.length + 1) * width);
  const at = (row: number, column: number) => common[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row -= 1)
    for (let column = after.length - 1; column >= 0; column -= 1)
      common[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
  const lines: Line[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    const [old = "", fresh = ""] = [before[row], after[column]];
    if (row < before.length && column < after.length && old === fresh) {
      lines.push({ sign: " ", text: old });
      row += 1;
      column += 1;
    } else if (column >= after.length || (row < before.length && at(row + 1, column) >= at(row, column + 1))) {
      lines.push(gone(old));
      row += 1;
    } else {
      lines.push(come(fresh));
      column += 1;
    }
  }
  return lines;
}

/** Only what stands near a change is drawn; and whatever hides is shown in what changes and around it. */
function folded(lines: readonly Line[]): Line[] {
  const near = new Set<number>();
  for (const [index, { sign }] of lines.entries())
    if (sign !== " ") for (let at = index - around; at <= index + around; at += 1) near.add(at);
  const drawn: Line[] = [];
  for (const [index, { sign, text }] of lines.entries()) {
    if (near.has(index)) drawn.push({ sign, text: drawnText(text) });
    else if (drawn.at(-1)?.sign !== "~") drawn.push({ sign: "~", text: "" });
  }
  return drawn;
}

/** An ordinary end of a line needs no mark where each line stands by itself; a missing one does. */
function drawnText(text: string): string {
  return text.endsWith("\n") ? visible(text).slice(0, -2) : `${visible(text)}⟨no line end⟩`;
}
