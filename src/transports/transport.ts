import type { Message } from "../messages/message.ts";

export type TransportType = "websocket" | "telegram";

/** What people and agents talk through, in the terms of the system Parley replaces. One contract suite holds for every implementation. */
export interface Transport {
  readonly type: TransportType;
  /** Told every message that came in by this transport, after its commit; handlers outlive every stop and start. */
  addMessageHandler(handler: (message: Message) => void): void;
  /** Proves that it works and begins to listen. @throws Refusal TRANSPORT_UNAVAILABLE saying why and what to do; nothing is left running then */
  startPolling(): Promise<void>;
  /** Finishes what is in flight and listens no more; what comes meanwhile is kept where it comes from. Never throws; a second call does nothing. */
  stopPolling(): Promise<void>;
  /** Says something in the main room as somebody of the house. @returns whether it was stored and handed on; false when this transport does not listen or the sender is too fast */
  sendMessage(text: string, senderName?: string, replyTo?: number | null): Promise<boolean>;
  /** Whether it listens. */
  isConnected(): boolean;
  /** Why it does not work although it should, in words for an administrator; null while all is well. */
  readonly trouble: string | null;
}
