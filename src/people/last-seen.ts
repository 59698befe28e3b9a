import type { Store } from "../database/open.ts";

/** When each session was last used: kept in memory and written in gathered transactions, because a write of its own costs an fsync. */
export interface LastSeen {
  /** Wall time, ms. */
  note(sessionId: number, at: number): void;
  /** What was noted and is not in the table yet. */
  noted(sessionId: number): number | undefined;
  /** Writes what was noted; call before the database closes. */
  flush(): void;
}

/** How long notes wait. A crash loses that much of "last seen", and nothing else. */
const flushMs = 1_000;

export function createLastSeen({ sqlite }: Store): LastSeen {
  const notes = new Map<number, number>();
  let timer: Timer | undefined;
  const write = sqlite.prepare(
    "INSERT INTO session_seen (session_id, seen_at) VALUES (?, ?) ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at",
  );
  const writeAll = sqlite.transaction(() => {
    for (const [sessionId, at] of notes) write.run(sessionId, at);
  });

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (notes.size === 0) return;
    try {
      writeAll();
      notes.clear();
    } catch {
      // On a full disk people stay signed in and can read; the notes wait for the next use of a session.
    }
  }

  return {
    note(sessionId, at) {
      notes.set(sessionId, at);
      timer ??= setTimeout(flush, flushMs);
    },
    noted: (sessionId) => notes.get(sessionId),
    flush,
  };
}
