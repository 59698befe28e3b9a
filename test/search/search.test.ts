import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import type { Member } from "../../src/people/member.ts";
import { snippetHtml } from "../../src/search/snippet.ts";
import { day, HandClock } from "../support/clock.ts";
import { type House, openHouse } from "../support/house.ts";

let house: House;
let mira: Member;
let tomas: Member;
let ada: Member;
const clock = new HandClock();

beforeAll(async () => {
  house = openHouse({ clock, limits: { peopleRate: 1e6, peopleBurst: 1e6, agentRate: 1e6, agentBurst: 1e6 } });
  [mira, tomas, ada] = [house.person("mira"), house.person("tomas"), house.person("ada", "admin")];
  await house.rooms.create(mira, "ops", "");
  const vault = await house.rooms.create(mira, "vault", "", "private");
  await house.rooms.bringIn(mira, vault, tomas);
  house.say(mira, "The login form is broken");
  clock.advance(day);
  house.say(tomas, "Deployed the LOGIN page to production, see https://example.org/login", { room: "ops" });
  house.say(house.agent("alice"), "I rewrote `loginForm()` in naïve style");
  clock.advance(day);
  house.say(mira, "the launch code is swordfish", { room: "vault" });
  house.say(tomas, "明日の会議は東京で行います");
  house.say(tomas, "회의는 내일입니다");
  house.say(mira, "พรุ่งนี้ประชุม");
  house.say(mira, "great 👍 work");
});
afterAll(() => house[Symbol.dispose]());

/** The texts that somebody finds, newest first. */
function found(who: Member, query: string, limit = 100): string[] {
  return house.search.find(who, query, { limit }).hits.map(({ message }) => message.text.slice(0, 12));
}

describe("what is looked for", () => {
  test.each([
    ["login", ["Deployed the", "The login fo"]],
    ["LOGIN", ["Deployed the", "The login fo"]],
    ["login form", ["The login fo"]],
    ["form login", ["The login fo"]],
    ['"login form"', ["The login fo"]],
    ['"form login"', []],
    ['"login form', ["The login fo"]],
    ["log*", ["I rewrote `l", "Deployed the", "The login fo"]],
    ["log", []],
    ["login*", ["I rewrote `l", "Deployed the", "The login fo"]],
    ['"the log"*', ["Deployed the", "The login fo"]],
    ["*form", ["I rewrote `l", "The login fo"]],
    ["*nform*", ["I rewrote `l"]],
    ['*"gin form"', ["The login fo"]],
    ["naive", ["I rewrote `l"]],
    ["naïve", ["I rewrote `l"]],
    ["example.org/login", ["Deployed the"]],
    ["会議", ["明日の会議は東京で行いま"]],
    ["京", ["明日の会議は東京で行いま"]],
    ["議会", []],
    ["회의", ["회의는 내일입니다"]],
    ["ประชุม", ["พรุ่งนี้ประช"]],
    ["👍", ["great 👍 wor"]],
    ["?!", []],
    ["login ?!", ["Deployed the", "The login fo"]],
    ["swordfish", ["the launch c"]],
  ])("%s finds %j", (query, texts) => {
    expect(found(mira, query)).toEqual(texts);
  });

  test.each([
    ["from:alice", ["I rewrote `l"]],
    ["from:@alice-bot", ["I rewrote `l"]],
    ["FROM:tomas login", ["Deployed the"]],
    ["from:mira from:alice form*", ["The login fo"]],
    ["from:me login", ["The login fo"]],
    ["from:nobody login", []],
    ["in:ops", ["Deployed the"]],
    ["in:#ops login", ["Deployed the"]],
    ["in:ops in:vault", ["the launch c", "Deployed the"]],
    ["in:cellar login", []],
    ["has:link", ["Deployed the"]],
    ["has:links", ["Deployed the"]],
    ["has:code", ["I rewrote `l"]],
    ["has:file", []],
    ["before:2026-01-06", ["The login fo"]],
    ["after:2026-01-05 before:2026-01-07", ["I rewrote `l", "Deployed the"]],
    ["after:yesterday login", []],
    ["before:2026", []],
    ["after:2026-01", []],
    ["before:2026-02 login", ["Deployed the", "The login fo"]],
    ["has:wings", []],
    ["before:never", []],
  ])("%s narrows to %j", (query, texts) => {
    expect(found(mira, query)).toEqual(texts);
  });

  test("what carries a file is found by that, also when it says nothing", () => {
    const [one, other] = [house.fileOf(mira), house.fileOf(mira)];
    const first = house.say(mira, "", { files: [one.id] });
    const last = house.say(mira, "the plan of the house", { files: [other.id] });
    expect(found(mira, "has:file")).toEqual(["the plan of ", ""]);
    expect(found(mira, "has:file plan")).toEqual(["the plan of "]);
    house.outcomeOf((done) => house.change.remove(mira, last.id, done));
    expect(found(mira, "has:file")).toEqual([""]);
    house.outcomeOf((done) => house.change.remove(mira, first.id, done));
    expect(found(mira, "has:file")).toEqual([]);
  });

  test("nothing in particular gives the newest, page by page", () => {
    const all = found(mira, "");
    expect(all).toHaveLength(8);
    const first = house.search.find(mira, "  ", { limit: 3 });
    expect(first.next).toBe(first.hits.at(-1)?.message.id ?? 0);
    const rest = house.search.find(mira, "", { limit: 100, before: first.next ?? 0 });
    expect([...first.hits, ...rest.hits].map(({ message }) => message.text.slice(0, 12))).toEqual(all);
    expect(rest.next).toBeNull();
  });

  test("the best of the newest stand first when they are asked for so", () => {
    house.say(mira, "a lamp, among many other things that were said about the room and the house and the garden");
    house.say(mira, "lamp lamp lamp");
    house.say(mira, "lamp in the cellar, or so it was said by somebody who had been there at some time before");
    const find = (order: "newest" | "relevant") =>
      house.search.find(mira, "lamp", { limit: 10, order }).hits.map(({ message }) => message.text.slice(0, 6));
    expect(find("newest")).toEqual(["lamp i", "lamp l", "a lamp"]);
    expect(find("relevant")[0]).toBe("lamp l");
  });
});

