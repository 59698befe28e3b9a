import { appended, type Log } from "../../database/log.ts";
import { Refusal } from "../../errors.ts";
import type { Limits } from "../../limits.ts";
import type { Logger } from "../../logger.ts";
import { acting } from "../../people/identity.ts";
import type { Members } from "../../people/members.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Asks } from "./asks.ts";
import type { Cards } from "./cards.ts";
import type { Deliver } from "./deliver.ts";
import type { TelegramSent, Told } from "./events.ts";
import type { Kind } from "./job.ts";
import type { Lane } from "./lane.ts";
import type { Memory, Place } from "./memory.ts";
import type { Places } from "./places.ts";
import { isAboutContent, isAboutMessage, isGone, isLost, isShut } from "./refusals.ts";
import type { Step, Steps } from "./steps.ts";
import type { Refused, TelegramError } from "./trouble.ts";
import { wait } from "./wait.ts";

interface Parts {
  log: Log;
  limits: Limits;
  logger: Logger;
  members: Members;
  rooms: Rooms;
  memory: Memory;
  places: Places;
  steps: Steps;
  deliver: Deliver;
  cards: Cards;
  asks: Asks;
  lane: () => Lane;
  /** The workspace's own chat does not take what is said, or does again (null): in words for an administrator. */
  tell: (words: string | null) => void;
}

/**
 * Tells places what their rooms hold. A place's cursor is stored together with what was sent after each call, so a crash in between
 * repeats that one call and loses none.
 */
