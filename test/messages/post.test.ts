import { describe, expect, test } from "bun:test";
import type { Draft } from "../../src/messages/post.ts";
import type { House } from "../support/house.ts";
import { openHouse, refusalOf, refused } from "../support/house.ts";

/** Everything the tables and the log hold, as one text: to say that nothing was written. */
function written(house: House): string {
  const tables = ["events", "messages", "message_html"];
  return JSON.stringify(tables.map((table) => house.store.sqlite.query(`SELECT * FROM ${table}`).all()));
}

describe("a message that mira posts", () => {
  test("is one event, and its id is that event's place in the order", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const message = house.say(mira, "hello @alice, **now**", { origin: "web" });
    expect(message).toMatchObject({
      id: house.log.seq,
      seq: house.log.seq,
      room: "general",
      author: mira,
      at: house.clock.now(),
      text: "hello @alice, **now**",
      mentions: ["alice"],
      command: null,
      replyTo: null,
      threadId: null,
      clientId: null,
      origin: "web",
      taskId: null,
      streaming: false,
      editedAt: null,
      deletedAt: null,
    });
    expect(message.html).toContain("<strong>now</strong>");
    expect(house.committed.at(-1)).toMatchObject({ kind: "message.posted", seq: message.id, actorId: mira.id });
  });

  test("has an id above every earlier one, in every room", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const making = house.rooms.create(mira, "ops", "");
    house.log.flush();
    await making;
    const ids = ["general", "ops", "general", "ops"].map((room) => house.say(mira, "x", { room }).id);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(new Set(ids).size).toBe(4);
  });

  test("is told to the house as the table holds it, before she is told that it is there", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const order: unknown[] = [];
    house.hub.onCommit(([event]) => {
      if (event) order.push(house.history.ofPosted(event));
    });
    house.post(mira, { room: "general", text: "*hi* @nobody", origin: "ws" }, (outcome) => order.push(outcome));
    expect(order).toEqual([]);
    house.log.flush();
    const [told, outcome] = order;
    expect(outcome).toEqual({ ok: true, seq: house.log.seq, repeated: false });
    expect(told).toEqual(house.history.message(house.log.seq));
  });

  test("may be a command, which is a message like any other", () => {
    using house = openHouse();
    expect(house.say(house.person("mira"), '/assign bob "fix it"').command).toEqual({
      name: "assign",
      args: ["bob", "fix it"],
    });
  });

  test("is streamed by alice with no text yet, and the text she drafts is not looked at", () => {
    using house = openHouse();
    expect(house.say(house.agent("alice"), "   ", { streaming: true })).toMatchObject({
      text: "",
      html: "",
      streaming: true,
    });
  });
});

describe("a reply", () => {
  test("shows its parent shortened, and begins or goes on with a thread", () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const first = house.say(mira, `a question\nover lines ${"x".repeat(200)}`);
    const answer = house.say(tomas, "an answer", { replyTo: first.id });
    const further = house.say(mira, "thanks", { replyTo: answer.id });
    expect(answer.replyTo).toMatchObject({ id: first.id, authorName: "mira" });
    expect(answer.replyTo?.excerpt).toStartWith("a question over lines xxx");
    expect(answer.replyTo?.excerpt).toHaveLength(140);
    expect(answer.replyTo?.excerpt).toEndWith("…");
    expect([first.threadId, answer.threadId, further.threadId]).toEqual([null, first.id, first.id]);
    expect(further.replyTo).toEqual({ id: answer.id, authorName: "tomas", excerpt: "an answer" });
  });

  test("cannot reach into another room, nor answer what does not exist", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const making = house.rooms.create(mira, "ops", "");
    house.log.flush();
    await making;
    const elsewhere = house.say(mira, "over here", { room: "ops" });
    const before = written(house);
    expect(refused(() => house.say(mira, "what?", { replyTo: elsewhere.id }))).toBe("NOT_FOUND");
    expect(refused(() => house.say(mira, "what?", { replyTo: 999 }))).toBe("NOT_FOUND");
    expect(written(house)).toBe(before);
  });
});