describe("what is not for everybody", () => {
  test("a private room is searched by its members, and by nobody else, however they ask", async () => {
    for (const query of [
      "swordfish",
      "sword*",
      "*fish",
      "in:vault",
      "in:vault swordfish",
      "from:mira code",
      "r1 OR public",
    ])
      expect([query, found(ada, query).filter((text) => text.startsWith("the launch"))]).toEqual([query, []]);
    expect(found(tomas, "swordfish")).toHaveLength(1);
    await house.rooms.putOut(mira, house.rooms.forReader(mira, "vault"), tomas);
    expect(found(tomas, "swordfish")).toEqual([]);
    expect(found(tomas, "in:vault")).toEqual([]);
  });

  test("a key for one room finds nothing elsewhere, and one that may not read finds nothing", () => {
    const ops = house.rooms.forReader(mira, "ops").id;
    const narrowed = { ...mira, scope: { permissions: ["read"], rooms: [ops] } } as const;
    expect(found(narrowed, "login")).toEqual(["Deployed the"]);
    expect(found(narrowed, "swordfish")).toEqual([]);
    expect(found(narrowed, "in:general login")).toEqual([]);
    expect(found({ ...mira, scope: { permissions: ["write"], rooms: null } }, "login")).toEqual([]);
    expect(found({ ...mira, removedAt: 1 }, "login")).toEqual([]);
  });
});

describe("what becomes of messages", () => {
  test("an edit is found by its new words, a deletion by none; a command is nothing that was said", () => {
    const said = house.say(mira, "a zebra came by");
    expect(found(mira, "zebra")).toHaveLength(1);
    house.outcomeOf((done) => house.change.edit(mira, said.id, "an okapi came by", done));
    expect([found(mira, "zebra"), found(mira, "okapi").length]).toEqual([[], 1]);
    house.outcomeOf((done) => house.change.remove(mira, said.id, done));
    expect(found(mira, "okapi")).toEqual([]);
    house.say(mira, "/search okapi");
    expect(found(mira, "okapi")).toEqual([]);
  });

  test("an answer is found when it is finished", () => {
    const alice = house.agent("alice");
    const answer = house.say(alice, "", { streaming: true });
    expect(found(mira, "quokka")).toEqual([]);
    house.outcomeOf((done) => house.change.finish(alice, answer.id, "It was a quokka", done));
    expect(found(mira, "quokka")).toEqual(["It was a quo"]);
  });
});

