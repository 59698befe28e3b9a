import type { Approval } from "../../src/approvals/approval.ts";
import type { Message } from "../../src/messages/message.ts";
import type { Card } from "../../src/tasks/card.ts";
import { MessageItem } from "./message.tsx";

/** A message with the card of the task it belongs to, if any. */
export interface Entry {
  readonly message: Message;
  readonly card: Card | null;
  /** What that task asks people. */
  readonly asks: readonly Approval[];
}

interface OlderProps {
  messages: readonly Entry[];
  hasOlder: boolean;
  room: { readonly slug: string };
}

/** The answer to "Load earlier": the page before, put above what is there, and the way to the page before that. */
export function OlderMessages({ messages, hasOlder, room }: OlderProps) {
  return (
    <>
      <EarlierButton room={room} before={messages[0]?.message.id ?? 0} hasOlder={hasOlder} />
      <hx-partial hx-target="#messages" hx-swap="afterbegin">
        {messages.map(({ message, card, asks }) => (
          <MessageItem message={message} card={card} asks={asks} />
        ))}
      </hx-partial>
    </>
  );
}

interface EarlierProps {
  room: { readonly slug: string };
  before: number;
  hasOlder: boolean;
}

/**
 * Above the first message: loads the page before it, on a click or when it is scrolled into view. It stays in the
 * document when there is nothing older, because the page drops messages from its top when it has too many.
 */
export function EarlierButton({ room, before, hasOlder }: EarlierProps) {
  return (
    <div id="earlier" hidden={!hasOlder}>
      <button
        type="button"
        class="button quiet"
        data-room={room.slug}
        hx-get={`/rooms/${encodeURIComponent(room.slug)}/messages?before=${before}`}
        hx-target="#earlier"
        hx-swap="outerHTML"
        hx-trigger="click, parley:revealed"
        hx-sync="drop"
      >
        Load earlier
      </button>
    </div>
  );
}
