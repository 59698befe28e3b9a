import { describe, expect, test } from "bun:test";
import { acting } from "../../src/people/identity.ts";
import type { Task } from "../../src/tasks/task.ts";
import { refused, until } from "../support/house.ts";
import { openWorkshop, settled } from "../support/puppet.ts";

type Workshop = ReturnType<typeof openWorkshop>;

/** The tasks of an agent by what they are called. */
function tasksOf({ house }: Workshop, name: string): Map<string, Task> {
  const ids = house.committed.filter(({ kind }) => kind === "task.opened").map(({ seq }) => seq);
  const tasks = ids.flatMap((id) => house.tasks.byId(id) ?? []).filter(({ agent }) => agent.name === name);
  return new Map(tasks.map((task) => [task.description, task]));
}

const queueOf = ({ house }: Workshop, name: string) =>
  house.tasks.queueOf(house.agent(name).id).map(({ description }) => description);

/** Somebody who may have things done, and not manage what others do. */
const worker = (house: Workshop["house"]) =>
  acting(house.person("gina"), "", { permissions: ["read", "write", "execute"], rooms: null });

describe("a request to an agent that does real work", () => {
  test("is a task in the same moment, and said to be one before its backend has done anything", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    const mira = house.person("mira");
    const request = house.say(mira, "@alice please fix the login");
    house.log.flush();
    house.log.flush();
    const [task] = house.tasks.ofRequest(request.id);
    expect(task).toMatchObject({ description: "fix the login", requester: mira, run: { reason: "mention", hops: 0 } });
    const said = shop.said().at(-1);
    expect(said).toMatchObject({ text: "On it.", taskId: task?.id, replyTo: { id: request.id } });
    expect(house.history.cardMessage(task?.id ?? 0)).toBe(said?.id);
  });

  test("goes from queued over accepted and working to completed, and everything said of it stands in its thread", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    const request = house.say(house.person("mira"), "@alice fix it");
    const run = await shop.begun();
    expect(run.request).toMatchObject({ words: "fix it", reason: "mention", session: null });
    expect(run.request.marker).toMatch(/^[0-9a-f]{32}$/);
    expect(run.request.task?.description).toBe("fix it");
    run.say({ type: "note", text: "reading the code" });
    await until(() => house.tasks.active()[0]?.note === "reading the code", "the note");
    run.say({ type: "text", delta: "It was " }, { type: "text", delta: "a typo." }, { type: "say", text: "Look:" });
    run.end();
    await shop.idle();
    const steps = house.committed.filter(({ kind }) => kind.startsWith("task."));
    expect(steps.map(({ kind, data }) => (kind === "task.opened" ? kind : (data as Task).state))).toEqual([
      "task.opened",
      "accepted",
      "working",
      "working",
      "completed",
    ]);
    const spoken = shop.said().slice(1);
    expect(spoken.map(({ text }) => text)).toEqual(["On it.", "It was a typo.", "Look:"]);
    expect(new Set(spoken.map(({ threadId, taskId }) => `${threadId} ${taskId}`)).size).toBe(1);
    expect(spoken[0]?.threadId).toBe(request.id);
  });

  test("is taken of those who may have things done; a guest, an analyst and a narrowed key are told so, and nothing begins", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    const narrowed = acting(house.person("mira"), "", { permissions: ["read", "write"], rooms: null });
    for (const asker of [house.person("gast", "guest"), house.person("ana", "analyst"), narrowed])
      house.say(asker, "@alice please fix the login");
    await settled();
    expect(shop.said().filter(({ text }) => text.includes("I work for those who may have things done"))).toHaveLength(
      3,
    );
    expect([shop.puppet.runs.length, house.tasks.active().length]).toEqual([0, 0]);
    house.say(house.person("tomas", "developer"), "@alice please fix the login");
    await shop.begun();
  });

  test("whose asker lost that right in the same moment is not taken up", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    const ana = house.person("ana", "analyst");
    const request = house.say(ana, "hello");
    const opened = {
      agentId: house.agent("alice").id,
      roomId: request.roomId,
      requestId: request.id,
      requesterId: ana.id,
      description: "fix it",
      run: { reason: "mention", hops: 0 } as const,
    };
    const outcome = await new Promise((resolve) => house.tasks.open(opened, resolve));
    expect(outcome).toMatchObject({ code: "PERMISSION_DENIED" });
  });

  test.each(["viewer", "analyst"] as const)("that waits is not done for somebody who has become a %s", async (role) => {
    await using shop = openWorkshop();
    const { house, puppet } = shop;
    const [ada, mira] = [house.person("ada", "owner"), house.person("mira")];
    house.say(ada, "@alice first");
    house.say(mira, "@alice second");
    const run = await shop.begun();
    await until(() => queueOf(shop, "alice").length === 1, "the second");
    await house.members.setRole(ada, mira, role);
    run.end();
    await shop.idle();
    expect(puppet.runs).toHaveLength(1);
    expect(tasksOf(shop, "alice").get("second")).toMatchObject({
      state: "failed",
      note: "mira may not have this done any more.",
    });
  });

  test("that fails says why on its card and in the thread", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    house.say(house.person("mira"), "@alice fix it");
    (await shop.begun()).fail(new Error("secret"));
    await shop.idle();
    await until(() => shop.said().length === 3, "the words");
    const [task] = tasksOf(shop, "alice").values();
    expect(task).toMatchObject({ state: "failed", canResume: false });
    expect(task?.note).toMatch(/^Something went wrong on our side \(ref \w{8}\)\.$/);
    expect(shop.said().at(-1)?.text).toBe(`I could not do that: ${task?.note}`);
  });

  test("to two agents is a task of each; help is offered without one", async () => {
    await using shop = openWorkshop();
    const { house, puppet } = shop;
    house.say(house.person("mira"), "@alice and @bob fix it");
    await shop.begun(1);
    expect([tasksOf(shop, "alice").size, tasksOf(shop, "bob").size]).toEqual([1, 1]);
    house.say(house.person("tomas"), "I am stuck with docker, any ideas?");
    await until(() => shop.said().at(-1)?.author.name === "charlie", "the offer");
    expect(shop.said().at(-1)?.text).toBe(
      "tomas, I might be able to help with that: docker is my field. Mention @charlie and say what to do.",
    );
    expect(puppet.runs).toHaveLength(2);
  });

  test("by somebody who deleted it before its turn came is cancelled, and not done", async () => {
    await using shop = openWorkshop();
    const { house, puppet } = shop;
    const mira = house.person("mira");
    house.say(mira, "@alice one");
    const two = house.say(mira, "@alice two");
    const run = await shop.begun();
    await until(() => queueOf(shop, "alice").length === 1, "the queue");
    house.outcomeOf((done) => house.change.remove(mira, two.id, done));
    run.end();
    await shop.idle();
    house.log.flush();
    expect(tasksOf(shop, "alice").get("two")).toMatchObject({
      state: "cancelled",
      note: "What asked for it was deleted",
    });
    expect(puppet.runs).toHaveLength(1);
  });
});

