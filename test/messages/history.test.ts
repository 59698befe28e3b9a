import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { messageOf } from "../../src/messages/events.ts";
import { leastCost } from "../support/cost.ts";
import { type House, openHouse } from "../support/house.ts";

/** Says one to `count` in #general. @returns ids, oldest first */
function sayMany(house: House, count: number): number[] {
  const mira = house.person("mira");
  house.clock.advance(60_000);
  return Array.from({ length: count }, (_, n) => house.say(mira, `message ${n + 1}`).id);
}

const idsOf = (page: { messages: readonly { id: number }[] }) => page.messages.map(({ id }) => id);

test("the words in which something was first said are known whatever was written over them, also of what was said bit by bit", () => {
  using house = openHouse();
  const { history, change, outcomeOf } = house;
  const [mira, alice] = [house.person("mira"), house.agent("alice")];
  const said = house.say(mira, "good morning @alice");
  const streamed = house.say(alice, "", { streaming: true });
  outcomeOf((done) => change.finish(alice, streamed.id, "@bob begin", done));
  const firstWords = (id: number) => {
    const message = history.message(id);
    const words = message && history.firstWords(message);
    return words && [words.text, ...words.mentions];
  };
  expect(firstWords(said.id)).toEqual(["good morning @alice", "alice"]);
  for (const id of [said.id, streamed.id])
    for (const text of ["@charlie", "good night"]) {
      house.clock.advance(1_000);
      outcomeOf((done) => change.edit(id === said.id ? mira : alice, id, text, done));
    }
  expect(history.message(said.id)?.text).toBe("good night");
  expect(firstWords(said.id)).toEqual(["good morning @alice", "alice"]);
  expect(firstWords(streamed.id)).toEqual(["@bob begin", "bob"]);
});

