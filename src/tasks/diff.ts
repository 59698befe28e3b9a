import { structuredPatch } from "diff";
import { plainCode } from "./plain.ts";
import type { FileChange, StepDiff } from "./step.ts";

/** A line of a diff: `before` and `after` are its numbers in either text, null where it does not stand in that one. */
export interface DiffLine {
  readonly kind: "same" | "added" | "removed";
  readonly before: number | null;
  readonly after: number | null;
  readonly text: string;
}

/** Lines that stand together, with a few unchanged ones around them. */
export type DiffHunk = readonly DiffLine[];

export interface FileDiff extends FileChange {
  readonly hunks: readonly DiffHunk[];
}

/** Unchanged lines around a change. */
const context = 3;
/** Texts that differ so much that comparing takes longer are shown as taken out and put in: nobody waits for the smallest difference. */
const patienceMs = 100;

/** What became of a file, as a unified diff. */
export function diffOf({ path, before, after }: StepDiff): FileDiff {
  const [from, to] = [plainCode(before ?? ""), plainCode(after)];
  const patch = structuredPatch("", "", from, to, "", "", { context, timeout: patienceMs });
  const hunks = patch ? patch.hunks.map(linesOf) : [wholly(from, to)];
  const lines = hunks.flat();
  return {
    path,
    isNew: before === null,
    added: lines.filter(({ kind }) => kind === "added").length,
    removed: lines.filter(({ kind }) => kind === "removed").length,
    hunks,
  };
}

type Hunk = NonNullable<ReturnType<typeof structuredPatch>>["hunks"][number];

function linesOf({ oldStart, newStart, lines }: Hunk): DiffHunk {
  let [before, after] = [oldStart, newStart];
  return lines.flatMap((line): DiffLine[] => {
    const text = line.slice(1);
    if (line.startsWith("+")) return [{ kind: "added", before: null, after: after++, text }];
    if (line.startsWith("-")) return [{ kind: "removed", before: before++, after: null, text }];
    // "\ No newline at end of file" is about the line before it.
    if (line.startsWith("\\")) return [];
    return [{ kind: "same", before: before++, after: after++, text }];
  });
}

function wholly(from: string, to: string): DiffHunk {
  return [
    ...split(from).map((text, index): DiffLine => ({ kind: "removed", before: index + 1, after: null, text })),
    ...split(to).map((text, index): DiffLine => ({ kind: "added", before: null, after: index + 1, text })),
  ];
}

function split(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
