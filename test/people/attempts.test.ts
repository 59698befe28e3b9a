import { describe, expect, test } from "bun:test";
import { createAttempts } from "../../src/people/attempts.ts";
import { HandClock, minute, second } from "../support/clock.ts";
import { leastCost } from "../support/cost.ts";
import { refusalOf, refused } from "../support/house.ts";

const window = 15 * minute;

function three(clock = new HandClock()) {
  return { clock, attempts: createAttempts(clock, 3, window) };
}

describe("whoever guesses", () => {
  test("has three tries, then waits, and is told how long", () => {
    const { clock, attempts } = three();
    for (let n = 0; n < 3; n += 1) {
      attempts.begin("mira 10.0.0.1");
      clock.advance(minute);
    }
    const refusal = refusalOf(() => attempts.begin("mira 10.0.0.1"));
    expect(refusal.code).toBe("RATE_LIMITED");
    expect(refusal.retryAfter).toBe(12 * minute);
    expect(refusal.message).toBe("Too many attempts: try again in 12 minutes.");
  });

  test("has not waited long enough a moment too early, and has at the very moment", () => {
    const { clock, attempts } = three();
    for (let n = 0; n < 3; n += 1) attempts.begin("mira");
    clock.advance(window - 1);
    expect(refusalOf(() => attempts.begin("mira")).message).toBe("Too many attempts: try again in 1 minute.");
    clock.advance(1);
    attempts.begin("mira");
  });

  test("gets tries back one by one, as each is forgiven by time", () => {
    const { clock, attempts } = three();
    for (let n = 0; n < 3; n += 1) {
      attempts.begin("mira");
      clock.advance(5 * minute);
    }
    attempts.begin("mira");
    expect(refused(() => attempts.begin("mira"))).toBe("RATE_LIMITED");
  });

  test("gains nothing by being refused again and again, and loses nothing either", () => {
    const { clock, attempts } = three();
    for (let n = 0; n < 3; n += 1) attempts.begin("mira");
    for (let n = 0; n < 100; n += 1) {
      clock.advance(second);
      expect(refused(() => attempts.begin("mira"))).toBe("RATE_LIMITED");
    }
    clock.advance(window - 100 * second);
    attempts.begin("mira");
  });

  test("costs nobody else anything", () => {
    const { attempts } = three();
    for (let n = 0; n < 3; n += 1) attempts.begin("mira");
    attempts.begin("tomas");
  });

  test("cannot turn the wall clock to gain time", () => {
    const { clock, attempts } = three();
    for (let n = 0; n < 3; n += 1) attempts.begin("mira");
    clock.setBack(-60 * minute);
    expect(refused(() => attempts.begin("mira"))).toBe("RATE_LIMITED");
  });

  test("cannot have many at once let through: each counts from its beginning", () => {
    const { attempts } = three();
    const begun = Array.from({ length: 50 }, () => {
      try {
        attempts.begin("mira");
        return true;
      } catch {
        return false;
      }
    });
    expect(begun.filter(Boolean)).toHaveLength(3);
  });
});

describe("what was right", () => {
  test("does not count, and leaves what was wrong before", () => {
    const { attempts } = three();
    attempts.begin("office");
    attempts.begin("office");
    for (let n = 0; n < 10; n += 1) {
      attempts.begin("office");
      attempts.undo("office");
    }
    attempts.begin("office");
    expect(refused(() => attempts.begin("office"))).toBe("RATE_LIMITED");
  });

  test("forgives everything before it, to that one only", () => {
    const { attempts } = three();
    for (let n = 0; n < 3; n += 1) {
      attempts.begin("mira");
      attempts.begin("tomas");
    }
    attempts.forget("mira");
    for (let n = 0; n < 3; n += 1) attempts.begin("mira");
    expect(refused(() => attempts.begin("tomas"))).toBe("RATE_LIMITED");
  });

  test("of somebody who never tried means nothing", () => {
    const { attempts } = three();
    attempts.undo("nobody");
    attempts.forget("nobody");
    for (let n = 0; n < 3; n += 1) attempts.begin("nobody");
    expect(refused(() => attempts.begin("nobody"))).toBe("RATE_LIMITED");
  });
});

test("a flood of other names is held within bounds, and takes the oldest first", () => {
  const { attempts } = three();
  for (let n = 0; n < 3; n += 1) attempts.begin("the oldest");
  for (let n = 0; n < 49_999; n += 1) attempts.begin(`name ${n}`);
  for (let n = 0; n < 3; n += 1) attempts.begin("the newest");
  expect(refused(() => attempts.begin("the newest"))).toBe("RATE_LIMITED");
  attempts.begin("the oldest");
});

test("a flood goes on at the price it began with, and forgets what time has forgiven a few at a time", () => {
  const { attempts, clock } = three();
  let names = 0;
  const flood = (count: number) => {
    for (let n = 0; n < count; n += 1) attempts.begin(`name ${names++}`);
  };
  flood(50_000);
  // Each would look at fifty thousand others.
  expect(leastCost(() => flood(2_000), 100)).toBeLessThan(100);
  clock.advance(window);
  expect(leastCost(() => flood(2_000), 100)).toBeLessThan(100);
});

test("who tries again is not the oldest any more", () => {
  const { attempts } = three();
  attempts.begin("mira");
  for (let n = 0; n < 49_999; n += 1) attempts.begin(`name ${n}`);
  attempts.begin("mira");
  attempts.begin("mira");
  for (let n = 0; n < 40_000; n += 1) attempts.begin(`other ${n}`);
  expect(refused(() => attempts.begin("mira"))).toBe("RATE_LIMITED");
});
