import { describe, expect, test } from "bun:test";
import { changeOf } from "../../src/approvals/lines.ts";
import { visible, visibleLine } from "../../src/approvals/visible.ts";

describe("a command as people see it", () => {
  test("is what it is, where nothing hides", () => {
    const plain = "git commit -m 'déjà vu' && printf '%s' \"$HOME\" | sort -u # 日本語 שלום 👍";
    expect(visible(plain)).toBe(plain);
    expect(visible("a\nb")).toBe("a⏎\nb");
    expect(visible("a\tb")).toBe("a⇥\tb");
  });

  test.each([
    ["colours of a terminal", "ls\u001b[8m; rm -rf /\u001b[0m", "ls⟨U+001B⟩[8m; rm -rf /⟨U+001B⟩[0m"],
    ["a text that is turned around", "rm \u202egpj.exe", "rm ⟨U+202E⟩gpj.exe"],
    ["isolates", "a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"],
    ["what takes no room", "rm\u200b -rf\u2060 \u00ad/\ufeff", "rm⟨U+200B⟩ -rf⟨U+2060⟩ ⟨U+00AD⟩/⟨U+FEFF⟩"],
    ["what looks like a space and is none", "a\u00a0b\u3000c\u2800d\u3164e", "a⟨U+00A0⟩b⟨U+3000⟩c⟨U+2800⟩d⟨U+3164⟩e"],
    ["what goes back to the beginning of the line", "rm -rf /\rls", "rm -rf /⟨U+000D⟩ls"],
    ["a bell and a null", "a\u0007b\u0000", "a⟨U+0007⟩b⟨U+0000⟩"],
    ["line ends of other kinds", "a\u2028b\u0085c\u000bd", "a⟨U+2028⟩b⟨U+0085⟩c⟨U+000B⟩d"],
    ["spaces at an end", "a  \nb ", "a··⏎\nb·"],
    ["letters that are piled up", "o\u0301\u0302\u0303\u0304", "o\u0301\u0302⟨U+0303⟩⟨U+0304⟩"],
    ["marks on what bears none", "-\u0338 /\u0301", "-⟨U+0338⟩ /⟨U+0301⟩"],
    ["tags and selectors", "a\u{e0041}b\ufe0f", "a⟨U+E0041⟩b⟨U+FE0F⟩"],
    ["what is private or nothing at all", "\ue000\u{10ffff}\ud800", "⟨U+E000⟩⟨U+10FFFF⟩⟨U+D800⟩"],
  ])("shows %s", (_, command, shown) => {
    expect(visible(command)).toBe(shown);
  });

  test("cannot contain our own signs: whoever writes them is shown to have", () => {
    expect(visible("⟨U+202E⟩ ⏎ ⇥ ·")).toBe("⟨U+27E8⟩U+202E⟨U+27E9⟩ ⟨U+23CE⟩ ⟨U+21E5⟩ ⟨U+00B7⟩");
  });

  test("takes no longer the stranger it is", () => {
    const began = performance.now();
    for (const piece of [" ", "\u0301", "\u202e", "a \u0301", "\n ", "⟨"]) visible(piece.repeat(60_000));
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test("a title is one line", () => {
    expect(visibleLine("run\n\u202ethis\t ")).toBe("run⟨U+000A⟩⟨U+202E⟩this⟨U+0009⟩");
  });
});

describe("a file as it would be changed", () => {
  const drawn = (before: string | null, after: string) =>
    changeOf({ path: "a.ts", before, after }).lines.map(({ sign, text }) => `${sign}${text}`);

  test("shows what goes and comes, three lines around it, and where lines are left out", () => {
    const before = Array.from({ length: 20 }, (_, n) => `line ${n}\n`).join("");
    expect(drawn(before, before.replace("line 10\n", "line ten\nand more\n"))).toEqual([
      "~",
      " line 7",
      " line 8",
      " line 9",
      "-line 10",
      "+line ten",
      "+and more",
      " line 11",
      " line 12",
      " line 13",
      "~",
    ]);
  });

  test("shows a new file, an emptied one, and a line end that is missing", () => {
    expect(changeOf({ path: "a.ts", before: null, after: "x\n" })).toMatchObject({ isNew: true });
    expect(drawn(null, "x\ny\n")).toEqual(["+x", "+y"]);
    expect(drawn("x\n", "")).toEqual(["-x"]);
    expect(drawn("x\n", "x")).toEqual(["-x", "+x⟨no line end⟩"]);
  });

  test("hides nothing in paths and lines", () => {
    const { path, lines } = changeOf({ path: "a\u202e.ts", before: "", after: "x\u200b \r\n" });
    expect(path).toBe("a⟨U+202E⟩.ts");
    expect(lines).toEqual([{ sign: "+", text: "x⟨U+200B⟩ ⟨U+000D⟩" }]);
  });

  test("of a great many lines is drawn without being compared for ever", () => {
    const many = (word: string) => Array.from({ length: 5_000 }, (_, n) => `${word} ${n}\n`).join("");
    const began = performance.now();
    expect(changeOf({ path: "a", before: many("old"), after: many("new") }).lines).toHaveLength(10_000);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
