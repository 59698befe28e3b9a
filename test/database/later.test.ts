import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { createLater } from "../../src/database/later.ts";
import { openDatabase } from "../../src/database/open.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function openNotes() {
  const store = openDatabase(":memory:");
  const later = createLater(store.sqlite, "INSERT OR REPLACE INTO session_seen (session_id, seen_at) VALUES (?, ?)");
  const stored = () =>
    store.sqlite
      .query<{ session: number; at: number }, []>("SELECT session_id AS session, seen_at AS at FROM session_seen")
      .all();
  return { store, later, stored, [Symbol.dispose]: () => store.close() };
}

describe("rows of a cache", () => {
  test("are written together after a second, the newest of each key", () => {
    using notes = openNotes();
    notes.later.put(1, [1, 100]);
    notes.later.put(2, [2, 100]);
    notes.later.put(1, [1, 200]);
    expect(notes.stored()).toEqual([]);
    jest.advanceTimersByTime(1_000);
    expect(notes.stored()).toEqual([
      { session: 1, at: 200 },
      { session: 2, at: 100 },
    ]);
  });

  test("are written at the end, and later than before", () => {
    using notes = openNotes();
    notes.later.put(1, [1, 100]);
    notes.later.flush();
    notes.later.put(1, [1, 300]);
    notes.later.flush();
    notes.later.flush();
    expect(notes.stored()).toEqual([{ session: 1, at: 300 }]);
  });

  test("wait on a full disk, and are written once there is space", () => {
    using notes = openNotes();
    notes.store.sqlite.run("PRAGMA query_only = ON");
    notes.later.put(1, [1, 100]);
    jest.advanceTimersByTime(1_000);
    expect(notes.stored()).toEqual([]);
    notes.store.sqlite.run("PRAGMA query_only = OFF");
    notes.later.put(2, [2, 200]);
    jest.advanceTimersByTime(1_000);
    expect(notes.stored()).toHaveLength(2);
  });
});
