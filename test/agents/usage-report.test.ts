import { describe, expect, test } from "bun:test";
import { budgetsFor, usageLines, usageReport } from "../../src/agents/usage-report.ts";
import { acting } from "../../src/people/identity.ts";
import { openHouse } from "../support/house.ts";

const january = { from: "2026-01-01", to: "2026-01-31" };

/** Mira had alice work, and vera, who manages nothing, had bob. */
function worked(house: ReturnType<typeof openHouse>) {
  const [mira, vera] = [house.person("mira"), house.person("vera", "analyst")];
  const [hers, veras] = [house.work(mira, "alice", "one"), house.work(vera, "bob", "two")];
  house.usage.note(hers, { inputTokens: 900, outputTokens: 100, costUsd: 0.5 });
  house.usage.note(veras, { inputTokens: 90, outputTokens: 10, costUsd: null });
  house.log.flush();
  return { mira, vera, room: hers.roomId };
}

describe("what was used is told", () => {
  test("all of it to who manages tasks", () => {
    using house = openHouse();
    const { mira } = worked(house);
    const report = usageReport(house, mira, january);
    expect(report).toMatchObject({ ...january, whose: "everybody", total: { tasks: 2, inputTokens: 990 } });
    expect(report.agents.map(({ name }) => name)).toEqual(["alice", "bob"]);
    expect(report.people.map(({ name }) => name)).toEqual(["mira", "vera"]);
    expect(report.days.map(({ day }) => day)).toEqual(["2026-01-05"]);
    expect(usageLines(house, mira, january)).toMatchObject([
      { day: "2026-01-05", agent: "alice", person: "mira", costUsd: 0.5 },
      { day: "2026-01-05", agent: "bob", person: "vera", costUsd: null },
    ]);
  });

  test("to others what was used on their behalf, and of nobody else so much as the name", () => {
    using house = openHouse();
    const { vera } = worked(house);
    const report = usageReport(house, vera, january);
    expect(report).toMatchObject({ whose: "own", total: { tasks: 1, inputTokens: 90, unpricedTokens: 100 } });
    expect(JSON.stringify([report, usageLines(house, vera, january)])).not.toMatch(/mira|alice/);
  });

  test("to a key for certain rooms of tasks in those, and of no budget that tells of the others", () => {
    using house = openHouse({ env: { PARLEY_DAILY_TOKENS: "5000" } });
    const { mira, room } = worked(house);
    const permissions = ["read", "manage_tasks"] as const;
    const [inside, elsewhere] = [room, room + 1_000].map((id) => acting(mira, "", { permissions, rooms: [id] }));
    if (!inside || !elsewhere) throw new Error("no keys");
    expect(usageReport(house, inside, january).total.tasks).toBe(2);
    expect(usageReport(house, elsewhere, january).total.tasks).toBe(0);
    expect(budgetsFor(house, elsewhere)).toEqual([]);
    const reading = acting(mira, "", { permissions: ["read"], rooms: null });
    expect(usageReport(house, reading, january)).toMatchObject({ whose: "own", total: { tasks: 1 } });
  });
});

describe("budgets of today are shown", () => {
  test("those of the workspace and of agents to who manages tasks, one's own to everybody", () => {
    using house = openHouse({
      env: { PARLEY_DAILY_TOKENS: "5000", PARLEY_DAILY_USD: "2", PARLEY_PERSON_DAILY_TOKENS: "1000" },
    });
    const { mira, vera } = worked(house);
    expect(budgetsFor(house, mira)).toEqual([
      { of: "the workspace", unit: "tokens", budget: 5_000, spent: 1_100 },
      { of: "the workspace", unit: "usd", budget: 2, spent: 0.5 },
      { of: "mira", unit: "tokens", budget: 1_000, spent: 1_000 },
    ]);
    expect(budgetsFor(house, vera)).toEqual([{ of: "vera", unit: "tokens", budget: 1_000, spent: 100 }]);
  });
});
