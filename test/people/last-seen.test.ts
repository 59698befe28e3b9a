import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { openDatabase } from "../../src/database/open.ts";
import { createLastSeen } from "../../src/people/last-seen.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function openNotes() {
  const store = openDatabase(":memory:");
  const lastSeen = createLastSeen(store);
  const stored = () =>
    store.sqlite
      .query<{ session: number; at: number }, []>("SELECT session_id AS session, seen_at AS at FROM session_seen")
      .all();
  return { store, lastSeen, stored, [Symbol.dispose]: () => store.close() };
}

describe("when a session was last used", () => {
  test("is known at once, and written with others after a second, the latest of each", () => {
    using notes = openNotes();
    notes.lastSeen.note(1, 100);
    notes.lastSeen.note(2, 100);
    notes.lastSeen.note(1, 200);
    expect([notes.lastSeen.noted(1), notes.lastSeen.noted(2), notes.lastSeen.noted(3)]).toEqual([200, 100, undefined]);
    expect(notes.stored()).toEqual([]);
    jest.advanceTimersByTime(1_000);
    expect(notes.stored()).toEqual([
      { session: 1, at: 200 },
      { session: 2, at: 100 },
    ]);
    expect(notes.lastSeen.noted(1)).toBeUndefined();
  });

  test("is written at the end, and later than before", () => {
    using notes = openNotes();
    notes.lastSeen.note(1, 100);
    notes.lastSeen.flush();
    notes.lastSeen.note(1, 300);
    notes.lastSeen.flush();
    notes.lastSeen.flush();
    expect(notes.stored()).toEqual([{ session: 1, at: 300 }]);
  });

  test("on a full disk is kept, and written once there is space", () => {
    using notes = openNotes();
    notes.store.sqlite.run("PRAGMA query_only = ON");
    notes.lastSeen.note(1, 100);
    jest.advanceTimersByTime(1_000);
    expect(notes.lastSeen.noted(1)).toBe(100);
    notes.store.sqlite.run("PRAGMA query_only = OFF");
    notes.lastSeen.note(2, 200);
    jest.advanceTimersByTime(1_000);
    expect(notes.stored()).toHaveLength(2);
  });
});
