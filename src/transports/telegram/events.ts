import type { DoneBy } from "../../people/identity.ts";

/** `telegram.received`: an update was dealt with, whatever became of it. Appended with what it became, so that no crash can do it twice or leave it out. */
export interface TelegramReceived {
  readonly botId: number;
  /** Where asking goes on. Null for what was delivered: that comes in no order, and asking after it would confirm what is still to come. */
  readonly updateId: number | null;
  /** The Telegram message that became one of ours: found by its author and client id. */
  readonly became: ({ readonly authorId: number; readonly clientId: string } & TelegramState) | null;
  /** One that was known already, as it stands there since somebody edited it. */
  readonly edited?: TelegramState;
}

/** What is kept of a message that somebody wrote there. */
export interface TelegramState {
  readonly chatId: number;
  readonly telegramId: number;
  /** When it was edited, by Telegram's clock in seconds; 0 for never. Missing in what was written before it was kept, as the next two. */
  readonly edited?: number;
  /** A digest of what it reads like there. */
  readonly said?: string;
  /** Words of ours beneath it, for a file that could not be kept. */
  readonly missing?: string;
}

/** `telegram.sent`: a place has been told up to `cursor`, by these messages. */
export interface TelegramSent {
  readonly placeId: number;
  /** Null for what is shown before its event is told in full, such as an answer while it is written. */
  readonly cursor: number | null;
  readonly sent: readonly { readonly telegramId: number; readonly messageId: number; readonly part: number }[];
  /** Messages of ours that Telegram does not show any more. */
  readonly gone: readonly number[];
}

/** What a call made of a place: stored at once, so that it is not made again. */
export type Told = Omit<TelegramSent, "placeId">;

/** `telegram.bound`: a chat or topic shows a room from now on. Its seq is the place's id. */
export interface TelegramBound {
  readonly chatId: number;
  /** 0 outside topics. */
  readonly threadId: number;
  readonly roomId: number;
  /** Whose private chat it is; null for a group. */
  readonly memberId: number | null;
  /** What happened after this event is told there; null for what happens from now on. */
  readonly after: number | null;
}

/** `telegram.unbound` */
export interface TelegramUnbound {
  readonly placeId: number;
}

/** `telegram.linked`: a Telegram account is a member's from now on, and nobody else's. */
export interface TelegramLinked extends DoneBy {
  readonly telegramId: number;
  readonly memberId: number;
  readonly name: string;
}

/** `telegram.unlinked` */
export interface TelegramUnlinked {
  readonly telegramId: number;
  readonly memberId: number;
  readonly address: string;
}

/** `telegram.moved`: a group became a supergroup, which has another number. */
export interface TelegramMoved {
  readonly from: number;
  readonly to: number;
}
