import { describe, expect, test } from "bun:test";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { createCheck } from "../../src/agents/check.ts";
import { installed } from "../../src/agents/installed.ts";
import { isolationOf, probeSandbox } from "../../src/agents/isolation.ts";
import type { Hiring } from "../../src/agents/roster.ts";
import { defaultSettings } from "../../src/agents/settings.ts";
import { fakeProgram } from "../support/fake-program.ts";
import { openFolder } from "../support/folder.ts";
import { openHouse } from "../support/house.ts";

const backends = ["builtin", "acp", "exec", "openai"].map((name) => ({ name }));

/** A machine with nothing on its PATH but what a test puts there, and with a sandbox. */
function openMachine(env: Record<string, string> = {}) {
  const folder = openFolder();
  const bin = folder.make("bin");
  const house = openHouse({
    env: { OPENCODE_CHAT_DB: folder.at("parley.db"), PARLEY_PROJECTS: folder.make("projects"), PATH: bin, ...env },
  });
  const ada = house.person("ada", "admin");
  const parts = { config: house.config, programs: house.programs, sandbox: () => null, backends };
  const check = createCheck(parts);
  const of = async (hiring: Partial<Hiring>, by = check) => {
    const { isReady, findings } = await by(house.roster.draft(ada, { name: "coder", role: "developer", ...hiring }));
    return {
      isReady,
      said: Object.fromEntries(findings.map(({ what, state, words }) => [what, `${state}: ${words}`])),
    };
  };
  const dispose = () => {
    house[Symbol.dispose]();
    folder[Symbol.dispose]();
  };
  return { folder, bin, house, parts, of, [Symbol.dispose]: dispose };
}

