import { Refusal } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { StepDiff } from "../tasks/step.ts";
import type { Task } from "../tasks/task.ts";
import type { Ask } from "./ask.ts";
import type { ApprovalAsked } from "./events.ts";
import { changeOf } from "./lines.ts";
import { visible, visibleLine } from "./visible.ts";

/** What an approval is made of, before it is known until when it waits, and whether at all. */
type Asked = Omit<ApprovalAsked, "standing" | "deadline">;

/** Longest title and label, as people see them: more would push what matters out of sight. */
const mostTitle = 300;
const mostLabel = 200;

/** Files may be so many times as long as what changes in them. */
const mostUnchanged = 4;

/**
 * Brings what an agent asks into the form in which it is stored, shown and answered. Its command stays as it is, but for halves of
 * characters, which nothing could store or run; what only speaks about it is put into one line that hides nothing.
 * @throws Refusal MESSAGE_TOO_LARGE for what nobody could read before they answer, INVALID_MESSAGE for choices that are none
 */
export function askedOf(task: Task, ask: Ask, limits: Limits): Asked {
  const detail = ask.detail.toWellFormed();
  const directory = ask.directory?.toWellFormed() ?? null;
  const diffs = (ask.diffs ?? []).map(wellFormed);
  refuseLong([detail, directory ?? ""], diffs, limits.approvalCharacters);
  const ids = new Set(ask.options.map(({ id }) => id));
  if (ids.size !== ask.options.length || ids.size > limits.approvalOptions)
    throw new Refusal(
      "INVALID_MESSAGE",
      `An ask has at most ${limits.approvalOptions} choices, each with an id of its own.`,
    );
  if (ids.size === 0 && !ask.takesText) throw new Refusal("INVALID_MESSAGE", "An ask needs a choice, or takes a text.");
  const whole: Omit<Asked, "shown"> = {
    taskId: task.id,
    publicId: Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url"),
    kind: ask.kind,
    title: shortened(visibleLine(ask.title), mostTitle),
    detail,
    directory,
    diffs,
    options: ask.options.map(({ id, label, kind }) => ({ id, kind, label: shortened(visibleLine(label), mostLabel) })),
    takesText: ask.takesText,
    stepId: ask.stepId,
    alike: ask.alike === undefined ? null : shortened(visibleLine(ask.alike), mostTitle),
  };
  return { ...whole, shown: hashOf(whole) };
}

type Kept = Pick<Asked, "title" | "detail" | "directory" | "diffs" | "alike">;

/** What an "always" is kept under. */
export function keptUnder({ title, detail, directory, diffs, alike }: Kept): string {
  return JSON.stringify(alike ?? [title, detail, directory, diffs]);
}

/** What is long as it stands, or as it is shown: a thousand signs that hide are eight thousand characters. */
function refuseLong(texts: readonly string[], diffs: readonly StepDiff[], most: number): void {
  const files = diffs.flatMap(({ path, before, after }) => [path, before ?? "", after]);
  const stored = lengthOf([...texts, ...files]);
  const isHuge = stored > mostUnchanged * most;
  const changes = isHuge
    ? []
    : diffs.map(changeOf).flatMap(({ path, lines }) => [path, ...lines.map(({ text }) => text)]);
  const length = isHuge ? stored : lengthOf([...texts.map(visible), ...changes]);
  if (length <= most) return;
  const words = `That is too much to be asked about: ${length} characters, and nobody reads more than ${most} before they answer.`;
  throw new Refusal("MESSAGE_TOO_LARGE", words);
}

const lengthOf = (texts: readonly string[]) => texts.reduce((sum, text) => sum + text.length, 0);

/** 128 bits of everything that is shown: nobody finds something else that has the same. */
function hashOf(whole: Omit<Asked, "shown">): string {
  return Bun.CryptoHasher.hash("sha256", JSON.stringify(whole), "hex").slice(0, 32);
}

function wellFormed({ path, before, after }: StepDiff): StepDiff {
  return { path: path.toWellFormed(), before: before?.toWellFormed() ?? null, after: after.toWellFormed() };
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}