describe("the same client id again", () => {
  test("gives the first result, whatever the text is now, and nothing is told twice", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const first = house.say(mira, "once", { clientId: "c1" });
    const told = house.committed.length;
    const again = house.outcomeOf((done) =>
      house.post(mira, { room: "general", text: "twice", clientId: "c1", origin: "ws" }, done),
    );
    expect(again).toMatchObject({ ok: true, seq: first.id, repeated: true });
    expect(house.history.message(first.id)?.text).toBe("once");
    expect(house.committed).toHaveLength(told);
    expect(house.log.seq).toBe(first.id);
  });

  test("in the same moment gives one message and two answers", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const draft: Draft = { room: "general", text: "once", clientId: "c1", origin: "ws" };
    const outcomes: unknown[] = [];
    for (let n = 0; n < 2; n += 1) house.post(mira, draft, (outcome) => outcomes.push(outcome));
    house.log.flush();
    const seq = house.log.seq;
    expect(outcomes).toEqual([
      { ok: true, seq, repeated: false },
      { ok: true, seq, repeated: true },
    ]);
  });

  test("from tomas is another message: ids belong to their author", () => {
    using house = openHouse();
    const first = house.say(house.person("mira"), "mine", { clientId: "c1" });
    expect(house.say(house.person("tomas"), "mine", { clientId: "c1" }).id).not.toBe(first.id);
  });

  test("is recognised after the message was edited or deleted, too", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const first = house.say(mira, "once", { clientId: "c1" });
    house.outcomeOf((done) => house.change.remove(mira, first.id, done));
    expect(house.say(mira, "once", { clientId: "c1" })).toMatchObject({ id: first.id, text: "" });
  });

  test("an id that is only to be echoed is echoed, and makes nothing the same", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const echoed: unknown[] = [];
    house.hub.onCommit(([event]) => event && echoed.push(house.history.ofPosted(event).clientId));
    house.say(mira, "one", { echoId: 7 });
    house.say(mira, "two", { echoId: 7 });
    expect(echoed).toEqual([7, 7]);
  });
});

describe("what is refused", () => {
  const drafts: [string, Partial<Draft>, string][] = [
    ["no text", { text: " \n" }, "INVALID_MESSAGE"],
    ["too long a text", { text: "x".repeat(8_001) }, "MESSAGE_TOO_LARGE"],
    ["a room that does not exist", { room: "nowhere" }, "NOT_FOUND"],
    ["an empty client id", { clientId: "" }, "INVALID_MESSAGE"],
    ["too long a client id", { clientId: "c".repeat(65) }, "INVALID_MESSAGE"],
  ];
  test.each(drafts)("%s, at once and with nothing written", (_what, draft, code) => {
    using house = openHouse();
    const mira = house.person("mira");
    const before = written(house);
    expect(refused(() => house.post(mira, { room: "general", text: "x", origin: "ws", ...draft }))).toBe(code as never);
    expect(house.log.waiting).toBe(0);
    house.log.flush();
    expect(written(house)).toBe(before);
  });

  test("vic the viewer, who may read and not write", () => {
    using house = openHouse();
    expect(refused(() => house.say(house.person("vic", "viewer"), "x"))).toBe("PERMISSION_DENIED");
    house.say(house.person("gil", "guest"), "x");
  });

  test("mira when she is too fast, with the time to wait; what was refused did not cost tomas his turn", () => {
    using house = openHouse({ limits: { peopleRate: 1, peopleBurst: 2 } });
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    house.say(mira, "one");
    house.say(mira, "two");
    expect(refusalOf(() => house.say(mira, "three")).retryAfter).toBe(1_000);
    house.say(tomas, "one");
    house.clock.advance(1_000);
    house.say(mira, "three");
  });
});