describe("whatever is typed", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 80 }),
    fc.string({ unit: "grapheme", maxLength: 80 }),
    fc
      .array(
        fc.constantFrom(
          ...'" \' * ( ) : ^ - + { } AND OR NOT NEAR room: body: from: in: has: before: from:" *" \u0000 \\ % _ 会 ⑴ ½ 👍🏽 ﬁ İ ß a'.split(
            " ",
          ),
        ),
        { maxLength: 30 },
      )
      .map((parts) => parts.join("")),
  );

  test("is never an error: 5,000 texts", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        house.search.find(mira, text, { limit: 5 });
        house.search.find(mira, text.replaceAll("", '"'), { limit: 5, order: "relevant" });
      }),
      { numRuns: 5_000 },
    );
  }, 60_000);

  test("ends in time, and says where to go on: what takes too long is looked for a stretch at a time", () => {
    using slow = openHouse({ limits: { searchMs: 0, searchDelayMs: 1_000_000 } });
    const reader = slow.person("mira");
    slow.say(reader, "a heron");
    const { sqlite } = slow.store;
    // Long ago, as ids go.
    sqlite.run("UPDATE messages SET id = 200000 + id, seq = 200000 + id");
    sqlite.run("INSERT INTO search_words (rowid, room, author, has, body) VALUES (3, 'room public', '', '', 'crane')");
    sqlite.run(
      "INSERT INTO messages SELECT 3, 3, room_id, author_id, at, 'a crane', '[]', NULL, NULL, NULL, 'ws', NULL, 0, NULL, NULL FROM messages",
    );
    let ticks = 0;
    const time = spyOn(slow.clock, "monotonic").mockImplementation(() => ++ticks);
    const asked: (number | undefined)[] = [undefined];
    for (;;) {
      const { hits, next, complete } = slow.search.find(reader, "crane", { limit: 5, before: asked.at(-1) });
      if (next === null) {
        expect([hits.length, complete]).toEqual([1, true]);
        break;
      }
      expect([hits, complete]).toEqual([[], false]);
      expect(next).toBeLessThan(asked.at(-1) ?? Number.MAX_SAFE_INTEGER);
      asked.push(next);
    }
    expect(asked.length).toBe(4);
    time.mockRestore();
  });

  test("words with many stars, or with few letters beside them, are read without", () => {
    house.say(mira, "starling starfish");
    expect(found(mira, "star*")).toHaveLength(1);
    expect(found(mira, "s* starfish")).toEqual([]);
    expect(found(mira, "*ng starling")).toEqual([]);
    expect(found(mira, "*ing starling")).toHaveLength(1);
    const begins = ["st", "sta", "star", "starl", "starli", "starlin", "starling", "starf"].map((word) => `${word}*`);
    expect(found(mira, begins.join(" "))).toHaveLength(1);
    expect(found(mira, [...begins, "starfi*"].join(" "))).toEqual([]);
  });

  test("a part that is in more words than are looked for says so", () => {
    using wordy = openHouse({ limits: { peopleRate: 1e6, peopleBurst: 1e6 } });
    const reader = wordy.person("mira");
    for (let step = 0; step < 80; step += 1) wordy.say(reader, `x${step}heron`);
    const { hits, complete } = wordy.search.find(reader, "*heron", { limit: 100 });
    expect([hits.length, complete]).toEqual([64, false]);
    expect(wordy.search.find(reader, "*7heron", { limit: 100 })).toMatchObject({ complete: true });
  });

  test("somebody in more private rooms than the index is told of finds the same", async () => {
    using busy = openHouse();
    const [reader, other] = [busy.person("mira"), busy.person("tomas")];
    for (let room = 0; room < 30; room += 1) {
      await busy.rooms.create(reader, `den-${room}`, "", "private");
      busy.say(reader, `otter ${room}`, { room: `den-${room}` });
    }
    await busy.rooms.create(other, "lair", "", "private");
    busy.say(other, "otter of the lair", { room: "lair" });
    busy.say(other, "otter of all");
    expect(busy.search.find(reader, "otter", { limit: 100 }).hits).toHaveLength(31);
    expect(busy.search.find(other, "otter", { limit: 100 }).hits).toHaveLength(2);
  });

  test("is bounded: 32 terms of 64 characters, whatever comes after", () => {
    const terms = Array.from({ length: 32 }, () => "login").join(" ");
    expect(found(mira, `${terms} nowhere`)).toHaveLength(2);
    expect(found(mira, "login nowhere")).toEqual([]);
    const long = "l".repeat(64);
    house.say(mira, `${long}ong`);
    expect(found(mira, `${long}onger`)).toHaveLength(1);
    expect(found(mira, "x".repeat(1_000_000))).toEqual([]);
  });

  test("a snippet holds nothing but marks, and marks what was found", () => {
    const html = (text: string, query: string) => {
      house.say(mira, text);
      const [hit] = house.search.find(mira, query, { limit: 1 }).hits;
      return hit && snippetHtml(hit.snippet);
    };
    expect(html("<b>walrus</b> & 'co'", "walrus")).toBe("&lt;b&gt;<mark>walrus</mark>&lt;/b&gt; &amp; &#x27;co&#x27;");
    expect(html("one two three", '"two three"')).toBe("one <mark>two three</mark>");
    expect(html("keyboards and boards", "*board*")).toBe("<mark>keyboards</mark> and <mark>boards</mark>");
    expect(html("東京の会議室", "会議")).toBe("東京の<mark>会議</mark>室");
    const far = html(`${"before ".repeat(100)}narwhal${" after".repeat(100)}`, "narwhal");
    expect(far).toMatch(/^…before .*<mark>narwhal<\/mark> after.*…$/);
    expect(far?.length).toBeLessThan(240);
    const unmarked = (text: string) => text.replace(/<\/?mark>/g, "");
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        const pieces = [{ text, marked: text.length % 2 === 0 }];
        expect(unmarked(snippetHtml(pieces))).not.toMatch(/[<>"]/);
      }),
    );
  });
});

