import { describe, expect, test } from "bun:test";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { parseAgentsFile, readAgentsFile } from "../../src/agents/agents-file.ts";
import { createPrograms } from "../../src/agents/catalogue.ts";
import { presets } from "../../src/agents/presets.ts";
import { ConfigurationError, createConfig } from "../../src/config.ts";
import { openFolder } from "../support/folder.ts";

const reviewer = { name: "reviewer", backend: "exec", command: ["/usr/local/bin/review", "{words}"] };
const programs = (...list: object[]) => JSON.stringify({ programs: list });

describe("what the operator writes", () => {
  test("is a program with everything that was left out as it is by default", () => {
    expect(parseAgentsFile(programs(reviewer), "agents.json")).toEqual({
      programs: [
        {
          ...reviewer,
          backend: "exec",
          title: "reviewer",
          passes: [],
          environment: {},
          endpoint: null,
          keyVariable: null,
          model: null,
          hint: expect.stringContaining("whoever runs Parley"),
        },
      ],
      problems: [],
    });
  });

  test("may be a model, with what it costs", () => {
    const model = { name: "lab", backend: "openai", endpoint: "http://10.0.0.7:8000/v1/", model: "big" };
    const { programs: read } = parseAgentsFile(programs({ ...model, price: { input: 1, output: 2.5 } }), "agents.json");
    expect(read).toMatchObject([
      { endpoint: "http://10.0.0.7:8000/v1", command: [], price: { input: 1, output: 2.5 } },
    ]);
  });

  test.each<[string, string, string]>([
    ["no JSON", "{", "agents.json is not JSON: "],
    ["a list", "[]", 'agents.json: must be an object such as {"programs": []}'],
    ["nothing in it", "{}", "agents.json: programs: must be a list of programs"],
    ["more than programs", '{"programs":[],"agents":[]}', 'agents.json: knows no "agents"'],
    [
      "a name with a path",
      programs({ ...reviewer, name: "../x" }),
      "agents.json: programs[0].name: must be 1 to 40 small",
    ],
    ["a name of ours", programs({ ...reviewer, name: "builtin" }), "programs[0].name: is taken by Parley itself"],
    ["a name twice", programs(reviewer, reviewer), 'programs: "reviewer" is there twice: rename one'],
    [
      "an unknown backend",
      programs({ ...reviewer, backend: "shell" }),
      'programs[0].backend: must be "acp" (a program that',
    ],
    ["a command line", programs({ ...reviewer, command: "rm -rf /" }), "programs[0].command: must be a list of words"],
    ["no command", programs({ ...reviewer, command: [] }), "programs[0].command: must begin with the program"],
    [
      "a path from nowhere",
      programs({ ...reviewer, command: ["./r"] }),
      "programs[0].command: must begin with a program that is on the PATH",
    ],
    ["a word that is none", programs({ ...reviewer, command: ["r", 5] }), "programs[0].command[1]: must be a text"],
    ["a NUL", programs({ ...reviewer, command: ["r\0"] }), "programs[0].command[0]: must not hold a NUL"],
    [
      "our signing key",
      programs({ ...reviewer, passes: ["OPENCODE_SECRET_KEY"] }),
      "programs[0].passes[0]: is Parley's own secret",
    ],
    [
      "the bot's token",
      programs({ ...reviewer, keyVariable: "TELEGRAM_BOT_TOKEN" }),
      "programs[0].keyVariable: is Parley's own secret",
    ],
    ["our marker", programs({ ...reviewer, environment: { PARLEY_RUN: "x" } }), "is Parley's own: choose another name"],
    [
      "a value with a key",
      programs({ ...reviewer, passes: ["A=b"] }),
      "programs[0].passes[0]: must be the name of a variable",
    ],
    ["a misspelt field", programs({ ...reviewer, pases: [] }), 'programs[0]: knows no "pases": take it out'],
    [
      "a file as a model",
      programs({ name: "m", backend: "openai", endpoint: "file:///etc/passwd" }),
      "programs[0].endpoint: must be an address",
    ],
    [
      "a password in an address",
      programs({ name: "m", backend: "openai", endpoint: "https://a:b@c/v1" }),
      "programs[0].endpoint: must hold no password",
    ],
  ])("%s is refused by file and field, with the remedy", (_what, json, expected) => {
    const read = parseAgentsFile(json, "agents.json");
    expect(read.programs).toBeNull();
    expect(read.problems.join("\n")).toContain(expected);
    expect(read.problems.every((problem) => problem.startsWith("agents.json"))).toBe(true);
  });

  test("everything that is wrong is said at once", () => {
    const { problems } = parseAgentsFile(programs({ ...reviewer, name: "A" }, { ...reviewer, command: [] }), "f");
    expect(problems).toHaveLength(2);
  });

  test("a prototype is a name like any other, and none of ours", () => {
    const { programs: read } = parseAgentsFile(
      `{"programs":[{"name":"constructor","backend":"exec","command":["c"],"environment":{"__proto__":"x"}}]}`,
      "f",
    );
    expect(read?.map(({ name }) => name)).toEqual(["constructor"]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

describe("the file", () => {
  test("that anybody can write is refused: whoever writes it says what runs as Parley's user", () => {
    using folder = openFolder();
    const path = folder.at("agents.json");
    writeFileSync(path, programs(reviewer));
    chmodSync(path, 0o666);
    expect(readAgentsFile(path).problems).toEqual([
      `${path} can be written by anybody on this machine: chmod o-w ${path}`,
    ]);
    chmodSync(path, 0o600);
    expect(readAgentsFile(path).programs).toHaveLength(1);
  });

  test("that is huge, or a folder, is not read", () => {
    using folder = openFolder();
    writeFileSync(folder.at("huge"), " ".repeat(300_000), { mode: 0o600 });
    expect(readAgentsFile(folder.at("huge")).problems[0]).toContain("has 300000 bytes");
    expect(readAgentsFile(folder.path).problems[0]).toContain("cannot be read");
  });
});

describe("the catalogue", () => {
  const silent = { error: () => undefined, info: () => undefined };
  const open = (folder: { path: string }, env: Record<string, string> = {}) =>
    createPrograms(createConfig({ OPENCODE_CHAT_DB: `${folder.path}/parley.db`, ...env }), silent);
  const write = (path: string, json: string) => writeFileSync(path, json, { mode: 0o600 });

  test("has the presets where nothing was written", () => {
    using folder = openFolder();
    const names = ["opencode", "claude", "gemini", "codex", "openai", "ollama"];
    expect(
      open(folder)
        .list()
        .map(({ name }) => name),
    ).toEqual(names);
  });

  test("has what was written beside the database; one of the same name takes the preset's place", () => {
    using folder = openFolder();
    write(folder.at("agents.json"), programs({ ...reviewer, name: "opencode" }, reviewer));
    const catalogue = open(folder);
    expect(catalogue.byName("opencode")?.backend).toBe("exec");
    expect(catalogue.byName("reviewer")?.command).toEqual(reviewer.command);
    expect(catalogue.list()).toHaveLength(7);
  });

  test("follows the file; what is wrong with it later is told, and changes nothing", () => {
    using folder = openFolder();
    const path = folder.at("agents.json");
    const catalogue = open(folder);
    write(path, programs(reviewer));
    expect(catalogue.byName("reviewer")).toBeDefined();
    write(path, "{");
    expect(catalogue.byName("reviewer")).toBeDefined();
    expect(catalogue.problems()[0]).toContain("is not JSON");
    rmSync(path);
    expect(catalogue.byName("reviewer")).toBeUndefined();
    expect(catalogue.problems()).toEqual([]);
  });

  test("does not begin with a file that is wrong, or named and not there", () => {
    using folder = openFolder();
    expect(() => open(folder, { PARLEY_AGENTS_FILE: folder.at("none.json") })).toThrow(
      `PARLEY_AGENTS_FILE: there is no file ${folder.at("none.json")}`,
    );
    write(folder.at("agents.json"), "{}");
    expect(() => open(folder)).toThrow(ConfigurationError);
  });

  test("its presets give no program a secret of Parley's, and say how to get each", () => {
    const own = ["OPENCODE_API_KEY", "OPENCODE_ADMIN_KEY", "OPENCODE_SECRET_KEY", "TELEGRAM_BOT_TOKEN"];
    for (const { passes, hint, keyVariable } of presets({})) {
      expect(passes.filter((name) => own.includes(name))).toEqual([]);
      expect(keyVariable === null || !own.includes(keyVariable)).toBe(true);
      expect(hint.length).toBeGreaterThan(40);
    }
  });

  test("the model's preset follows OPENAI_BASE_URL and OPENAI_MODEL", () => {
    const preset = presets({ OPENAI_BASE_URL: "http://127.0.0.1:9/v1/", OPENAI_MODEL: "m" }).find(
      ({ name }) => name === "openai",
    );
    expect(preset).toMatchObject({ endpoint: "http://127.0.0.1:9/v1", model: "m" });
  });
});
