import { describe, expect, test } from "bun:test";
import { createRuns } from "../../src/agents/runs.ts";
import { Refusal } from "../../src/errors.ts";
import { openHouse, until } from "../support/house.ts";
import { openStaffed, openWorkshop, ruled, settled } from "../support/puppet.ts";

describe("who is called by a message", () => {
  test("each agent it names, once, with the words that are meant for it", async () => {
    await using staffed = openStaffed();
    const { house, puppet } = staffed;
    house.say(house.person("mira"), "@alice, @bob-bot and @alice: please ask @tomas about mail@alice.org");
    await staffed.begun(1);
    await settled();
    expect(puppet.runs.map(({ request }) => [request.agent.member.name, request.reason, request.words])).toEqual([
      ["alice", "mention", "please ask @tomas about mail@alice.org"],
      ["bob", "mention", "please ask @tomas about mail@alice.org"],
    ]);
  });

  test.each([
    ["can @alice look at this", "can alice look at this"],
    ["hello @alice", "hello"],
    ["@alice @bob and @charlie fix it", "fix it"],
    ["@team please ask @alice about it", "please ask alice about it"],
  ])("with its name where it is a word of the sentence: %s", async (text, words) => {
    await using staffed = openStaffed();
    staffed.house.say(staffed.house.person("mira"), text);
    expect((await staffed.begun()).request.words).toBe(words);
  });

  test("the first eight of many: a message is no way to set a whole workspace to work", async () => {
    await using staffed = openStaffed();
    const { house, puppet } = staffed;
    const mira = house.person("mira");
    for (let n = 1; n <= 12; n += 1) await house.roster.hire(mira, { name: `bot${n}`, role: "tester" });
    house.say(mira, `${Array.from({ length: 12 }, (_, n) => `@bot${n + 1}`).join(" ")} hello`);
    await settled();
    const called = puppet.runs.map(({ request }) => request.agent.member.name);
    expect(called).toEqual(["bot1", "bot2", "bot3", "bot4", "bot5", "bot6", "bot7", "bot8"]);
  });

  test("the agent whose message it answers, without being named", async () => {
    await using staffed = openStaffed();
    const { house } = staffed;
    const words = house.say(house.agent("bob"), "which colour?");
    house.say(house.person("mira"), "red, please", { replyTo: words.id });
    const { request } = await staffed.begun();
    expect([request.agent.member.name, request.words]).toEqual(["bob", "red, please"]);
  });

  test.each([
    ["a message that names people only", "@tomas help me"],
    ["a command", "/assign @alice fix it"],
    ["a name in code", "`@alice` fix it"],
    ["ordinary talk", "the window is open"],
    ["somebody who does not work here", "@eve please help"],
  ])("nobody, by %s", async (_what, text) => {
    await using staffed = openStaffed();
    const { house, puppet } = staffed;
    house.person("tomas");
    house.say(house.person("mira"), text);
    await settled();
    expect(puppet.runs).toEqual([]);
  });

  test("nobody, by what an agent or the house says: agents do not call each other yet", async () => {
    await using staffed = openStaffed();
    const { house, puppet } = staffed;
    house.say(house.agent("alice"), "@bob I am stuck, help");
    house.say(house.members.system, "@alice");
    await settled();
    expect(puppet.runs).toEqual([]);
  });

  test("nobody in safe mode, whatever is asked", async () => {
    await using staffed = openStaffed({ env: { OPENCODE_SAFE_MODE: "true" } });
    const { house, puppet, runs } = staffed;
    house.say(house.person("mira"), "@alice help");
    house.say(house.person("mira"), "I am stuck with css, any ideas?");
    await settled();
    expect([puppet.runs, runs.live, staffed.said().length]).toEqual([[], 0, 2]);
  });
});

describe("a call for help that names nobody", () => {
  test("is offered help by at most two who are idle and whose field it is, once, the fittest first", async () => {
    await using staffed = openStaffed();
    const { house, puppet } = staffed;
    const mira = house.person("mira");
    for (const name of ["eve", "finn"]) {
      const hiring = house.roster.hire(mira, {
        name,
        role: "writer",
        expertise: ["css", "html", "layout", "kerning", "serifs"],
      });
      house.log.flush();
      await hiring;
    }
    house.say(mira, "I'm stuck with the kerning of serifs in css, html and layout, any ideas?");
    await staffed.begun(1);
    await settled();
    expect(puppet.runs.map(({ request }) => [request.agent.member.name, request.reason])).toEqual([
      ["eve", "offer"],
      ["finn", "offer"],
    ]);
  });

  test("is not answered by who is busy, stuck, or of another field", async () => {
    await using staffed = openStaffed();
    const { house, puppet } = staffed;
    const mira = house.person("mira");
    house.work(mira, "bob", "draw", { state: "accepted" }, { state: "stuck" });
    const asked = puppet.runs.length;
    house.say(mira, "@alice look at this");
    await until(() => puppet.runs.length > asked, "alice's run");
    const before = puppet.runs.length;
    house.say(mira, "help with css and html layout!");
    await settled();
    expect(puppet.runs.slice(before)).toEqual([]);
  });

  test("about roses is answered by nobody", async () => {
    await using staffed = openStaffed();
    staffed.house.say(staffed.house.person("mira"), "help, my roses are ill");
    await settled();
    expect(staffed.puppet.runs).toEqual([]);
  });
});

