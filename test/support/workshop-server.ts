/**
 * The real server, started as always, whose built-in agents do real work: each request is a task, and what works on it shows what it
 * is, and goes on until it is told to end when it was asked to wait. For `test/ruin/runs.test.ts`, so that `src` needs no code for tests.
 */
import type { Backend } from "../../src/agents/backends/backend.ts";
import { builtinBackend } from "../../src/agents/backends/builtin.ts";

const working: Partial<Backend> = {
  opensTask: "at once",
  resumes: true,
  async *run({ words, reason, session, task }, _desk, signal) {
    yield { type: "session", id: `session of task ${task?.run?.resumes ?? task?.id}` };
    if (reason === "resume") {
      yield { type: "text", delta: `going on in ${session}` };
      return;
    }
    yield { type: "text", delta: `working on ${words}` };
    if (!words.includes("wait") || signal.aborted) return;
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  },
};
Object.assign(builtinBackend, working);

await import("../../src/main.ts");
