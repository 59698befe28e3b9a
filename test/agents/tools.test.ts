import { describe, expect, test } from "bun:test";
import { createTools } from "../../src/agents/tools/registry.ts";
import type { ToolContext } from "../../src/agents/tools/tool.ts";
import type { Answer, Ask } from "../../src/approvals/ask.ts";
import { Refusal } from "../../src/errors.ts";
import type { MessagePosted } from "../../src/messages/events.ts";
import { acting } from "../../src/people/identity.ts";
import type { Member } from "../../src/people/member.ts";
import type { Room } from "../../src/rooms/room.ts";
import type { Task } from "../../src/tasks/task.ts";
import { type House, openHouse } from "../support/house.ts";

/** A tool used in alice's name: for a task of somebody's, or by itself. */
function contextOf(house: House, task: Task | null, more: Partial<ToolContext> = {}): ToolContext {
  const agent = house.roster.byName("alice");
  if (!agent) throw new Error("alice does not work here");
  return {
    ...{ agent, rooms: null, task, asker: task?.requester ?? null, signal: new AbortController().signal },
    ask: () => Promise.resolve({ outcome: "none", reason: "deadline" }),
    help: () => Promise.resolve("asked"),
    ...more,
  };
}

/** What alice is asked to do in a room. */
function asked(house: House, by: Member, room: Room, words = "look around"): Task {
  const request = house.say(by, `@alice ${words}`, { room: room.slug });
  let opened: Task | Refusal | undefined;
  const about = { agentId: house.agent("alice").id, requestId: request.id, requesterId: by.id, description: words };
  house.tasks.open({ ...about, roomId: room.id }, (task) => {
    opened = task;
  });
  house.log.flush();
  if (!opened || opened instanceof Refusal) throw opened ?? new Error("no task");
  return opened;
}

/** A house in which mira, tomas and alice share #general and #deals, mira and alice #vault, and tomas is in neither. */
async function shared(house: House) {
  const [mira, tomas, alice] = [house.person("mira"), house.person("tomas"), house.agent("alice")];
  const general = house.rooms.forReader(mira, "general");
  const ops = await house.rooms.create(mira, "ops", "");
  const deals = await house.rooms.create(mira, "deals", "", "private");
  const vault = await house.rooms.create(mira, "vault", "", "private");
  await house.rooms.bringIn(mira, deals, tomas);
  await house.rooms.bringIn(mira, deals, alice);
  await house.rooms.bringIn(mira, vault, alice);
  house.say(mira, "the lamp is in the general store", { room: "general" });
  house.say(mira, "the lamp costs ten in ops", { room: "ops" });
  house.say(mira, "the lamp is a deal", { room: "deals" });
  house.say(mira, "the lamp is a secret", { room: "vault" });
  return { mira, tomas, alice, general, ops, deals, vault };
}

function use(house: House, name: string, args: object, context: ToolContext): Promise<string> {
  return house.tools.call(name, args, context);
}

/** What the last message came with. */
function scopeOfLast(house: House) {
  return (house.committed.at(-1)?.data as MessagePosted | undefined)?.scope;
}