describe("a page of history", () => {
  test("is the newest messages, oldest first, and says whether there is more", () => {
    using house = openHouse();
    const ids = sayMany(house, 5);
    const general = house.rooms.forReader(house.person("mira"), "general").id;
    expect(idsOf(house.history.page(general, { limit: 3 }))).toEqual(ids.slice(2));
    expect(house.history.page(general, { limit: 3 }).hasMore).toBe(true);
    expect(house.history.page(general, { limit: 5 })).toMatchObject({ hasMore: false });
    expect(house.history.page(general, { limit: 9 }).messages).toHaveLength(5);
  });

  test("just before an id, or just after one", () => {
    using house = openHouse();
    const ids = sayMany(house, 6);
    const general = house.rooms.forReader(house.person("mira"), "general").id;
    const page = (options: { before?: number; after?: number }) => {
      const { messages, hasMore } = house.history.page(general, { limit: 2, ...options });
      return [idsOf({ messages }).map((id) => ids.indexOf(id)), hasMore];
    };
    expect(page({ before: ids[4] ?? 0 })).toEqual([[2, 3], true]);
    expect(page({ before: ids[2] ?? 0 })).toEqual([[0, 1], false]);
    expect(page({ before: ids[0] ?? 0 })).toEqual([[], false]);
    expect(page({ after: ids[1] ?? 0 })).toEqual([[2, 3], true]);
    expect(page({ after: ids[3] ?? 0 })).toEqual([[4, 5], false]);
    expect(page({ after: ids[5] ?? 0 })).toEqual([[], false]);
    expect(page({ after: 0 })).toEqual([[0, 1], true]);
  });

  test("after page, in either direction, everything is seen once and in order", () => {
    using house = openHouse();
    const ids = sayMany(house, 23);
    const general = house.rooms.forReader(house.person("mira"), "general").id;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), (limit) => {
        const back: number[] = [];
        for (let before: number | undefined; ; ) {
          const page = house.history.page(general, { limit, ...(before !== undefined && { before }) });
          back.unshift(...idsOf(page));
          before = back[0];
          if (!page.hasMore) break;
        }
        const forth: number[] = [];
        for (let after = 0; ; after = forth.at(-1) ?? 0) {
          const page = house.history.page(general, { limit, after });
          forth.push(...idsOf(page));
          if (!page.hasMore) break;
        }
        expect(back).toEqual(ids);
        expect(forth).toEqual(ids);
      }),
    );
  });

  test("of very long messages ends when it weighs enough, says that there is more, and none is passed over", () => {
    using house = openHouse({ limits: { pageCharacters: 20_000 } });
    const mira = house.person("mira");
    // 1,000 characters and 4,000 of HTML each.
    const ids = Array.from({ length: 12 }, () => house.say(mira, "<".repeat(1_000)).id);
    house.say(mira, "short");
    const general = house.rooms.forReader(mira, "general").id;
    const newest = house.history.page(general, { limit: 200 });
    expect(newest).toMatchObject({ hasMore: true });
    expect(newest.messages).toHaveLength(5);
    expect(newest.characters).toBeGreaterThanOrEqual(20_000);
    expect(newest.characters).toBeLessThan(27_000);
    expect(idsOf(house.history.page(general, { limit: 200, after: 0 }))).toEqual(ids.slice(0, 4));
    const seen: number[] = [];
    for (let before: number | undefined; ; before = seen[0]) {
      const page = house.history.page(general, { limit: 200, ...(before !== undefined && { before }) });
      seen.unshift(...idsOf(page));
      if (!page.hasMore) break;
    }
    expect(seen.slice(0, 12)).toEqual(ids);
    expect(seen).toHaveLength(13);
  });

  test("of one message that is longer than a page may be is that message", () => {
    using house = openHouse({ limits: { pageCharacters: 10 } });
    const mira = house.person("mira");
    const ids = ["a long sentence", "and another one"].map((text) => house.say(mira, text).id);
    const general = house.rooms.forReader(mira, "general").id;
    expect(idsOf(house.history.page(general, { limit: 5 }))).toEqual(ids.slice(1));
    expect(idsOf(house.history.page(general, { limit: 5, before: ids[1] ?? 0 }))).toEqual(ids.slice(0, 1));
  });

  test("holds one room only, and its tombstones", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const making = house.rooms.create(mira, "ops", "");
    house.log.flush();
    const ops = await making;
    const here = house.say(mira, "here", { room: "ops" });
    house.say(mira, "there");
    house.outcomeOf((done) => house.change.remove(mira, here.id, done));
    expect(idsOf(house.history.page(ops.id, { limit: 10 }))).toEqual([here.id]);
  });

  test("is read by an index, however many messages there are", () => {
    using house = openHouse();
    const plan = (sql: string) =>
      house.store.sqlite
        .query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map(({ detail }) => detail)
        .join();
    for (const order of [
      "room_id = 1 ORDER BY id DESC",
      "room_id = 1 AND id < 9 ORDER BY id DESC",
      "room_id = 1 AND id > 9 ORDER BY id",
    ]) {
      const detail = plan(`SELECT * FROM messages WHERE ${order} LIMIT 51`);
      expect(detail).toContain("messages_room");
      expect(detail).not.toContain("TEMP B-TREE");
    }
    expect(plan("SELECT id FROM messages WHERE author_id = 1 AND client_id = 'x'")).toContain("messages_client");
    expect(plan("SELECT * FROM messages WHERE streaming = 1 ORDER BY id")).toContain("messages_streaming");
    expect(plan("SELECT min(id) FROM messages WHERE task_id = 1")).toContain("messages_task");
    expect(plan("SELECT * FROM events WHERE room_id = 1 AND seq > 5 ORDER BY seq LIMIT 10")).toContain("events_room");
  });
});

describe("what is found by its words", () => {
  test("holds all of them in any case, newest first, as many as were asked for", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const [first, , third] = ["The Login form", "login only", "a form to LOGIN with"].map((text) =>
      house.say(mira, text),
    );
    const general = first?.roomId ?? 0;
    expect(house.history.containing(general, ["login", "FORM"], 10).map(({ id }) => id)).toEqual([
      third?.id ?? 0,
      first?.id ?? 0,
    ]);
    expect(house.history.containing(general, ["login"], 1)).toHaveLength(1);
    expect(house.history.containing(general, ["absent"], 10)).toEqual([]);
  });

  test("takes what it is given literally: % and _ and quotes are characters", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { roomId } = house.say(mira, "about 50% of a_b, it's \\ here");
    for (const word of ["50%", "a_b", "it's", "\\"]) {
      expect(house.history.containing(roomId, [word], 10)).toHaveLength(1);
    }
    for (const word of ["5%0", "axb", "_____", "' OR 1=1 --"]) {
      expect(house.history.containing(roomId, [word], 10)).toEqual([]);
    }
  });

  test("is looked for by the first forty characters of a word, and so far back: in messages and in characters", () => {
    using house = openHouse({ limits: { searchedMessages: 100, searchedCharacters: 100_000 } });
    const mira = house.person("mira");
    const { id, roomId } = house.say(mira, `the ${"x".repeat(60)} of old`);
    const found = (word: string) => house.history.containing(roomId, [word], 10).map((message) => message.id);
    expect(found(`${"X".repeat(40)}yyyy`)).toEqual([id]);
    expect(found(`${"x".repeat(39)}y`)).toEqual([]);
    for (let n = 0; n < 99; n += 1) house.say(mira, "no");
    expect(found("old")).toEqual([id]);
    house.clock.advance(60_000);
    for (let n = 0; n < 50; n += 1) house.say(mira, "no");
    expect(found("old")).toEqual([]);
    for (let n = 0; n < 50; n += 1) house.say(mira, "a".repeat(4_000));
    expect(house.history.containing(roomId, ["no"], 100)).toEqual([]);
  });

  test("is looked for in a room full of the longest messages without stopping anybody", () => {
    using house = openHouse();
    const mira = house.person("mira");
    let roomId = 0;
    for (let n = 0; n < 120; n += 1) {
      house.clock.advance(100);
      ({ roomId } = house.say(mira, `${"a".repeat(7_900)}b`));
    }
    const words = [40, 39, 38, 37, 36, 35, 34, 33].map((length) => `${"a".repeat(length - 2)}bc`);
    const cost = leastCost(() => house.history.containing(roomId, [`${"a".repeat(3_900)}b`, ...words], 11), 100);
    expect(cost).toBeLessThan(250);
  });

  test("is neither deleted nor still being written", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { id, roomId } = house.say(mira, "needle");
    house.say(house.agent("alice"), "needle", { streaming: true });
    house.outcomeOf((done) => house.change.remove(mira, id, done));
    expect(house.history.containing(roomId, [], 10)).toEqual([]);
  });
});

