import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { peopleBeside } from "../../src/people/beside.ts";
import { second } from "../support/clock.ts";
import { type House, openHouse } from "../support/house.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Both clocks: the one that is read and the one that timers run by. */
function pass(house: House, ms: number): void {
  house.clock.advance(ms);
  jest.advanceTimersByTime(ms);
}

function toldOf(house: House): string[] {
  return house.told.flatMap((event) =>
    event.type === "presence" ? [`${event.member.name} ${event.online ? "came" : "left"}`] : [],
  );
}

describe("who is here", () => {
  test("mira with two devices comes once, and leaves a moment after the last of them", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const [leavePhone, leaveDesk] = [house.presence.arrive(mira), house.presence.arrive(mira)];
    expect(toldOf(house)).toEqual(["mira came"]);
    leavePhone();
    pass(house, 10 * second);
    expect(house.presence.isOnline(mira.id)).toBe(true);
    leaveDesk();
    pass(house, house.config.limits.presenceGraceMs - 1);
    expect(toldOf(house)).toEqual(["mira came"]);
    pass(house, 1);
    expect(toldOf(house)).toEqual(["mira came", "mira left"]);
    expect(house.presence.isOnline(mira.id)).toBe(false);
    expect(house.presence.lastSeen(mira.id)).toBe(house.clock.now());
  });

  test("a page that is reloaded is no departure", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const leave = house.presence.arrive(mira);
    leave();
    pass(house, house.config.limits.presenceGraceMs - 1);
    house.presence.arrive(mira);
    pass(house, 10 * second);
    expect(toldOf(house)).toEqual(["mira came"]);
    expect(house.presence.online()).toEqual([mira]);
  });

  test("a connection that is given up twice counts once", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const leave = house.presence.arrive(mira);
    house.presence.arrive(mira);
    leave();
    leave();
    pass(house, 10 * second);
    expect(house.presence.isOnline(mira.id)).toBe(true);
  });

  test("nobody is told anything after the end", () => {
    using house = openHouse();
    house.presence.arrive(house.person("mira"))();
    house.presence.stop();
    pass(house, 10 * second);
    expect(toldOf(house)).toEqual(["mira came"]);
  });
});

describe("who is shown beside a room", () => {
  test("those who are here, then those who were, each by name; never the agents", () => {
    using house = openHouse();
    const [zoe, mira, tomas, bea] = ["zoe", "mira", "tomas", "bea"].map((name) => house.person(name));
    if (!zoe || !mira || !tomas || !bea) throw new Error("four people");
    house.presence.arrive(zoe);
    house.presence.arrive(mira);
    house.presence.arrive(house.agent("alice"));
    house.presence.arrive(tomas)();
    pass(house, 10 * second);
    const shown = peopleBeside(house.members, house.presence, 50);
    expect(shown.map(({ member, online }) => [member.name, online])).toEqual([
      ["mira", true],
      ["zoe", true],
      ["bea", false],
      ["tomas", false],
    ]);
    expect(shown[3]?.lastSeen).toBe(house.clock.now() - 10 * second + 10 * second);
    expect(shown[2]?.lastSeen).toBeNull();
  });

  test("of many only as many as fit, those who are here first", () => {
    using house = openHouse();
    for (let n = 0; n < 8; n += 1) house.person(`away${n}`);
    for (let n = 0; n < 3; n += 1) house.presence.arrive(house.person(`here${n}`));
    const names = (limit: number) =>
      peopleBeside(house.members, house.presence, limit).map(({ member }) => member.name);
    expect(names(2)).toEqual(["here0", "here1"]);
    expect(names(5)).toEqual(["here0", "here1", "here2", "away0", "away1"]);
  });
});