describe("what an agent lacks", () => {
  test("the program: how to get it, until it is on the PATH; then where it is and which", async () => {
    using it = openMachine({ OPENAI_API_KEY: "sk-very-secret" });
    const before = await it.of({ program: "codex" });
    expect(before.isReady).toBe(false);
    expect(before.said.program).toMatch(/^missing: Codex: "codex-acp" is not on Parley's PATH. npm install -g @agent/);
    const path = fakeProgram(it.bin, "codex-acp");
    const after = await it.of({ program: "codex" });
    expect(after.isReady).toBe(true);
    // It is not known to answer --version and do nothing else, so it is not asked.
    expect(after.said.program).toBe(`ok: Codex at ${path}.`);
  });

  test("the key: by its name, never by what it holds", async () => {
    using it = openMachine({ ANTHROPIC_API_KEY: "  " });
    fakeProgram(it.bin, "claude-agent-acp");
    expect((await it.of({ program: "claude" })).said.key).toMatch(/^missing: ANTHROPIC_API_KEY is not set/);
    using other = openMachine({ CLAUDE_CODE_OAUTH_TOKEN: "oat-very-secret", IS_SANDBOX: "1" });
    const { said } = await other.of({ program: "claude" });
    expect(said.key).toBe("ok: CLAUDE_CODE_OAUTH_TOKEN is set.");
    expect(JSON.stringify(said)).not.toContain("very-secret");
  });

  test("opencode goes without a key where its own settings name a model: it is said, and not held against it", async () => {
    using it = openMachine();
    fakeProgram(it.bin, "opencode");
    const { isReady, said } = await it.of({ program: "opencode" });
    expect([isReady, said.key?.startsWith("note: None of ANTHROPIC_API_KEY, ")]).toEqual([true, true]);
  });

  test.if(process.getuid?.() === 0)("Claude Code as root: IS_SANDBOX=1, or another user", async () => {
    using it = openMachine({ ANTHROPIC_API_KEY: "x" });
    expect((await it.of({ program: "claude" })).said.key).toContain("missing: Parley runs as root");
  });

  test("a model, and the key of its service", async () => {
    using it = openMachine({ OPENAI_BASE_URL: "http://127.0.0.1:9/v1" });
    const { said } = await it.of({ program: "openai" });
    expect(said.model).toMatch(/^missing: No model is named/);
    expect(said.key).toMatch(/^missing: OPENAI_API_KEY/);
    const local = await it.of({ program: "ollama", model: "qwen3:8b" });
    expect(local).toMatchObject({ isReady: true, said: { model: "ok: qwen3:8b." } });
    expect(Object.keys(local.said)).not.toContain("directory");
  });

  test("a directory: its own, or a project that is there and can be written to", async () => {
    using it = openMachine();
    fakeProgram(it.bin, "opencode");
    const own = it.folder.at("parley.db.agents", "coder", "work");
    expect((await it.of({ program: "opencode" })).said.directory).toBe(
      `ok: A directory of its own: ${own}, made when it first works.`,
    );
    const site = it.folder.make("projects", "site");
    const agent = await it.house.roster.hire(it.house.person("ada", "admin"), {
      name: "webber",
      role: "developer",
      program: "opencode",
      directory: site,
    });
    rmSync(site, { recursive: true });
    const { isReady, findings } = await createCheck(it.parts)(agent);
    expect(isReady).toBe(false);
    expect(findings.find(({ what }) => what === "directory")?.words).toContain("There is no directory");
  });

  test("no sandbox is a note, with why", async () => {
    using it = openMachine();
    fakeProgram(it.bin, "opencode");
    const without = createCheck({ ...it.parts, sandbox: () => "bubblewrap is not installed" });
    const { isReady, said } = await it.of({ program: "opencode" }, without);
    expect(isReady).toBe(true);
    expect(said.sandbox).toBe(
      "note: Not sandboxed: bubblewrap is not installed. It can read and change whatever Parley's user can.",
    );
    expect((await it.of({ program: "opencode", sandbox: "off" })).said.sandbox).toContain("turned off");
  });

  test("what the backend itself finds, and a backend that this Parley has not", async () => {
    using it = openMachine();
    fakeProgram(it.bin, "opencode");
    const knowing = [{ name: "acp", check: async () => "It speaks an older protocol." }];
    const { isReady, said } = await it.of({ program: "opencode" }, createCheck({ ...it.parts, backends: knowing }));
    expect([isReady, said.backend]).toEqual([false, "missing: It speaks an older protocol."]);
    // What is missing is said once.
    const twice = await it.of({ program: "codex" }, createCheck({ ...it.parts, backends: knowing }));
    expect(Object.keys(twice.said)).not.toContain("backend");
    const none = await it.of({ program: "opencode" }, createCheck({ ...it.parts, backends: [] }));
    expect(none.said.backend).toContain('cannot run agents of the kind "acp"');
  });

  test("a program that left the catalogue; safe mode; a file that is wrong", async () => {
    using it = openMachine({ OPENCODE_SAFE_MODE: "true" });
    const file = it.folder.at("agents.json");
    const write = (json: string) => writeFileSync(file, json, { mode: 0o600 });
    write(JSON.stringify({ programs: [{ name: "own", backend: "exec", command: ["own"] }] }));
    const ada = it.house.person("ada", "admin");
    const agent = await it.house.roster.hire(ada, { name: "owner2", role: "qa", program: "own" });
    write('{"programs":[]}');
    const gone = await createCheck(it.parts)(agent);
    expect(gone.findings.map(({ what, state }) => [what, state])).toEqual([
      ["program", "missing"],
      ["safe mode", "missing"],
    ]);
    write("{");
    expect((await createCheck(it.parts)(agent)).findings.at(-1)).toMatchObject({ what: "agents.json", state: "note" });
  });
});

describe("which version is installed", () => {
  test("stands in the package that the program came with, which is not started", async () => {
    using folder = openFolder();
    const path = fakeProgram(folder.make("lib", "node_modules", "x", "bin"), "x-acp", "1.1.1");
    const described = JSON.stringify({ name: "x", version: "2.6.0", bin: { "x-acp": "bin/x-acp" } });
    writeFileSync(folder.at("lib", "node_modules", "x", "package.json"), described);
    writeFileSync(path, `#!/bin/sh\ntouch ${folder.at("started")}\n`);
    chmodSync(path, 0o755);
    expect(await installed("x-acp", folder.at("lib", "node_modules", "x", "bin"))).toEqual({ path, version: "2.6.0" });
    expect(await Bun.file(folder.at("started")).exists()).toBe(false);
  });

  test("is asked of those that are known to say it and do nothing else, with nothing of ours in their environment", async () => {
    using folder = openFolder();
    const path = fakeProgram(folder.make("bin"), "gemini");
    writeFileSync(path, `#!/bin/sh\nenv > ${folder.at("seen")}\necho 0.61.0\necho more\n`);
    process.env.PARLEY_TEST_SECRET = "do-not-pass";
    try {
      expect(await installed("gemini", `${folder.at("bin")}:/usr/bin:/bin`)).toEqual({ path, version: "0.61.0" });
    } finally {
      delete process.env.PARLEY_TEST_SECRET;
    }
    expect(await Bun.file(folder.at("seen")).text()).not.toContain("do-not-pass");
  });

  test("one that fails to say it is there all the same, and one that may not be started is not", async () => {
    using folder = openFolder();
    const path = fakeProgram(folder.make("bin"), "opencode");
    writeFileSync(path, "#!/bin/sh\nexit 3\n");
    expect(await installed("opencode", folder.at("bin"))).toEqual({ path, version: null });
    chmodSync(path, 0o644);
    expect(await installed("opencode", folder.at("bin"))).toBeUndefined();
    expect(await installed("opencode", undefined)).toBeUndefined();
  });
});

describe("isolation, in words", () => {
  const agent = (backend: string, sandbox: "auto" | "off" = "auto") => ({
    backend,
    settings: { ...defaultSettings, sandbox },
  });
  test("is what this machine has, what was turned off, or nothing to wall in", () => {
    const lacking = () => "bubblewrap is not installed";
    expect(isolationOf(agent("acp"), () => null)).toEqual({ isSandboxed: true, words: "sandboxed" });
    expect(isolationOf(agent("exec"), lacking).words).toBe("not sandboxed: bubblewrap is not installed");
    expect(isolationOf(agent("acp", "off"), () => null)).toEqual({
      isSandboxed: false,
      words: "not sandboxed: turned off",
    });
    expect(isolationOf(agent("builtin"), lacking).isSandboxed).toBeNull();
    expect(isolationOf(agent("openai"), lacking).isSandboxed).toBeNull();
  });

  test("asks bubblewrap itself, and says why there is none", () => {
    const lack = probeSandbox()();
    if (Bun.which("bwrap") === null) expect(lack).toBe("bubblewrap is not installed");
    else expect([null, "bubblewrap is installed and may not make a sandbox here"]).toContain(lack);
  });
});