describe("what an event says of a message", () => {
  test("is the message as it is now, and nothing for events of other things", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { id } = house.say(mira, "one");
    const posted = house.committed.at(-1);
    house.outcomeOf((done) => house.change.edit(mira, id, "two", done));
    const edited = house.committed.at(-1);
    if (!posted || !edited) throw new Error("two events");
    expect(house.history.ofEvent(posted)?.text).toBe("two");
    expect(house.history.ofEvent(edited)?.text).toBe("two");
    expect(house.history.ofPosted(posted).text).toBe("one");
    expect(house.history.ofEvent({ ...posted, kind: "room.created" })).toBeUndefined();
    expect([posted, edited].map(messageOf)).toEqual([id, id]);
    expect(house.history.message(999)).toBeUndefined();
    expect(house.history.row(999)).toBeUndefined();
  });

  test("knows the first message of a task, and the answers that are still being written", () => {
    using house = openHouse();
    const alice = house.agent("alice");
    const { id: taskId } = house.work(house.person("mira"), "alice", "fix it");
    const first = house.say(alice, "Got it", { taskId });
    const second = house.say(alice, "", { taskId, streaming: true });
    expect(house.history.cardMessage(taskId)).toBe(first.id);
    expect(house.history.cardMessage(999)).toBeUndefined();
    expect(house.history.streaming().map(({ id }) => id)).toEqual([second.id]);
  });
});

describe("rendered HTML", () => {
  const kept = (house: House) =>
    house.store.sqlite.query<{ id: number; seq: number }, []>("SELECT id, seq FROM message_html").all();

  test("of more than plain words is kept when it is first read, and again after an edit", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const plain = house.say(mira, "plain @alice");
    const { id } = house.say(mira, "**one**");
    house.history.message(plain.id);
    house.rendered.flush();
    expect(kept(house)).toEqual([{ id, seq: id }]);
    house.outcomeOf((done) => house.change.edit(mira, id, "**two**", done));
    expect(kept(house)).toEqual([]);
    expect(house.history.message(id)?.html).toContain("<strong>two</strong>");
    house.rendered.flush();
    expect(kept(house)).toEqual([{ id, seq: house.log.seq }]);
    house.store.sqlite.run("UPDATE message_html SET html = 'from the cache'");
    expect(house.history.message(id)?.html).toBe("from the cache");
  });

  test("is the same for those who were here and for those who come later", () => {
    using house = openHouse();
    const mira = house.person("mira");
    for (const text of ["plain", "*so* @mira", "@alice `x`", "a < b"]) {
      let live = "";
      house.hub.onCommit(([event]) => {
        if (event?.kind === "message.posted") live = house.history.ofPosted(event).html;
      });
      const { id } = house.say(mira, text);
      expect(house.history.message(id)?.html).toBe(live);
    }
  });

  test("can be read when nothing can be written", () => {
    using house = openHouse();
    const { id } = house.say(house.person("mira"), "*so*");
    house.store.sqlite.run("DELETE FROM message_html");
    house.store.sqlite.run("PRAGMA query_only = ON");
    expect(house.history.message(id)?.html).toContain("<em>so</em>");
    house.store.sqlite.run("PRAGMA query_only = OFF");
  });
});
