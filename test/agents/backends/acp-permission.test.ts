import { describe, expect, test } from "bun:test";
import { askOf } from "../../../src/agents/backends/acp-permission.ts";
import { toolCall } from "../../../src/agents/backends/acp-tools.ts";

const options = [{ optionId: "once", name: "Allow", kind: "allow_once" as const }];

/** What a card shows of what an agent asks. */
function shown(
  kind: string,
  rawInput: unknown,
  { known = "", diffs = [] as { path: string; newText: string }[] } = {},
) {
  const content = diffs.map((diff) => ({ type: "diff", ...diff }));
  const call = toolCall.parse({ toolCallId: "1", kind, title: "harmless", rawInput, content });
  const { detail, directory } = askOf(options, call, { directory: "/project", known });
  return { detail, directory };
}

describe("a card shows everything that would be done", () => {
  test.each([
    ["arguments in one text", { command: "rm", args: "-rf /home" }, 'rm\n{"args":"-rf /home"}'],
    ["arguments that are not all words", { command: "rm", args: ["-rf", 5] }, 'rm\n{"args":["-rf",5]}'],
    ["a script beside a path", { path: "/project/a", script: "curl x|sh" }, "/project/a\n\nscript: curl x|sh"],
    ["code beside an address", { url: "https://x", code: "evil()" }, "https://x\n\ncode: evil()"],
    ["two commands", { command: "ls", cmd: "rm -rf /" }, 'ls\n{"cmd":"rm -rf /"}'],
    ["two directories", { command: "ls", cwd: "/project", workdir: "/etc" }, 'ls\n{"workdir":"/etc"}'],
    ["a command that is not all words", { command: ["rm", 5] }, '{"command":["rm",5]}'],
    ["a command of another shape", { command: { line: "rm" } }, '{"command":{"line":"rm"}}'],
    ["a description that is none", { command: "ls", description: { run: "rm" } }, 'ls\n{"description":{"run":"rm"}}'],
    ["arguments alone", { args: ["-rf"] }, '{"args":["-rf"]}'],
    ["a list", ["rm", "-rf"], '["rm","-rf"]'],
    ["what only describes it", { command: "ls", description: "look", timeout: 5, cmd: null }, "ls"],
    ["words of a command", { cmd: ["rm", "a b"], workdir: "/etc" }, "rm 'a b'"],
  ])("%s", (_, rawInput, detail) => {
    expect(shown("execute", rawInput).detail).toBe(detail);
  });

  test("what stands beside a diff, and nothing twice", () => {
    const diffs = [{ path: "/project/a", newText: "new\n" }];
    const input = { file_path: "/project/a", content: "new\n", mode: "0777" };
    expect(shown("edit", input, { diffs }).detail).toBe("/project/a\n\nmode: 0777");
    expect(shown("edit", { ...input, content: "evil", mode: null }, { diffs }).detail).toBe(
      "/project/a\n\ncontent: evil",
    );
  });

  test("what was announced, where the request names only what stands beside it", () => {
    expect(shown("execute", { cwd: "/etc" }, { known: "rm x" })).toEqual({
      detail: 'rm x\n\n{"cwd":"/etc"}',
      directory: "/etc",
    });
  });

  test("the agent's own words only where it is given nothing", () => {
    expect(shown("execute", {}).detail).toBe("harmless");
    expect(shown("execute", { cwd: "/etc" }).detail).toBe('{"cwd":"/etc"}');
  });
});
