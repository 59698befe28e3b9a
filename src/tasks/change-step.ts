import type { Limits } from "../limits.ts";
import { diffOf } from "./diff.ts";
import { oneLine, plainText } from "./plain.ts";
import { type FileChange, isOver, type Step, type StepChange, type StepDiff, type StepKind } from "./step.ts";

type Durable = Omit<Step, "output">;

/** What a step is called that does not say it. */
const titles: Record<StepKind, string> = {
  read: "Read",
  edit: "Edit",
  delete: "Delete",
  move: "Move",
  search: "Search",
  execute: "Run",
  think: "Think",
  fetch: "Fetch",
  other: "Step",
};

/** What of a change is said only when it is new. */
export interface News {
  readonly stepped: { readonly input?: string; readonly files?: readonly FileChange[] };
  readonly diffs?: readonly StepDiff[];
}

export interface Changed {
  readonly step: Durable;
  /** What is to be stored; undefined when nothing is new. */
  readonly news: News | undefined;
  /** All of its output, where the change says it. */
  readonly output: string | undefined;
}

export function begunStep(id: string, number: number, startedAt: number): Durable {
  const nothing = { input: "", diffs: [], files: [], endedAt: null };
  return { id, number, kind: "other", title: titles.other, state: "running", ...nothing, startedAt };
}

/**
 * A step after a change, made fit to be shown. One that is over stays over; what it was about may still be told.
 * @param known the step as it was told; undefined when this makes it
 */
export function changedStep(known: Durable | undefined, current: Durable, given: StepChange, limits: Limits): Changed {
  const kind = given.kind ?? current.kind;
  const said = given.title === undefined ? "" : oneLine(given.title, limits.stepTitleCharacters);
  const title = said || (current.title === titles[current.kind] ? titles[kind] : current.title);
  const input = given.input === undefined ? current.input : plainText(given.input, limits.stepInputCharacters);
  const state = given.state === undefined || isOver(current.state) ? current.state : given.state;
  const diffs = given.diffs === undefined ? current.diffs : fitting(given.diffs, limits);
  const hasOtherDiffs = given.diffs !== undefined && JSON.stringify(diffs) !== JSON.stringify(current.diffs);
  const files = hasOtherDiffs ? diffs.map(counted) : current.files;
  const step = { ...current, kind, title, input, state, diffs, files };
  const isNew =
    !known ||
    hasOtherDiffs ||
    kind !== known.kind ||
    title !== known.title ||
    input !== known.input ||
    state !== known.state;
  if (!isNew) return { step, news: undefined, output: given.output };
  const stepped = { ...(input !== known?.input && { input }), ...(hasOtherDiffs && { files }) };
  return { step, news: { stepped, ...(hasOtherDiffs && { diffs }) }, output: given.output };
}

function fitting(diffs: readonly StepDiff[], limits: Limits): readonly StepDiff[] {
  const most = limits.stepDiffCharacters;
  return diffs.slice(0, limits.stepDiffs).map(({ path, before, after }) => ({
    path: oneLine(path, limits.stepTitleCharacters * 2),
    before: before === null ? null : cut(before, most),
    after: cut(after, most),
  }));
}

/** A long text up to a line that fits, and what is missing. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text.toWellFormed();
  const end = text.lastIndexOf("\n", most);
  const kept = text.slice(0, end > 0 ? end : most).toWellFormed();
  return `${kept}\n… ${Math.round((text.length - kept.length) / 1_000)} KB more …\n`;
}

function counted(diff: StepDiff): FileChange {
  const { path, added, removed, isNew } = diffOf(diff);
  return { path, added, removed, isNew };
}
