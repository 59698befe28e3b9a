import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import type { Desk, RunEvent, RunRequest } from "../../../src/agents/backends/backend.ts";
import { builtinBackend } from "../../../src/agents/backends/builtin.ts";
import type { Member } from "../../../src/people/member.ts";
import { type House, openHouse } from "../../support/house.ts";

let paced: { mockRestore(): void };
beforeAll(() => {
  // The pauses between pieces of an answer are for readers.
  paced = spyOn(Bun, "sleep").mockImplementation(async () => undefined);
});
afterAll(() => paced.mockRestore());

/** What an agent sees of the house while it works. */
function deskOf(house: House, agent: Member, roomId: number): Desk {
  return {
    ask: () => Promise.reject(new Error("fixed rules ask nobody")),
    recent: (limit) => house.history.page(roomId, { limit }).messages,
    search: (words, limit) => house.history.containing(roomId, words, limit),
    openTasks: () => house.tasks.active(agent.id),
    task: house.tasks.byId,
    colleagues: house.status.all,
    signal: new AbortController().signal,
  };
}

/** What the run of a backend that opens its tasks itself begins with. */
const ofItself = { task: null, session: null, marker: "" } as const;

/** Asks an agent and gathers everything it says and does. */
async function ask(
  house: House,
  author: Member,
  name: string,
  words: string,
  reason: RunRequest["reason"] = "mention",
) {
  const agent = house.roster.byName(name);
  if (!agent) throw new Error(`no agent ${name}`);
  const message = house.say(author, `@${name} ${words}`);
  const events: RunEvent[] = [];
  const desk = deskOf(house, agent.member, message.roomId);
  const request = { agent, message, asker: author, words, reason, ...ofItself };
  const run = builtinBackend.run(request, desk, new AbortController().signal);
  for await (const event of run) events.push(event);
  return {
    events,
    kinds: [...new Set(events.map(({ type }) => type))],
    /** Its messages in full, the streamed answer last. */
    says: events.flatMap((event) => (event.type === "say" ? [event.text] : [])),
    answer: events.flatMap((event) => (event.type === "text" ? [event.delta] : [])).join(""),
    moves: events.flatMap((event) => (event.type === "move" ? [event] : [])),
  };
}

describe("what alice says", () => {
  test("about herself: what she can do, and that she cannot reason", async () => {
    using house = openHouse();
    const { answer, kinds } = await ask(house, house.person("mira"), "alice", "help");
    expect(kinds).toEqual(["text"]);
    expect(answer).toContain("I'm alice, developer (python, javascript");
    expect(answer).toContain("no language model, so I cannot write code or reason");
    for (const way of ["status", "40%", "done", "summarise this thread", "search login form"]) {
      expect(answer).toContain(`@alice`);
      expect(answer).toContain(way);
    }
  });

  test("to a greeting, by name", async () => {
    using house = openHouse();
    expect((await ask(house, house.person("mira"), "alice", "hello")).answer).toStartWith("Hello mira, I'm here.");
  });

  test("to a question she cannot answer: that she cannot, and what people said of it here", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    expect((await ask(house, mira, "alice", "what is a monad?")).answer).toMatch(
      /no language model\. Nothing in this room speaks of it/,
    );
    house.say(tomas, "a **monad** is a burrito, says @diana");
    house.say(house.agent("bob"), "monad!");
    const { answer } = await ask(house, mira, "alice", "what is a monad?");
    expect(answer).toContain("- tomas, 2026-01-05: a monad is a burrito, says diana");
    expect(answer).not.toContain("bob");
    expect(answer).not.toContain("@diana");
  });

  test("comes in pieces of a few words, and nothing is lost between them", async () => {
    using house = openHouse();
    const { events, answer } = await ask(house, house.person("mira"), "alice", "help");
    expect(events.length).toBeGreaterThan(10);
    for (const event of events) {
      expect(event.type === "text" && event.delta.trim().split(/\s+/).length).toBeWithin(1, 5);
    }
    expect(answer).toContain("\n\n- `@alice fix the login form`");
  });
});

