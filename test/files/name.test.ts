import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fileName } from "../../src/files/name.ts";
import { traversals } from "../support/payloads/traversals.ts";

const named = (given: string) => fileName(given, 200);

describe("what a file is called", () => {
  test("is what its sender called it, in any script", () => {
    for (const name of [
      "photo.jpg",
      "Übersicht 2026.pdf",
      "写真.png",
      "صورة.png",
      "🎉.gif",
      ".gitignore",
      "a'b\"c.txt",
      "100%.txt",
    ])
      expect(named(name)).toBe(name);
  });

  test("is a name and no path, whatever was given", () => {
    expect(traversals.length).toBeGreaterThanOrEqual(30);
    for (const given of traversals) {
      const name = named(given);
      expect([given, /[/\\\0]/.test(name), /^\.*$/.test(name)]).toEqual([given, false, false]);
    }
    expect(named("C:\\Users\\mira\\photo.jpg")).toBe("photo.jpg");
    expect(named("../../etc/passwd")).toBe("passwd");
  });

  test("does not read as something else", () => {
    expect(named("photo\u202Egpj.exe")).toBe("photogpj.exe");
    expect(named("a\r\nSet-Cookie: x\u0000.txt")).toBe("aSet-Cookie: x.txt");
    expect(named("\u2066x\u2069.pdf\uFEFF")).toBe("x.pdf");
    expect(named("a\ud800b.txt")).toBe("a\ufffdb.txt");
  });

  test("of nothing is something", () => {
    for (const given of ["", " ", ".", "..", "...", "/", "a/", "\u202e", "..\\..", "\0"])
      expect(named(given)).toBe("file");
  });

  test("is cut to its length and keeps its ending", () => {
    expect(named(`${"x".repeat(300)}.docx`)).toBe(`${"x".repeat(195)}.docx`);
    expect(named("y".repeat(300))).toBe("y".repeat(200));
    expect(named(`${"🎉".repeat(150)}.png`).length).toBe(200);
    expect(named(`${"🎉".repeat(150)}.png`).isWellFormed()).toBe(true);
  });

  test("is safe whatever is given, and stays what it is when it is given again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (given) => {
        const name = named(given);
        expect(name.length).toBeGreaterThan(0);
        expect(name.length).toBeLessThanOrEqual(200);
        expect(/[/\\\p{Cc}\u202A-\u202E\u2066-\u2069]/u.test(name)).toBe(false);
        expect(named(name)).toBe(name);
      }),
      { numRuns: 300 },
    );
  });
});
