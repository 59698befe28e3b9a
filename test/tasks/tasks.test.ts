import { describe, expect, test } from "bun:test";
import { endedStates, nextStates, type TaskState } from "../../src/tasks/task.ts";
import type { TaskChange } from "../../src/tasks/tasks.ts";
import { type House, openHouse, refused } from "../support/house.ts";

const states = Object.keys(nextStates) as TaskState[];

/** The steps that bring a new task to a state. */
const ways: Record<TaskState, TaskChange[]> = {
  queued: [],
  accepted: [{ state: "accepted" }],
  working: [{ state: "accepted" }, { state: "working" }],
  stuck: [{ state: "accepted" }, { state: "stuck" }],
  completed: [{ state: "accepted" }, { state: "completed" }],
  failed: [{ state: "failed" }],
  cancelled: [{ state: "cancelled" }],
};

/** The table of steps that product and tests agree on. */
const allowed: Record<TaskState, TaskState[]> = {
  queued: ["queued", "accepted", "failed", "cancelled"],
  accepted: ["accepted", "working", "stuck", "completed", "failed", "cancelled"],
  working: ["accepted", "working", "stuck", "completed", "failed", "cancelled"],
  stuck: ["accepted", "working", "stuck", "completed", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
};

function move(house: House, id: number, change: TaskChange) {
  return house.outcomeOf((done) => house.tasks.move(id, change, house.agent("alice"), done));
}

describe("the life of a task", () => {
  const steps = states.flatMap((from) => states.map((to) => [from, to, allowed[from].includes(to)] as const));

  test.each(steps.filter(([, , may]) => may))("%s may become %s", (from, to) => {
    using house = openHouse();
    const task = house.work(house.person("mira"), "alice", "fix it", ...ways[from]);
    expect(task.state).toBe(from);
    house.clock.advance(5_000);
    move(house, task.id, { state: to });
    const now = house.tasks.byId(task.id);
    expect(now).toMatchObject({ state: to, seq: house.log.seq, updatedAt: house.clock.now() });
    expect(now?.endedAt).toBe(endedStates.includes(to) ? house.clock.now() : null);
  });

  test.each(steps.filter(([, , may]) => !may))("%s may not become %s", (from, to) => {
    using house = openHouse();
    const task = house.work(house.person("mira"), "alice", "fix it", ...ways[from]);
    const seq = house.log.seq;
    expect(refused(() => move(house, task.id, { state: to }))).toBe("CONFLICT");
    expect(house.tasks.byId(task.id)).toEqual(task);
    expect(house.log.seq).toBe(seq);
  });
});

describe("a task", () => {
  test("begins queued, with who asked, whom, and by which message", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const task = house.work(mira, "alice", "fix the login");
    expect(task).toMatchObject({
      room: "general",
      agent: house.agent("alice"),
      requester: mira,
      description: "fix the login",
      state: "queued",
      progress: 0,
      note: "",
      endedAt: null,
    });
    expect(house.history.message(task.requestId)?.text).toBe("@alice fix the login");
  });

  test("keeps progress between 0 and 100, and is at 100 when it is completed", () => {
    using house = openHouse();
    const { id } = house.work(house.person("mira"), "alice", "fix it", { state: "accepted" });
    const progressAfter = (change: TaskChange) => {
      move(house, id, change);
      return house.tasks.byId(id)?.progress;
    };
    expect(progressAfter({ progress: 41.6 })).toBe(42);
    expect(progressAfter({ note: "on it" })).toBe(42);
    expect(progressAfter({ progress: 900 })).toBe(100);
    expect(progressAfter({ progress: -3 })).toBe(0);
    expect(progressAfter({ state: "completed" })).toBe(100);
    expect(house.tasks.byId(id)?.note).toBe("on it");
  });

  test("has a note of at most 500 characters", () => {
    using house = openHouse();
    const task = house.work(house.person("mira"), "alice", "fix it", { note: "x".repeat(900) });
    expect(task.note).toHaveLength(500);
  });

  test("that does not exist cannot be moved or decided", () => {
    using house = openHouse();
    expect(house.tasks.byId(999)).toBeUndefined();
    expect(refused(() => move(house, 999, { state: "accepted" }))).toBe("NOT_FOUND");
    expect(refused(() => house.tasks.decide(house.person("mira"), 999, "cancel"))).toBe("NOT_FOUND");
  });

  test("that went away between asking and the commit is refused by the log", () => {
    using house = openHouse();
    const { id } = house.work(house.person("mira"), "alice", "fix it");
    const moved = () =>
      house.outcomeOf((done) => {
        house.tasks.move(id, { state: "accepted" }, house.agent("alice"), done);
        house.store.sqlite.run("DELETE FROM tasks");
      });
    expect(refused(moved)).toBe("NOT_FOUND");
  });
});

