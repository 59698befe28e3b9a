import type { RunEvent } from "./backend.ts";

/**
 * What a program tells, on its way to the run: in order, pieces of one text joined, and never more than `limit` characters of it; whoever
 * reads the program's pipe waits for `room` before it reads on, so that what floods us is held up by the system itself.
 */
export class Telling implements AsyncIterable<RunEvent> {
  private waiting: RunEvent[] = [];
  private weight = 0;
  private isOver = false;
  private failure: unknown;
  private isStopping = false;
  private wake = Promise.withResolvers<void>();
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  tell(event: RunEvent): void {
    if (this.isOver) return;
    // While it is being stopped nothing is held up any more: what is too much by then is of no interest.
    if (this.isStopping && event.type !== "note" && this.weight > this.limit) return;
    const last = this.waiting.at(-1);
    const joined = last && join(last, event);
    if (joined) this.waiting[this.waiting.length - 1] = joined;
    else this.waiting.push(event);
    this.weight += weightOf(event);
    this.stir();
  }

  /** Nothing comes after what was told. */
  end(): void {
    this.isOver = true;
    this.stir();
  }

  /** Nothing comes after what was told but this. */
  fail(failure: unknown): void {
    if (this.isOver) return;
    this.failure = failure;
    this.end();
  }

  /** From now on reading is not held up: the program's last words must be heard for it to end. */
  stopping(): void {
    this.isStopping = true;
    this.stir();
  }

  /** Resolves when more may be read. */
  async room(): Promise<void> {
    while (this.weight > this.limit && !this.isStopping && !this.isOver) await this.wake.promise;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<RunEvent> {
    for (;;) {
      const event = this.waiting.shift();
      if (event) {
        this.weight = this.waiting.length === 0 ? 0 : this.weight - weightOf(event);
        this.stir();
        yield event;
      } else if (this.isOver) {
        if (this.failure !== undefined) throw this.failure;
        return;
      } else {
        await this.wake.promise;
      }
    }
  }

  private stir(): void {
    this.wake.resolve();
    this.wake = Promise.withResolvers();
  }
}

/** Two events as one, where that says the same. */
function join(last: RunEvent, next: RunEvent): RunEvent | undefined {
  if (last.type === "text" && next.type === "text") return { type: "text", delta: last.delta + next.delta };
  if (last.type === "thought" && next.type === "thought") return { type: "thought", delta: last.delta + next.delta };
  if (last.type === "output" && next.type === "output" && last.stepId === next.stepId)
    return { ...last, data: last.data + next.data };
  if (last.type === "step" && next.type === "step" && last.step.id === next.step.id)
    return { type: "step", step: { ...last.step, ...next.step } };
  if (last.type === "usage" && next.type === "usage") return next;
  if (last.type === "plan" && next.type === "plan") return next;
  return undefined;
}

/** About how many characters an event holds. */
function weightOf(event: RunEvent): number {
  switch (event.type) {
    case "text":
    case "thought":
      return event.delta.length;
    case "output":
      return event.data.length;
    case "step": {
      const { title = "", input = "", output = "", diffs = [] } = event.step;
      const files = diffs.reduce((sum, { before, after }) => sum + (before?.length ?? 0) + after.length, 0);
      return 100 + title.length + input.length + output.length + files;
    }
    default:
      return 100;
  }
}

/** A stream that is read only while there is room for what it says. */
export function held(stream: ReadableStream<Uint8Array>, room: () => Promise<void>): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await room();
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
