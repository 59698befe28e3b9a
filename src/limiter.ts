import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { Refusal } from "./errors.ts";
import type { Member } from "./people/member.ts";

/** A token bucket: `rate` a second, `burst` at once. */
export class Bucket {
  private tokens: number;
  private filledAt: number;
  private readonly rate: number;
  private readonly burst: number;

  constructor(rate: number, burst: number, now: number) {
    this.rate = rate;
    this.burst = burst;
    this.tokens = burst;
    this.filledAt = now;
  }

  /** @returns 0 when taken, else the milliseconds until one is there */
  take(now: number): number {
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.filledAt) / 1000) * this.rate);
    this.filledAt = now;
    // Many small fillings do not add up to a whole token exactly: who waited as long as they were told must not wait once more.
    if (this.tokens > 1 - 1e-9) {
      this.tokens = Math.max(0, this.tokens - 1);
      return 0;
    }
    return Math.max(1, Math.ceil(((1 - this.tokens) / this.rate) * 1000 - 1e-6));
  }

  /** Whether it is as full as a new one, so that it can be forgotten. */
  isFull(now: number): boolean {
    return this.tokens + ((now - this.filledAt) / 1000) * this.rate >= this.burst;
  }
}

/** How fast members may speak, the same on every door. */
export interface Limiter {
  /** Takes one message's allowance. @throws Refusal RATE_LIMITED with `retryAfter` in ms */
  message(member: Member): void;
  /** Takes one notice that somebody is typing. @throws Refusal RATE_LIMITED */
  typing(member: Member): void;
  /** Takes one act over HTTP that changes something. @throws Refusal RATE_LIMITED */
  act(member: Member): void;
  /** Takes one guest of an address. @throws Refusal RATE_LIMITED */
  guest(address: string): void;
  /** Takes one sign-in of an address. @throws Refusal RATE_LIMITED */
  signIn(address: string): void;
}

export function createLimiter(config: Config, clock: Clock): Limiter {
  const { peopleRate, peopleBurst, agentRate, agentBurst, signInRate, signInBurst, typingRate, typingBurst } =
    config.limits;
  const { actRate, actBurst, guestRate, guestBurst } = config.limits;
  const acting = new Map<number, Bucket>();
  const visiting = new Map<string, Bucket>();
  const speaking = new Map<number, Bucket>();
  const writing = new Map<number, Bucket>();
  const entering = new Map<string, Bucket>();

  function take<K>(buckets: Map<K, Bucket>, key: K, make: (now: number) => Bucket): void {
    const now = clock.monotonic();
    let bucket = buckets.get(key);
    if (!bucket) {
      if (buckets.size >= 10_000) forgetFull(buckets, now);
      bucket = make(now);
      buckets.set(key, bucket);
    }
    const wait = bucket.take(now);
    if (wait > 0) throw new Refusal("RATE_LIMITED", `Too fast: try again in ${seconds(wait)}.`, { retryAfter: wait });
  }

  return {
    message(member) {
      if (member.kind === "person") take(speaking, member.id, (now) => new Bucket(peopleRate, peopleBurst, now));
      else take(speaking, member.id, (now) => new Bucket(agentRate, agentBurst, now));
    },
    typing: (member) => take(writing, member.id, (now) => new Bucket(typingRate, typingBurst, now)),
    act: (member) => take(acting, member.id, (now) => new Bucket(actRate, actBurst, now)),
    guest: (address) => take(visiting, address, (now) => new Bucket(guestRate, guestBurst, now)),
    signIn: (address) => take(entering, address, (now) => new Bucket(signInRate, signInBurst, now)),
  };
}

function forgetFull<K>(buckets: Map<K, Bucket>, now: number): void {
  for (const [key, bucket] of buckets) if (bucket.isFull(now)) buckets.delete(key);
}

function seconds(ms: number): string {
  return ms < 1000 ? "a moment" : `${Math.ceil(ms / 1000)} s`;
}
