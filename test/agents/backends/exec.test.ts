import { describe, expect, test } from "bun:test";
import { createExecBackend } from "../../../src/agents/backends/exec.ts";
import type { Program } from "../../../src/agents/programs.ts";
import { Refusal } from "../../../src/errors.ts";
import type { Limits } from "../../../src/limits.ts";
import { type Attempt, bareMachine, builder, Workplace } from "../../support/workplace.ts";

/** A place where @builder is a command line tool. */
function place(command: readonly string[], more: { limits?: Partial<Limits>; program?: Partial<Program> } = {}) {
  const workplace = new Workplace({
    program: { backend: "exec", command, ...more.program },
    machine: bareMachine,
    limits: more.limits ?? {},
  });
  return Object.assign(workplace, { backend: createExecBackend(workplace.parts) });
}

async function failure(attempt: Attempt): Promise<Refusal> {
  try {
    await attempt.ended;
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown;
    throw thrown;
  }
  throw new Error("it did not fail");
}

describe("a command line tool as a member", () => {
  test("what was asked comes on its standard input, what it writes is the answer, its complaints are a step's", async () => {
    await using here = place(["sh", "-c", "tr a-z A-Z; echo working >&2"]);
    const run = here.ask(here.backend, "hello there");
    await run.ended;
    expect(run.text).toBe("HELLO THERE\n");
    expect(run.step("command")).toMatchObject({ kind: "execute", state: "completed", streamed: "working\n" });
    expect(await run.processes()).toEqual([]);
  });

  test("or as one word of its command, which no shell reads and which is never an option", async () => {
    await using here = place(["printf", "%s.", "{words}"]);
    const run = here.ask(here.backend, "$(touch made) `id` ; ls && 'quoted'\nsecond line");
    await run.ended;
    expect(run.text).toBe("$(touch made) `id` ; ls && 'quoted'\nsecond line.");
    expect(await Bun.file(`${here.work}/made`).exists()).toBe(false);
    const other = here.ask(here.backend, "--version");
    await other.ended;
    expect(other.text).toBe(" --version.");
    await using ended = place(["printf", "%s", "--", "{words}"]);
    const last = ended.ask(ended.backend, "-x");
    await last.ended;
    expect(last.text).toContain("-x");
    expect(last.text).not.toContain(" -x");
  });

  test("the model where one is set; without one its option goes too", async () => {
    const command = ["printf", "%s,", "--model", "{model}", "-q", "{words}"];
    await using without = place(command);
    const first = without.ask(without.backend, "x");
    await first.ended;
    expect(first.text).toBe("-q,x,");
    await using having = place(command, { program: { model: "large" } });
    const second = having.ask(having.backend, "x");
    await second.ended;
    expect(second.text).toBe("--model,large,-q,x,");
  });

  test("it streams: the first line is heard while it still works", async () => {
    await using here = place(["sh", "-c", "echo first; read line; while [ ! -e go ]; do sleep 0.05; done; echo last"]);
    const run = here.ask(here.backend, "x");
    await run.hears(() => run.text === "first\n", "the first line");
    expect(await run.processes()).not.toEqual([]);
    await Bun.write(`${here.work}/go`, "");
    await run.ended;
    expect(run.text).toBe("first\nlast\n");
  });

  test("letters that arrive in halves are whole, and what only a terminal understands is gone", async () => {
    const script =
      "printf '\\303'; sleep 0.1; printf '\\251 \\033'; sleep 0.1; printf '[31mred\\033[0m\\r'; sleep 0.1; printf '\\nok\\a'";
    await using here = place(["sh", "-c", script]);
    const run = here.ask(here.backend, "x");
    await run.ended;
    expect(run.text).toBe("é red\nok");
  });

  test("a flood is cut off with a word, and the tool may end", async () => {
    await using here = place(["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x"], {
      limits: { execAnswerCharacters: 1_000 },
    });
    const run = here.ask(here.backend, "x");
    await run.ended;
    expect(run.text).toStartWith("x".repeat(1_000));
    expect(run.text.slice(1_000)).toBe("\n\n(Cut off: it wrote more than fits into an answer.)");
    expect(run.step("command").state).toBe("completed");
  });

  test("one that does not read what it is told answers all the same", async () => {
    await using here = place(["echo", "done"]);
    const run = here.ask(here.backend, "x".repeat(8_000));
    await run.ended;
    expect(run.text).toBe("done\n");
  });
});

describe("where it fails", () => {
  test("another exit code is a failure, with it and the last words", async () => {
    await using here = place(["sh", "-c", "echo half; echo 'no such ```thing```' >&2; exit 3"]);
    const run = here.ask(here.backend, "x");
    const { message } = await failure(run);
    expect(message).toBe("The tested program failed (exit code 3). It said last:\n\n````\nno such ```thing```\n````");
    expect(run.text).toBe("half\n");
    expect(run.step("command").state).toBe("failed");
  });

  test("one that takes too long is ended", async () => {
    await using here = place(["sh", "-c", "echo begun; sleep 600 & sleep 600"], {
      limits: { execMs: 600, agentCloseMs: 100 },
    });
    const run = here.ask(here.backend, "x");
    const refusal = await failure(run);
    expect(refusal.code).toBe("COMMAND_TIMEOUT");
    expect(run.text).toBe("begun\n");
    expect(await run.processes()).toEqual([]);
  });

  test("stopping interrupts it as Ctrl+C would, and ends what it started", async () => {
    await using here = place([
      "sh",
      "-c",
      "trap 'echo tidied; exit 0' INT; setsid sleep 600 & echo begun; while :; do sleep 0.05; done",
    ]);
    const run = here.ask(here.backend, "x");
    await run.hears(() => run.text === "begun\n", "that it began");
    run.stop();
    await run.ended;
    expect(run.text).toBe("begun\ntidied\n");
    expect(run.notes).toEqual([
      "Asked it to stop.",
      "One process it had left behind was ended.",
      "Nothing of it runs any more.",
    ]);
    expect(await run.processes()).toEqual([]);
  });

  test("one that is not there is said when asked and when checked", async () => {
    await using here = place(["no-such-tool"]);
    expect((await failure(here.ask(here.backend, "x"))).message).toContain("there is no no-such-tool on its PATH");
    expect(await here.backend.check(builder)).toContain("Install it with care.");
  });
});