describe("who may end a task from its card", () => {
  test("whoever asked for it, and whoever manages tasks; not gil the guest who only watches", () => {
    using house = openHouse();
    const [gil, ana] = [house.person("gil", "guest"), house.person("ana", "analyst")];
    const own = house.work(gil, "alice", "mine");
    const other = house.work(ana, "alice", "hers");
    expect(refused(() => house.tasks.decide(gil, other.id, "cancel"))).toBe("PERMISSION_DENIED");
    expect(refused(() => house.tasks.decide(house.agent("bob"), other.id, "cancel"))).toBe("PERMISSION_DENIED");
    house.outcomeOf((done) => house.tasks.decide(gil, own.id, "cancel", done));
    house.outcomeOf((done) => house.tasks.decide(house.person("mira"), other.id, "cancel", done));
    expect([own, other].map(({ id }) => house.tasks.byId(id)?.state)).toEqual(["cancelled", "cancelled"]);
  });

  test("first one wins: what mira cancelled tomas cannot complete", () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const { id } = house.work(mira, "alice", "fix it", { state: "accepted" });
    const outcomes: unknown[] = [];
    house.tasks.decide(mira, id, "cancel", (outcome) => outcomes.push(outcome.ok || outcome.refusal.code));
    house.tasks.decide(tomas, id, "complete", (outcome) => outcomes.push(outcome.ok || outcome.refusal.code));
    house.log.flush();
    expect(outcomes).toEqual([true, "CONFLICT"]);
    expect(house.tasks.byId(id)?.state).toBe("cancelled");
  });
});

describe("the lists of tasks", () => {
  test("hold what has not ended, oldest first, of one agent or of all", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const [one, two, three] = [
      house.work(mira, "alice", "one"),
      house.work(mira, "bob", "two"),
      house.work(mira, "alice", "three"),
    ];
    house.work(mira, "alice", "over", { state: "cancelled" });
    expect(house.tasks.active().map(({ id }) => id)).toEqual([one.id, two.id, three.id]);
    expect(house.tasks.active(house.agent("alice").id).map(({ id }) => id)).toEqual([one.id, three.id]);
  });

  test("know which of an agent's tasks ended last", () => {
    using house = openHouse();
    const mira = house.person("mira");
    expect(house.tasks.lastEnded(house.agent("alice").id)).toBeUndefined();
    const first = house.work(mira, "alice", "one", { state: "accepted" });
    const second = house.work(mira, "alice", "two", { state: "cancelled" });
    expect(house.tasks.lastEnded(house.agent("alice").id)?.id).toBe(second.id);
    house.clock.advance(1);
    move(house, first.id, { state: "completed" });
    expect(house.tasks.lastEnded(house.agent("alice").id)?.id).toBe(first.id);
    expect(house.tasks.lastEnded(house.agent("bob").id)).toBeUndefined();
  });
});

describe("a request for help", () => {
  test("waits until its task goes on or ends, and not merely until something is noted", () => {
    using house = openHouse();
    const task = house.work(house.person("mira"), "alice", "fix it", { state: "accepted" }, { state: "stuck" });
    house.tasks.requestHelp(task, "x".repeat(900));
    house.log.flush();
    expect(house.tasks.pendingHelp()).toBe(1);
    expect(house.committed.at(-1)).toMatchObject({ kind: "help.requested", actorId: house.agent("alice").id });
    expect(house.committed.at(-1)?.data).toMatchObject({ issue: "x".repeat(500) });
    move(house, task.id, { note: "still" });
    expect(house.tasks.pendingHelp()).toBe(1);
    move(house, task.id, { state: "working" });
    expect(house.tasks.pendingHelp()).toBe(0);
  });
});

describe("what an event says of a task", () => {
  test("is the task as it was right after it, so that replayed steps differ", () => {
    using house = openHouse();
    const task = house.work(
      house.person("mira"),
      "alice",
      "fix it",
      { state: "accepted" },
      { state: "working", progress: 40, note: "on it" },
    );
    house.tasks.requestHelp(task, "no access");
    house.log.flush();
    move(house, task.id, { state: "completed" });
    const told = (kind: string) =>
      house.committed.filter((event) => event.kind.startsWith(kind)).map((event) => house.tasks.ofEvent(event));
    expect(told("task.").map((step) => [step?.state, step?.progress, step?.note, step?.endedAt !== null])).toEqual([
      ["queued", 0, "", false],
      ["accepted", 0, "", false],
      ["working", 40, "on it", false],
      ["completed", 100, "on it", true],
    ]);
    expect(told("help.").map((step) => [step?.id, step?.progress])).toEqual([[task.id, 40]]);
    expect(told("message.")).toEqual([undefined]);
  });
});

describe("a task's card", () => {
  test("stands on the first message that speaks of it, and on no other", () => {
    using house = openHouse();
    const alice = house.agent("alice");
    const task = house.work(house.person("mira"), "alice", "fix it");
    const [first, second] = [
      house.say(alice, "Got it", { taskId: task.id }),
      house.say(alice, "Half", { taskId: task.id }),
    ];
    const other = house.say(alice, "Hello");
    expect(house.cards.on(first)?.task.id).toBe(task.id);
    expect(house.cards.on(second)).toBeNull();
    expect(house.cards.on(other)).toBeNull();
  });
});
