import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { defaultSettings } from "../../src/agents/settings.ts";
import type { Usage } from "../../src/agents/usage.ts";
import type { Task } from "../../src/tasks/task.ts";
import { hour, minute, second } from "../support/clock.ts";
import { type House, openHouse } from "../support/house.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Both clocks: the one that is read and the one that timers run by. What they set off is committed. */
function pass(house: House, ms: number): void {
  house.clock.advance(ms);
  jest.advanceTimersByTime(ms);
  house.log.flush();
}

function used(inputTokens: number, outputTokens = 0, costUsd: number | null = null): Usage {
  return { inputTokens, outputTokens, costUsd };
}

/** What stands in the log of a task's use. */
function written(house: House): object[] {
  return house.committed.filter(({ kind }) => kind === "task.used").map(({ data }) => data as object);
}

function note(house: House, task: Task, usage: Usage): void {
  house.usage.note(task, usage);
  house.log.flush();
}

/** An agent with budgets of its own. */
function withBudget(house: House, name: string, budget: { dailyTokens?: number; dailyUsd?: number }) {
  const agent = house.roster.byName(name);
  if (!agent) throw new Error(`no agent ${name}`);
  return { ...agent, settings: { ...defaultSettings, ...budget } };
}

describe("what a run uses", () => {
  test("is written at once, then every few seconds at most, each time by what is new, and whole at the end", () => {
    using house = openHouse();
    const task = house.work(house.person("mira"), "alice", "fix it");
    note(house, task, used(100, 10));
    for (let round = 1; round <= 4; round += 1) {
      pass(house, second);
      note(house, task, used(100 + round * 10, 10));
    }
    expect(written(house)).toHaveLength(1);
    pass(house, second);
    expect(written(house)).toHaveLength(2);
    note(house, task, used(200, 40, 0.25));
    house.usage.close(task);
    house.log.flush();
    const ids = { taskId: task.id, agentId: task.agent.id, requesterId: task.requester.id };
    expect(written(house)).toEqual([
      { ...ids, inputTokens: 100, outputTokens: 10, costMicros: null },
      { ...ids, inputTokens: 40, outputTokens: 0, costMicros: null },
      { ...ids, inputTokens: 60, outputTokens: 30, costMicros: 250_000 },
    ]);
    expect(house.usage.ofTask(task.id)).toEqual(used(200, 40, 0.25));
  });

  test("is known before it is written", () => {
    using house = openHouse();
    const task = house.work(house.person("mira"), "alice", "fix it");
    expect(house.usage.ofTask(task.id)).toBeUndefined();
    note(house, task, used(100));
    note(house, task, used(150, 5));
    expect(written(house)).toHaveLength(1);
    expect(house.usage.ofTask(task.id)).toEqual(used(150, 5));
  });

  test("of a second run of the task is added, though it counts from nothing again", () => {
    using house = openHouse();
    const task = house.work(house.person("mira"), "alice", "fix it");
    note(house, task, used(100, 10));
    house.usage.close(task);
    house.log.flush();
    note(house, task, used(30, 3));
    house.usage.close(task);
    house.log.flush();
    expect(house.usage.ofTask(task.id)).toEqual(used(130, 13));
  });

  test("is not less for a backend that says less than before, and nothing for one that says nonsense", () => {
    using house = openHouse();
    const task = house.work(house.person("mira"), "alice", "fix it");
    note(house, task, used(100, 10, 1));
    note(house, task, used(50, 12, 0.5));
    note(house, task, used(Number.NaN, Number.POSITIVE_INFINITY, -3));
    expect(house.usage.ofTask(task.id)).toEqual(used(100, 12, 1));
  });

  test("that the disk had no space for is counted meanwhile, and written when there is", () => {
    using house = openHouse();
    const task = house.work(house.person("mira"), "alice", "fix it");
    house.store.sqlite.run("CREATE TEMP TRIGGER full BEFORE INSERT ON usage BEGIN SELECT RAISE(ABORT, 'no'); END");
    note(house, task, used(100));
    house.usage.close(task);
    house.log.flush();
    expect(written(house)).toEqual([]);
    expect(house.usage.ofTask(task.id)).toEqual(used(100));
    house.store.sqlite.run("DROP TRIGGER full");
    pass(house, second);
    expect(written(house)).toHaveLength(1);
    expect(house.usage.ofTask(task.id)).toEqual(used(100));
  });

  test("and was not written yet is written when the house closes", () => {
    using house = openHouse();
    const task = house.work(house.person("mira"), "alice", "fix it");
    note(house, task, used(100));
    note(house, task, used(150));
    house.usage.stop();
    house.log.flush();
    expect(written(house)).toHaveLength(2);
  });
});