describe("one agent, one run at a time", () => {
  test("what comes meanwhile waits its turn, and bob works beside alice", async () => {
    await using staffed = openStaffed();
    const { house, puppet } = staffed;
    const mira = house.person("mira");
    house.say(mira, "@alice one");
    house.say(mira, "@alice two");
    house.say(mira, "@bob three");
    (await staffed.begun(1)).end();
    expect(puppet.runs.map(({ request }) => request.words)).toEqual(["one", "three"]);
    puppet.runs[0]?.end();
    (await staffed.begun(2)).end();
    await staffed.idle();
    expect(puppet.runs.map(({ request }) => request.words)).toEqual(["one", "three", "two"]);
    expect(puppet.most.get("alice")).toBe(1);
  });

  test("what waits is done in the words in which it was asked, which its card says", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    const mira = house.person("mira");
    house.say(mira, "@alice first");
    const request = house.say(mira, "@alice run the tests");
    const first = await shop.begun();
    house.outcomeOf((done) => house.change.edit(mira, request.id, "@alice delete everything", done));
    first.end();
    const second = await shop.begun(1);
    expect(second.request).toMatchObject({ words: "run the tests", message: { text: "@alice run the tests" } });
    expect(second.request.task?.description).toBe("run the tests");
    second.end();
    await shop.idle();
  });

  test("a full queue is said to be full, and what waits in it is still done", async () => {
    await using staffed = openStaffed({ limits: { queuedTasks: 2 } });
    const { house, puppet } = staffed;
    const mira = house.person("mira");
    for (const word of ["one", "two", "three"]) house.say(mira, `@alice ${word}`);
    await staffed.begun();
    await until(() => staffed.said().length === 4, "the refusal");
    const [refusal] = staffed.said().slice(-1);
    expect(refusal).toMatchObject({ author: house.agent("alice"), replyTo: { excerpt: "@alice three" } });
    expect(refusal?.text).toContain("My queue is full (2 requests)");
    puppet.runs[0]?.end();
    (await staffed.begun(1)).end();
    await staffed.idle();
    expect(puppet.runs.map(({ request }) => request.words)).toEqual(["one", "two"]);
  });
});