async function refusal(house: House, name: string, args: unknown, context: ToolContext): Promise<string> {
  try {
    await house.tools.call(name, args, context);
  } catch (thrown) {
    if (thrown instanceof Refusal) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  throw new Error("it was not refused");
}

describe("the list of tools", () => {
  test("names each with words and a schema, and those of files only where files can be claimed", () => {
    using house = openHouse();
    const names = house.tools.list().map(({ name }) => name);
    expect(names).toEqual([
      ...["post_message", "read_history", "search", "list_team", "assign_task", "update_progress"],
      ...["request_help", "ask_human"],
    ]);
    for (const { description, parameters } of house.tools.list()) {
      expect(description.length).toBeGreaterThan(30);
      expect(parameters).toMatchObject({ type: "object" });
      expect(parameters.$schema).toBeUndefined();
    }
    expect(house.tools.byName("search")?.parameters).toMatchObject({ required: ["query"] });
    expect(house.tools.list().flatMap(({ name, readOnly }) => (readOnly ? [name] : []))).toEqual([
      ...["read_history", "search", "list_team"],
    ]);
  });

  test("with somebody who keeps leases has both of theirs, and hands them what was asked", async () => {
    using house = openHouse();
    const seen: object[] = [];
    const leases = {
      async claim(claim: object) {
        seen.push(claim);
        return "claimed";
      },
      async release(release: object) {
        seen.push(release);
        return "released";
      },
    };
    const tools = createTools({ ...house, leases });
    const context = contextOf(house, null);
    expect(await tools.call("claim_files", { paths: ["src/a.ts"] }, context)).toBe("claimed");
    expect(await tools.call("release_files", {}, context)).toBe("released");
    expect(seen).toEqual([{ paths: ["src/a.ts"], minutes: 30 }, { paths: [] }]);
  });
});

describe("what an agent reads for somebody", () => {
  test("in a public room are public rooms, and nothing of a private one, also not for who is in it", async () => {
    using house = openHouse();
    const { mira, general } = await shared(house);
    const context = contextOf(house, asked(house, mira, general));
    expect(await use(house, "read_history", {}, context)).toContain("the lamp is in the general store");
    expect(await use(house, "read_history", { room: "#ops" }, context)).toContain("the lamp costs ten");
    for (const room of ["deals", "vault", "nowhere"])
      expect(await refusal(house, "read_history", { room }, context)).toBe(
        `NOT_FOUND: There is no room "${room}" that you may use for this task.`,
      );
    const found = await use(house, "search", { query: "lamp" }, context);
    expect(found).toContain("#ops");
    expect(found).toContain("#general");
    expect(found).not.toMatch(/secret|deal/);
  });

  test("in a private room is that room, and no other private one", async () => {
    using house = openHouse();
    const { tomas, deals } = await shared(house);
    const context = contextOf(house, asked(house, tomas, deals));
    expect(await use(house, "read_history", {}, context)).toContain("the lamp is a deal");
    const found = await use(house, "search", { query: "lamp in:deals" }, context);
    expect(found).toMatch(/^#deals \[\d+\] 2026-01-05 09:00 mira: the lamp is a deal$/);
    expect(await refusal(house, "read_history", { room: "vault" }, context)).toStartWith("NOT_FOUND");
    expect(await use(house, "search", { query: "secret" }, context)).toBe("Nothing was found.");
  });

  test("is no more than they may read by now, and by what they came with", async () => {
    using house = openHouse();
    const { mira, tomas, deals, general, ops } = await shared(house);
    const task = asked(house, tomas, deals);
    await house.rooms.putOut(mira, deals, tomas);
    expect(await refusal(house, "read_history", {}, contextOf(house, task))).toBe(
      "NOT_FOUND: There is no room that you may use for this task.",
    );
    const scope = { permissions: ["read", "write"] as const, rooms: [general.id] };
    const narrow = contextOf(house, asked(house, mira, general), { asker: acting(mira, "", scope) });
    expect(await use(house, "read_history", {}, narrow)).toContain("general store");
    expect(await refusal(house, "read_history", { room: "ops" }, narrow)).toStartWith("NOT_FOUND");
    expect(await use(house, "search", { query: "lamp" }, narrow)).not.toContain("ops");
    const token = contextOf(house, null, { rooms: [ops.id] });
    expect(await use(house, "read_history", { room: "ops" }, token)).toContain("ten in ops");
    expect(await refusal(house, "read_history", { room: "general" }, token)).toStartWith("NOT_FOUND");
    expect(await refusal(house, "read_history", {}, token)).toStartWith("INVALID_MESSAGE: Say which room");
  });

  test("is bounded, and says that there is more", async () => {
    using house = openHouse({ limits: { toolCharacters: 300 } });
    const { mira, general } = await shared(house);
    for (let index = 1; index <= 8; index += 1) house.say(mira, `${index} ${"x".repeat(60)}`);
    const context = contextOf(house, asked(house, mira, general));
    const read = await use(house, "read_history", {}, context);
    expect(read.length).toBeLessThan(340);
    expect(read).toStartWith("(There is more before this.)\n[");
    expect(read).toEndWith("mira: @alice look around");
    const earlier = await use(house, "read_history", { before: house.log.seq, limit: 1 }, context);
    expect(earlier.split("\n")).toHaveLength(2);
    house.say(mira, "y".repeat(1_000));
    expect((await use(house, "read_history", { limit: 1 }, context)).length).toBeLessThan(340);
  });

  test("leaves out what was deleted", async () => {
    using house = openHouse();
    const { mira, general } = await shared(house);
    const gone = house.say(mira, "never mind this");
    house.outcomeOf((done) => house.change.remove(mira, gone.id, done));
    const read = await use(house, "read_history", {}, contextOf(house, asked(house, mira, general)));
    expect(read).not.toContain("never mind");
    expect(read).not.toContain(`[${gone.id}]`);
  });

  test("of the team is who works here and what they do, of tasks only those they may know of", async () => {
    using house = openHouse();
    const { mira, deals, general } = await shared(house);
    const hidden = asked(house, mira, deals, "sell the lamp");
    house.outcomeOf((done) => house.tasks.move(hidden.id, { state: "accepted" }, house.agent("alice"), done));
    const leave = house.presence.arrive(mira);
    const inside = await use(house, "list_team", {}, contextOf(house, hidden));
    const outside = await use(house, "list_team", {}, contextOf(house, asked(house, mira, general)));
    leave();
    expect(inside).toContain("- @alice (you): developer, knows python");
    expect(inside).toContain("sell the lamp");
    expect(outside).not.toContain("sell the lamp");
    expect(outside).toContain("- @mira: developer, here now\n- @tomas: developer");
  });
});

describe("what an agent does for somebody", () => {
  test("is said in the thread of its task, or in another public room", async () => {
    using house = openHouse();
    const { mira, alice, general } = await shared(house);
    const task = asked(house, mira, general);
    const context = contextOf(house, task);
    expect(await use(house, "post_message", { text: "half of it is done" }, context)).toMatch(
      /^Posted in #general as message \d+\.$/,
    );
    const said = house.history.message(house.log.seq);
    expect(said).toMatchObject({ author: { id: alice.id }, replyTo: { id: task.requestId }, taskId: task.id });
    await use(house, "post_message", { text: "for ops", room: "ops" }, context);
    expect(house.history.message(house.log.seq)).toMatchObject({ room: "ops", replyTo: null, taskId: null });
  });

  test("in a private room stays in it", async () => {
    using house = openHouse();
    const { tomas, deals } = await shared(house);
    const context = contextOf(house, asked(house, tomas, deals));
    expect(await use(house, "post_message", { text: "sold" }, context)).toMatch(/^Posted in #deals as message/);
    for (const room of ["general", "ops", "vault"])
      expect(await refusal(house, "post_message", { text: "sold", room }, context)).toStartWith("NOT_FOUND");
  });

  test("is nothing that they may not do", async () => {
    using house = openHouse();
    const { mira, general } = await shared(house);
    const task = asked(house, mira, general);
    house.person("mira", "viewer");
    expect(await refusal(house, "post_message", { text: "hello" }, contextOf(house, task))).toStartWith("NOT_FOUND");
    expect(await use(house, "read_history", {}, contextOf(house, task))).toContain("general store");
  });

  test("carries along what they came with: whoever it calls does no more for it", async () => {
    using house = openHouse();
    const { mira, general } = await shared(house);
    const scope = { permissions: ["read", "write"] as const, rooms: [general.id] };
    const task = asked(house, mira, general);
    await use(
      house,
      "assign_task",
      { to: "bob", task: "draw" },
      contextOf(house, task, { asker: acting(mira, "", scope) }),
    );
    expect(scopeOfLast(house)).toEqual(scope);
    await use(house, "assign_task", { to: "bob", task: "draw" }, contextOf(house, task));
    expect(scopeOfLast(house)).toBeUndefined();
    await use(
      house,
      "post_message",
      { text: "x" },
      contextOf(house, task, { rooms: [general.id], asker: acting(mira, "", scope) }),
    );
    expect(scopeOfLast(house)?.rooms).toEqual([general.id]);
  });

  test("gives tasks by a mention, to agents and people who can read it", async () => {
    using house = openHouse();
    const { mira, general, deals } = await shared(house);
    const context = contextOf(house, asked(house, mira, general));
    expect(await use(house, "assign_task", { to: "@bob", task: "draw the lamp" }, context)).toMatch(
      /^Asked bob in #general, message \d+\./,
    );
    expect(house.history.message(house.log.seq)).toMatchObject({ text: "@bob draw the lamp", mentions: ["bob"] });
    expect(await use(house, "assign_task", { to: "tomas", task: "look at it" }, context)).toStartWith("Asked tomas");
    expect(await refusal(house, "assign_task", { to: "alice", task: "x" }, context)).toStartWith(
      "CONFLICT: That is you",
    );
    expect(await refusal(house, "assign_task", { to: "nobody", task: "x" }, context)).toStartWith("NOT_FOUND");
    const secret = contextOf(house, asked(house, mira, deals));
    expect(await refusal(house, "assign_task", { to: "bob", task: "x" }, secret)).toBe(
      "CONFLICT: bob is not in #deals and would not read it.",
    );
  });

  test("reports on its own task, while there is one", async () => {
    using house = openHouse();
    const { mira, alice, general } = await shared(house);
    const task = asked(house, mira, general);
    house.outcomeOf((done) => house.tasks.move(task.id, { state: "accepted" }, alice, done));
    const context = contextOf(house, task);
    expect(await use(house, "update_progress", { progress: 40, note: "drawing" }, context)).toBe(
      `Task ${task.id} is at 40 %: drawing.`,
    );
    expect(house.tasks.byId(task.id)).toMatchObject({ progress: 40, note: "drawing", state: "accepted" });
    expect(await refusal(house, "update_progress", {}, context)).toStartWith("INVALID_MESSAGE");
    expect(await refusal(house, "update_progress", { progress: 140 }, context)).toStartWith("INVALID_MESSAGE");
    expect(await refusal(house, "update_progress", { progress: 1 }, contextOf(house, null))).toStartWith("CONFLICT");
    house.outcomeOf((done) => house.tasks.move(task.id, { state: "completed" }, alice, done));
    expect(await refusal(house, "update_progress", { progress: 50 }, context)).toStartWith("CONFLICT");
  });

  test("asks people, and says what they answered and who, or that nobody did", async () => {
    using house = openHouse();
    const tomas = house.person("tomas");
    const asks: Ask[] = [];
    const answered = (answer: Answer) =>
      contextOf(house, null, {
        async ask(ask) {
          asks.push(ask);
          return answer;
        },
      });
    const question = { question: `Which ${"one ".repeat(60)}?` };
    const option = { id: "1", label: "red", kind: "choice" } as const;
    const cases: [Answer, string][] = [
      [{ outcome: "chosen", option, by: tomas }, "tomas chose: red"],
      [{ outcome: "said", text: "neither", by: tomas }, "tomas answered: neither"],
      [
        { outcome: "none", reason: "deadline" },
        "Nobody answered in time. Go on without it if you can, and say what you assumed.",
      ],
      [{ outcome: "none", reason: "stopped" }, "The task was stopped before anybody answered."],
    ];
    for (const [answer, words] of cases)
      expect(await use(house, "ask_human", { ...question, choices: ["red"] }, answered(answer))).toBe(words);
    expect(asks[0]?.title).toHaveLength(120);
    expect(asks[0]).toMatchObject({ detail: question.question, options: [option], takesText: true, stepId: null });
    const help = contextOf(house, null, { help: async (issue) => `heard: ${issue}` });
    expect(await use(house, "request_help", { issue: " stuck " }, help)).toBe("heard: stuck");
  });
});
