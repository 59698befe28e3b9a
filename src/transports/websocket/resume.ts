import type { Log, LogEvent } from "../../database/log.ts";
import type { Store } from "../../database/open.ts";
import type { Limits } from "../../limits.ts";
import type { Hub } from "../../live/hub.ts";
import type { History } from "../../messages/history.ts";
import type { Room } from "../../rooms/room.ts";
import { broadcastOf, type Reading } from "./broadcast.ts";
import type { Broadcast } from "./dialects/dialect.ts";

/** What a client missed, complete and in order; or that it must load a snapshot instead. */
export type Missed =
  | { readonly resync: true }
  | { readonly resync: false; readonly broadcasts: readonly Broadcast[]; readonly characters: number };

/**
 * Reads what happened in some rooms after `lastSeq`. Synchronous on purpose: the caller subscribes and reads in one tick, and nothing
 * can be committed in between. One `await` here, and every reconnect under load has gaps or duplicates.
 * @param beside rooms of which only tasks, help requests and approvals are read
 */
export type ResumeFrom = (
  rooms: Iterable<Room>,
  lastSeq: number,
  epoch: string | undefined,
  beside?: Iterable<Room>,
) => Missed;

interface EventRow extends Omit<LogEvent, "data"> {
  readonly data: string;
}

export function createResume(store: Store, log: Log, hub: Hub, reading: Reading, limits: Limits): ResumeFrom {
  const select = store.sqlite.prepare<EventRow, [number, number, number]>(
    `SELECT seq, at, kind, room_id AS roomId, actor_id AS actorId, data FROM events WHERE room_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
  );
  const selectTasks = store.sqlite.prepare<EventRow, [number, number, number]>(
    `SELECT seq, at, kind, room_id AS roomId, actor_id AS actorId, data FROM events WHERE room_id = ? AND seq > ?
     AND kind IN ('task.opened', 'task.moved', 'task.stepped', 'task.planned', 'help.requested', 'approval.asked', 'approval.answered')
     ORDER BY seq LIMIT ?`,
  );
  /** The newest event that stands in a room: whoever knows that one has missed nothing, whatever else was noted since. */
  let newest =
    store.sqlite
      .query<{ seq: number }, []>("SELECT seq FROM events WHERE room_id IS NOT NULL ORDER BY seq DESC LIMIT 1")
      .get()?.seq ?? 0;
  hub.onCommit((events) => {
    for (const event of events) if (event.roomId !== null) newest = event.seq;
  });
  return (rooms, lastSeq, epoch, beside = []) => {
    if ((epoch !== undefined && epoch !== store.epoch) || lastSeq > log.seq) return { resync: true };
    // Whoever comes back at once, as everybody does after a restart, has missed nothing.
    if (lastSeq >= newest) return { resync: false, broadcasts: [], characters: 0 };
    const rows: EventRow[] = [];
    let bytes = 0;
    for (const [statement, among] of [[select, rooms] as const, [selectTasks, beside] as const]) {
      for (const room of among) {
        const missed = statement.all(room.id, lastSeq, limits.resumeEvents + 1);
        for (const row of missed) bytes += row.data.length;
        rows.push(...missed);
        if (rows.length > limits.resumeEvents || bytes > limits.resumeBytes) return { resync: true };
      }
    }
    rows.sort((a, b) => a.seq - b.seq);
    const broadcasts = rows.flatMap((row) => {
      const broadcast = broadcastOf({ ...row, data: JSON.parse(row.data) as unknown }, reading);
      return broadcast ? [asItIsNow(broadcast, reading.history)] : [];
    });
    return { resync: false, broadcasts, characters: bytes };
  };
}

/** A message that has since been edited or deleted is replayed as it is now: what was taken back is not told again. */
function asItIsNow(broadcast: Broadcast, history: History): Broadcast {
  if (broadcast.type !== "posted") return broadcast;
  const message = history.message(broadcast.message.id);
  if (!message) return broadcast;
  // An answer that was still being written when it was posted is told by its own finishing event.
  return { ...broadcast, message: broadcast.message.streaming ? { ...message, streaming: true } : message };
}