describe("a budget", () => {
  const words = /^Today's budget of (.+) is used up: (.+)\. It begins anew at 00:00 UTC, in (.+)\.$/;

  test("of an agent says whose it is, how much was used, and when it begins anew; another agent goes on", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const [alice, bob] = [withBudget(house, "alice", { dailyTokens: 1_000 }), withBudget(house, "bob", {})];
    const task = house.work(mira, "alice", "fix it");
    note(house, task, used(900, 99));
    expect(house.usage.exhausted(alice, mira)).toBeNull();
    note(house, task, used(900, 100));
    expect(house.usage.exhausted(alice, mira)).toBe(
      "Today's budget of alice is used up: 1k of 1k tokens. It begins anew at 00:00 UTC, in 15 h.",
    );
    expect(house.usage.exhausted(bob, mira)).toBeNull();
  });

  test("of money counts what backends said, and what nobody said is not guessed", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const alice = withBudget(house, "alice", { dailyUsd: 0.5 });
    const [silent, paid] = [house.work(mira, "alice", "one"), house.work(mira, "alice", "two")];
    note(house, silent, used(10_000_000));
    expect(house.usage.exhausted(alice, mira)).toBeNull();
    note(house, paid, used(10, 10, 0.5));
    expect(words.exec(house.usage.exhausted(alice, mira) ?? "")?.slice(1)).toEqual(["alice", "$0.50 of $0.50", "15 h"]);
  });

  test("of a person is theirs with every agent, and nobody else's", () => {
    using house = openHouse({ env: { PARLEY_PERSON_DAILY_TOKENS: "1000" } });
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    note(house, house.work(mira, "alice", "one"), used(600));
    note(house, house.work(mira, "bob", "two"), used(600));
    const charlie = withBudget(house, "charlie", {});
    expect(words.exec(house.usage.exhausted(charlie, mira) ?? "")?.slice(1, 3)).toEqual(["mira", "1.2k of 1k tokens"]);
    expect(house.usage.exhausted(charlie, tomas)).toBeNull();
  });

  test("of the workspace is everybody's", () => {
    using house = openHouse({ env: { PARLEY_DAILY_USD: "2.50" } });
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    note(house, house.work(mira, "alice", "one"), used(1, 1, 2.5));
    const bob = withBudget(house, "bob", {});
    expect(words.exec(house.usage.exhausted(bob, tomas) ?? "")?.slice(1, 3)).toEqual([
      "the workspace",
      "$2.50 of $2.50",
    ]);
  });

  test("begins anew at midnight of UTC, also for a run that goes on", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const alice = withBudget(house, "alice", { dailyTokens: 1_000 });
    const task = house.work(mira, "alice", "all night");
    pass(house, 14 * hour + 59 * minute + 30 * second);
    note(house, task, used(1_000));
    expect(words.exec(house.usage.exhausted(alice, mira) ?? "")?.[3]).toBe("1 min");
    pass(house, 30 * second);
    expect(house.usage.exhausted(alice, mira)).toBeNull();
    note(house, task, used(1_999));
    expect(house.usage.exhausted(alice, mira)).toBeNull();
    note(house, task, used(2_000));
    expect(house.usage.exhausted(alice, mira)).toContain("alice");
    house.usage.close(task);
    house.log.flush();
    const everything = { from: "2026-01-01", to: "2026-12-31", requesterId: null, roomIds: null };
    expect(house.usage.table.byDay(everything).map(({ day, inputTokens }) => [day, inputTokens])).toEqual([
      ["2026-01-06", 1_000],
      ["2026-01-05", 1_000],
    ]);
  });

  test("of a person holds where one agent asks another on their behalf", () => {
    using house = openHouse({ env: { PARLEY_PERSON_DAILY_TOKENS: "1000" } });
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const task = house.work(mira, "alice", "build it", { state: "accepted" }, { state: "working" });
    const [alice, bob] = [house.agent("alice"), withBudget(house, "bob", {})];
    expect(house.usage.exhausted(bob, alice)).toBeNull();
    const asked = house.say(alice, "@bob please draw it", { taskId: task.id, origin: "agent" });
    let drawing: unknown;
    house.tasks.open(
      {
        agentId: bob.member.id,
        requestId: asked.id,
        requesterId: alice.id,
        description: "draw it",
        roomId: asked.roomId,
      },
      (opened) => {
        drawing = opened;
      },
    );
    house.log.flush();
    note(house, drawing as Task, used(1_000));
    expect(written(house)).toMatchObject([{ agentId: bob.member.id, requesterId: mira.id }]);
    expect(house.usage.exhausted(bob, alice)).toContain("budget of mira");
    expect(house.usage.exhausted(bob, tomas)).toBeNull();
  });

  test("that nobody set stops nobody", () => {
    using house = openHouse();
    const mira = house.person("mira");
    note(house, house.work(mira, "alice", "one"), used(1_000_000_000, 1_000_000_000, 1_000));
    expect(house.usage.exhausted(withBudget(house, "alice", {}), mira)).toBeNull();
  });
});