describe("work that alice is given", () => {
  test("is kept as a task in its own words, acknowledged, and honestly not done by her", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    house.say(house.person("tomas"), "the login form rejects long passwords");
    const { events, says, answer } = await ask(house, mira, "alice", "please fix the login form, thanks");
    expect(events[0]).toEqual({ type: "task", description: "fix the login form" });
    expect(says).toEqual(["Got it: fix the login form."]);
    expect(answer).toContain("I can't do it myself");
    expect(answer).toContain("- tomas, 2026-01-05: the login form rejects long passwords");
  });

  test("names the colleague who is closer to it, and nobody when she is", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    expect((await ask(house, mira, "alice", "deploy docker to the server")).answer).toContain(
      "Closer to this than me: @charlie",
    );
    expect((await ask(house, mira, "charlie", "deploy docker to the server")).answer).not.toContain("Closer");
  });
});

describe("the list of alice's tasks", () => {
  test("is empty, or each task with its state, progress and note", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    expect((await ask(house, mira, "alice", "status")).answer).toBe("Status: nothing on my list, I'm idle.");
    const one = house.work(mira, "alice", "one", { state: "accepted" });
    expect((await ask(house, mira, "alice", "status")).answer).toBe(
      `Status: one open task.\n\n- Task ${one.id}: one. accepted, progress 0 %`,
    );
    const two = house.work(
      mira,
      "alice",
      "two",
      { state: "accepted" },
      { state: "stuck", progress: 30, note: "no key" },
    );
    expect((await ask(house, mira, "alice", "tasks")).answer).toContain(
      `2 open tasks.\n\n- Task ${one.id}: one. accepted, progress 0 %\n- Task ${two.id}: two. stuck, progress 30 % (no key)`,
    );
  });

  test.each([
    ["done", "completed", "completed: fix it"],
    ["100%", "completed", "completed: fix it"],
    ["40%", "working", "is at 40 % progress"],
    ["cancel", "cancelled", "is off my list: fix it"],
  ] as const)("%s moves the only one on", async (words, state, said) => {
    using house = openHouse();
    const mira = house.person("mira");
    const task = house.work(mira, "alice", "fix it", { state: "accepted" });
    const { moves, says } = await ask(house, mira, "alice", words);
    expect(moves).toMatchObject([{ taskId: task.id, state }]);
    expect(moves[0]?.note).toContain("mira");
    expect(says.join()).toContain(said);
  });

  test("of several, asks which, and takes the one that is named", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const [one, two] = [
      house.work(mira, "alice", "one", { state: "accepted" }),
      house.work(mira, "alice", "two", { state: "accepted" }),
    ];
    const which = await ask(house, mira, "alice", "done");
    expect(which.moves).toEqual([]);
    expect(which.answer).toStartWith("Which one? I have 2 open tasks");
    expect(which.answer).toContain(`task ${one.id} done`);
    expect((await ask(house, mira, "alice", `task ${two.id} done`)).moves).toMatchObject([{ taskId: two.id }]);
  });

  test("says so when there is none, or when the one that is named is bob's", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    expect((await ask(house, mira, "alice", "done")).answer).toBe("There is no open task on my list.");
    const other = house.work(mira, "bob", "draw", { state: "accepted" });
    const { answer, moves } = await ask(house, mira, "alice", `task ${other.id} done`);
    expect([answer, moves]).toEqual([`Task ${other.id} is not open on my list.`, []]);
  });

  test("a blocked task is stuck, asks for help, and names who knows the field", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const task = house.work(mira, "alice", "ship it", { state: "accepted", progress: 60 });
    const { events, says } = await ask(house, mira, "alice", "blocked: the docker server is down");
    expect(events.slice(0, 2)).toEqual([
      { type: "move", taskId: task.id, state: "stuck", note: "the docker server is down" },
      { type: "help", taskId: task.id, issue: "the docker server is down" },
    ]);
    expect(says).toEqual([
      `I need help with task ${task.id} (ship it, 60 %): the docker server is down. @charlie knows this field.`,
    ]);
  });
});

