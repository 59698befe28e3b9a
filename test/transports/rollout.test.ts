import { describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { placeOf } from "../../src/transports/rollout.ts";
import { openHouse } from "../support/house.ts";

const crowd = Array.from({ length: 2_000 }, (_, index) => index + 1);

describe("whose pages use WebSockets", () => {
  test("everybody's, unless the environment says otherwise", () => {
    using open = openHouse();
    const rollout = open.rollout;
    expect(rollout).toMatchObject({ enabled: true, percent: 100 });
    expect(crowd.every(rollout.includes)).toBe(true);
    using closed = openHouse({ env: { ENABLE_WEBSOCKET: "false" } });
    expect(crowd.some(closed.rollout.includes)).toBe(false);
    using nobody = openHouse({ env: { WEBSOCKET_ROLLOUT_PERCENT: "0" } });
    expect(crowd.some(nobody.rollout.includes)).toBe(false);
  });

  test("always the same people's, and with a higher percentage theirs and others'", () => {
    const included = (percent: string) => {
      using house = openHouse({ env: { WEBSOCKET_ROLLOUT_PERCENT: percent } });
      return crowd.filter(house.rollout.includes);
    };
    const some = included("30");
    expect(included("30")).toEqual(some);
    const more = included("60");
    expect(some.filter((id) => !more.includes(id))).toEqual([]);
    // Of two thousand, a share that is off by more than a sixth would be no accident.
    expect(some.length).toBeGreaterThan(500);
    expect(some.length).toBeLessThan(700);
  });

  test("for ever: the places of a few, so that nobody changes them by accident", () => {
    expect([1, 2, 3, 1_000_000].map(placeOf)).toEqual([47, 68, 57, 70]);
  });
});

describe("what an administrator decides", () => {
  test("holds from the commit on, is told once, and what is not said stays", async () => {
    using house = openHouse();
    const rollout = house.rollout;
    let told = 0;
    rollout.onChange(() => {
      told += 1;
    });
    const anton = house.person("anton", "admin");
    await rollout.change(anton, { percent: 20 });
    expect(rollout).toMatchObject({ enabled: true, percent: 20 });
    await rollout.change(anton, { enabled: false });
    expect(rollout).toMatchObject({ enabled: false, percent: 20 });
    expect(told).toBe(2);
  });

  test("is an event, stands in the audit under their name, and outlives a restart and the environment", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "parley-rollout-")), "parley.db");
    {
      using house = openHouse({ path });
      const rollout = house.rollout;
      const anton = { ...house.person("anton", "admin"), address: "10.0.0.7" };
      await rollout.change(anton, { percent: 20 });
      await rollout.change(anton, { percent: 40 });
      expect(house.committed.filter(({ kind }) => kind === "rollout.changed")).toHaveLength(2);
      const [entry] = house.trail.page({ action: "roll-out changed" }, 1);
      expect(entry).toMatchObject({ actorId: anton.id, address: "10.0.0.7", result: "ok" });
      expect(JSON.parse(entry?.detail ?? "")).toEqual({ enabled: true, percent: 40 });
    }
    using again = openHouse({ path, env: { WEBSOCKET_ROLLOUT_PERCENT: "90" } });
    expect(again.rollout).toMatchObject({ enabled: true, percent: 40 });
  });
});