describe("beside a plain reading of every message", () => {
  const words = ["red", "reddish", "blue", "green", "greenery", "sea", "会", "議"];
  const texts = fc.array(fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 6 }), { maxLength: 12 });

  /** What a list of words holds, read word by word. */
  function holds(said: readonly string[], query: string): boolean {
    return query.split(" ").every((term) => {
      const bare = term.replaceAll("*", "");
      const begins = term.endsWith("*");
      const part = term.startsWith("*") && bare.length > 2;
      return said.some((word) => {
        if (part) return begins ? word.includes(bare) : word.endsWith(bare);
        return begins ? word.startsWith(bare) : word === bare;
      });
    });
  }

  test("words, beginnings and parts find the same messages in the same order", () => {
    const term = fc
      .tuple(fc.constantFrom(...words, "re", "gre", "ish"), fc.constantFrom("", "*", "**"))
      .map(([word, stars]) => (stars === "**" ? `*${word}*` : `${word}${stars}`));
    const query = fc.array(term, { minLength: 1, maxLength: 3 }).map((terms) => terms.join(" "));
    fc.assert(
      fc.property(texts, fc.array(query, { minLength: 1, maxLength: 5 }), (said, queries) => {
        using small = openHouse({ env: { PARLEY_DEMO_TEAM: "false" } });
        const reader = small.person("mira");
        const messages = said.map((each) => small.say(reader, each.join(" ")).id);
        for (const each of queries) {
          const expected = messages.filter((_, index) => holds(said[index] ?? [], each)).reverse();
          const got = small.search.find(reader, each, { limit: 100 }).hits.map(({ message }) => message.id);
          expect([each, got]).toEqual([each, expected]);
        }
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});