describe("what a backend says", () => {
  test("becomes messages that answer the request, and a task with its card on the first of them", async () => {
    await using staffed = openStaffed();
    const { house } = staffed;
    const mira = house.person("mira");
    const request = house.say(mira, "@alice fix it");
    const run = await staffed.begun();
    run.say({ type: "task", description: "fix it" }, { type: "say", text: "Got it: fix it." });
    run.say({ type: "move", state: "working", progress: 40 }, { type: "move", state: "completed", note: "fixed" });
    run.end();
    await staffed.idle();
    const answer = staffed.said().at(-1);
    expect(answer).toMatchObject({ text: "Got it: fix it.", origin: "agent", replyTo: { id: request.id } });
    const task = house.tasks.byId(answer?.taskId ?? 0);
    expect(task).toMatchObject({
      state: "completed",
      progress: 100,
      note: "fixed",
      requestId: request.id,
      requester: mira,
      agent: house.agent("alice"),
    });
    const steps = house.committed
      .filter(({ kind }) => kind === "task.moved")
      .map(({ data }) => (data as { state: string }).state);
    expect(steps).toEqual(["accepted", "working", "completed"]);
  });

  test("in pieces becomes one message that grows by deltas and is then finished", async () => {
    await using staffed = openStaffed();
    const { house, runs } = staffed;
    house.say(house.person("mira"), "@alice tell me");
    const run = await staffed.begun();
    run.say({ type: "text", delta: "one " }, { type: "text", delta: "👍 " }, { type: "text", delta: "three" });
    await until(() => house.told.filter(({ type }) => type === "delta").length === 3, "three deltas");
    const open = staffed.said().at(-1);
    expect(open).toMatchObject({ streaming: true, text: "" });
    expect(runs.writing(open?.roomId ?? 0)).toEqual([{ message: open, text: "one 👍 three" }] as never);
    expect(runs.writing(999)).toEqual([]);
    run.end();
    await staffed.idle();
    expect(staffed.said().at(-1)).toMatchObject({ id: open?.id, streaming: false, text: "one 👍 three" });
    const deltas = house.told.flatMap((event) => (event.type === "delta" ? [event] : []));
    expect(deltas.map(({ messageId, offset, delta }) => [messageId, offset, delta])).toEqual([
      [open?.id ?? 0, 0, "one "],
      [open?.id ?? 0, 4, "👍 "],
      [open?.id ?? 0, 7, "three"],
    ]);
    expect(runs.writing(open?.roomId ?? 0)).toEqual([]);
  });

  test("without end is cut at the length of a message, and everybody saw what was stored", async () => {
    await using staffed = openStaffed();
    const { house } = staffed;
    house.say(house.person("mira"), "@alice tell me");
    const run = await staffed.begun();
    for (let n = 0; n < 12; n += 1) run.say({ type: "text", delta: "x".repeat(1_000) });
    run.end();
    await staffed.idle();
    const told = house.told.flatMap((event) => (event.type === "delta" ? [event.delta] : [])).join("");
    expect(staffed.said().at(-1)?.text).toBe(told);
    expect(told).toHaveLength(7_800);
  });

  test("about another of its tasks moves that one, and asks for help with it", async () => {
    await using staffed = openStaffed();
    const { house } = staffed;
    const mira = house.person("mira");
    const task = house.work(mira, "bob", "draw it", { state: "accepted" });
    (await staffed.begun()).say({ type: "move", taskId: task.id, state: "stuck", note: "no paper" });
    (await staffed.begun()).say(
      { type: "help", taskId: task.id, issue: "no paper" },
      { type: "help", taskId: 999, issue: "?" },
    );
    (await staffed.begun()).say({ type: "move", state: "working" });
    (await staffed.begun()).end();
    await staffed.idle();
    house.log.flush();
    expect(house.tasks.byId(task.id)).toMatchObject({ state: "stuck", note: "no paper" });
    expect(house.tasks.pendingHelp()).toBe(1);
  });

  test("gives it the room to look at: what was said before, and the search for it", async () => {
    await using staffed = openStaffed();
    const { house } = staffed;
    const mira = house.person("mira");
    house.say(mira, "first words");
    const seen: unknown[] = [];
    const looking = ruled(async function* (_request, desk) {
      seen.push(desk.recent(500).map(({ text }) => text));
      seen.push(
        desk.search(["FIRST"], 500).map(({ text }) => text),
        desk.search([], 10),
      );
      seen.push(desk.openTasks().length, desk.task(999), desk.colleagues().length);
      yield { type: "say", text: "seen" };
    });
    const runs = createRuns({ ...house, backends: [looking] });
    house.say(mira, "@alice look");
    await until(() => runs.live === 0, "the end");
    expect(seen).toEqual([["first words"], ["first words"], [], 0, undefined, 4]);
    await runs.stop();
  });
});

describe("a run that fails", () => {
  test("by a bug: the answer so far stays with a mark, the task failed, and the reference is in the log", async () => {
    await using staffed = openStaffed();
    const { house } = staffed;
    house.say(house.person("mira"), "@alice fix it");
    const run = await staffed.begun();
    run.say({ type: "task", description: "fix it" }, { type: "text", delta: "I will" });
    run.fail(new Error("secret stack"));
    await staffed.idle();
    const answer = staffed.said().at(-1);
    const line = house.logged.find(({ event }) => event === "run.failed");
    expect(answer?.text).toBe(`I will\n\n(Cut off: Something went wrong on our side (ref ${line?.reference}).)`);
    expect(house.tasks.byId(answer?.taskId ?? 0)?.state).toBe("failed");
  });

  test("before it said anything: says so in words", async () => {
    await using staffed = openStaffed();
    const { house } = staffed;
    house.say(house.person("mira"), "@alice fix it");
    (await staffed.begun()).fail(new Refusal("AGENT_OFFLINE"));
    await staffed.idle();
    await until(() => staffed.said().length === 2, "the words");
    expect(staffed.said().at(-1)?.text).toBe("I could not do that: That agent is offline.");
  });

  test("because its backend is not there: says so, and the next request is heard", async () => {
    using house = openHouse();
    const runs = createRuns({ ...house, backends: [] });
    house.say(house.person("mira"), "@alice one");
    house.say(house.person("mira"), "@alice two");
    await until(() => runs.live === 0, "the end");
    house.log.flush();
    const { messages } = house.history.page(house.rooms.forReader(house.members.system, "general").id, { limit: 9 });
    expect(messages.slice(2).map(({ text }) => text)).toEqual(
      Array(2).fill('I could not do that: The backend "builtin" is not available.'),
    );
    await runs.stop();
  });

  test("because its task was cancelled meanwhile: the cancellation stands", async () => {
    await using staffed = openStaffed();
    const { house } = staffed;
    const mira = house.person("mira");
    house.say(mira, "@alice fix it");
    const run = await staffed.begun();
    run.say({ type: "task", description: "fix it" });
    await until(() => house.tasks.active()[0]?.state === "accepted", "the task");
    const [task] = house.tasks.active();
    house.outcomeOf((done) => house.tasks.decide(mira, task?.id ?? 0, "cancel", done));
    run.say({ type: "move", state: "completed" });
    await staffed.idle();
    expect(house.tasks.byId(task?.id ?? 0)?.state).toBe("cancelled");
  });

  test("and cannot even say so, because alice speaks too fast: is logged, and alice works on", async () => {
    await using staffed = openStaffed({ limits: { agentRate: 1, agentBurst: 1 } });
    const { house, puppet } = staffed;
    house.say(house.agent("alice"), "my only word");
    house.say(house.person("mira"), "@alice fix it");
    (await staffed.begun()).fail(new Refusal("AGENT_BUSY"));
    await staffed.idle();
    expect(house.logged.map(({ event }) => event)).toContain("run.silent");
    house.say(house.person("mira"), "@alice again");
    await staffed.begun(1);
    expect(puppet.runs).toHaveLength(2);
  });
});

