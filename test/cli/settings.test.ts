import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDotEnv, settingsFrom } from "../../src/cli/settings.ts";
import { ConfigurationError } from "../../src/config.ts";

let folder = "";
let before = "";
beforeEach(() => {
  before = process.cwd();
  folder = mkdtempSync(join(tmpdir(), "parley-settings-"));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

function dotEnv(text: string): string {
  const path = join(folder, ".env");
  writeFileSync(path, text);
  return path;
}

function problemOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.join("\n");
    throw error;
  }
  return "";
}

describe("a .env file", () => {
  test("holds one setting a line, with comments, quotes and export as people write them", () => {
    const path = dotEnv(
      [
        "# the room",
        "",
        "PORT=9000",
        "  HOST = 127.0.0.1  ",
        "export LOG_LEVEL=debug # loud",
        'PARLEY_NAME="The # Workshop "',
        "OPENCODE_CHAT_DB='/srv/my chat.db'",
        "ALLOWED_ORIGINS=https://a.example,https://b.example",
        "EMPTY=",
        'ALSO_EMPTY=""',
        "WITH_EQUALS=a=b",
      ].join("\r\n"),
    );
    expect(readDotEnv(path)).toEqual({
      PORT: "9000",
      HOST: "127.0.0.1",
      LOG_LEVEL: "debug",
      PARLEY_NAME: "The # Workshop ",
      OPENCODE_CHAT_DB: "/srv/my chat.db",
      ALLOWED_ORIGINS: "https://a.example,https://b.example",
      EMPTY: "",
      ALSO_EMPTY: "",
      WITH_EQUALS: "a=b",
    });
  });

  test("is never expanded or executed", () => {
    const path = dotEnv("A=$HOME\nB=`id`\nC=$(id)\nD=a\\nb");
    expect(readDotEnv(path)).toEqual({ A: "$HOME", B: "`id`", C: "$(id)", D: "a\\nb" });
  });

  test("with lines that are no settings is refused, naming each line", () => {
    const path = dotEnv("PORT=1\nnonsense\n1X=2\n");
    expect(problemOf(() => readDotEnv(path)).split("\n")).toEqual([
      `${path}, line 2 is not NAME=value`,
      `${path}, line 3 is not NAME=value`,
    ]);
  });

  test("that cannot be read is refused by name; one that is not there is no matter", () => {
    expect(readDotEnv(join(folder, "absent"))).toEqual({});
    mkdirSync(join(folder, ".env"));
    expect(problemOf(() => readDotEnv(join(folder, ".env")))).toContain("cannot be read");
  });
});

describe("where a setting comes from", () => {
  test("a flag wins over the environment, which wins over .env", () => {
    dotEnv("PORT=1\nHOST=a\nLOG_LEVEL=warn\n");
    const settings = settingsFrom(["--port", "3"], { PORT: "2", HOST: "b" });
    expect(settings).toMatchObject({ PORT: "3", HOST: "b", LOG_LEVEL: "warn" });
  });

  test.each([
    [["--host", "::1"], { HOST: "::1" }],
    [["--port=9001"], { PORT: "9001" }],
    [["--websocket-port", "9002"], { WEBSOCKET_PORT: "9002" }],
    [["--transport", "websocket"], { OPENCODE_TRANSPORT: "websocket" }],
    [["--db", "x.db"], { OPENCODE_CHAT_DB: "x.db" }],
  ])("%j", (args, expected) => {
    expect(settingsFrom(args, {})).toEqual(expected);
  });

  test("a flag that does not exist, lacks its value, or a stray word is refused with the way to find out", () => {
    for (const args of [["--colour", "red"], ["--port"], ["elsewhere"]]) {
      expect(problemOf(() => settingsFrom(args, {}))).toContain("see parley serve --help");
    }
  });
});
