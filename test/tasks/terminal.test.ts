import { describe, expect, test } from "bun:test";
import { Terminal as Oracle } from "@xterm/headless";
import fc from "fast-check";
import { Terminal } from "../../src/tasks/terminal.ts";

const size = { columns: 40, rows: 8, lines: 60 };
const most = 1_000_000;

/** What a terminal shows after some writes, a line each. */
function shown(...writes: string[]): string[] {
  const terminal = new Terminal(size, most);
  for (const each of writes) terminal.write(each);
  return terminal.lines(60).map(({ spans }) => spans.map(({ text }) => text).join(""));
}

/** Stretches that look like something, each with its class names. */
function looks(text: string): [string, string][] {
  const [line] = new Terminal(size, most, text).lines(1);
  return (line?.spans ?? []).map((span) => [span.text, span.look]);
}

describe("what a program writes becomes lines", () => {
  test("of words, and a bar that is redrawn is there once, as it was last", () => {
    expect(shown("one\r\ntwo\nthree")).toEqual(["one", "two", "three"]);
    expect(shown(" 10% =\r", " 20% ==\r", "\u001b[K100%\n", "done\n")).toEqual(["100%", "done"]);
    expect(shown("a\nb\nc\n\u001b[2A\u001b[2KB\n\u001b[1Bd")).toEqual(["a", "B", "c", "d"]);
  });

  test("under numbers that stay theirs, and those that changed after a moment are known", () => {
    const terminal = new Terminal(size, most, "one\ntwo\nthree\n");
    const { version } = terminal;
    terminal.write("\u001b[2Atwo again\u001b[2Bfour\n");
    expect(terminal.since(version, 60).map(({ number }) => number)).toEqual([2, 4]);
    terminal.write("x\n".repeat(500));
    const lines = terminal.lines(60);
    expect(lines.at(-1)?.number).toBe(504);
    expect(lines.length).toBe(60);
  });

  test("also where a sequence, or a character, comes in two pieces", () => {
    const text = "a\u001b[31mred\u001b[0m \u001b]8;;https://example.org\u001b\\link\u001b]8;;\u001b\\ 🙂é\u0301日本\n";
    for (let at = 1; at < text.length; at += 1)
      expect([at, shown(text.slice(0, at), text.slice(at))]).toEqual([at, shown(text)]);
    expect(shown(text)).toEqual(["ared link 🙂é\u0301日本"]);
  });
});

describe("how it looks is class names", () => {
  test("for the sixteen colours, and the nearest of them for all others", () => {
    expect(looks("\u001b[31mred\u001b[39m \u001b[1;92mgreen\u001b[0m")).toEqual([
      ["red", "ink1"],
      [" ", ""],
      ["green", "ink10 bold"],
    ]);
    expect(looks("\u001b[38;5;196mx\u001b[38;2;0;0;240my\u001b[48;5;232mz\u001b[38:2::255:255:255mw")).toEqual([
      ["x", "ink9"],
      ["y", "ink4"],
      ["z", "ink4 paper0"],
      ["w", "ink15 paper0"],
    ]);
    expect(looks("\u001b[3;4;7;9;2mall\u001b[23;24;27;29;22mnone")).toEqual([
      ["all", "faint italic underline strike inverse"],
      ["none", ""],
    ]);
  });

  test("and never anything that the program chose", () => {
    const given = looks('\u001b[38;2;1;2;3;"><script>mx\u001b[999m\u001b[;;;;my');
    for (const [, look] of given) expect(look).toMatch(/^[a-z0-9 ]*$/);
  });
});

describe("what is not text goes nowhere", () => {
  test("titles, links, pictures, questions and marks that turn the direction around", () => {
    expect(shown("a\u001b]0;title\u0007b\u001b]8;;javascript:alert(1)\u0007link\u001b]8;;\u0007")).toEqual(["ablink"]);
    expect(shown("a\u001bPq#0;2;0;0;0~-\u001b\\b\u001b_apc\u001b\\c\u001b[6n\u001b[cd")).toEqual(["abcd"]);
    expect(shown("\u0000a\u0007b\u007fc\u009bd\u202eevil\u2066")).toEqual(["abcdevil"]);
  });

  test("a sequence that never ends takes nothing with it but what is in it", () => {
    expect(
      shown(`\u001b[${"1;".repeat(5_000)}`, "after")
        .at(-1)
        ?.endsWith("after"),
    ).toBe(true);
    expect(shown("\u001b]0;".padEnd(100_000, "x"), "\u0007after")).toEqual(["after"]);
  });

  test("marks that are piled upon a letter end somewhere", () => {
    expect((shown(`a${"\u0301".repeat(10_000)}b`)[0] ?? "").length).toBeLessThan(20);
  });
});

test("a flood costs what its end costs, and is bounded", () => {
  const terminal = new Terminal({ ...size, columns: 500 }, 64 * 1024);
  const flood = "0123456789 \u001b[32mgreen\u001b[0m\n".repeat(500_000);
  const from = performance.now();
  terminal.write(flood);
  expect(performance.now() - from).toBeLessThan(500);
  expect(terminal.lines(1_000_000).length).toBeLessThan(size.lines + 101);
  expect(terminal.lines(1)[0]?.spans.map(({ text }) => text)).toEqual(["0123456789 ", "green"]);
});

/** What a terminal that many programs were tried with shows of the same. */
async function asOracle(text: string): Promise<string[]> {
  const { columns: cols, rows } = size;
  const terminal = new Oracle({ cols, rows, scrollback: 1_000, allowProposedApi: true, convertEol: true });
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "");
  return trimmed(lines);
}

function trimmed(lines: readonly string[]): string[] {
  const all = lines.map((line) => line.trimEnd());
  while (all.at(-1) === "") all.pop();
  return all;
}

test("whatever moves the cursor moves it as in other terminals", async () => {
  const few = fc.integer({ min: 0, max: 12 });
  const move = fc.tuple(fc.constantFrom(..."ABCDEFGHJKXP@d"), few, few).map(([final, one, two]) => {
    const parameters = final === "J" || final === "K" ? String(one % 3) : final === "H" ? `${one};${two}` : String(one);
    return `\u001b[${parameters}${final}`;
  });
  const words = fc.constantFrom(
    "a",
    "hello ",
    "日本",
    "0123456789",
    "\t",
    "\r",
    "\n",
    "\r\n",
    "\b",
    "\u001b7",
    "\u001b8",
  );
  const program = fc.array(fc.oneof(move, words), { maxLength: 40 }).map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(program, async (text) => {
      expect(trimmed(shown(text))).toEqual(await asOracle(text));
    }),
    { numRuns: 400 },
  );
});
