import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createConfig } from "../src/config.ts";
import { Bucket, createLimiter } from "../src/limiter.ts";
import type { Member } from "../src/people/member.ts";
import { HandClock, second } from "./support/clock.ts";
import { leastCost } from "./support/cost.ts";
import { refusalOf, refused } from "./support/house.ts";

function member(id: number, kind: Member["kind"] = "person"): Member {
  const role = kind === "agent" ? "agent" : "developer";
  return { id, kind, handle: `m${id}`, name: `m${id}`, title: "", role, removedAt: null };
}

function limiterWith(limits: Parameters<typeof createConfig>[1]) {
  const clock = new HandClock();
  return { clock, limiter: createLimiter(createConfig({}, limits), clock) };
}

const mira = member(1);
const tomas = member(2);
const alice = member(3, "agent");

describe("how fast people may speak", () => {
  test("mira may say a burst at once, and the next message is refused with the time until it is allowed", () => {
    const { clock, limiter } = limiterWith({ peopleRate: 2, peopleBurst: 3 });
    for (let n = 0; n < 3; n += 1) limiter.message(mira);
    const refusal = refusalOf(() => limiter.message(mira));
    expect(refusal.code).toBe("RATE_LIMITED");
    expect(refusal.retryAfter).toBe(500);
    clock.advance(250);
    expect(refusalOf(() => limiter.message(mira)).retryAfter).toBe(250);
    clock.advance(250);
    limiter.message(mira);
    expect(refused(() => limiter.message(mira))).toBe("RATE_LIMITED");
  });

  test("mira's haste costs tomas nothing", () => {
    const { limiter } = limiterWith({ peopleRate: 1, peopleBurst: 1 });
    limiter.message(mira);
    expect(refused(() => limiter.message(mira))).toBe("RATE_LIMITED");
    limiter.message(tomas);
  });

  test("alice the agent has a smaller allowance of her own", () => {
    const { limiter } = limiterWith({ peopleRate: 1, peopleBurst: 5, agentRate: 1, agentBurst: 2 });
    limiter.message(alice);
    limiter.message(alice);
    expect(refused(() => limiter.message(alice))).toBe("RATE_LIMITED");
    for (let n = 0; n < 5; n += 1) limiter.message(mira);
  });

  test("by default a person has 60 a second after a burst of 120, an agent 20 after 40", () => {
    const { clock, limiter } = limiterWith({});
    const allowedNow = (who: Member) => {
      for (let count = 0; ; count += 1) {
        try {
          limiter.message(who);
        } catch {
          return count;
        }
      }
    };
    expect([allowedNow(mira), allowedNow(alice)]).toEqual([120, 40]);
    clock.advance(second);
    expect([allowedNow(mira), allowedNow(alice)]).toEqual([60, 20]);
  });

  test("somebody who sets the wall clock back neither gains nor loses", () => {
    const { clock, limiter } = limiterWith({ peopleRate: 1, peopleBurst: 1 });
    limiter.message(mira);
    clock.setBack(60 * second);
    expect(refused(() => limiter.message(mira))).toBe("RATE_LIMITED");
    clock.advance(second);
    limiter.message(mira);
  });

  test("the words say how long to wait, without milliseconds", () => {
    const { limiter } = limiterWith({ signInRate: 1, signInBurst: 1, peopleRate: 2, peopleBurst: 1 });
    limiter.signIn("10.0.0.1");
    expect(refusalOf(() => limiter.signIn("10.0.0.1")).message).toBe("Too fast: try again in 1 s.");
    limiter.message(mira);
    expect(refusalOf(() => limiter.message(mira)).message).toBe("Too fast: try again in a moment.");
  });
});

describe("how often an address may sign in", () => {
  test("one address that guesses does not lock out another", () => {
    const { limiter } = limiterWith({ signInRate: 1, signInBurst: 2 });
    limiter.signIn("10.0.0.1");
    limiter.signIn("10.0.0.1");
    expect(refused(() => limiter.signIn("10.0.0.1"))).toBe("RATE_LIMITED");
    limiter.signIn("10.0.0.2");
  });

  test("ten thousand addresses are remembered only while it matters, and whoever is limited stays limited", () => {
    const { clock, limiter } = limiterWith({ signInRate: 1, signInBurst: 1 });
    for (let n = 0; n < 10_000; n += 1) limiter.signIn(`a${n}`);
    clock.advance(second - 1);
    limiter.signIn("guesser");
    clock.advance(1);
    limiter.signIn("newcomer");
    expect(refused(() => limiter.signIn("guesser"))).toBe("RATE_LIMITED");
  });
});

test("a flood of addresses costs each newcomer no more than the first", () => {
  const { limiter } = limiterWith({ signInRate: 1, signInBurst: 2 });
  let addresses = 0;
  const flood = (count: number) => {
    for (let n = 0; n < count; n += 1) limiter.signIn(`address ${addresses++}`);
  };
  flood(10_000);
  // Each would look at ten thousand others.
  expect(leastCost(() => flood(5_000), 100)).toBeLessThan(100);
});

describe("what mira reads", () => {
  test("is counted each time, and by what it weighed: after much she waits, and tomas does not", () => {
    const { clock, limiter } = limiterWith({ readRate: 10, readBurst: 5, readCharacters: 100 });
    limiter.read(mira);
    limiter.haveRead(mira, 99);
    for (let n = 0; n < 4; n += 1) limiter.read(mira);
    expect(refusalOf(() => limiter.read(mira)).retryAfter).toBe(100);
    clock.advance(500);
    limiter.read(mira);
    // As much as five reads: one more than she has left, so the next second is paid for.
    limiter.haveRead(mira, 500);
    expect(refusalOf(() => limiter.read(mira)).retryAfter).toBe(200);
    limiter.read(tomas);
    clock.advance(200);
    limiter.read(mira);
  });

  test("is never held against her for longer than a burst takes to come back", () => {
    const { limiter } = limiterWith({ readRate: 10, readBurst: 5, readCharacters: 100 });
    limiter.haveRead(mira, 1_000_000);
    expect(refusalOf(() => limiter.read(mira)).retryAfter).toBe(600);
  });

  test("by default: she pages up ten times a second for as long as she likes, 50 messages each", () => {
    const { clock, limiter } = limiterWith({});
    for (let n = 0; n < 1_000; n += 1) {
      limiter.read(mira);
      limiter.haveRead(mira, 50 * 600);
      clock.advance(100);
    }
  });
});

describe("a bucket", () => {
  test("never gives more than its burst and its rate over any time, and its waits are exact", () => {
    const waits = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }), waits, (rate, burst, steps) => {
        const bucket = new Bucket(rate, burst, 0);
        let now = 0;
        let taken = 0;
        for (const step of steps) {
          now += step;
          const wait = bucket.take(now);
          if (wait === 0) taken += 1;
          else now += wait;
          if (wait > 0) {
            expect(bucket.take(now)).toBe(0);
            taken += 1;
          }
          expect(taken).toBeLessThanOrEqual(burst + (now / 1000) * rate + 1e-6);
        }
      }),
    );
  });

  test("is full again, and may be forgotten, once what was taken has come back", () => {
    const bucket = new Bucket(2, 4, 0);
    expect(bucket.isFull(0)).toBe(true);
    bucket.take(0);
    expect(bucket.isFull(499)).toBe(false);
    expect(bucket.isFull(500)).toBe(true);
  });
});
