import { defaultLimits } from "../limits.ts";

/** Mentions in a text, found by a scanner that reads each character once: the same for every door. */

/** Finds who a folded handle is; the text typed is kept when nobody is found. */
export type Resolve = (handle: string) => boolean;

export interface Mention {
  /** Canonical: folded and without `-bot` when somebody bears it, as typed otherwise. */
  readonly handle: string;
  readonly known: boolean;
  /** Position after the mention. */
  readonly end: number;
}

/** Whom a text mentions so far. The one place that says how many it may be. */
export class Mentioned {
  readonly handles = new Set<string>();

  /** @returns whether it counts; beyond the limit it is words like any other, also for those who read it */
  take({ handle }: Mention): boolean {
    if (!this.handles.has(handle) && this.handles.size >= defaultLimits.mentions) return false;
    this.handles.add(handle);
    return true;
  }
}

/** Handles that mean many. */
const groups = new Set(["team", "all", "here"]);

const wordCharacter = /[\p{L}\p{M}\p{N}_]/u;
/** Before an `@` these make it part of something else: an e-mail address, a path, an address of a page. */
const blockingBefore = /[\p{L}\p{M}\p{N}_@/.+=-]/u;

/** The mention that begins at `position` (where `@` stands), or undefined. */
export function mentionAt(text: string, position: number, known: Resolve): Mention | undefined {
  if (position > 0 && blockingBefore.test(text.charAt(position - 1))) return undefined;
  const end = endOfName(text, position + 1);
  if (end === position + 1) return undefined;
  const typed = text.slice(position + 1, end);
  for (const candidate of candidates(typed)) {
    const handle = candidate.normalize("NFKC").toLowerCase();
    if (groups.has(handle) || known(handle)) return { handle, known: true, end: position + 1 + candidate.length };
    const bare = handle.replace(/-bot$/, "");
    if (bare !== handle && known(bare)) return { handle: bare, known: true, end: position + 1 + candidate.length };
  }
  return { handle: typed.replace(/-bot$/i, ""), known: false, end };
}

/** Word characters, with single `-` and `.` inside. */
function endOfName(text: string, from: number): number {
  let end = from;
  while (end < text.length && end - from < 50) {
    const character = String.fromCodePoint(text.codePointAt(end) ?? 0);
    if (wordCharacter.test(character)) {
      end += character.length;
      continue;
    }
    const next = String.fromCodePoint(text.codePointAt(end + 1) ?? 0);
    if ((character === "-" || character === ".") && end > from && wordCharacter.test(next)) end += 1;
    else break;
  }
  return end;
}

/** The whole name first; then, because a sentence may go on without a space, what stands before each full stop. */
function* candidates(typed: string): Iterable<string> {
  yield typed;
  for (let dot = typed.lastIndexOf("."); dot > 0; dot = typed.lastIndexOf(".", dot - 1)) yield typed.slice(0, dot);
}
