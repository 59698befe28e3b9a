import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Place } from "../../../src/transports/telegram/memory.ts";
import { createPumps, type Pumps } from "../../../src/transports/telegram/pumps.ts";
import { type House, openHouse, until } from "../../support/house.ts";

let place: Place;
let house: House;
let pumps: Pumps;
/** What the place is told at each turn: whether there is more, or what breaks. */
let turns: (boolean | Error)[];
let told: number;

beforeEach(() => {
  house = openHouse();
  const { roomId } = house.say(house.person("ada"), "something old");
  place = { id: 1, chatId: -1001, threadId: 0, roomId, memberId: null, cursor: 0 };
  turns = [];
  told = 0;
  pumps = createPumps({
    hub: house.hub,
    limits: { ...house.config.limits, telegramRetryMs: 2, telegramRetryMostMs: 10 },
    logger: house.logger,
    memory: { ...house.memory, places: () => [place], place: () => place },
    async tellNext() {
      const turn = turns.shift() ?? false;
      if (turn instanceof Error) throw turn;
      told++;
      return turn;
    },
    unseen: () => undefined,
  });
});
afterEach(async () => {
  await pumps.stop();
  house[Symbol.dispose]();
});

const failures = () =>
  house.logged.filter(({ event }) => event === "telegram.pump").map((line) => line.failures as number);

describe("a place whose telling breaks", () => {
  test("is told again after a pause, and hears everything from then on", async () => {
    turns = [new Error("it broke"), new Error("again"), true, false];
    pumps.start();
    await until(() => told === 2, "both tellings after the failures");
    expect(failures()).toEqual([1, 2]);
    house.say(house.person("ada"), "something new");
    await until(() => told === 3, "what is new");
  });

  test("does not keep its session from ending", async () => {
    turns = Array.from({ length: 1_000 }, () => new Error("it broke"));
    pumps.start();
    await until(() => failures().length > 1, "two failures");
    await pumps.drained(60_000);
    await pumps.stop();
    const before = failures().length;
    house.say(house.person("ada"), "something new");
    expect(failures().length).toBe(before);
  });
});
