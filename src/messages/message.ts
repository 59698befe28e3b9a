import type { Attachment } from "../files/file.ts";
import type { Member } from "../people/member.ts";

/** Where a message came in. */
export type Origin = "web" | "ws" | "telegram" | "agent" | "api" | "system";

/** The message another one answers, as shown above the answer. */
export interface Parent {
  readonly id: number;
  readonly authorName: string;
  /** At most 140 characters of its text, or of its files' names when it has none; empty when it was deleted. */
  readonly excerpt: string;
}

/** A message as every door shows it: complete, and the same for every viewer. */
export interface Message {
  /** The seq of the event that posted it. */
  readonly id: number;
  /** The seq of the event that last changed it. */
  readonly seq: number;
  readonly roomId: number;
  readonly room: string;
  readonly author: Member;
  /** Wall time of posting, ms since the epoch. */
  readonly at: number;
  /** What was written; empty when deleted. */
  readonly text: string;
  /** The text as safe HTML. */
  readonly html: string;
  /** Canonical handles in text order, without duplicates. */
  readonly mentions: readonly string[];
  readonly command: { readonly name: string; readonly args: readonly string[] } | null;
  readonly replyTo: Parent | null;
  readonly threadId: number | null;
  readonly clientId: string | number | null;
  readonly origin: Origin;
  readonly taskId: number | null;
  /** An answer still being written: its text grows by deltas until it is finished. */
  readonly streaming: boolean;
  readonly files: readonly Attachment[];
  readonly editedAt: number | null;
  readonly deletedAt: number | null;
}
