import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { second } from "../support/clock.ts";
import { type House, openHouse } from "../support/house.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function stateOf(house: House, name: string) {
  const agent = house.roster.byName(name);
  if (!agent) throw new Error(`no agent ${name}`);
  return house.status.of(agent);
}

function toldOf(house: House, name: string): string[] {
  return house.told.flatMap((event) =>
    event.type === "agent" && event.state.agent.member.name === name ? [event.state.status] : [],
  );
}

function pass(house: House, ms: number): void {
  house.clock.advance(ms);
  jest.advanceTimersByTime(ms);
}

describe("what an agent is doing", () => {
  test("alice without work is idle, since she was hired", () => {
    using house = openHouse();
    const hiredAt = house.clock.now();
    house.clock.advance(second);
    expect(stateOf(house, "alice")).toMatchObject({
      status: "idle",
      currentTask: null,
      currentTaskId: null,
      progress: 0,
      openTasks: 0,
      lastActivity: hiredAt,
    });
  });

  test("a task she keeps on her list shows, and does not make her busy", () => {
    using house = openHouse();
    const task = house.work(house.person("mira"), "alice", "fix it", { state: "accepted", progress: 20 });
    expect(stateOf(house, "alice")).toMatchObject({
      status: "idle",
      currentTask: "fix it",
      currentTaskId: task.id,
      progress: 20,
      openTasks: 1,
    });
  });

  test("she works while a task of hers does, whatever else is stuck or waits", () => {
    using house = openHouse();
    const mira = house.person("mira");
    house.work(mira, "alice", "waiting");
    house.work(mira, "alice", "stuck", { state: "accepted" }, { state: "stuck" });
    expect(stateOf(house, "alice")).toMatchObject({ status: "stuck", currentTask: "stuck", openTasks: 2 });
    house.clock.advance(second);
    house.work(mira, "alice", "moving", { state: "accepted" }, { state: "working", progress: 60 });
    expect(stateOf(house, "alice")).toMatchObject({
      status: "working",
      currentTask: "moving",
      progress: 60,
      lastActivity: house.clock.now(),
    });
    expect(stateOf(house, "bob").status).toBe("idle");
  });

  test("she works while a run of hers is live, even without a task, and until the last of them ends", () => {
    using house = openHouse();
    const alice = house.roster.byName("alice");
    if (!alice) throw new Error("no alice");
    house.status.running(alice, true);
    house.status.running(alice, true);
    house.status.running(alice, false);
    expect(stateOf(house, "alice").status).toBe("working");
    house.status.running(alice, false);
    expect(stateOf(house, "alice").status).toBe("idle");
  });

  test("completed is shown for ten seconds, and then she is idle; told both times", () => {
    using house = openHouse();
    house.work(house.person("mira"), "alice", "fix it", { state: "accepted" }, { state: "completed" });
    expect(stateOf(house, "alice")).toMatchObject({ status: "completed", progress: 100, currentTask: null });
    pass(house, 10 * second - 1);
    expect(stateOf(house, "alice").status).toBe("completed");
    pass(house, 1);
    expect(stateOf(house, "alice")).toMatchObject({ status: "idle", progress: 0 });
    pass(house, second);
    expect(toldOf(house, "alice").slice(-2)).toEqual(["completed", "idle"]);
  });

  test("a cancelled or failed task is not called completed, and neither is one while others are open", () => {
    using house = openHouse();
    const mira = house.person("mira");
    house.work(mira, "alice", "one", { state: "cancelled" });
    expect(stateOf(house, "alice").status).toBe("idle");
    house.work(mira, "bob", "two");
    house.work(mira, "bob", "three", { state: "accepted" }, { state: "completed" });
    expect(stateOf(house, "bob").status).toBe("idle");
  });

  test("in safe mode everybody is offline, whatever the log says", () => {
    using house = openHouse({ env: { OPENCODE_SAFE_MODE: "true" } });
    house.work(house.person("mira"), "alice", "fix it", { state: "accepted" }, { state: "working" });
    expect(new Set(house.status.all().map(({ status }) => status))).toEqual(new Set(["offline"]));
  });
});

describe("who is told", () => {
  test("each change once, and nothing that changes nothing", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { id } = house.work(mira, "alice", "fix it", { state: "accepted" }, { state: "working" });
    const told = toldOf(house, "alice").length;
    house.outcomeOf((done) => house.tasks.move(id, { note: "nothing that shows" }, house.agent("alice"), done));
    house.say(mira, "hello");
    expect(toldOf(house, "alice")).toHaveLength(told);
    house.outcomeOf((done) => house.tasks.move(id, { progress: 50 }, house.agent("alice"), done));
    expect(toldOf(house, "alice")).toHaveLength(told + 1);
  });

  test("nobody, of an agent that was fired meanwhile; and nothing after the end", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { id } = house.work(mira, "alice", "fix it", { state: "accepted" });
    const firing = house.roster.fire(mira, "alice");
    house.log.flush();
    await firing;
    const told = house.told.length;
    house.outcomeOf((done) => house.tasks.decide(mira, id, "cancel", done));
    expect(house.told).toHaveLength(told);
    house.work(mira, "bob", "draw", { state: "accepted" }, { state: "completed" });
    house.status.stop();
    const before = house.told.length;
    pass(house, 60 * second);
    expect(house.told).toHaveLength(before);
  });
});
