import { beforeAll, describe, expect, test } from "bun:test";
import { createAcpBackend } from "../../../src/agents/backends/acp.ts";
import type { AgentSettings } from "../../../src/agents/settings.ts";
import { Refusal } from "../../../src/errors.ts";
import type { Limits } from "../../../src/limits.ts";
import { isRunning } from "../../support/process.ts";
import {
  type Attempt,
  bareMachine,
  builder,
  mira,
  pressing,
  said,
  scriptedAgent,
  tomas,
  Workplace,
} from "../../support/workplace.ts";

let script = "";
beforeAll(async () => {
  script = await scriptedAgent();
});

interface Given {
  flags?: readonly string[];
  settings?: Partial<AgentSettings>;
  limits?: Partial<Limits>;
  environment?: Record<string, string>;
  passes?: readonly string[];
  mcpFor?: ConstructorParameters<typeof Workplace>[0]["mcpFor"];
}

/** A place where @builder is the scripted agent. */
function place({ flags = [], passes = [], ...rest }: Given = {}) {
  const program = { backend: "acp", command: [process.execPath, script, ...flags], passes } as const;
  const workplace = new Workplace({ program, machine: bareMachine, ...rest });
  return Object.assign(workplace, { backend: createAcpBackend(workplace.parts) });
}

/** The words with which a run failed. */
async function failure(attempt: Attempt): Promise<string> {
  try {
    await attempt.ended;
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.message;
    throw thrown;
  }
  throw new Error("it did not fail");
}

describe("what an agent says becomes what people see", () => {
  test("words, thoughts, a plan and what it used", async () => {
    await using here = place();
    const run = here.ask(here.backend, "THINK hm\nPLAN look,write\nSAY Hello");
    await run.ended;
    expect(run.text).toBe("Hello");
    expect(run.thoughts).toBe("hm");
    expect(run.events).toContainEqual({
      type: "plan",
      entries: [
        { content: "look", status: "in_progress" },
        { content: "write", status: "pending" },
      ],
    });
    expect(run.events.at(-1)).toEqual({ type: "usage", usage: { inputTokens: 100, outputTokens: 20, costUsd: null } });
    expect(await run.processes()).toEqual([]);
  });

  test("output that is repeated whole each time is told once, and before the step is over", async () => {
    await using here = place();
    const run = here.ask(here.backend, "GROW one,two,three");
    await run.ended;
    expect(run.output("grow")).toBe("one\ntwo\nthree\n");
    expect(run.step("grow")).toMatchObject({
      kind: "execute",
      state: "completed",
      input: "make 'it now'",
      title: "make",
    });
    const order = run.events.flatMap((event) =>
      event.type === "output" ? ["output"] : event.type === "step" && event.step.state === "completed" ? ["over"] : [],
    );
    expect(order.lastIndexOf("output")).toBeLessThan(order.indexOf("over"));
  });

  test("an answer in several pieces around a tool call is several paragraphs", async () => {
    await using here = place();
    const run = here.ask(here.backend, "SAY First\nGROW x\nSAY Then");
    await run.ended;
    expect(run.text).toBe("First\n\nThen");
  });

  test.each([
    ["max_tokens", "as long as it may be"],
    ["max_turn_requests", "only so often"],
    ["refusal", "refused"],
    ["cancelled", "by itself"],
  ])("a turn that ends with %s says so in a sentence", async (reason, words) => {
    await using here = place();
    const run = here.ask(here.backend, `SAY Well\nSTOP ${reason}`);
    await run.ended;
    expect(run.text).toStartWith("Well\n\n(");
    expect(run.text).toContain(words);
  });

  test("a session's cost is counted for the run, not for all runs before it", async () => {
    await using here = place();
    const first = here.ask(here.backend, "COST 0.5");
    await first.ended;
    const second = here.ask(here.backend, "COST 0.75", { session: first.session });
    await second.ended;
    const costs = [first, second].map((run) => run.events.findLast((event) => event.type === "usage")?.usage.costUsd);
    expect(costs).toEqual([0.5, 0.25]);
  });

  test("whatever is odd, empty or unknown is passed over, and none of it reaches the server's own log", async () => {
    await using here = place({ flags: ["--loud"] });
    const logged: unknown[] = [];
    const { error } = console;
    console.error = (...words) => void logged.push(words);
    try {
      const run = here.ask(here.backend, "GARBAGE\nSAY still here");
      await run.ended;
      expect(run.text).toBe("still here");
      expect(run.steps).toEqual(["odd"]);
      expect(run.step("odd")).toMatchObject({ kind: "other", state: "pending", title: "odd" });
      expect(logged).toEqual([]);
    } finally {
      console.error = error;
    }
  });

  test("what nobody offered it is unknown here: no files, no terminals, nothing else", async () => {
    await using here = place();
    const methods = ["fs/read_text_file", "fs/write_text_file", "terminal/create", "elicitation/create", "_x/y"];
    const run = here.ask(here.backend, methods.map((method) => `UNKNOWN ${method}`).join("\n"));
    await run.ended;
    expect(run.text).toBe(methods.map((method) => `${method} -32601`).join(""));
  });
});