describe("what its backend tells", () => {
  test("at length fills as many messages as it needs, with no character lost or cut", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    house.say(house.person("mira"), "@alice tell me all");
    const run = await shop.begun();
    const long = "👍".repeat(10_000);
    run.say({ type: "text", delta: "x" }, { type: "text", delta: long }, { type: "text", delta: " end" });
    run.end();
    await shop.idle();
    const answers = shop.said().filter(({ author, text }) => author.kind === "agent" && text !== "On it.");
    expect(answers.map(({ text }) => text).join("")).toBe(`x${long} end`);
    expect(answers.map(({ text }) => text.length)).toEqual([7_799, 7_800, 4_406]);
  });

  test("that cannot be said ends it, and what it started is told to end", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    const mira = house.person("mira");
    const board = await house.rooms.create(mira, "board", "", "private");
    await house.rooms.bringIn(mira, board, house.agent("alice"));
    house.say(mira, "@alice count", { room: "board" });
    const run = await shop.begun();
    await house.rooms.putOut(mira, board, house.agent("alice"));
    run.say({ type: "say", text: "seven" });
    await shop.idle();
    expect([run.signal.aborted, house.tasks.byId(run.request.task?.id ?? 0)?.state]).toEqual([true, "failed"]);
  });

  test("of steps, thoughts, plans, output and use is kept where that belongs; its session with the thread", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    const mira = house.person("mira");
    const noted: unknown[] = [];
    const note =
      (name: string) =>
      (task: Task, ...rest: unknown[]) =>
        void noted.push([name, task.description, ...rest]);
    Object.assign(house.steps, { change: note("step"), thought: note("thought"), plan: note("plan") });
    Object.assign(house.steps, { output: note("output"), close: note("close") });
    Object.assign(house.usage, { note: note("usage"), close: note("used") });
    const request = house.say(mira, "@alice fix it");
    const run = await shop.begun();
    const usage = { inputTokens: 5, outputTokens: 1, costUsd: null };
    run.say(
      { type: "thought", delta: "hm" },
      { type: "step", step: { id: "s1", title: "ls" } },
      { type: "output", stepId: "s1", data: "a.txt" },
      { type: "plan", entries: [{ content: "look", status: "completed" }] },
      { type: "usage", usage },
      { type: "session", id: "ses-1" },
    );
    run.end();
    await shop.idle();
    expect(noted).toEqual([
      ["thought", "fix it", "hm"],
      ["step", "fix it", { id: "s1", title: "ls" }],
      ["output", "fix it", "s1", "a.txt"],
      ["plan", "fix it", [{ content: "look", status: "completed" }]],
      ["usage", "fix it", usage],
      ["close", "fix it", "completed"],
      ["used", "fix it"],
    ]);
    const answer = shop.said().at(-1);
    house.say(mira, "and the logout?", { replyTo: answer?.id ?? 0 });
    expect((await shop.begun(1)).request).toMatchObject({ session: "ses-1", words: "the logout?" });
    house.say(mira, "@alice something else");
    shop.puppet.runs[1]?.end();
    expect((await shop.begun(2)).request.session).toBeNull();
    expect(house.agentSessions.of(house.agent("alice").id, request.id)).toBe("ses-1");
  });

  test("more than may be spent ends it, and what may not be spent is not begun", async () => {
    await using shop = openWorkshop();
    const { house, puppet } = shop;
    let exhausted: string | null = null;
    Object.assign(house.usage, { exhausted: () => exhausted, note: () => {} });
    house.say(house.person("mira"), "@alice one");
    house.say(house.person("mira"), "@alice two");
    const run = await shop.begun();
    exhausted = "alice has used her 1000 tokens of today.";
    run.say({ type: "usage", usage: { inputTokens: 2_000, outputTokens: 0, costUsd: null } });
    await shop.idle();
    house.log.flush();
    expect([...tasksOf(shop, "alice").values()].map(({ state, note }) => [state, note])).toEqual([
      ["failed", exhausted],
      ["failed", exhausted],
    ]);
    expect([puppet.runs.length, run.signal.aborted]).toEqual([1, true]);
    Object.assign(house.usage, { exhausted: () => null });
  });
});

