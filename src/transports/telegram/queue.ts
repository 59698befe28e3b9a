import type { Budget } from "./budget.ts";
import { isKept, isPassing, type Job, type Outcome, rankOf } from "./job.ts";

/** A job that waits for its turn. */
export interface Waiting {
  readonly job: Job<unknown>;
  readonly settle: (outcome: Outcome<unknown>) => void;
  /** How often it failed because nobody answered. */
  failures: number;
}

/** What waits for one chat, and what of it goes next. */
export class Queue {
  private waiting: Waiting[] = [];
  /** What has been begun: one at a time. */
  private begun: Waiting | null = null;

  /** @param room jobs that may wait which can be dropped; beyond it the least important go */
  constructor(private readonly room: number) {}

  get isBusy(): boolean {
    return this.begun !== null;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  add(added: Waiting): void {
    const { job } = added;
    const others = this.sharing(job);
    if (job.class !== "preview") {
      this.drop(others.filter((each) => each.job.class === "preview"));
      this.waiting.push(added);
    } else if ([...others, ...this.begunOf(job)].some((each) => each.job.class !== "preview"))
      added.settle({ state: "dropped" });
    else if (others[0]) this.replace(others[0], added);
    else this.waiting.push(added);
    this.makeRoom();
  }

  /** Puts back what has to be tried again; a newer preview than this one may have come meanwhile. */
  putBack(tried: Waiting): void {
    if (tried.job.class === "preview" && this.sharing(tried.job).length > 0) tried.settle({ state: "dropped" });
    else this.waiting.unshift(tried);
  }

  take(next: Waiting): void {
    this.waiting = this.waiting.filter((each) => each !== next);
    this.begun = next;
  }

  /** What was begun has ended, one way or the other. */
  over(): void {
    this.begun = null;
  }

  /** What may go now, the most important first; or how long until something may. */
  next(budget: Budget, now: number): Waiting | number {
    let soonest = Number.POSITIVE_INFINITY;
    let seesKept = false;
    for (const each of this.byRank()) {
      // Among those that are never dropped nobody overtakes.
      if (isKept(each.job) && seesKept) continue;
      seesKept ||= isKept(each.job);
      const wait = budget.wait(each.job.kind, isPassing(each.job), now);
      if (wait === 0) return each;
      soonest = Math.min(soonest, wait);
    }
    return soonest;
  }

  settleAll(outcome: Outcome<unknown>): void {
    for (const { settle } of this.waiting.splice(0)) settle(outcome);
  }

  private byRank(): Waiting[] {
    return this.waiting.toSorted((a, b) => rankOf(a.job) - rankOf(b.job));
  }

  private sharing(job: Job<unknown>): Waiting[] {
    return job.key === undefined ? [] : this.waiting.filter((each) => each.job.key === job.key);
  }

  private begunOf({ key }: Job<unknown>): Waiting[] {
    return this.begun && key !== undefined && this.begun.job.key === key ? [this.begun] : [];
  }

  private replace(older: Waiting, newer: Waiting): void {
    this.waiting[this.waiting.indexOf(older)] = newer;
    older.settle({ state: "dropped" });
  }

  private drop(some: readonly Waiting[]): void {
    this.waiting = this.waiting.filter((each) => !some.includes(each));
    for (const { settle } of some) settle({ state: "dropped" });
  }

  /** The least important go, and of those the oldest. */
  private makeRoom(): void {
    const droppable = this.byRank().filter((each) => !isKept(each.job));
    if (droppable.length <= this.room) return;
    const least = rankOf((droppable.at(-1) ?? { job: { class: "preview" as const } }).job);
    const oldest = droppable.find((each) => rankOf(each.job) === least);
    if (oldest) this.drop([oldest]);
  }
}