describe("it asks before it acts", () => {
  test("people are shown the exact command and where; who allows it once lets it run", async () => {
    await using here = place();
    const run = here.ask(here.backend, "PERMIT echo a  b > made.txt; cat made.txt", { answer: pressing("allow_once") });
    await run.ended;
    const [asked] = run.asked;
    expect(asked).toMatchObject({
      kind: "approval",
      title: "run a command",
      detail: "echo a  b > made.txt; cat made.txt",
      directory: here.work,
      takesText: false,
    });
    expect(asked?.options.map(({ kind, label }) => [kind, label])).toEqual([
      ["allow_always", "Always"],
      ["allow_once", "Yes"],
      ["reject_once", "No"],
    ]);
    expect(run.steps).toEqual([asked?.stepId ?? ""]);
    expect(run.output(asked?.stepId ?? "")).toBe("a b\n");
    expect(run.text).toBe("answer yes-now");
  });

  test("who rejects it, and who does not answer in time, lets nothing run", async () => {
    await using here = place();
    for (const answer of [pressing("reject_once"), async () => ({ outcome: "none", reason: "deadline" }) as const]) {
      const run = here.ask(here.backend, "PERMIT touch made.txt", { answer });
      await run.ended;
      expect(run.text).toBe("answer no-now");
      expect(run.step(run.steps[0] ?? "").state).toBe("failed");
      expect(await Bun.file(`${here.work}/made.txt`).exists()).toBe(false);
    }
  });

  test("'always' is kept by us and for the run: the agent is told 'once' and so asks again", async () => {
    await using here = place();
    const run = here.ask(here.backend, "PERMIT true\nPERMIT true", { answer: pressing("allow_always") });
    await run.ended;
    expect(run.text).toContain("answer yes-now");
    expect(run.text).not.toContain("for-ever");
    expect(run.asked).toHaveLength(2);
  });

  test("two questions at the same moment are two, and each gets its own answer", async () => {
    await using here = place();
    const run = here.ask(here.backend, "TWICE echo", {
      answer: async (ask) => {
        // The first waits for the second: an agent that was asked for one at a time would wait for ever.
        await run.hears(() => run.asked.length === 2, "the second question");
        return pressing(ask.detail === "echo one" ? "allow_once" : "reject_once")(ask);
      },
    });
    await run.hears(() => run.steps.length === 2, "both steps");
    await run.ended;
    expect(run.asked.map(({ detail }) => detail).sort()).toEqual(["echo one", "echo two"]);
    expect(run.text).toContain("answer yes-now");
    expect(run.text).toContain("answer no-now");
  });

  test("what it asks about without having announced it is a step all the same", async () => {
    await using here = place();
    const run = here.ask(here.backend, "BARE src/app.ts", { answer: pressing("allow_once") });
    await run.ended;
    expect(run.asked[0]).toMatchObject({ title: "Read src/app.ts", stepId: "read-src/app.ts" });
    expect(run.step("read-src/app.ts")).toMatchObject({ kind: "read", state: "completed", title: "Read src/app.ts" });
  });

  test("an edit shows what would change, under the path in the project", async () => {
    await using here = place();
    const run = here.ask(here.backend, "EDIT src/new.ts", { answer: pressing("allow_once") });
    await run.ended;
    const diffs = [{ path: `${here.work}/src/new.ts`, before: null, after: "new\n" }];
    expect(run.asked[0]).toMatchObject({ title: "edit src/new.ts", detail: "src/new.ts", diffs });
    expect(run.step("edit-src/new.ts").diffs).toEqual(diffs);
  });

  test("an agent that may do nothing that needs asking is refused without anybody being asked", async () => {
    await using here = place({ settings: { approvals: "deny" } });
    const run = here.ask(here.backend, "PERMIT touch made.txt", { answer: pressing("allow_once") });
    await run.ended;
    expect(run.text).toBe("answer no-now");
    expect(run.asked).toEqual([]);
    expect(run.notes).toEqual([expect.stringContaining("wanted to run a command, and was refused")]);
  });

  test("where nobody can be asked, it is refused", async () => {
    await using here = place();
    const answer = () => Promise.reject(new Refusal("SERVICE_UNAVAILABLE"));
    const run = here.ask(here.backend, "PERMIT touch made.txt", { answer });
    await run.ended;
    expect(run.text).toBe("answer no-now");
    expect(run.notes).toEqual([expect.stringContaining("cannot store anything")]);
  });
});

