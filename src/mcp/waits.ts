/** A question that an agent waits for, and what came of it. */
interface Wait {
  readonly tool: string;
  readonly answer: Promise<string>;
  /** What came of it; undefined while nobody answered. */
  came: { readonly text: string; readonly isError: boolean } | undefined;
  /** Requests that wait for it at this moment. */
  listening: number;
}

/** Questions of one agent at a time: each is somebody's to answer. */
const mostWaits = 8;

/** What a wait ended in: an answer, or the request's end, which is not the question's. */
export type Waited =
  | { readonly type: "came"; readonly text: string; readonly isError: boolean }
  | { readonly type: "still" | "gone" };

/**
 * Questions outlive the requests that ask them: a program that asks again in the same words goes on waiting for the same answer, and
 * what came when nobody waited is told with whatever it asks next. People are asked once.
 */
export class Waits {
  private readonly open = new Map<string, Wait>();

  /**
   * Waits for an answer until it comes, time is up, or the request ends.
   * @param begin asks the question, unless it is waited for already
   */
  async for(
    tool: string,
    args: unknown,
    begin: () => Promise<string>,
    until: { readonly request: AbortSignal; readonly ms: number },
  ): Promise<Waited> {
    const key = `${tool} ${JSON.stringify(args)}`;
    const wait = this.open.get(key) ?? this.begin(key, tool, begin);
    if (wait === undefined)
      return { type: "came", text: "Too many questions of yours wait already: wait for those.", isError: true };
    wait.listening += 1;
    let timer: Timer | undefined;
    const timeUp = new Promise<"still">((resolve) => {
      timer = setTimeout(() => resolve("still"), until.ms);
    });
    const gone = new Promise<"gone">((resolve) => {
      if (until.request.aborted) resolve("gone");
      until.request.addEventListener("abort", () => resolve("gone"), { once: true });
    });
    const first = await Promise.race([wait.answer.then(() => "came" as const), gone, timeUp]);
    clearTimeout(timer);
    wait.listening -= 1;
    // Who went away in the same moment has not read it.
    if (first !== "came" || until.request.aborted || !wait.came) return { type: first === "came" ? "gone" : first };
    this.open.delete(key);
    return { type: "came", ...wait.came };
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

  private begin(key: string, tool: string, ask: () => Promise<string>): Wait | undefined {
    if (this.open.size >= mostWaits) return undefined;
    const settled = (text: string, isError: boolean) => {
      wait.came = { text, isError };
      return text;
    };
    const answer = ask().then(
      (text) => settled(text, false),
      (thrown: unknown) => settled(thrown instanceof Error ? thrown.message : String(thrown), true),
    );
    const wait: Wait = { tool, answer, came: undefined, listening: 0 };
    this.open.set(key, wait);
    return wait;
  }
}
