import { describe, expect, test } from "bun:test";
import { createPasses } from "../../src/agents/tools/pass.ts";
import type { Answer, Ask } from "../../src/approvals/ask.ts";
import type { Outcome } from "../../src/database/log.ts";
import { command } from "../support/asks.ts";
import { minute, second } from "../support/clock.ts";
import { refused, until } from "../support/house.ts";
import { openWorkshop } from "../support/puppet.ts";

type Workshop = ReturnType<typeof openWorkshop>;

/** A task that alice is at, for mira. */
async function atWork(shop: Workshop, words = "fix it") {
  const mira = shop.house.person("mira");
  shop.house.say(mira, `@alice ${words}`);
  const run = await shop.begun();
  const id = run.request.task?.id ?? 0;
  const now = () => shop.house.tasks.byId(id);
  run.say({ type: "note", text: "at it" });
  await until(() => now()?.state === "working", "the work");
  return { mira, run, id, now };
}

function decided({ house }: Workshop, ...[member, id, action]: Parameters<Workshop["house"]["tasks"]["decide"]>) {
  return new Promise<Outcome>((resolve) => house.tasks.decide(member, id, action, resolve));
}

describe("a run that is stopped", () => {
  test("is told to end, reports on its card how it does, and its task is cancelled only when it has", async () => {
    await using shop = openWorkshop({}, { deaf: true });
    const { house } = shop;
    const { mira, run, id, now } = await atWork(shop);
    run.say({ type: "text", delta: "I was" });
    await until(() => shop.runs.writing(shop.said()[0]?.roomId ?? 0).length === 1, "the answer");
    expect((await decided(shop, mira, id, "cancel")).ok).toBe(true);
    expect(run.signal.aborted).toBe(true);
    expect(now()).toMatchObject({ state: "working", note: "Stopping: mira asked", endedAt: null });
    run.say({ type: "note", text: "asked it to end; 2 processes left" });
    await until(() => now()?.note === "asked it to end; 2 processes left", "the report");
    run.end();
    await shop.idle();
    expect(now()).toMatchObject({ state: "cancelled", note: "Stopped by mira" });
    expect(shop.said().at(-1)).toMatchObject({ streaming: false, text: "I was\n\n(Stopped by mira.)" });
    expect(house.status.of(house.roster.byName("alice") as never).status).toBe("idle");
  });

  test("that was stopped twice is stopped once; a guest who did not ask for it stops nothing", async () => {
    await using shop = openWorkshop({}, { deaf: true });
    const { mira, run, id, now } = await atWork(shop);
    const gina = shop.house.person("gina", "guest");
    expect(refused(() => shop.house.tasks.decide(gina, id, "cancel"))).toBe("PERMISSION_DENIED");
    expect(run.signal.aborted).toBe(false);
    await decided(shop, mira, id, "cancel");
    expect(await decided(shop, shop.house.person("tomas"), id, "cancel")).toMatchObject({ ok: true, repeated: true });
    run.end();
    await shop.idle();
    expect(now()?.note).toBe("Stopped by mira");
  });

  test("by whom the right was taken in that moment goes on", async () => {
    await using shop = openWorkshop();
    const { run, id, now } = await atWork(shop);
    const tomas = shop.house.person("tomas");
    const asked = decided(shop, tomas, id, "cancel");
    shop.house.person("tomas", "viewer");
    expect(await asked).toMatchObject({ ok: false, refusal: { code: "PERMISSION_DENIED" } });
    expect([run.signal.aborted, now()?.state]).toEqual([false, "working"]);
  });

  test("because it is done is completed, in whose words", async () => {
    await using shop = openWorkshop();
    const { mira, id, now } = await atWork(shop);
    await decided(shop, mira, id, "complete");
    await shop.idle();
    expect(now()).toMatchObject({ state: "completed", progress: 100, note: "Done, says mira" });
  });

  test("and does not end is said not to have: its agent takes nothing else until it is gone", async () => {
    await using shop = openWorkshop({}, { deaf: true });
    const { house, puppet } = shop;
    const { mira, run, id, now } = await atWork(shop);
    await decided(shop, mira, id, "cancel");
    house.say(mira, "@alice the next one");
    house.clock.advance(19 * second);
    await shop.looked();
    expect(now()?.state).toBe("working");
    house.clock.advance(second);
    await until(() => now()?.state === "stuck", "the report");
    expect(now()?.note).toBe("did not end within 20 s: what it started may still run");
    await until(
      () => shop.said().some(({ text }) => text.includes("I take no other work until it is gone")),
      "the words",
    );
    expect([puppet.runs.length, house.tasks.queueOf(house.agent("alice").id).length]).toEqual([1, 1]);
    expect(house.status.of(house.roster.byName("alice") as never).status).toBe("stuck");
    house.clock.advance(15 * second);
    run.end();
    expect((await shop.begun(1)).request.words).toBe("the next one");
    expect(now()).toMatchObject({ state: "cancelled", note: "Stopped by mira, 0:35 after it was to end" });
    puppet.runs[1]?.end();
    await shop.idle();
  });

  test("in the moment it is taken up is not worked on", async () => {
    await using shop = openWorkshop();
    const { house, puppet } = shop;
    const mira = house.person("mira");
    house.say(mira, "@alice one");
    house.log.flush();
    const [task] = house.tasks.active();
    const outcome = await decided(shop, mira, task?.id ?? 0, "cancel");
    expect(outcome.ok).toBe(true);
    await shop.idle();
    expect(house.tasks.byId(task?.id ?? 0)?.state).toBe("cancelled");
    expect(puppet.runs.filter(({ signal }) => !signal.aborted)).toEqual([]);
  });

  test("while somebody deleted its answer ends, and so does its task", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    const { mira, run, id, now } = await atWork(shop);
    run.say({ type: "text", delta: "secret" });
    await until(() => house.told.some(({ type }) => type === "delta"), "the answer");
    const answer = shop.said().findLast(({ streaming }) => streaming);
    const ada = house.person("ada", "admin");
    house.outcomeOf((done) => house.change.remove(ada, answer?.id ?? 0, done));
    await decided(shop, mira, id, "cancel");
    await shop.idle();
    expect(now()).toMatchObject({ state: "cancelled", note: "Stopped by mira" });
  });

  test("when it has ended already is not stopped any more", async () => {
    await using shop = openWorkshop();
    const { mira, run, id, now } = await atWork(shop);
    run.end();
    await until(() => now()?.state === "completed", "its end");
    expect(await decided(shop, mira, id, "cancel")).toMatchObject({ ok: false, refusal: { code: "CONFLICT" } });
  });

  test("because its agent was fired ends, and so does what waited", async () => {
    await using shop = openWorkshop();
    const { house, puppet } = shop;
    const { mira, run, now } = await atWork(shop);
    house.say(mira, "@alice another");
    await until(() => house.tasks.queueOf(house.agent("alice").id).length === 1, "the queue");
    const alice = house.agent("alice");
    await house.roster.fire(mira, "alice");
    await shop.idle();
    house.log.flush();
    expect([run.signal.aborted, now()?.state, now()?.note]).toEqual([true, "cancelled", "alice was fired"]);
    expect([house.tasks.active(alice.id), puppet.runs.length]).toEqual([[], 1]);
  });

  test("on a full disk ends all the same, and its task as soon as there is space", async () => {
    await using shop = openWorkshop({ limits: { storageRetryMs: 1 } });
    const { house } = shop;
    const { mira, run, id, now } = await atWork(shop);
    house.store.sqlite.run("PRAGMA query_only = ON");
    expect(await decided(shop, mira, id, "cancel")).toMatchObject({ ok: false });
    expect(run.signal.aborted).toBe(true);
    house.store.sqlite.run("PRAGMA query_only = OFF");
    await shop.idle();
    expect(now()?.state).toBe("cancelled");
  });
});