describe("what was used, summed up", () => {
  const asked = { from: "2026-01-01", to: "2026-12-31", requesterId: null, roomIds: null };

  test("by day, agent and person, and says of how much nobody knows the price", () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    note(house, house.work(mira, "alice", "one"), used(100, 10, 0.01));
    note(house, house.work(tomas, "alice", "two"), used(1_000, 100));
    pass(house, 24 * hour);
    note(house, house.work(mira, "bob", "three"), used(5, 5, 0.02));
    const { table } = house.usage;
    expect(table.total(asked)).toEqual({
      ...{ tasks: 3, inputTokens: 1_105, outputTokens: 115, costUsd: 0.03, unpricedTokens: 1_100 },
    });
    expect(table.byDay(asked)).toMatchObject([
      { day: "2026-01-06", tasks: 1, inputTokens: 5 },
      { day: "2026-01-05", tasks: 2, inputTokens: 1_100 },
    ]);
    expect(table.byAgent(asked)).toMatchObject([
      { agentId: house.agent("alice").id, tasks: 2, outputTokens: 110 },
      { agentId: house.agent("bob").id, tasks: 1, outputTokens: 5, unpricedTokens: 0 },
    ]);
    expect(table.byPerson(asked)).toMatchObject([
      { requesterId: tomas.id, costUsd: null, unpricedTokens: 1_100 },
      { requesterId: mira.id, costUsd: 0.03, inputTokens: 105 },
    ]);
    expect(table.total({ ...asked, to: "2026-01-05" }).tasks).toBe(2);
    expect(table.total({ ...asked, from: "2027-01-01" })).toMatchObject({ tasks: 0, costUsd: null });
  });

  test("only of one person, or only of some rooms, where that is asked for", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const task = house.work(mira, "alice", "one");
    note(house, task, used(100));
    note(house, house.work(tomas, "bob", "two"), used(7));
    const { table } = house.usage;
    expect(table.total({ ...asked, requesterId: mira.id }).inputTokens).toBe(100);
    expect(table.byAgent({ ...asked, requesterId: tomas.id }).map(({ inputTokens }) => inputTokens)).toEqual([7]);
    expect(table.total({ ...asked, roomIds: [task.roomId] }).tasks).toBe(2);
    expect(table.total({ ...asked, roomIds: [task.roomId + 1] }).tasks).toBe(0);
  });
});