describe("stopping", () => {
  test("one that listens stops at once, and what it was asking is withdrawn", async () => {
    await using here = place();
    const run = here.ask(here.backend, "PERMIT touch made.txt", { answer: () => new Promise(() => undefined) });
    await run.hears(() => run.asked.length === 1, "the question");
    run.stop();
    await run.ended;
    expect(run.text).toBe("answer cancelled");
    expect(run.notes).toEqual(["Asked it to stop.", "Nothing of it runs any more."]);
    expect(await run.processes()).toEqual([]);
    expect(await Bun.file(`${here.work}/made.txt`).exists()).toBe(false);
  });

  test("one that hears nothing is ended, each step in words", async () => {
    await using here = place({ limits: { agentCancelMs: 300, agentCloseMs: 200, agentTermMs: 200 } });
    const run = here.ask(here.backend, "ORPHAN marked\nDEAF");
    await run.hears(() => run.text.endsWith("deaf"), "that it is deaf");
    run.stop();
    await run.ended;
    expect(run.notes).toEqual([
      "Asked it to stop.",
      "It did not stop within 0.3 s: its input is closed.",
      "It is still there 0.2 s later: its processes are ended.",
      "One process it had left behind was ended.",
      "Nothing of it runs any more.",
    ]);
    expect(await run.processes()).toEqual([]);
  });

  test("a stop before it said anything leaves nothing behind either", async () => {
    await using here = place({ flags: ["--deaf"] });
    const run = here.ask(here.backend, "SAY never");
    run.stop();
    await run.ended;
    expect(run.text).toBe("");
    expect(await run.processes()).toEqual([]);
  });

  test("whoever stops listening has it ended", async () => {
    await using here = place();
    const request = here.ask(here.backend, "SAY aside").ended;
    await request;
    const run = here.backend.run(
      {
        agent: builder,
        message: said(mira, "HANG", 5),
        asker: mira,
        words: "HANG",
        reason: "mention",
        task: null,
        session: null,
        marker: "ab".repeat(16),
      },
      {
        recent: () => [],
        search: () => [],
        openTasks: () => [],
        task: () => undefined,
        colleagues: () => [],
        ask: () => Promise.reject(new Error("nobody")),
        signal: new AbortController().signal,
      },
      new AbortController().signal,
    );
    for await (const event of run) if (event.type === "text") break;
    const { marked, markerOf } = await import("../../../src/agents/processes/marker.ts");
    expect(await marked(markerOf(here.prefix, "ab".repeat(16)))).toEqual([]);
  });

  test("what it left behind when it was done is ended, and said", async () => {
    await using here = place();
    const run = here.ask(here.backend, "ORPHAN marked\nSAY done");
    await run.ended;
    expect(run.text).toMatch(/^left \d+done$/);
    expect(run.notes).toEqual(["One process it had left behind was ended."]);
    expect(await run.processes()).toEqual([]);
  });

  test("so is what wiped its environment, while its parent lived", async () => {
    await using here = place();
    const run = here.ask(here.backend, "ORPHAN wiped\nSAY done");
    await run.ended;
    const pid = Number(/left (\d+)/.exec(run.text)?.[1]);
    expect(isRunning(pid)).toBe(false);
    expect(run.notes).toEqual(["One process it had left behind was ended."]);
  });
});

