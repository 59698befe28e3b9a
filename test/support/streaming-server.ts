/**
 * The real server, started as always, whose built-in agents write without end until everybody has heard them: fifty pieces a second each,
 * so many as the request says. For `test/ruin/crowd-of-agents.test.ts`, so that `src` needs no code for tests.
 */
import type { Backend } from "../../src/agents/backends/backend.ts";
import { builtinBackend } from "../../src/agents/backends/builtin.ts";

const streaming: Partial<Backend> = {
  async *run({ words }, _desk, signal) {
    const pieces = Number(/write (\d+)/.exec(words)?.[1]);
    for (let piece = 0; piece < pieces && !signal.aborted; piece += 1) {
      yield { type: "text", delta: `${piece} ` };
      await Bun.sleep(20);
    }
  },
};
Object.assign(builtinBackend, streaming);

await import("../../src/main.ts");
