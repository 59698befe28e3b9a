import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { commandIn } from "../../src/messages/command.ts";

describe("a slash command", () => {
  test.each<[string, string, string[]]>([
    ["/help", "help", []],
    ["  /help", "help", []],
    ["/HELP me", "help", ["me"]],
    ["/assign bob fix it", "assign", ["bob", "fix", "it"]],
    ['/assign bob "fix the login"', "assign", ["bob", "fix the login"]],
    ["/assign bob 'fix the login' now", "assign", ["bob", "fix the login", "now"]],
    ['/say ""', "say", [""]],
    [`/say "it's"`, "say", ["it's"]],
    [`/say 'a "b" c'`, "say", ['a "b" c']],
    ['/say "open', "say", ['"open']],
    ["/say a\nb c", "say", ["a"]],
    ["/поиск слово", "поиск", ["слово"]],
    ["/help!", "help", ["!"]],
  ])("%j is %s with %j", (text, name, args) => {
    expect(commandIn(text)).toEqual({ name, args });
  });

  test.each(["", "help", "say /help", "/", "/ help", "//help", "/usr/bin/env", "/-x", "https://x/help", "`/help`"])(
    "%j is none",
    (text) => {
      expect(commandIn(text)).toBeNull();
    },
  );

  test("every argument that is quoted comes back as it was", () => {
    const word = fc.stringMatching(/^[^"\n]{0,20}$/);
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (args) => {
        const written = `/do ${args.map((arg) => `"${arg}"`).join(" ")}`;
        expect(commandIn(written)?.args).toEqual(args);
      }),
    );
  });
});
