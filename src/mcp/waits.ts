/** What somebody answered, or why nobody could. */
interface Came {
  readonly text: string;
  readonly isError: boolean;
}

/** A question that an agent waits for. */
interface Wait {
  readonly key: string;
  readonly tool: string;
  readonly answer: Promise<void>;
  settle(came: Came): void;
  came: Came | undefined;
  /** Requests that wait for it at this moment. */
  listening: number;
}

/** What a wait ended in: an answer, or the request's end, which is not the question's. */
export type Waited = ({ readonly type: "came" } & Came) | { readonly type: "still" | "gone" };

/** One request that asks. */
export interface Asking {
  /** As its program calls it. */
  readonly id: string | number;
  /** Aborts when nobody reads its answer, until that is on its way. */
  readonly signal: AbortSignal;
  /** How long it waits. */
  readonly ms: number;
}

/** Questions of one agent at a time: each is somebody's to answer. */
const mostWaits = 8;
/** Requests of which it may turn out that nobody read their answers. */
const mostRemembered = 64;

/**
 * Questions outlive the requests that ask them: a program that asks again in the same words goes on waiting for the same answer, and
 * what came when nobody waited is told with whatever it asks next. People are asked once.
 */
export class Waits {
  private readonly open = new Map<string, Wait>();
  /** What was told last, and when: who gave up in that moment asks again before we hear of it. */
  private told: { readonly wait: Wait; readonly at: number } | undefined;
  /** What takes a request back, by the id that its program gave it: programs that share a key may share ids. */
  private readonly takesBack = new Map<string | number, Set<() => void>>();

  private readonly toldMs: number;

  /** @param toldMs how long an answer that was told is the answer to the same question asked again */
  constructor(toldMs: number) {
    this.toldMs = toldMs;
  }

  /** Waits for an answer until it comes, time is up, or the request ends. @param begin asks the question, unless it is waited for already */
  async for(tool: string, args: unknown, begin: () => Promise<string>, asking: Asking): Promise<Waited> {
    const key = `${tool} ${JSON.stringify(args)}`;
    const wait = this.open.get(key) ?? this.justTold(key) ?? this.begin(key, tool, begin);
    if (wait === undefined)
      return { type: "came", text: "Too many questions of yours wait already: wait for those.", isError: true };
    wait.listening += 1;
    let timer: Timer | undefined;
    const timeUp = new Promise<"still">((resolve) => {
      timer = setTimeout(() => resolve("still"), asking.ms);
    });
    let isGone = asking.signal.aborted;
    let told = false;
    const gone = new Promise<"gone">((resolve) => {
      const go = () => {
        isGone = true;
        resolve("gone");
        // It was on its way to nobody.
        if (told) this.putBack(wait);
      };
      if (isGone) resolve("gone");
      asking.signal.addEventListener("abort", go, { once: true });
      this.remember(asking.id, go);
    });
    const first = await Promise.race([wait.answer.then(() => "came" as const), gone, timeUp]);
    clearTimeout(timer);
    wait.listening -= 1;
    if (first !== "came" || isGone || !wait.came) return { type: first === "came" ? "gone" : first };
    told = true;
    this.open.delete(key);
    this.told = { wait, at: performance.now() };
    return { type: "came", ...wait.came };
  }

  /** A program takes a request back: over HTTP, in the older era, by another one. What it asked stands. */
  cancel(id: string | number): void {
    for (const go of this.takesBack.get(id) ?? []) go();
    this.takesBack.delete(id);
  }

  /** Answers that came when nobody waited for them, once. */
  late(): readonly string[] {
    const told: string[] = [];
    for (const [key, { came, listening, tool }] of this.open) {
      if (!came || listening > 0) continue;
      this.open.delete(key);
      told.push(`Meanwhile, to your ${tool} (${key.slice(tool.length + 1, 300)}): ${came.text}`);
    }
    return told;
  }

  get isEmpty(): boolean {
    return this.open.size === 0;
  }

  private justTold(key: string): Wait | undefined {
    const isIt = this.told?.wait.key === key && performance.now() - this.told.at < this.toldMs;
    return isIt ? this.told?.wait : undefined;
  }

  private begin(key: string, tool: string, ask: () => Promise<string>): Wait | undefined {
    if (this.open.size >= mostWaits) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wait: Wait = {
      key,
      tool,
      answer: promise,
      came: undefined,
      listening: 0,
      settle(came) {
        wait.came ??= came;
        resolve();
      },
    };
    ask().then(
      (text) => wait.settle({ text, isError: false }),
      (thrown: unknown) =>
        wait.settle({ text: thrown instanceof Error ? thrown.message : String(thrown), isError: true }),
    );
    this.open.set(key, wait);
    return wait;
  }

  /** An answer that nobody read waits again; whoever asked anew meanwhile has it. */
  private putBack(wait: Wait): void {
    const anew = this.open.get(wait.key);
    if (!anew) this.open.set(wait.key, wait);
    else if (wait.came) anew.settle(wait.came);
  }

  private remember(id: string | number, go: () => void): void {
    const [oldest] = this.takesBack.keys();
    if (this.takesBack.size >= mostRemembered && oldest !== undefined) this.takesBack.delete(oldest);
    this.takesBack.set(id, (this.takesBack.get(id) ?? new Set()).add(go));
  }
}