describe("a run that asks people", () => {
  const ask: Ask = {
    kind: "approval",
    title: "run a command",
    detail: "rm -r build",
    directory: null,
    options: [{ id: "yes", label: "Yes", kind: "allow_once" }],
    takesText: false,
    stepId: null,
  };

  test("is stuck, in words, for as long as any of its questions is open, and never stalled by that", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    const answers: ((answer: Answer) => void)[] = [];
    const asked: unknown[] = [];
    const before = house.approvals.ask;
    house.approvals.ask = (task, given, signal) => {
      asked.push([task.id, given, signal.aborted]);
      return new Promise((resolve) => answers.push(resolve));
    };
    const { mira, run, id, now } = await atWork(shop);
    const first = run.desk.ask(ask);
    const second = run.desk.ask({ ...ask, kind: "question", title: "which port?" });
    await until(() => answers.length === 2, "two questions");
    expect(asked[0]).toEqual([id, ask, false]);
    expect(house.status.of(house.roster.byName("alice") as never).status).toBe("stuck");
    run.say({ type: "note", text: "thinking about it" });
    house.clock.advance(20 * minute);
    await shop.looked();
    expect(now()).toMatchObject({ state: "stuck", note: "needs an answer: which port?" });
    answers[1]?.({ outcome: "said", text: "8080", by: mira });
    expect(await second).toMatchObject({ text: "8080" });
    expect(now()).toMatchObject({ state: "stuck", note: "needs approval: run a command" });
    answers[0]?.({ outcome: "none", reason: "deadline" });
    await first;
    expect(now()).toMatchObject({ state: "working", note: "thinking about it" });
    expect(house.committed.some(({ kind }) => kind === "help.requested")).toBe(false);
    house.approvals.ask = before;
  });

  test("is stopped while it waits, and the question with it", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    const before = house.approvals.ask;
    house.approvals.ask = (_task, _ask, signal) =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve({ outcome: "none", reason: "stopped" })));
    const { mira, run, id, now } = await atWork(shop);
    const answer = run.desk.ask(ask);
    await until(() => now()?.state === "stuck", "the question");
    await decided(shop, mira, id, "cancel");
    expect(await answer).toEqual({ outcome: "none", reason: "stopped" });
    await shop.idle();
    expect(now()?.state).toBe("cancelled");
    house.approvals.ask = before;
  });
});

