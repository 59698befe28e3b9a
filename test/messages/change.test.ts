import { describe, expect, test } from "bun:test";
import { type House, openHouse, refused } from "../support/house.ts";

const edit = (house: House, who: ReturnType<House["person"]>, id: number, text: string) =>
  house.outcomeOf((done) => house.change.edit(who, id, text, done));
const remove = (house: House, who: ReturnType<House["person"]>, id: number) =>
  house.outcomeOf((done) => house.change.remove(who, id, done));
const finish = (house: House, who: ReturnType<House["person"]>, id: number, text: string) =>
  house.outcomeOf((done) => house.change.finish(who, id, text, done));

describe("an edit", () => {
  test("changes text, HTML and mentions, and leaves a mark and the place in the room as they are", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const first = house.say(mira, "hello *@alice*");
    house.clock.advance(60_000);
    edit(house, mira, first.id, "hello **@bob**");
    const now = house.history.message(first.id);
    expect(now).toMatchObject({ id: first.id, at: first.at, text: "hello **@bob**", mentions: ["bob"] });
    expect(now).toMatchObject({ seq: house.log.seq, editedAt: house.clock.now(), deletedAt: null });
    expect(now?.html).toContain('<strong><span class="mention" data-mention="bob">');
  });

  test("keeps every earlier text in the log", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { id } = house.say(mira, "one");
    edit(house, mira, id, "two");
    edit(house, mira, id, "three");
    const texts = house.committed.flatMap(({ data }) => (data as { text?: string }).text ?? []);
    expect(texts).toEqual(["one", "two", "three"]);
  });

  test("may be made by the author and by a moderator, not by tomas, and not by alice the agent", () => {
    using house = openHouse();
    const { id } = house.say(house.person("mira"), "mine");
    for (const other of [house.person("tomas"), house.person("gil", "guest"), house.agent("alice")]) {
      expect(refused(() => edit(house, other, id, "ours"))).toBe("PERMISSION_DENIED");
      expect(refused(() => remove(house, other, id))).toBe("PERMISSION_DENIED");
    }
    edit(house, house.person("ada", "admin"), id, "moderated");
    expect(house.history.message(id)).toMatchObject({ text: "moderated", author: house.person("mira") });
  });

  test("needs a text like any message, and obeys the same limit of speed", () => {
    using house = openHouse({ limits: { peopleRate: 1, peopleBurst: 2 } });
    const mira = house.person("mira");
    const { id } = house.say(mira, "one");
    expect(refused(() => edit(house, mira, id, "  "))).toBe("INVALID_MESSAGE");
    expect(refused(() => edit(house, mira, id, "two"))).toBe("RATE_LIMITED");
    house.clock.advance(1_000);
    expect(refused(() => edit(house, house.person("ada", "owner"), id, "x".repeat(8_001)))).toBe("MESSAGE_TOO_LARGE");
  });

  test("cannot be made of what does not exist, is gone, or stands in a room one may not read", () => {
    using house = openHouse();
    const ada = house.person("ada", "admin");
    expect(refused(() => edit(house, ada, 999, "x"))).toBe("NOT_FOUND");
    const actorId = ada.id;
    const board = { slug: "board", topic: "", visibility: "private" };
    house.log.append([{ kind: "room.created", roomId: null, actorId, data: board }]);
    house.log.flush();
    const said = { authorId: house.members.system.id, text: "quiet", mentions: [], replyTo: null, clientId: null };
    const posted = { ...said, echoId: null, origin: "ws", taskId: null, streaming: false };
    const bySystem = { roomId: house.log.seq, actorId: house.members.system.id, data: posted };
    house.log.append([{ kind: "message.posted", ...bySystem }]);
    house.log.flush();
    expect(house.history.message(house.log.seq)?.text).toBe("quiet");
    expect(refused(() => edit(house, ada, house.log.seq, "x"))).toBe("NOT_FOUND");
  });
});

describe("a deletion", () => {
  test("leaves a tombstone without text, HTML or mentions, and what answers it stands", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { id } = house.say(mira, "*secret* @alice");
    const answer = house.say(house.person("tomas"), "oh", { replyTo: id });
    remove(house, mira, id);
    expect(house.history.message(id)).toMatchObject({
      text: "",
      html: "",
      mentions: [],
      deletedAt: house.clock.now(),
      seq: house.log.seq,
    });
    expect(house.history.message(answer.id)?.replyTo).toEqual({ id, authorName: "mira", excerpt: "" });
    expect(house.store.sqlite.query("SELECT * FROM message_html WHERE html LIKE '%secret%'").all()).toEqual([]);
  });

  test("happens once: what is gone can be neither deleted nor edited again", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { id } = house.say(mira, "one");
    remove(house, mira, id);
    expect(refused(() => remove(house, mira, id))).toBe("NOT_FOUND");
    expect(refused(() => edit(house, mira, id, "back"))).toBe("NOT_FOUND");
  });

  test("of two in the same moment one wins, and the other is told so", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { id } = house.say(mira, "one");
    const outcomes: unknown[] = [];
    house.change.remove(mira, id, (outcome) => outcomes.push(outcome.ok || outcome.refusal.code));
    house.change.remove(mira, id, (outcome) => outcomes.push(outcome.ok || outcome.refusal.code));
    house.change.edit(mira, id, "late", (outcome) => outcomes.push(outcome.ok || outcome.refusal.code));
    house.log.flush();
    expect(outcomes).toEqual([true, "NOT_FOUND", "NOT_FOUND"]);
  });

  test("may be made by a moderator of anybody's message", () => {
    using house = openHouse();
    const { id } = house.say(house.agent("alice"), "noise");
    remove(house, house.person("ada", "admin"), id);
    expect(house.history.message(id)?.deletedAt).not.toBeNull();
  });
});

describe("an answer of alice's that is still being written", () => {
  test("gets its text once, and is then a message like any other, without an edited mark", () => {
    using house = openHouse();
    const alice = house.agent("alice");
    const { id } = house.say(alice, "", { streaming: true });
    finish(house, alice, id, "the **answer** for @tomas");
    expect(house.history.message(id)).toMatchObject({ streaming: false, mentions: ["tomas"], editedAt: null });
    expect(refused(() => finish(house, alice, id, "another"))).toBe("CONFLICT");
    expect(house.history.message(id)?.text).toBe("the **answer** for @tomas");
  });

  test("cannot be edited until then, nor finished by bob", () => {
    using house = openHouse();
    const alice = house.agent("alice");
    const { id } = house.say(alice, "", { streaming: true });
    expect(refused(() => edit(house, alice, id, "early"))).toBe("CONFLICT");
    expect(refused(() => finish(house, house.agent("bob"), id, "mine"))).toBe("PERMISSION_DENIED");
    finish(house, alice, id, "done");
    edit(house, alice, id, "better");
  });

  test("can be deleted by a moderator, and is then finished for good", () => {
    using house = openHouse();
    const alice = house.agent("alice");
    const { id } = house.say(alice, "", { streaming: true });
    remove(house, house.person("ada", "admin"), id);
    expect(refused(() => finish(house, alice, id, "too late"))).toBe("NOT_FOUND");
    expect(house.history.streaming()).toEqual([]);
  });
});