describe("what fails is said with what it said last", () => {
  test("one that dies in the middle, without its keys and colours", async () => {
    const key = "a-key-that-nobody-may-see";
    await using here = place({ environment: { THE_KEY: key }, passes: ["THE_KEY"] });
    const run = here.ask(here.backend, `SAY begun\nCRASH no access with ${key} or sk-abcdefghijklmnop`);
    const words = await failure(run);
    expect(words).toStartWith("The tested program ended in the middle (exit code 7). It said last:");
    expect(words).toContain("no access with … or …");
    expect(words).not.toContain(key);
    expect(words).not.toContain("\u001b");
    expect(run.text).toBe("begun");
    expect(await run.processes()).toEqual([]);
  });

  test("one that dies while what it left behind holds its pipe open", async () => {
    await using here = place();
    const run = here.ask(here.backend, "ORPHAN marked\nCRASH away");
    expect(await failure(run)).toContain("ended in the middle (exit code 7)");
    expect(await run.processes()).toEqual([]);
  });

  test("an error of its own", async () => {
    await using here = place();
    expect(await failure(here.ask(here.backend, "FAIL the model is gone"))).toContain(
      "could not do it: the model is gone",
    );
  });

  test("one that wants to be signed in first says how", async () => {
    await using here = place({ flags: ["--auth"] });
    const words = await failure(here.ask(here.backend, "SAY never"));
    expect(words).toContain("wants to be signed in first");
    expect(words).toContain("Sign in with a browser (Run `scripted login`)");
  });

  test("one that does not answer at all", async () => {
    await using here = place({ flags: ["--deaf"], limits: { agentStartMs: 400, agentCloseMs: 200 } });
    expect(await failure(here.ask(here.backend, "SAY never"))).toBe(
      "The tested program did not answer within 0.4 s of its start.",
    );
  });

  test("one that speaks another version", async () => {
    await using here = place({ flags: ["--version=2"] });
    expect(await failure(here.ask(here.backend, "SAY never"))).toContain("speaks version 2");
  });

  test("one that is not installed, that nobody chose, or whose directory is elsewhere: told before anything starts, and when asked", async () => {
    const missing = new Workplace({ program: { backend: "acp", command: ["no-such-agent"] }, machine: bareMachine });
    await using first = Object.assign(missing, { backend: createAcpBackend(missing.parts) });
    await using second = place({ settings: { program: null } });
    await using third = place({ settings: { program: "vim" } });
    await using fourth = place({ settings: { directory: "/etc" } });
    for (const [here, words] of [
      [
        first,
        "The tested program is not installed where Parley runs: there is no no-such-agent on its PATH. Install it with care.",
      ],
      [second, "No program works for this agent. Choose one in its settings: tested."],
      [third, 'The program "vim" is not known'],
      [fourth, "is not inside"],
    ] as const) {
      expect(await failure(here.ask(here.backend, "SAY never"))).toContain(words);
      expect(await here.backend.check(builder)).toContain(words);
    }
    await using fine = place();
    expect(await fine.backend.check(builder)).toBeNull();
  });
});