describe("a full disk", () => {
  test("does not leave an answer open: it is finished once there is space", async () => {
    await using staffed = openStaffed({ limits: { storageRetryMs: 1 } });
    const { house } = staffed;
    house.say(house.person("mira"), "@alice tell me");
    const run = await staffed.begun();
    run.say({ type: "text", delta: "the answer" });
    await until(() => house.told.some(({ type }) => type === "delta"), "a delta");
    house.store.sqlite.run("PRAGMA query_only = ON");
    run.end();
    await until(() => house.logged.some(({ event }) => event === "storage.failed"), "a refused commit");
    expect(staffed.said().at(-1)?.streaming).toBe(true);
    house.store.sqlite.run("PRAGMA query_only = OFF");
    await staffed.idle();
    expect(staffed.said().at(-1)).toMatchObject({ streaming: false, text: "the answer" });
  });
});

describe("an agent that is fired", () => {
  test("leaves no task open; those of others go on", async () => {
    await using staffed = openStaffed();
    const { house } = staffed;
    const mira = house.person("mira");
    const hers = house.work(mira, "alice", "hers", { state: "accepted" });
    const his = house.work(mira, "bob", "his", { state: "accepted" });
    await house.roster.fire(mira, "alice");
    house.log.flush();
    expect(house.tasks.byId(hers.id)).toMatchObject({ state: "cancelled", note: "alice was fired" });
    expect(house.tasks.byId(his.id)?.state).toBe("accepted");
  });
});

describe("the end", () => {
  test("of the server cuts answers off with a word, and takes nothing new", async () => {
    const staffed = openStaffed();
    const { house, runs, puppet } = staffed;
    using _ = house;
    const mira = house.person("mira");
    house.say(mira, "@alice tell me");
    (await staffed.begun()).say({ type: "text", delta: "Once upon" });
    await until(() => house.told.some(({ type }) => type === "delta"), "a delta");
    await runs.stop();
    expect(staffed.said().at(-1)).toMatchObject({
      streaming: false,
      text: "Once upon\n\n(Cut off: the server is stopping. Ask again.)",
    });
    house.say(mira, "@alice and then?");
    await settled();
    expect(puppet.runs).toHaveLength(1);
  });

  test("of a process that was killed is made good at the next start", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const queued = house.work(mira, "alice", "never begun");
    const kept = house.work(mira, "alice", "kept on the list", { state: "accepted" });
    const writing = house.work(mira, "bob", "half written", { state: "accepted" }, { state: "working" });
    const half = house.say(house.agent("bob"), "", { streaming: true, taskId: writing.id });
    const runs = createRuns({ ...house, backends: [] });
    runs.recover();
    house.log.flush();
    expect(house.history.message(half.id)?.text).toMatch(/Cut off: the server stopped while this was being written/);
    expect([queued, kept, writing].map(({ id }) => house.tasks.byId(id)?.state)).toEqual([
      "failed",
      "accepted",
      "failed",
    ]);
    expect(house.tasks.byId(writing.id)?.note).toMatch(/crashed/);
    runs.recover();
    house.log.flush();
    expect(house.logged).toEqual([]);
  });
});
