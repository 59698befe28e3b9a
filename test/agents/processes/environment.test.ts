import { describe, expect, test } from "bun:test";
import { Complaint, withoutSecrets } from "../../../src/agents/processes/complaint.ts";
import { environmentOf, executableOf } from "../../../src/agents/processes/environment.ts";
import { PlainText, plain } from "../../../src/agents/processes/plain-text.ts";

const own = {
  PATH: "/bin",
  LANG: "de_DE",
  TERM: "xterm",
  TZ: "UTC",
  HOME: "/home/mira",
  KEY: "k",
  TELEGRAM_BOT_TOKEN: "t",
  BUN_OPTIONS: "x",
};
const place = { home: "/agents/ada/home", marker: "p-1" };

describe("what a program is given", () => {
  test("a fixed list, what it is passed by name, what is set for it, its own home and its mark; nothing else", () => {
    const given = environmentOf({ passes: ["KEY", "ABSENT"], environment: { MODE: "quiet" } }, own, place);
    expect(given).toEqual({
      PATH: "/bin",
      LANG: "de_DE",
      TERM: "xterm",
      TZ: "UTC",
      KEY: "k",
      MODE: "quiet",
      HOME: "/agents/ada/home",
      PARLEY_RUN: "p-1",
    });
  });

  test("no program is found in the project that it works in", () => {
    const given = environmentOf({ passes: [], environment: {} }, { ...own, PATH: ".:/bin::bin:/usr/bin" }, place);
    expect(given.PATH).toBe("/bin:/usr/bin");
    expect(executableOf("sh", "/bin")).toBe("/bin/sh");
    for (const name of ["./run.sh", "bin/sh", "", undefined]) expect(executableOf(name, "/bin")).toBeNull();
  });

  test("no program gets around its home and its mark", () => {
    const given = environmentOf(
      { passes: ["HOME", "PARLEY_RUN"], environment: { HOME: "/root", PARLEY_RUN: "x" } },
      own,
      place,
    );
    expect([given.HOME, given.PARLEY_RUN]).toEqual([place.home, place.marker]);
  });
});

describe("what it says on its standard error", () => {
  test("only the end is kept, and of a line whose beginning is lost nothing", () => {
    const complaint = new Complaint(30);
    for (const line of ["first line", "a-long-secret-in-this-line", "last line"])
      complaint.add(Buffer.from(`${line}\n`));
    expect(complaint.lines(10, ["a-long-secret-in-this-line"])).toBe("last line");
    complaint.add(Buffer.from("x".repeat(100)));
    expect(complaint.lines(10, []).length).toBeLessThanOrEqual(30);
  });

  test("keys are dots, those it was given and those that look like one", () => {
    const text = "key=given-to-it Bearer abcdef123456 sk-ant-0123456789abcdef ply_0123456789abcdef skate-board";
    expect(withoutSecrets(text, ["given-to-it"])).toBe("key=… … … … skate-board");
  });
});

describe("plain text", () => {
  test("colours, links, bells and lone carriage returns are gone; tabs and lines stay", () => {
    expect(plain("\u001b[1;31mred\u001b[0m\t\u001b]8;;http://x\u0007link\u001b]8;;\u0007\r\n10%\r20%\u0008")).toBe(
      "red\tlink\n10%\n20%",
    );
  });

  test("however a stream is cut, the text is the same", () => {
    const whole = "é\u001b[31m红\u001b[0m\r\nnext\r\n\u001b]0;title\u0007😀 end";
    const bytes = new TextEncoder().encode(whole);
    for (let size = 1; size < bytes.length; size += 1) {
      const stream = new PlainText();
      let text = "";
      for (let at = 0; at < bytes.length; at += size) text += stream.add(bytes.subarray(at, at + size));
      expect(text + stream.end()).toBe(plain(whole));
    }
  });

  test("what begins a sequence and never ends it holds nothing back for long", () => {
    const stream = new PlainText();
    let text = stream.add(Buffer.from("\u001b]0;"));
    for (let round = 0; round < 100; round += 1) text += stream.add(Buffer.from("y".repeat(100)));
    expect(text.length).toBeGreaterThan(5_000);
  });
});