describe("what it is told", () => {
  test("who asks, where, what was said there lately, and its words last and by themselves", async () => {
    await using here = place();
    here.room.push(said(tomas, "The build\n- fails @builder", 7), said(mira, "x".repeat(900), 8));
    const run = here.ask(here.backend, "TOLD");
    await run.ended;
    const [context = "", words] = JSON.parse(run.text) as string[];
    expect(words).toBe("TOLD");
    expect(context).toContain("You are Builder (@builder), a developer, in the room #general");
    expect(context).toContain("Mira asks you");
    expect(context).toContain("\n- Tomas: The build - fails @builder\n");
    expect(context.length).toBeLessThan(1_500);
  });

  test("a session that goes on is told only what came after its own last words", async () => {
    await using here = place();
    const first = here.ask(here.backend, "SAY yes");
    await first.ended;
    here.room.push(said(tomas, "old news", 7), said(builder.member, "yes", 8), said(tomas, "fresh news", 9));
    const second = here.ask(here.backend, "TOLD", { session: first.session });
    await second.ended;
    expect(second.session).toBe(first.session);
    expect(second.text).toContain("fresh news");
    expect(second.text).not.toContain("old news");
  });

  test("one that can only load its session repeats it, and nobody hears that again", async () => {
    await using here = place({ flags: ["--load"] });
    const first = here.ask(here.backend, "SAY yes");
    await first.ended;
    const second = here.ask(here.backend, "SAY and on", { session: first.session });
    await second.ended;
    expect([second.session, second.text]).toEqual([first.session, "and on"]);
  });

  test.each([["--forget"], ["--load"]])(
    "one that lost its session (%s) begins anew, and is told what was said",
    async (flag) => {
      await using here = place({ flags: [flag] });
      here.room.push(said(tomas, "old news", 7), said(builder.member, "yes", 8));
      const run = here.ask(here.backend, "TOLD", { session: "gone" });
      await run.ended;
      expect(run.session).not.toBe("gone");
      expect(run.text).toContain("old news");
      expect(run.notes[0]).toContain("Its earlier session is gone");
    },
  );

  test("one that was interrupted is told so", async () => {
    await using here = place();
    const first = here.ask(here.backend, "SAY yes");
    await first.ended;
    const run = here.ask(here.backend, "TOLD", { session: first.session, reason: "resume" });
    await run.ended;
    expect(run.text).toContain("You were interrupted");
  });

  test("which model, where it offers some; one it does not know is said", async () => {
    await using knows = place({ settings: { model: "large" } });
    const run = knows.ask(knows.backend, "MODEL");
    await run.ended;
    expect(run.text).toBe("large");
    await using knowsNot = place({ settings: { model: "huge" } });
    const other = knowsNot.ask(knowsNot.backend, "MODEL");
    await other.ended;
    expect([other.text, other.notes]).toEqual(["small", ['It knows no model "huge" and goes on with its own.']]);
  });

  test("the room's tools, with a token that no failure shows; not over HTTP where it takes none", async () => {
    const token = "a-token-that-opens-the-room";
    let taken = 0;
    const release = () => {
      taken += 1;
    };
    const mcpFor = () => ({ url: "http://127.0.0.1:1/mcp", token, release });
    await using takes = place({ mcpFor });
    const words = await failure(takes.ask(takes.backend, "CRASH now"));
    expect(words).toContain('"name":"parley"');
    expect(words).toContain('"url":"http://127.0.0.1:1/mcp"');
    expect(words).toContain('"Bearer …"');
    expect(words).not.toContain(token);
    expect(taken).toBe(1);
    await using takesNone = place({ mcpFor, flags: ["--no-http"] });
    expect(await failure(takesNone.ask(takesNone.backend, "CRASH now"))).toContain('"mcpServers":[]');
  });
});

describe("one that floods is held up", () => {
  test("nobody takes what it says: it waits, and what we hold stays small", async () => {
    await using here = place({ limits: { agentBacklogCharacters: 100_000 } });
    const run = here.backend.run(
      {
        agent: builder,
        message: said(mira, "FLOOD 20", 5),
        asker: mira,
        words: "FLOOD 20",
        reason: "mention",
        task: null,
        session: null,
        marker: "cd".repeat(16),
      },
      {
        recent: () => [],
        search: () => [],
        openTasks: () => [],
        task: () => undefined,
        colleagues: () => [],
        ask: () => Promise.reject(new Error("nobody")),
        signal: new AbortController().signal,
      },
      new AbortController().signal,
    );
    let [heard, largest] = [0, 0];
    for await (const event of run) {
      if (event.type !== "text") continue;
      heard += event.delta.length;
      largest = Math.max(largest, event.delta.length);
      if (heard < 3_000_000) await new Promise<void>((resolve) => setTimeout(resolve, 2));
    }
    expect(heard).toBe(20_000_000 + " end".length);
    expect(largest).toBeLessThan(500_000);
  });
});
