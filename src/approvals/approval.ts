import type { Member } from "../people/member.ts";
import type { Ask, AskOption } from "./ask.ts";
import type { ApprovalAnswered } from "./events.ts";
import type { Change } from "./lines.ts";

/** Something an agent asked people, and what became of it. */
export interface Approval extends Required<Omit<Ask, "alike">> {
  /** The seq of the event that asked. */
  readonly id: number;
  readonly publicId: string;
  /** The seq of the event that last changed it. */
  readonly seq: number;
  readonly taskId: number;
  readonly roomId: number;
  readonly room: string;
  readonly agent: Member;
  readonly alike: string | null;
  /** The hash of everything that is shown. */
  readonly shown: string;
  readonly askedAt: number;
  readonly deadline: number;
  /** The same as people see it: with every sign that hides. */
  readonly seen: Seen;
  /** Null while it is open. */
  readonly answer: Given | null;
}

/** What is drawn: nothing in it can hide, and only line ends break a line. */
export interface Seen {
  readonly detail: string;
  readonly directory: string | null;
  readonly changes: readonly Change[];
  /** The words on the buttons, in the order of the options. */
  readonly labels: readonly string[];
  /** What an "always" would cover; null where none is offered. */
  readonly covers: string | null;
}

export interface Given {
  readonly outcome: ApprovalAnswered["outcome"];
  readonly option: AskOption | null;
  readonly text: string | null;
  readonly by: Member | null;
  readonly at: number;
  /** The earlier approval whose "always" answered this one. */
  readonly standing: number | null;
  /** "Allowed once by Ana": what the card says in place of its buttons, before the time. */
  readonly words: string;
}

/**
 * What a button says. For approvals in our own words, by what the option does: an agent's label could say "Reject" and mean the
 * opposite. Where several do the same the agent's label tells them apart.
 */
export function labelsOf(options: readonly AskOption[]): string[] {
  return options.map(({ kind, label }) => {
    if (kind === "choice") return label;
    const alone = options.filter((other) => other.kind === kind).length === 1;
    return alone ? ownWords[kind] : `${ownWords[kind]}: ${label}`;
  });
}

const ownWords = {
  allow_once: "Allow once",
  allow_always: "Always for this run",
  reject_once: "Reject",
  reject_always: "Always reject in this run",
} as const;

const doneWords = {
  allow_once: "Allowed once",
  allow_always: "Allowed always for this run",
  reject_once: "Rejected",
  reject_always: "Rejected always for this run",
} as const;

/** What became of it, for a person. @param by who answered; empty for nobody */
export function outcomeWords(
  kind: Ask["kind"],
  { outcome, option, standing }: Pick<Given, "outcome" | "option" | "standing">,
  by: string,
): string {
  if (outcome === "deadline")
    return kind === "approval" ? "Rejected: nobody answered in time" : "Nobody answered in time";
  if (outcome === "stopped") return "Withdrawn: its run ended before anybody answered";
  if (outcome === "said" || !option) return `Answered by ${by}`;
  if (option.kind === "choice") return `“${option.label}”, chosen by ${by}`;
  if (standing === null) return `${doneWords[option.kind]} by ${by}`;
  const done = option.kind.startsWith("allow") ? "Allowed" : "Rejected";
  return `${done} at once, because ${by} said always for this run`;
}

/** The time of day as it is said where nobody's zone is known. */
export function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 16)} UTC`;
}