describe("the queue of an agent", () => {
  test("holds a hundred requests up to its limit, one run at a time, in order, and each is told where it stands", async () => {
    await using shop = openWorkshop({ limits: { queuedTasks: 60, peopleBurst: 200 } });
    const { house, puppet } = shop;
    const mira = house.person("mira");
    for (let n = 1; n <= 100; n += 1) house.say(mira, `@alice fix number ${n}`);
    await until(() => shop.said().length === 200, "an answer to each");
    const answers = shop.said().filter(({ author }) => author.kind === "agent");
    const full = answers.filter(({ text }) => text.startsWith("My queue is full"));
    expect([answers.length, full.length, queueOf(shop, "alice").length]).toEqual([100, 39, 60]);
    expect(answers.slice(0, 3).map(({ text }) => text)).toEqual([
      "On it.",
      "In my queue: one request comes before this one.",
      "In my queue: 2 requests come before this one.",
    ]);
    for (let n = 0; n <= 60; n += 1) (await shop.begun(n)).end();
    await shop.idle();
    expect(puppet.runs.map(({ request }) => request.words)).toEqual(
      Array.from({ length: 61 }, (_, n) => `fix number ${n + 1}`),
    );
    expect([puppet.most.get("alice"), puppet.runs.length]).toEqual([1, 61]);
  });

  test("is told to everybody who asked, also when they ask faster than an agent may speak", async () => {
    await using shop = openWorkshop({ limits: { agentRate: 200, agentBurst: 5 } });
    const { house } = shop;
    const mira = house.person("mira");
    for (let n = 1; n <= 8; n += 1) house.say(mira, `@alice fix number ${n}`);
    await settled();
    house.clock.advance(1_000);
    await until(() => shop.said().filter(({ taskId }) => taskId !== null).length === 8, "a card for each");
  });

  test("is put in another order by who manages tasks, past what they see; nobody else may", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    const [mira, gina] = [house.person("mira"), worker(house)];
    for (const word of ["one", "two", "three"]) house.say(mira, `@alice ${word}`);
    const run = await shop.begun();
    house.say(gina, "@alice four");
    await until(() => queueOf(shop, "alice").length === 3, "the queue");
    const [two, , four] = house.tasks.queueOf(house.agent("alice").id).map(({ id }) => id);
    const place = (id = 0, where: "first" | "up" | "down") =>
      house.outcomeOf((done) => house.tasks.place(mira, id, where, done));
    expect(refused(() => house.tasks.place(gina, four ?? 0, "first"))).toBe("PERMISSION_DENIED");
    expect(refused(() => house.tasks.place(mira, run.request.task?.id ?? 0, "first"))).toBe("CONFLICT");
    expect(refused(() => house.tasks.place(mira, 9_999, "first"))).toBe("NOT_FOUND");
    place(four, "first");
    expect(queueOf(shop, "alice")).toEqual(["four", "two", "three"]);
    place(two, "down");
    expect(queueOf(shop, "alice")).toEqual(["four", "three", "two"]);
    place(two, "up");
    place(two, "up");
    place(two, "up");
    expect(queueOf(shop, "alice")).toEqual(["two", "four", "three"]);
    house.say(mira, "@alice five");
    await until(() => queueOf(shop, "alice").length === 4, "the fifth");
    expect(queueOf(shop, "alice").at(-1)).toBe("five");
    run.end();
    expect((await shop.begun(1)).request.words).toBe("two");
  });

  test("loses what is cancelled in it: by who asked or who manages tasks, and by nobody else", async () => {
    await using shop = openWorkshop();
    const { house, puppet } = shop;
    const [mira, gina] = [house.person("mira"), worker(house)];
    house.say(mira, "@alice one");
    house.say(mira, "@alice two");
    house.say(gina, "@alice three");
    const run = await shop.begun();
    await until(() => queueOf(shop, "alice").length === 2, "the queue");
    const [two, three] = house.tasks.queueOf(house.agent("alice").id).map(({ id }) => id);
    expect(refused(() => house.tasks.decide(gina, two ?? 0, "cancel"))).toBe("PERMISSION_DENIED");
    house.outcomeOf((done) => house.tasks.decide(gina, three ?? 0, "cancel", done));
    expect(house.tasks.byId(three ?? 0)).toMatchObject({ state: "cancelled", note: "Cancelled by gina" });
    house.outcomeOf((done) => house.tasks.decide(mira, two ?? 0, "cancel", done));
    run.end();
    await shop.idle();
    expect(puppet.runs).toHaveLength(1);
  });

  test("has one of it done now: what is under way is stopped, and that one is next", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    const mira = house.person("mira");
    for (const word of ["one", "two", "three"]) house.say(mira, `@alice ${word}`);
    const run = await shop.begun();
    await until(() => queueOf(shop, "alice").length === 2, "the queue");
    const three = house.tasks.queueOf(house.agent("alice").id)[1]?.id ?? 0;
    expect(refused(() => house.tasks.steer(house.person("gina", "guest"), three))).toBe("PERMISSION_DENIED");
    house.tasks.steer(mira, three);
    expect((await shop.begun(1)).request.words).toBe("three");
    expect(run.signal.aborted).toBe(true);
    expect(tasksOf(shop, "alice").get("one")).toMatchObject({ state: "cancelled", note: "Stopped by mira" });
  });
});
