import { appended, type Log } from "../../database/log.ts";
import type { Ephemeral } from "../../live/ephemeral.ts";
import type { Hub } from "../../live/hub.ts";
import type { Logger } from "../../logger.ts";
import type { Member } from "../../people/member.ts";
import type { TelegramBot } from "./bot.ts";
import { previewPart } from "./deliver.ts";
import type { TelegramSent } from "./events.ts";
import type { Lane } from "./lane.ts";
import type { Memory, Place } from "./memory.ts";
import { keyOf } from "./outbound.ts";
import type { Pieces } from "./pieces.ts";
import type { Send } from "./send.ts";

type Delta = Extract<Ephemeral, { type: "delta" }>;

interface Parts {
  hub: Hub;
  log: Log;
  logger: Logger;
  system: Member;
  memory: Memory;
  pieces: Pieces;
  bot: TelegramBot;
  send: Send;
  lane: Lane;
}

/**
 * Answers while they are written: as a draft in private chats, as one message that is edited in groups. They are previews: the lane
 * drops what is old, and the finished text takes their place.
 * @returns what ends it
 */
export function createPreview({ hub, log, logger, system, memory, pieces, bot, send, lane }: Parts): () => void {
  const writing = new Map<number, { author: Member; text: string }>();

  const offTell = hub.onTell((event) => {
    if (event.type === "delta") grow(event);
  });
  const offCommit = hub.onCommit((events) => {
    for (const { kind, data } of events)
      if (kind === "message.finished" || kind === "message.deleted") writing.delete((data as { id: number }).id);
  });

  function grow({ messageId, roomId, agent, offset, delta }: Delta): void {
    const answer = writing.get(messageId) ?? { author: agent, text: "" };
    // Begun in the middle, when Telegram was switched on: what went before comes with the finished text.
    answer.text = offset === answer.text.length ? answer.text + delta : delta;
    writing.set(messageId, answer);
    for (const place of memory.places()) if (place.roomId === roomId) show(place, messageId);
  }

  function show(place: Place, messageId: number): void {
    const isGroup = place.chatId < 0;
    const shown = memory.copies(place.chatId, messageId).find(({ ours }) => ours);
    const job = {
      chat: place.chatId,
      isGroup,
      class: "preview" as const,
      kind: isGroup ? (shown ? ("edit" as const) : ("send" as const)) : ("draft" as const),
      key: keyOf(messageId),
      run: () => (isGroup ? edit(place, messageId) : draft(place, messageId)),
    };
    lane.add(job).catch((error: unknown) => logger.error("telegram.preview", { error }));
  }

  async function draft({ chatId }: Place, messageId: number): Promise<void> {
    const answer = writing.get(messageId);
    if (!answer) return;
    const { plain } = pieces.preview(answer.author, answer.text);
    await bot.call("sendMessageDraft", { chat_id: chatId, draft_id: messageId, text: plain });
  }

  async function edit(place: Place, messageId: number): Promise<void> {
    const answer = writing.get(messageId);
    if (!answer) return;
    const piece = pieces.preview(answer.author, answer.text);
    const shown = memory.copies(place.chatId, messageId).find(({ ours }) => ours);
    if (shown) {
      if (shown.part === previewPart) await send.change(place, shown.telegramId, piece, undefined);
      return;
    }
    const telegramId = await send.piece(place, piece, undefined, undefined);
    const sent = [{ telegramId, messageId, part: previewPart }];
    const data: TelegramSent = { placeId: place.id, cursor: null, sent, gone: [] };
    await appended(log, { kind: "telegram.sent", roomId: null, actorId: system.id, data });
  }

  return () => {
    offTell();
    offCommit();
  };
}