export function createOutbound(parts: Parts) {
  const { log, limits, logger, members, rooms, memory, places, steps, deliver, cards, asks, tell } = parts;
  /** Up to where there was nothing to tell: not worth an event of its own, and found out again after a restart. */
  const passed = new Map<number, number>();
  /** Places of the workspace's own chat that take nothing now: they are waited for. */
  const closed = new Set<number>();

  const reached = ({ id, cursor }: Place) => Math.max(cursor, passed.get(id) ?? 0);

  /** What a place is to be told now, without what is nothing. */
  function pending(place: Place): readonly Step[] {
    for (;;) {
      const found = steps.after(place, reached(place));
      const first = found.findIndex(({ type }) => type !== "none");
      if (first !== -1) return found.slice(first);
      const last = found.at(-1);
      if (!last) return [];
      passed.set(place.id, last.seq);
    }
  }

  async function tellNext(place: Place, signal: AbortSignal): Promise<boolean> {
    if (!(await isStillTheirs(place))) return false;
    const [first] = pending(place);
    if (!first) return false;
    const { state, ...outcome } = await parts.lane().add({
      chat: place.chatId,
      isGroup: place.chatId < 0,
      class: first.type === "ask" || first.type === "outcome" ? "approval" : "final",
      kind: kindOf(first, place),
      key: "message" in first ? keyOf(first.message.id) : undefined,
      run: async () => {
        const told = await told_(place, signal);
        if (told && !isNothing(told)) await store(place, told, signal);
      },
    } as Parameters<Lane["add"]>[0]);
    if (state === "stopped") return false;
    if (state === "refused" && "error" in outcome) return refused(place, first, outcome.error, signal);
    taken(place);
    return true;
  }

  /** Makes the call that is next by the time it is the place's turn: what gathered meanwhile may go as one message. */
  async function told_(place: Place, signal: AbortSignal): Promise<Told | undefined> {
    const current = memory.place(place.id);
    // It may have waited long for its turn.
    const [first, ...rest] = current && isTheirs(current) ? pending(current) : [];
    if (!current || !first || first.type === "none" || signal.aborted) return undefined;
    if (first.type === "say") return deliver.say(current, first, rest);
    if (first.type === "edit") return deliver.edit(current, first);
    if (first.type === "gone") return deliver.remove(current, first);
    return first.type === "task" ? cards.tell(current, first) : asks.tell(current, first);
  }

  async function store(place: Place, { sent, gone, cursor }: Told, signal: AbortSignal): Promise<void> {
    const data: TelegramSent = { placeId: place.id, cursor, sent, gone };
    for (;;) {
      try {
        await appended(log, { kind: "telegram.sent", roomId: null, actorId: members.system.id, data });
        return;
      } catch (refusal) {
        // It is said; that this cannot be stored now must not make it be said again.
        if (!(refusal instanceof Refusal) || refusal.code !== "SERVICE_UNAVAILABLE") throw refusal;
        await wait(limits.storageRetryMs, signal);
        if (signal.aborted) return;
      }
    }
  }

  function taken({ id }: Place): void {
    if (closed.delete(id) && closed.size === 0) tell(null);
  }

  /** A private chat shows what its member may read, as long as they may; a group shows public rooms, as long as it is the workspace's. */
  function isTheirs({ chatId, memberId, roomId }: Place): boolean {
    const room = rooms.byId(roomId);
    if (memberId === null) return chatId === places.home && room.visibility === "public";
    const isLinked = memory.link(chatId)?.memberId === memberId;
    return isLinked && rooms.mayRead(acting(members.byId(memberId), `telegram:${chatId}`), room);
  }

  /** Gives up a place that has no right to its room; a topic whose room became private keeps its place, and is told nothing. */
  async function isStillTheirs(place: Place): Promise<boolean> {
    if (isTheirs(place)) return true;
    if (place.memberId !== null || place.chatId !== places.home) await places.unbind(place);
    taken(place);
    return false;
  }

  /**
   * What cannot be said is passed over; a private chat that takes nothing any more is given up. The workspace's own chat is waited for
   * whatever else it is: that something passes would be found out too late, and what is passed over is missed by everybody.
   */
  async function refused(place: Place, step: Step, error: TelegramError, signal: AbortSignal): Promise<boolean> {
    const { trouble } = error;
    // Nothing else is refused.
    if (trouble.kind !== "refused") throw error;
    logger.warn("telegram.refused", { place: place.id, seq: step.seq, words: trouble.description });
    if (trouble.movedTo !== null) {
      await places.moved(place.chatId, trouble.movedTo);
      return true;
    }
    const isAboutStep = isAboutContent(trouble) || isAboutMessage(trouble);
    if (!isAboutStep) {
      if (place.memberId === null) {
        if (isGone(trouble) && place.threadId !== 0) return reopen(place, signal);
        return waitFor(place, trouble, signal);
      }
      if (isLost(trouble)) {
        await places.unbind(place);
        return false;
      }
    }
    await store(place, { sent: [], gone: [], cursor: step.seq }, signal);
    return true;
  }

  /** The workspace's own chat, and its topics, are waited for: the bot may be let in again, a topic opened again. */
  async function waitFor(place: Place, trouble: Refused, signal: AbortSignal): Promise<boolean> {
    // Who closes one topic means it: that is no trouble.
    if (!isShut(trouble)) {
      closed.add(place.id);
      tell(`The chat TELEGRAM_CHAT_ID does not take messages of the bot: ${trouble.description}`);
    }
    await wait(limits.telegramRetryMostMs, signal);
    return !signal.aborted;
  }

  /** The room of a topic that was deleted there gets another one, which is told what the first was not. */
  async function reopen(place: Place, signal: AbortSignal): Promise<boolean> {
    const room = rooms.byId(place.roomId);
    const isShown = memory
      .places()
      .some(({ id, chatId, roomId }) => id !== place.id && chatId === place.chatId && roomId === room.id);
    if (!isShown) {
      const outcome = await parts.lane().add({
        chat: place.chatId,
        isGroup: true,
        class: "final",
        kind: "other",
        run: () => deliver.reopen(place, room.slug),
      });
      if (outcome.state === "refused" && !/not a forum/i.test(outcome.error.message)) {
        const { trouble } = outcome.error;
        if (trouble.kind === "refused") return waitFor(place, trouble, signal);
      }
      if (outcome.state === "done") await places.bindTopic(place.chatId, outcome.result, room, place.cursor);
      else if (outcome.state !== "refused") return false;
    }
    taken(place);
    await places.unbind(place);
    return false;
  }

  function kindOf(step: Step, place: Place): Kind {
    if (step.type === "gone" || step.type === "task") return "other";
    if (step.type === "ask") return "send";
    if (step.type === "edit" || step.type === "outcome") return "edit";
    return step.type === "say" && memory.copies(place.chatId, step.message.id).some(({ ours }) => ours)
      ? "edit"
      : "send";
  }

  return { tellNext };
}

/** Shows and previews of one message take each other's place. */
export function keyOf(messageId: number): string {
  return `message:${messageId}`;
}

/** Whether there is nothing to remember of a call, such as one of several that an edit takes. */
function isNothing({ sent, gone, cursor }: Told): boolean {
  return cursor === null && sent.length === 0 && gone.length === 0;
}