describe("a run that says nothing", () => {
  test("is quiet after a minute, stalled after five, and asks for help once after fifteen; a word brings it back", async () => {
    await using shop = openWorkshop();
    const { house } = shop;
    const { run, now } = await atWork(shop);
    house.clock.advance(59 * second);
    await shop.looked();
    expect(now()).toMatchObject({ state: "working", note: "at it" });
    house.clock.advance(second);
    await until(() => now()?.note === "quiet for 1:00", "the note");
    house.clock.advance(70 * second);
    await until(() => now()?.note === "quiet for 2:10", "the next note");
    expect(now()?.state).toBe("working");
    house.clock.advance(170 * second);
    await until(() => now()?.state === "stuck", "the stall");
    expect(now()?.note).toBe("stalled: no sign of life for 5:00");
    expect(house.tasks.pendingHelp()).toBe(0);
    house.clock.advance(10 * minute);
    await until(() => house.tasks.pendingHelp() === 1, "the cry for help");
    await until(() => shop.said().at(-1)?.text.startsWith("I need help") === true, "the words");
    expect(shop.said().at(-1)?.text).toMatch(
      /^I need help with task \d+ \(fix it, 0 %\): no sign of life for 15:00\.$/,
    );
    house.clock.advance(30 * minute);
    await shop.looked();
    expect(house.committed.filter(({ kind }) => kind === "help.requested")).toHaveLength(1);
    run.say({ type: "thought", delta: "hm" });
    await until(() => now()?.state === "working", "the return");
    expect([now()?.note, house.tasks.pendingHelp()]).toEqual(["at it", 0]);
    run.end();
    await shop.idle();
    expect(now()).toMatchObject({ state: "completed", note: "at it" });
  });

  test("after another time where the operator set one", async () => {
    await using shop = openWorkshop({ env: { OPENCODE_STUCK_MINUTES: "6" } });
    await atWork(shop);
    shop.house.clock.advance(6 * minute);
    await until(() => shop.house.tasks.pendingHelp() === 1, "the cry for help");
  });

  test("and keeps its tasks itself has no such clock", async () => {
    await using staffed = openWorkshop({}, { opensTask: "itself" });
    const { house } = staffed;
    house.say(house.person("mira"), "@alice fix it");
    const run = await staffed.begun();
    run.say({ type: "task", description: "fix it" }, { type: "move", state: "working" });
    await until(() => house.tasks.active()[0]?.state === "working", "the task");
    house.clock.advance(20 * minute);
    await staffed.looked();
    expect(house.tasks.active()[0]).toMatchObject({ state: "working", note: "" });
    run.end();
    await staffed.idle();
  });
});

test("the pass of a run that is told to stop opens nothing more, though its process goes on", async () => {
  await using shop = openWorkshop({}, { deaf: true });
  const { house } = shop;
  const { mira, run, id, now } = await atWork(shop);
  const passes = createPasses({
    ...{ hub: house.hub, taskById: house.tasks.byId, help: () => Promise.resolve("asked") },
    ask: () => Promise.resolve({ outcome: "none", reason: "stopped" }),
  });
  const secret = passes.mint(run.request, run.desk);
  const signal = passes.find(secret)?.signal;
  expect(signal?.aborted).toBe(false);
  await decided(shop, mira, id, "cancel");
  expect(now()?.endedAt).toBeNull();
  expect([passes.find(secret), signal?.aborted]).toEqual([undefined, true]);
  // Nor does one that it is given then.
  expect(passes.find(passes.mint(run.request, run.desk))).toBeUndefined();
  run.end();
  await shop.idle();
});

test("what a run says of its progress does not hide that it waits for people", async () => {
  await using shop = openWorkshop();
  const { house } = shop;
  const { run, now } = await atWork(shop);
  const alice = run.request.agent;
  const context = { agent: alice, rooms: null, task: now() ?? null, asker: run.request.asker, signal: run.signal };
  const says = (args: object) =>
    house.tools.call("update_progress", args, { ...context, ask: run.desk.ask, help: () => Promise.resolve("") });
  const answer = run.desk.ask(command);
  // In the same moment: what was asked is on its way to the disk.
  await says({ progress: 50, note: "half" });
  await until(() => house.approvals.open().length === 1, "the question");
  expect(await says({ note: "still half" })).toContain("50 %: needs approval: run a command");
  expect(now()).toMatchObject({ state: "stuck", progress: 50, note: "needs approval: run a command" });
  expect(house.status.of(alice).status).toBe("stuck");
  const [approval] = house.approvals.open();
  await house.approvals.answer(house.person("mira"), approval?.id ?? 0, { option: "once" }, "page");
  await answer;
  expect(now()).toMatchObject({ state: "working", progress: 50, note: "still half" });
  run.end();
  await shop.idle();
});
