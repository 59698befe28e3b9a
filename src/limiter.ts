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
    this.fill(now);
    // Many small fillings do not add up to a whole token exactly: who waited as long as they were told must not wait once more.
    if (this.tokens > 1 - 1e-9) {
      this.tokens = Math.max(0, this.tokens - 1);
      return 0;
    }
    return Math.max(1, Math.ceil(((1 - this.tokens) / this.rate) * 1000 - 1e-6));
  }

  /** Takes what turned out to be needed besides, also what is not there: it has to come first. Nobody owes more than a burst. */
  owe(now: number, tokens: number): void {
    this.fill(now);
    this.tokens = Math.max(-this.burst, this.tokens - tokens);
  }

  /** Whether it is as full as a new one, so that it can be forgotten. */
  isFull(now: number): boolean {
    return this.tokens + ((now - this.filledAt) / 1000) * this.rate >= this.burst;
  }

  private fill(now: number): void {
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.filledAt) / 1000) * this.rate);
    this.filledAt = now;
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
  /** Takes one read of what is stored. @throws Refusal RATE_LIMITED */
  read(member: Member): void;
  /** Takes what a read weighed, once that is known: whoever read much waits before the next. */
  haveRead(member: Member, characters: number): void;
  /** Takes one socket that a member opens. @throws Refusal RATE_LIMITED */
  socket(member: Member): void;
  /** Takes one socket that is opened from an address. @throws Refusal RATE_LIMITED */
  addressSocket(address: string): void;
  /** Takes one guest of an address. @throws Refusal RATE_LIMITED */
  guest(address: string): void;
  /** Takes one sign-in of an address. @throws Refusal RATE_LIMITED */
  signIn(address: string): void;
}

export function createLimiter(config: Config, clock: Clock): Limiter {
  const { peopleRate, peopleBurst, agentRate, agentBurst, signInRate, signInBurst, typingRate, typingBurst } =
    config.limits;
  const { actRate, actBurst, guestRate, guestBurst, readRate, readBurst, readCharacters } = config.limits;
  const { socketRate, socketBurst, addressSocketRate, addressSocketBurst } = config.limits;
  const reading = new Map<number, Bucket>();
  const opening = new Map<number, Bucket>();
  const openingFrom = new Map<string, Bucket>();
  const acting = new Map<number, Bucket>();
  const visiting = new Map<string, Bucket>();
  const speaking = new Map<number, Bucket>();
  const writing = new Map<number, Bucket>();
  const entering = new Map<string, Bucket>();

  function bucketOf<K>(buckets: Map<K, Bucket>, key: K, now: number, make: (now: number) => Bucket): Bucket {
    const known = buckets.get(key);
    if (known) return known;
    if (buckets.size >= 10_000) forgetSome(buckets, now);
    const bucket = make(now);
    buckets.set(key, bucket);
    return bucket;
  }

  function take<K>(buckets: Map<K, Bucket>, key: K, make: (now: number) => Bucket): void {
    const now = clock.monotonic();
    const wait = bucketOf(buckets, key, now, make).take(now);
    if (wait > 0) throw new Refusal("RATE_LIMITED", `Too fast: try again in ${seconds(wait)}.`, { retryAfter: wait });
  }

  const newReading = (now: number) => new Bucket(readRate, readBurst, now);

  return {
    message(member) {
      if (member.kind === "person") take(speaking, member.id, (now) => new Bucket(peopleRate, peopleBurst, now));
      else take(speaking, member.id, (now) => new Bucket(agentRate, agentBurst, now));
    },
    typing: (member) => take(writing, member.id, (now) => new Bucket(typingRate, typingBurst, now)),
    act: (member) => take(acting, member.id, (now) => new Bucket(actRate, actBurst, now)),
    read: (member) => take(reading, member.id, newReading),
    haveRead(member, characters) {
      const now = clock.monotonic();
      bucketOf(reading, member.id, now, newReading).owe(now, Math.floor(characters / readCharacters));
    },
    socket: (member) => take(opening, member.id, (now) => new Bucket(socketRate, socketBurst, now)),
    addressSocket: (address) =>
      take(openingFrom, address, (now) => new Bucket(addressSocketRate, addressSocketBurst, now)),
    guest: (address) => take(visiting, address, (now) => new Bucket(guestRate, guestBurst, now)),
    signIn: (address) => take(entering, address, (now) => new Bucket(signInRate, signInBurst, now)),
  };
}

/** Forgets what is full again among a few of them, and looks at others the next time: looking at all would make each newcomer dear. */
function forgetSome<K>(buckets: Map<K, Bucket>, now: number): void {
  let looked = 0;
  for (const [key, bucket] of buckets) {
    if (looked === 8) return;
    looked += 1;
    buckets.delete(key);
    if (!bucket.isFull(now)) buckets.set(key, bucket);
  }
}

function seconds(ms: number): string {
  return ms < 1000 ? "a moment" : `${Math.ceil(ms / 1000)} s`;
}
