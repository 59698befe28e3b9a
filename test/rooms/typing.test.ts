import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import type { Room } from "../../src/rooms/room.ts";
import { type House, openHouse } from "../support/house.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** What was told: who, whether they write, and everybody who writes in that room then. */
function toldOf(house: House): string[] {
  return house.told.flatMap((event) => {
    if (event.type !== "typing") return [];
    const everybody = event.everybody.map(({ name }) => name).join(" ");
    return [`${event.room}: ${event.member.name} ${event.isTyping ? "writes" : "stops"} [${everybody}]`];
  });
}

describe("who is writing", () => {
  test("is told when it begins and when it ends, with everybody who still writes there", () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const room = house.rooms.forReader(mira, "general");
    house.typing.set(mira, room, true);
    house.typing.set(tomas, room, true);
    house.typing.set(mira, room, false);
    expect(toldOf(house)).toEqual([
      "general: mira writes [mira]",
      "general: tomas writes [mira tomas]",
      "general: mira stops [tomas]",
    ]);
  });

  test("ends by itself after five seconds, which each key stroke begins anew", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const room = house.rooms.forReader(mira, "general");
    house.typing.set(mira, room, true);
    jest.advanceTimersByTime(4_000);
    house.typing.set(mira, room, true);
    jest.advanceTimersByTime(4_999);
    expect(toldOf(house).at(-1)).toBe("general: mira writes [mira]");
    jest.advanceTimersByTime(1);
    expect(toldOf(house).at(-1)).toBe("general: mira stops []");
    jest.advanceTimersByTime(60_000);
    expect(toldOf(house)).toHaveLength(3);
  });

  test("somebody who was not writing cannot stop", () => {
    using house = openHouse();
    const mira = house.person("mira");
    house.typing.set(mira, house.rooms.forReader(mira, "general"), false);
    house.typing.clear(mira);
    expect(toldOf(house)).toEqual([]);
  });

  test("mira who leaves writes nowhere; tomas goes on", async () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const general = house.rooms.forReader(mira, "general");
    const making = house.rooms.create(mira, "ops", "");
    house.log.flush();
    const ops = await making;
    house.typing.set(mira, general, true);
    house.typing.set(mira, ops, true);
    house.typing.set(tomas, ops, true);
    house.typing.clear(mira);
    expect(toldOf(house).slice(3)).toEqual(["general: mira stops []", "ops: mira stops [tomas]"]);
  });

  test("tomas who is no longer in a room writes there no more, but elsewhere he does", () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const general = house.rooms.forReader(mira, "general");
    const board: Room = { ...general, id: 999, slug: "board" };
    for (const room of [general, board]) house.typing.set(tomas, room, true);
    house.typing.set(mira, board, true);
    house.typing.clearIn(tomas.id, board);
    house.typing.clearIn(tomas.id, board);
    expect(toldOf(house).slice(3)).toEqual(["board: tomas stops [mira]"]);
  });

  test("it ends in a room that others were made beside of meanwhile", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    house.typing.set(mira, house.rooms.forReader(mira, "general"), true);
    const making = house.rooms.create(mira, "ops", "");
    house.log.flush();
    await making;
    house.typing.set(mira, house.rooms.forReader(mira, "general"), false);
    expect(toldOf(house).at(-1)).toBe("general: mira stops []");
  });

  test("nobody is told anything after the end", () => {
    using house = openHouse();
    const mira = house.person("mira");
    house.typing.set(mira, house.rooms.forReader(mira, "general"), true);
    house.typing.stop();
    jest.advanceTimersByTime(60_000);
    expect(toldOf(house)).toEqual(["general: mira writes [mira]"]);
  });
});
