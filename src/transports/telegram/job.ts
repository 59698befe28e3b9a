import type { TelegramError } from "./trouble.ts";

/**
 * What a call is for, the most important first. The first three are never dropped, and keep their order among each other; of the
 * others those further down wait for those further up, and go first when there is too much.
 */
export const classes = ["final", "approval", "error", "question", "notice", "progress", "preview"] as const;
export type Class = (typeof classes)[number];

/** What a call costs: a message or an edit counts in its chat, a draft has a pace of its own, a reaction or a deletion costs nothing. */
export type Kind = "send" | "edit" | "draft" | "other";

/** One thing to be said or done in a chat. */
export interface Job<T> {
  readonly chat: number;
  readonly isGroup: boolean;
  readonly class: Class;
  readonly kind: Kind;
  /** What it shows, such as one answer: of several previews of it the newest waits, and what is not a preview takes their place. */
  readonly key?: string;
  /**
   * Does it; again from the beginning when Telegram was too busy or not there. What a refusal can be mended by, such as plain text
   * instead of formatted, belongs in here, so that it keeps its place.
   * @throws TelegramError
   */
  run(): Promise<T>;
}

export type Outcome<T> =
  | { readonly state: "done"; readonly result: T }
  /** Telegram understood it and said no. */
  | { readonly state: "refused"; readonly error: TelegramError }
  /** Something newer took its place, or there was no room for it. */
  | { readonly state: "dropped" }
  /** The lane ended before it was its turn, or before an answer came: it may have been done all the same. */
  | { readonly state: "stopped" };

/** Its place in the order of importance; the three that are never dropped share the first. */
export const rankOf = (job: { readonly class: Class }): number => Math.max(0, classes.indexOf(job.class) - 2);
export const isKept = (job: { readonly class: Class }): boolean => rankOf(job) === 0;
/** Shows what will be replaced soon: it leaves room for everything else. */
export const isPassing = (job: { readonly class: Class }): boolean =>
  job.class === "progress" || job.class === "preview";
