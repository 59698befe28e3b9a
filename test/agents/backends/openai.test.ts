import { describe, expect, test } from "bun:test";
import type { Agent } from "../../../src/agents/agent.ts";
import type { Desk, RunEvent, RunRequest } from "../../../src/agents/backends/backend.ts";
import { createOpenaiBackend } from "../../../src/agents/backends/openai.ts";
import type { Program } from "../../../src/agents/programs.ts";
import { defaultSettings } from "../../../src/agents/settings.ts";
import type { Answer, Ask } from "../../../src/approvals/ask.ts";
import { Refusal } from "../../../src/errors.ts";
import type { Limits } from "../../../src/limits.ts";
import {
  answering,
  type ChatModel,
  calling,
  counted,
  cutting,
  done,
  event,
  failing,
  hanging,
  piece,
  type Scripted,
  startChatModel,
  streaming,
} from "../../support/chat-model.ts";
import { type House, openHouse, until } from "../../support/house.ts";

const key = "sk-very-secret-key-of-ours";

/** How far a test goes: no request waits long for anything. */
const quick: Partial<Limits> = { modelRetryMs: 1, modelSilenceMs: 60_000 };

interface Setting {
  script: readonly Scripted[];
  models?: Scripted;
  limits?: Partial<Limits>;
  program?: Partial<Program>;
  environment?: Record<string, string>;
  settings?: Partial<Agent["settings"]>;
}

/** The house, a service behind the backend, and alice whose model is there. */
function open({ script, models, limits, program, environment = { MODEL_KEY: key }, settings }: Setting) {
  const house = openHouse({ limits: { ...quick, ...limits } });
  const model = startChatModel(script, models);
  const lab: Program = {
    ...{ name: "lab", title: "The lab", backend: "openai", command: [], passes: [], environment: {} },
    ...{ endpoint: model.url, keyVariable: "MODEL_KEY", model: "small", hint: "" },
    ...program,
  };
  const { config, clock, logger, tools } = house;
  const programs = { byName: (name: string) => (name === "lab" ? lab : undefined) };
  const backend = createOpenaiBackend({ config, clock, logger, tools, programs, environment });
  const hired = house.roster.byName("alice");
  if (!hired) throw new Error("alice does not work here");
  const agent: Agent = {
    ...hired,
    backend: "openai",
    settings: { ...defaultSettings, program: "lab", ...settings },
  };
  return {
    ...{ house, model, backend, agent },
    [Symbol.dispose]() {
      model[Symbol.dispose]();
      house[Symbol.dispose]();
    },
  };
}

type Lab = ReturnType<typeof open>;

/** What mira asks alice, as a run gets it. */
function request({ house, agent }: Lab, words = "what is new?", more: Partial<RunRequest> = {}): RunRequest {
  const mira = house.person("mira");
  const task = house.work(mira, "alice", words, { state: "accepted" }, { state: "working" });
  const message = house.history.message(task.requestId);
  if (!message) throw new Error("nobody asked");
  return {
    agent,
    message,
    asker: mira,
    words,
    reason: "mention",
    task,
    session: null,
    marker: "0".repeat(32),
    ...more,
  };
}

function deskOf(house: House, { message }: RunRequest, ask?: (ask: Ask) => Promise<Answer>): Desk {
  return {
    recent: (limit) => house.history.page(message.roomId, { limit, before: message.id }).messages,
    search: () => [],
    openTasks: () => [],
    task: () => undefined,
    colleagues: () => [],
    ask: ask ?? (() => Promise.resolve({ outcome: "none", reason: "deadline" })),
    signal: new AbortController().signal,
  };
}

interface Run {
  readonly events: readonly RunEvent[];
  /** What it failed with; null when it did not. */
  readonly failure: string | null;
  readonly text: string;
}

async function run(
  lab: Lab,
  asked = request(lab),
  desk = deskOf(lab.house, asked),
  stop?: AbortController,
): Promise<Run> {
  const events: RunEvent[] = [];
  let failure: string | null = null;
  // The log commits by itself, a turn of the loop later.
  try {
    for await (const each of lab.backend.run(asked, desk, (stop ?? new AbortController()).signal)) events.push(each);
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    failure = thrown.message;
  }
  const text = events.flatMap((each) => (each.type === "text" ? [each.delta] : [])).join("");
  // Whatever happens, the key is told to nobody.
  expect(JSON.stringify([events, failure, lab.house.logged])).not.toContain(key);
  return { events, failure, text };
}

