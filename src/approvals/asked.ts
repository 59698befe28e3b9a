import { Refusal } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Task } from "../tasks/task.ts";
import type { Ask } from "./ask.ts";
import type { ApprovalAsked } from "./events.ts";
import { visibleLine } from "./visible.ts";

/** What an approval is made of, before it is known who is asked and until when. */
type Asked = Omit<ApprovalAsked, "standing" | "deadline">;

/** Longest title and label, as people see them: more would push what matters out of sight. */
const mostTitle = 300;
const mostLabel = 200;

/**
 * Brings what an agent asks into the form in which it is stored, shown and answered. Its command stays as it is, but for halves of
 * characters, which nothing could store or run; what only speaks about it is put into one line that hides nothing.
 * @throws Refusal MESSAGE_TOO_LARGE for what nobody could read before they answer, INVALID_MESSAGE for choices that are none
 */
export function askedOf(task: Task, ask: Ask, limits: Limits): Asked {
  const { approvalCharacters, approvalOptions } = limits;
  const diffs = (ask.diffs ?? []).map(({ path, before, after }) => ({
    path: path.toWellFormed(),
    before: before?.toWellFormed() ?? null,
    after: after.toWellFormed(),
  }));
  const length = [
    ask.detail,
    ask.directory ?? "",
    ...diffs.flatMap(({ path, before, after }) => [path, before ?? "", after]),
  ]
    .map((text) => text.length)
    .reduce((sum, each) => sum + each, 0);
  if (length > approvalCharacters)
    throw new Refusal(
      "MESSAGE_TOO_LARGE",
      `That is too much to be asked about: ${length} characters, and at most ${approvalCharacters} can be read before one answers.`,
    );
  const ids = new Set(ask.options.map(({ id }) => id));
  if (ids.size !== ask.options.length || ids.size > approvalOptions)
    throw new Refusal("INVALID_MESSAGE", `An ask has at most ${approvalOptions} choices, each with an id of its own.`);
  if (ids.size === 0 && !ask.takesText) throw new Refusal("INVALID_MESSAGE", "An ask needs a choice, or a text.");
  const whole: Omit<Asked, "shown"> = {
    taskId: task.id,
    publicId: Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url"),
    kind: ask.kind,
    title: shortened(visibleLine(ask.title), mostTitle),
    detail: ask.detail.toWellFormed(),
    directory: ask.directory?.toWellFormed() ?? null,
    diffs,
    options: ask.options.map((option) => ({ ...option, label: shortened(visibleLine(option.label), mostLabel) })),
    takesText: ask.takesText,
    stepId: ask.stepId,
    alike: ask.alike === undefined ? null : shortened(visibleLine(ask.alike), mostTitle),
  };
  return { ...whole, shown: hashOf(whole) };
}

/** What an "always" is kept under. */
export function keptUnder({
  title,
  detail,
  directory,
  diffs,
  alike,
}: Pick<Asked, "title" | "detail" | "directory" | "diffs" | "alike">): string {
  return alike === null ? JSON.stringify([title, detail, directory, diffs]) : JSON.stringify(alike);
}

/** 128 bits of everything that is shown: nobody finds something else that has the same. */
function hashOf(whole: Omit<Asked, "shown">): string {
  return Bun.CryptoHasher.hash("sha256", JSON.stringify(whole), "hex").slice(0, 32);
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}
