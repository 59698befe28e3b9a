import type { Scope } from "../people/member.ts";
import type { Origin } from "./message.ts";

/** `message.posted`: complete, or `streaming` when its text is still to come. Its seq is the message's id. */
export interface MessagePosted {
  readonly authorId: number;
  readonly text: string;
  readonly mentions: readonly string[];
  readonly replyTo: number | null;
  readonly clientId: string | null;
  /** The client's own id, only to be echoed: repeats are not recognised by it. */
  readonly echoId: string | number | null;
  readonly origin: Origin;
  readonly taskId: number | null;
  readonly streaming: boolean;
  /** Ids of its files; left out when there are none. */
  readonly files?: readonly string[];
  /** What its author came with, where that is less than they are: agents do no more at their word. */
  readonly scope?: Scope;
}

/** `message.finished`: a streamed answer has its final text. */
export interface MessageFinished {
  readonly id: number;
  readonly text: string;
  readonly mentions: readonly string[];
}

/** Who changes what somebody else said answers for it: the audit names both, and where it was done from. */
interface OfAnother {
  readonly authorId?: number;
  readonly address?: string;
}

/** `message.edited` */
export interface MessageEdited extends OfAnother {
  readonly id: number;
  readonly text: string;
  readonly mentions: readonly string[];
  /** The door it came by, where that matters: what was edited in Telegram stands there already. */
  readonly origin?: Origin;
}

/** `message.deleted` */
export interface MessageDeleted extends OfAnother {
  readonly id: number;
}

/** The message an event is about, or undefined when it is about something else. */
export function messageOf(event: {
  readonly kind: string;
  readonly seq: number;
  readonly data: unknown;
}): number | undefined {
  if (event.kind === "message.posted") return event.seq;
  if (event.kind.startsWith("message.")) return (event.data as { id: number }).id;
  return undefined;
}