function stepsOf({ events }: Run) {
  return events.flatMap((each) => (each.type === "step" ? [each.step] : []));
}

function notesOf({ events }: Run): string[] {
  return events.flatMap((each) => (each.type === "note" ? [each.text] : []));
}

function lastOf(model: ChatModel) {
  const asked = model.asked.at(-1);
  if (!asked) throw new Error("nobody asked the model");
  return asked;
}

describe("a model that answers", () => {
  test("is told what it is and what was said, and its words come as it says them", async () => {
    using lab = open({ script: [answering("All ", "is ", "well.")] });
    lab.house.say(lab.house.person("tomas"), "the build is **green**");
    const ran = await run(lab, request(lab, "how is the build?"));
    expect(ran.failure).toBeNull();
    expect(ran.events.filter(({ type }) => type === "text")).toHaveLength(3);
    expect(ran.text).toBe("All is well.");
    const { model, messages, stream, tools } = lastOf(lab.model);
    expect({ model, stream, key: lab.model.keys[0] }).toEqual({ model: "small", stream: true, key: `Bearer ${key}` });
    expect(messages.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(messages[0]?.content).toStartWith("You are alice, an AI agent (developer, who knows python");
    expect(messages[0]?.content).toContain("in the room #general");
    expect(messages[1]?.content).toMatch(
      /2026-01-05 09:00 tomas: the build is \*\*green\*\*\n\nmira asks you:\nhow is the build\?$/,
    );
    expect(tools?.map((tool) => tool.function.name)).toEqual(lab.house.tools.list().map(({ name }) => name));
  });

  test("says what it used, as the service counted it; the price is the service's word, else the operator's", async () => {
    const price = { input: 1, output: 10 };
    using silent = open({ script: [answering("hm")] });
    using priced = open({ script: [answering("hm")], program: { price } });
    using paid = open({
      script: [streaming(piece({ content: "hm" }, "stop"), counted(100, 10, 0.5), done)],
      program: { price },
    });
    const usage = (ran: Run) => ran.events.findLast(({ type }) => type === "usage");
    expect(usage(await run(silent))).toMatchObject({ usage: { inputTokens: 100, outputTokens: 10, costUsd: null } });
    expect(usage(await run(priced))).toMatchObject({ usage: { costUsd: 0.0002 } });
    expect(usage(await run(paid))).toMatchObject({ usage: { costUsd: 0.5 } });
  });

  test("and counts nothing is not guessed about", async () => {
    using lab = open({
      script: [streaming(piece({ content: "hm" }, "stop"), done)],
      program: { price: { input: 1, output: 1 } },
    });
    expect((await run(lab)).events.map(({ type }) => type)).toEqual(["text"]);
  });

  test("thinks aloud between marks in its answer, where the service leaves them there", async () => {
    const pieces = ["<thi", "nk>hm", "</think>", "\n\nYes", "."].map((content) => piece({ content }));
    // It never says why it ended, and is done all the same.
    using lab = open({ script: [streaming(...pieces, done)] });
    const ran = await run(lab);
    expect([ran.failure, ran.text]).toEqual([null, "Yes."]);
    expect(ran.events[0]).toEqual({ type: "thought", delta: "hm" });
  });

  test("thinks aloud beside its answer, by either name of that", async () => {
    const thoughts = [piece({ reasoning_content: "hm, " }), piece({ reasoning: "so…" })];
    using lab = open({ script: [streaming(...thoughts, piece({ content: "Yes." }, "stop"), done)] });
    expect((await run(lab)).events).toEqual([
      { type: "thought", delta: "hm, " },
      { type: "thought", delta: "so…" },
      { type: "text", delta: "Yes." },
    ]);
  });

  test("without streaming has all of it said at once", async () => {
    const choices = [{ index: 0, message: { role: "assistant", content: "All at once." }, finish_reason: "stop" }];
    using lab = open({ script: [() => Response.json({ choices, usage: { prompt_tokens: 5, completion_tokens: 3 } })] });
    const ran = await run(lab);
    expect([ran.text, ran.failure]).toEqual(["All at once.", null]);
  });

  test("is shown so many characters of the room, the newest", async () => {
    using lab = open({ script: [answering("ok")], limits: { modelContextCharacters: 200 } });
    for (let index = 1; index <= 9; index += 1) lab.house.say(lab.house.person("tomas"), `${index} ${"x".repeat(50)}`);
    await run(lab);
    const content = lastOf(lab.model).messages[1]?.content ?? "";
    expect(content).toContain("tomas: 9 ");
    expect(content).not.toContain("tomas: 6 ");
    expect(content.length).toBeLessThan(330);
  });

  test("whose answers may not be longer says so; one that was held back, or that is empty, is a failure", async () => {
    using long = open({ script: [streaming(piece({ content: "It began" }, "length"), done)] });
    expect((await run(long)).text).toBe("It began\n\n(The model ends here: its answers may not be longer.)");
    using held = open({ script: [streaming(piece({}, "content_filter"), done)] });
    expect((await run(held)).failure).toContain("The lab held the answer back");
    using empty = open({ script: [streaming(piece({}, "stop"), done)] });
    expect((await run(empty)).failure).toBe("The model ended without an answer.");
  });
});

describe("a model that uses tools", () => {
  test("gets what came of each, every use is a step, and what it says afterwards is a paragraph of its own", async () => {
    const first = streaming(
      piece({ content: "Let me look." }),
      piece({ tool_calls: [{ index: 0, id: "a", function: { name: "search", arguments: '{"query":"lamp"}' } }] }),
      piece({}, "tool_calls"),
      counted(200, 20, 0.01),
      done,
    );
    using lab = open({
      script: [first, calling(["list_team", {}], ["read_history", { limit: 1 }]), answering("Found it.")],
    });
    lab.house.say(lab.house.person("tomas"), "the lamp is in the attic");
    const ran = await run(lab);
    expect(ran.failure).toBeNull();
    expect(ran.text).toBe("Let me look.\n\nFound it.");
    const steps = stepsOf(ran);
    expect(steps.map(({ id, kind, title, state }) => [id, kind, title, state])).toEqual([
      ["1.1", "search", "search", "running"],
      ["1.1", undefined, undefined, "completed"],
      ["2.1", "read", "list team", "running"],
      ["2.1", undefined, undefined, "completed"],
      ["2.2", "read", "read history", "running"],
      ["2.2", undefined, undefined, "completed"],
    ]);
    expect(steps[0]?.input).toBe('{"query":"lamp"}');
    expect(steps[1]?.output).toContain("tomas: the lamp is in the attic");
    const shown = lastOf(lab.model).messages.map(({ role }) => role);
    expect(shown).toEqual(["system", "user", "assistant", "tool", "assistant", "tool", "tool"]);
    expect(lastOf(lab.model).messages[3]?.content).toContain("the lamp is in the attic");
    expect(ran.events.filter(({ type }) => type === "usage").at(-1)).toEqual({
      type: "usage",
      usage: { inputTokens: 500, outputTokens: 50, costUsd: 0.01 },
    });
  });

  test("in a way that does not fit is told so, and may try again", async () => {
    const wrong = calling(["search", "{not json"], ["fly", {}], ["read_history", { limit: "many" }]);
    using lab = open({ script: [wrong, answering("I see.")] });
    const ran = await run(lab);
    expect([ran.text, ran.failure]).toEqual(["I see.", null]);
    const failed = stepsOf(ran).filter(({ state }) => state === "failed");
    expect(failed.map(({ output }) => output?.slice(0, 60))).toEqual([
      "That did not work: The arguments are not JSON: send one JSON",
      'That did not work: There is no tool "fly". The tools are: po',
      "That did not work: The arguments of read_history do not fit:",
    ]);
  });

  test("without end is stopped after so many rounds", async () => {
    using lab = open({ script: [calling(["list_team", {}])], limits: { modelRounds: 3 } });
    expect((await run(lab)).failure).toBe(
      "It used tools 3 times in a row without coming to an answer, and was stopped.",
    );
    expect(lab.model.asked).toHaveLength(3);
  });

  test("too many at once has the first of them used", async () => {
    using lab = open({
      script: [calling(...Array.from({ length: 5 }, () => ["list_team", {}] as const)), answering("ok")],
      limits: { modelCalls: 2 },
    });
    expect(stepsOf(await run(lab))).toHaveLength(4);
    expect(lastOf(lab.model).messages.filter(({ role }) => role === "tool")).toHaveLength(2);
  });

  test("asks people with the step it is about, and goes on with their answer", async () => {
    using lab = open({
      script: [calling(["ask_human", { question: "Which one?", choices: ["red", "blue"] }]), answering("Blue it is.")],
    });
    const asked = request(lab);
    const tomas = lab.house.person("tomas");
    const asks: Ask[] = [];
    const desk = deskOf(lab.house, asked, (ask) => {
      asks.push(ask);
      const [, blue] = ask.options;
      return Promise.resolve(
        blue ? { outcome: "chosen", option: blue, by: tomas } : { outcome: "none", reason: "stopped" },
      );
    });
    await run(lab, asked, desk);
    expect(asks).toMatchObject([{ kind: "question", detail: "Which one?", takesText: true, stepId: "1.1" }]);
    expect(lastOf(lab.model).messages.at(-1)?.content).toBe("tomas chose: blue");
  });

  test("asks for help, and the run hears of it", async () => {
    using lab = open({ script: [calling(["request_help", { issue: "no access" }]), answering("I wait.")] });
    const asked = request(lab);
    const ran = await run(lab, asked);
    expect(ran.events).toContainEqual({ type: "help", taskId: asked.task?.id ?? 0, issue: "no access" });
  });

  test("though it cannot is asked again without them, and the run says so", async () => {
    const unable = failing(400, { message: "registry/tiny does not support tools" });
    using lab = open({ script: [unable, answering("Without.")] });
    const ran = await run(lab);
    expect([ran.text, ran.failure]).toEqual(["Without.", null]);
    expect(notesOf(ran)).toEqual(["This model cannot use tools: it answers from what it is shown."]);
    expect([lab.model.asked[0]?.tools?.length, lab.model.asked[1]?.tools]).toEqual([
      lab.house.tools.list().length,
      undefined,
    ]);
  });

  test("sends pieces in any of the ways that services do", async () => {
    const name = "list_team";
    const strange = [
      // Counted from one; the id only with the first piece.
      [
        { index: 1, id: "a", function: { name, arguments: "" } },
        { index: 1, function: { arguments: "{}" } },
      ],
      // Every call with the same index, told apart by ids.
      [
        { index: 0, id: "a", function: { name, arguments: "{}" } },
        { index: 0, id: "b", function: { name, arguments: "{}" } },
      ],
      // No index and no id at all.
      [{ function: { name, arguments: "{}" } }],
    ];
    for (const [position, uses] of [1, 2, 1].entries()) {
      const pieces = (strange[position] ?? []).map((call) => piece({ tool_calls: [call] }));
      using lab = open({ script: [streaming(...pieces, piece({}, "tool_calls"), done), answering("ok")] });
      const ran = await run(lab);
      expect([position, ran.failure, stepsOf(ran).filter(({ state }) => state === "completed").length]).toEqual([
        position,
        null,
        uses,
      ]);
    }
  });
});

describe("a service that fails", () => {
  test.each([
    [
      401,
      { message: `Incorrect API key provided: ${key}` },
      "The lab does not accept the key in MODEL_KEY: put a valid one into Parley's environment.",
    ],
    [403, {}, "The lab does not accept the key in MODEL_KEY: put a valid one into Parley's environment."],
    [413, {}, "What was asked is more than The lab takes at once. It says: scripted"],
    [400, { message: `bad ${key} thing` }, "The lab does not take the request (status 400). It says: bad … thing"],
    [
      429,
      { message: "pay first", code: "insufficient_quota" },
      "The credit with The lab is used up. It says: pay first",
    ],
  ])("with %d says what to do, and is asked no more", async (status, error, words) => {
    using lab = open({ script: [failing(status, error)] });
    expect((await run(lab)).failure).toBe(words);
    expect(lab.model.asked).toHaveLength(1);
  });

  test("with 404 says which model it does not know, and where", async () => {
    using lab = open({ script: [failing(404, { message: "model 'small' not found" })] });
    const { url } = lab.model;
    expect((await run(lab)).failure).toBe(
      `The lab knows no model "small", or nothing is at ${url}: correct the one or the other. It says: model 'small' not found`,
    );
  });

  test("for a while is asked again, and nobody sees more than a note", async () => {
    using lab = open({ script: [failing(503, "<html>"), failing(500), answering("Here.")] });
    const ran = await run(lab);
    expect([ran.text, ran.failure]).toEqual(["Here.", null]);
    expect(notesOf(ran)).toEqual([
      "The lab fails at the moment (status 503). Trying again.",
      "The lab fails at the moment (status 500). It says: scripted Trying again.",
    ]);
  });

  test("for good is asked so many times", async () => {
    using lab = open({ script: [failing(500)], limits: { modelTries: 3 } });
    expect((await run(lab)).failure).toBe("The lab fails at the moment (status 500). It says: scripted");
    expect(lab.model.asked).toHaveLength(3);
  });

  test("and asks to wait is waited for, as long as it says; longer than a minute is a failure that says so", async () => {
    using patient = open({ script: [failing(429, {}, { "retry-after": "0.2" }), answering("Here.")] });
    const began = performance.now();
    expect((await run(patient)).text).toBe("Here.");
    expect(performance.now() - began).toBeGreaterThanOrEqual(195);
    using busy = open({ script: [failing(429, {}, { "retry-after": "3600" })] });
    expect((await run(busy)).failure).toBe("The lab takes no more requests for now. It says: scripted");
    expect(busy.model.asked).toHaveLength(1);
  });

  test("that sends elsewhere is not followed: the key stays where it was meant to be", async () => {
    using thief = startChatModel([answering("thank you")]);
    using lab = open({ script: [() => Response.redirect(`${thief.url}/chat/completions`, 307)] });
    const { failure } = await run(lab);
    expect(failure).toStartWith(`The lab sends requests on to ${new URL(thief.url).origin}. They are not followed`);
    expect(thief.asked).toEqual([]);
  });

  test("or is not there, says where nothing answers", async () => {
    using lab = open({ script: [answering("x")], program: { endpoint: "http://127.0.0.1:9/v1" } });
    expect((await run(lab)).failure).toBe(
      "Nothing answers at http://127.0.0.1:9: start The lab, or correct its endpoint in the file of programs.",
    );
  });

  test("before it said anything is asked once more", async () => {
    using lab = open({ script: [cutting(), answering("Here.")] });
    const ran = await run(lab);
    expect([ran.text, ran.failure]).toEqual(["Here.", null]);
    using never = open({ script: [cutting()] });
    expect((await run(never)).failure).not.toBeNull();
    expect(never.model.asked).toHaveLength(2);
  });

  test("in the middle of an answer is not asked again: the answer is a part, and the failure says so", async () => {
    for (const broken of [
      cutting(piece({ content: "The first half" })),
      streaming(piece({ content: "The first half" })),
      streaming(piece({ content: "The first half" }), event({ error: { message: "overloaded" } })),
    ]) {
      using lab = open({ script: [broken] });
      const ran = await run(lab);
      expect(ran.text).toBe("The first half");
      expect(ran.failure).toMatch(/(broke|overloaded).* What it said before that is not all of it\.$/);
      expect(lab.model.asked).toHaveLength(1);
    }
  });

  test("that falls silent is given up, before it began and in the middle", async () => {
    for (const script of [hanging(), hanging(piece({ content: "Well" }))]) {
      using lab = open({ script: [script], limits: { modelSilenceMs: 1_000 } });
      expect((await run(lab)).failure).toContain("The lab said nothing for 1 s and was given up.");
      await until(() => lab.model.open === 0, "the request's end");
    }
  });

  test("never ends is stopped when its time is over, however much it says", async () => {
    const talks: Scripted = (request) => {
      const body = new ReadableStream<string>({
        async pull(controller) {
          if (request.signal.aborted) return controller.close();
          await Bun.sleep(10);
          controller.enqueue(": still here\n\n");
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    };
    using lab = open({ script: [talks], limits: { modelMs: 1_000, modelSilenceMs: 500 } });
    expect((await run(lab)).failure).toBe("Its model was at work for 1 s without coming to an end, and was stopped.");
  });

  test("writes more than anybody reads is stopped, by characters and by tokens", async () => {
    using endless = open({ script: [answering("x".repeat(600), "y".repeat(600))], limits: { modelCharacters: 1_000 } });
    expect((await run(endless)).failure).toBe("It wrote more than 1000 characters and was stopped.");
    using dear = open({ script: [calling(["list_team", {}])], limits: { modelTokens: 50 } });
    expect((await run(dear)).failure).toBe("It wrote more than 50 tokens and was stopped.");
    expect(dear.model.asked).toHaveLength(3);
    using huge = open({ script: [streaming(`data: ${"x".repeat(2 * 1024 * 1024)}\n\n`)] });
    expect((await run(huge)).failure).toBe("The model's service sent something endless.");
  });

  test("does not know an option is asked without it from then on", async () => {
    const fussy = failing(400, { message: "Unknown field: stream_options" });
    using lab = open({ script: [fussy, calling(["list_team", {}]), answering("ok")] });
    expect((await run(lab)).failure).toBeNull();
    expect(lab.model.asked.map((asked) => "stream_options" in asked)).toEqual([true, false, false]);
  });
});

describe("a run that is stopped", () => {
  test("ends its request at once, says so, and fails with nothing", async () => {
    using lab = open({ script: [hanging(piece({ content: "Well" }))] });
    const stop = new AbortController();
    const running = run(lab, request(lab), undefined, stop);
    await until(() => lab.model.open === 1, "a request");
    stop.abort();
    const ran = await running;
    expect([ran.failure, notesOf(ran)]).toEqual([null, ["The request to the model was ended."]]);
    await until(() => lab.model.open === 0, "the request's end");
  });

  test("while it waits to try again does not wait", async () => {
    using lab = open({ script: [failing(429, {}, { "retry-after": "59" })] });
    const stop = new AbortController();
    const asked = request(lab);
    const notes: string[] = [];
    const began = performance.now();
    for await (const each of lab.backend.run(asked, deskOf(lab.house, asked), stop.signal))
      if (each.type === "note") {
        notes.push(each.text);
        stop.abort();
      }
    expect(notes).toHaveLength(2);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test("between a usage and the next request asks nothing more: whoever keeps the budget may stop it there", async () => {
    using lab = open({ script: [calling(["post_message", { text: "I did it" }])] });
    const stop = new AbortController();
    const asked = request(lab);
    for await (const each of lab.backend.run(asked, deskOf(lab.house, asked), stop.signal))
      if (each.type === "usage") stop.abort();
    expect(lab.model.asked).toHaveLength(1);
    expect(lab.house.committed.filter(({ kind }) => kind === "message.posted")).toHaveLength(1);
  });
});

describe("before it works, the backend says what is missing", () => {
  const models =
    (...ids: string[]) =>
    () =>
      Response.json({ data: ids.map((id) => ({ id })) });

  test.each<[string, Partial<Setting>, string | RegExp]>([
    ["a program", { settings: { program: null } }, /^It has no model yet: choose a program/],
    [
      "that there is",
      { settings: { program: "gone" } },
      'There is no program "gone" any more: choose another one in its settings.',
    ],
    ["that is a model's", { program: { backend: "acp" } }, /^"lab" is no model's service/],
    ["an address", { program: { endpoint: "ftp://x" } }, /^The endpoint of "lab" is no address/],
    [
      "encryption",
      { program: { endpoint: "http://models.example.org/v1" } },
      /^The endpoint of "lab" would be spoken to without encryption/,
    ],
    ["the key", { environment: {} }, "MODEL_KEY is not set: put the key of The lab into Parley's environment."],
    ["a model", { program: { model: null } }, "Name the model that The lab shall use: it has none by itself."],
    [
      "a model that is there",
      { models: models("large", "huge") },
      'The lab has no model "small". It has: large, huge.',
    ],
    ["the right key", { models: failing(401) }, /^The lab does not accept the key in MODEL_KEY/],
    ["the service", { program: { endpoint: "http://127.0.0.1:9/v1" } }, /^Nothing answers at http:\/\/127\.0\.0\.1:9/],
    [
      "patience",
      { models: () => new Promise(() => undefined), limits: { modelCheckMs: 100 } },
      /^The lab did not answer within/,
    ],
  ])("%s", async (_, setting, words) => {
    using lab = open({ script: [answering("x")], ...setting });
    const missing = await lab.backend.check(lab.agent);
    if (typeof words === "string") expect(missing).toBe(words);
    else expect(missing).toMatch(words);
    expect(lab.model.asked).toEqual([]);
    // A run says the same of what is set, and asks nobody.
    if (setting.settings ?? setting.environment) expect((await run(lab)).failure).toBe(missing);
  });

  test.each<[string, Partial<Setting>]>([
    ["the model is in the list", { models: models("large", "small") }],
    ["it is the agent's own", { models: models("large"), settings: { model: "large" } }],
    ["it is there as its latest", { models: models("small:latest") }],
    ["the service has no list", {}],
    ["the list is none", { models: () => new Response("hello") }],
    ["no key is needed", { program: { keyVariable: null }, environment: {} }],
  ])("and nothing where %s", async (_, setting) => {
    using lab = open({ script: [answering("x")], ...setting });
    expect(await lab.backend.check(lab.agent)).toBeNull();
  });
});