describe("what alice finds", () => {
  test("a search is a task of its own, and holds what people said, newest first", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    house.say(tomas, "invoice one");
    house.say(mira, "invoice two");
    house.say(house.agent("bob"), "invoice three");
    const { events, says, answer, moves } = await ask(house, mira, "alice", "search invoice");
    expect(events[0]).toEqual({ type: "task", description: "search this room for invoice" });
    expect(says).toEqual(['Got it: looking for "invoice" in #general.']);
    expect(answer.split("\n").slice(2)).toEqual([
      "- mira, 2026-01-05: invoice two",
      "- tomas, 2026-01-05: invoice one",
    ]);
    expect(moves).toEqual([
      { type: "move", state: "working" },
      { type: "move", state: "completed", note: "2 found" },
    ]);
  });

  test("nothing, and says so", async () => {
    using house = openHouse();
    const { answer, moves } = await ask(house, house.person("mira"), "alice", "search unicorns");
    expect(answer).toBe("Nothing in this room holds all of these words.");
    expect(moves).toMatchObject([{ state: "working" }, { state: "completed", note: "0 found" }]);
  });

  test("at most ten, each on one line and shortened", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    for (let n = 0; n < 12; n += 1) house.say(mira, `needle ${n}\n${"long ".repeat(60)}`);
    const { answer } = await ask(house, mira, "alice", "search needle");
    const lines = answer.split("\n").slice(2);
    expect(lines).toHaveLength(10);
    for (const line of lines) expect(line.length).toBeLessThan(160);
  });

  test("a summary: who spoke how often, their last words, and the questions that were asked", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    house.say(mira, "shall we ship?");
    house.say(tomas, "not yet");
    house.say(tomas, "the tests fail");
    const { events, answer, moves } = await ask(house, mira, "alice", "summarise this thread");
    expect(events[0]).toMatchObject({ type: "task" });
    expect(answer).toStartWith("3 messages by 2 members since 2026-01-05 09:00 UTC.");
    expect(answer).toContain("- **mira** (1): shall we ship?");
    expect(answer).toContain("- **tomas** (2): the tests fail");
    expect(answer).toContain("Questions asked:\n\n- mira, 2026-01-05: shall we ship?");
    expect(moves).toMatchObject([{ state: "working" }, { state: "completed", note: "3 messages read" }]);
  });

  test("a summary of nothing says so", async () => {
    using house = openHouse();
    expect((await ask(house, house.person("mira"), "alice", "summary")).answer).toBe(
      "There is nothing here to summarise yet.",
    );
  });
});

describe("somebody in trouble", () => {
  test("is sent to the colleague who knows", async () => {
    using house = openHouse();
    const { answer } = await ask(house, house.person("mira"), "alice", "I'm stuck with docker monitoring");
    expect(answer).toStartWith("I might not be the best to help here. Try @charlie: devops");
  });

  test("hears that it is her field, or nobody's, and what was said before", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    house.say(house.person("tomas"), "the python error is in line 3");
    const own = (await ask(house, mira, "alice", "a python error")).answer;
    expect(own).toStartWith("That is my field, but I follow fixed rules");
    expect(own).toContain("- tomas, 2026-01-05: the python error is in line 3");
    expect((await ask(house, mira, "alice", "I have a problem with my roses")).answer).toStartWith(
      "Nobody here has that as a field",
    );
  });

  test("who asked nobody gets a short offer, without a task", async () => {
    using house = openHouse();
    const { says, kinds } = await ask(house, house.person("mira"), "diana", "stuck with testing, any ideas?", "offer");
    expect(kinds).toEqual(["say"]);
    expect(says[0]).toStartWith("mira, I might be able to help with that: testing is my field.");
    const broad = await ask(house, house.person("mira"), "diana", "help", "offer");
    expect(broad.says[0]).toContain("qa is my field");
  });

  test("is not sent to somebody who is offline", async () => {
    using house = openHouse({ env: { OPENCODE_SAFE_MODE: "true" } });
    expect((await ask(house, house.person("mira"), "alice", "stuck with docker")).answer).not.toContain("@charlie");
  });
});

test("a run that is stopped says nothing more", async () => {
  using house = openHouse();
  const mira = house.person("mira");
  const agent = house.roster.byName("alice");
  if (!agent) throw new Error("no alice");
  const message = house.say(mira, "@alice help");
  const stop = new AbortController();
  const run = builtinBackend.run(
    { agent, message, asker: mira, words: "help", reason: "mention", ...ofItself },
    deskOf(house, agent.member, message.roomId),
    stop.signal,
  );
  let pieces = 0;
  for await (const _ of run) {
    pieces += 1;
    if (pieces === 3) stop.abort();
  }
  expect(pieces).toBe(3);
});
