import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { diffOf, edited } from "../../../src/cli/migration/dotenv.ts";
import { createScrub } from "../../../src/cli/migration/secrets.ts";
import { parseDotEnv } from "../../../src/cli/settings.ts";

describe("changing a settings file", () => {
  const one = (line: string, value = "both") => edited(line, [{ name: "OPENCODE_TRANSPORT", value }]);

  test.each([
    ["OPENCODE_TRANSPORT=auto\n", "OPENCODE_TRANSPORT=both\n"],
    ["OPENCODE_TRANSPORT=auto", "OPENCODE_TRANSPORT=both"],
    ["OPENCODE_TRANSPORT=\n", "OPENCODE_TRANSPORT=both\n"],
    ["  export OPENCODE_TRANSPORT = 'auto'   # so\r\n", "  export OPENCODE_TRANSPORT = 'both'   # so\r\n"],
    ['OPENCODE_TRANSPORT="auto"\nA=1', 'OPENCODE_TRANSPORT="both"\nA=1'],
    ["OPENCODE_TRANSPORT=a\nOPENCODE_TRANSPORT=b\n", "OPENCODE_TRANSPORT=a\nOPENCODE_TRANSPORT=both\n"],
    ["#OPENCODE_TRANSPORT=a\n", "#OPENCODE_TRANSPORT=a\nOPENCODE_TRANSPORT=both\n"],
    ["MY_OPENCODE_TRANSPORT=a\r\n", "MY_OPENCODE_TRANSPORT=a\r\nOPENCODE_TRANSPORT=both\r\n"],
    ["A=1", "A=1\nOPENCODE_TRANSPORT=both\n"],
    ["", "OPENCODE_TRANSPORT=both\n"],
  ])("%j becomes %j", (before, after) => {
    expect(one(before)).toBe(after);
  });

  test("a value is put in quotes when it needs them, and in others when it holds those", () => {
    expect(one("", "a b")).toBe('OPENCODE_TRANSPORT="a b"\n');
    expect(one("", 'a "b" c')).toBe("OPENCODE_TRANSPORT='a \"b\" c'\n");
    expect(one('OPENCODE_TRANSPORT="x"\n', 'a"b')).toBe("OPENCODE_TRANSPORT='a\"b'\n");
  });

  test("whatever else stands there is kept, and what was written is what will be read", () => {
    const name = fc.constantFrom("PORT", "HOST", "OPENCODE_TRANSPORT", "WEBSOCKET_PORT", "X");
    const value = fc.stringMatching(/^[a-z0-9./:-]{0,12}$/);
    const line = fc.oneof(
      fc.tuple(name, value).map(([key, word]) => `${key}=${word}`),
      fc.tuple(name, value).map(([key, word]) => `export ${key} = "${word}" # ${word}`),
      fc.constantFrom("", "# a comment", "   ", "#PORT=1", "\t# and = another"),
    );
    const text = fc
      .tuple(fc.array(line), fc.constantFrom("\n", "\r\n"), fc.boolean())
      .map(([lines, end, last]) => lines.join(end) + (last ? end : ""));
    const changes = fc.uniqueArray(
      fc.record({
        name,
        value: fc.stringMatching(/^[a-z0-9.:#/ -]{1,12}$/).filter((word) => word === word.trim() && word !== ""),
      }),
      { selector: (change) => change.name },
    );
    fc.assert(
      fc.property(text, changes, (before, wanted) => {
        const after = edited(before, wanted);
        const meant = Object.fromEntries(wanted.map((change) => [change.name, change.value]));
        expect(parseDotEnv(after, "")).toEqual({ ...parseDotEnv(before, ""), ...meant });
        const touched = (each: string) =>
          wanted.some((change) => new RegExp(`^\\s*(export\\s+)?${change.name}\\s*=`).test(each));
        const rest = (of: string) => of.split(/\r?\n/).filter((each) => !touched(each) && each.trim() !== "");
        expect(rest(after)).toEqual(rest(before));
      }),
    );
  });
});

describe("what is shown of it", () => {
  test("the lines that differ, with their places, and no secret", () => {
    const before = "A=1\nOPENCODE_TRANSPORT=auto\nTELEGRAM_BOT_TOKEN=12:old\n";
    const wanted = { OPENCODE_TRANSPORT: "both", TELEGRAM_BOT_TOKEN: "34:new", TELEGRAM_CHAT_ID: "-5", X_KEY: "abc" };
    const after = edited(
      before,
      Object.entries(wanted).map(([name, value]) => ({ name, value })),
    );
    expect(diffOf(".env", before, after).split("\n")).toEqual([
      "--- .env",
      "+++ .env",
      "@@ -2 +2 @@",
      "-OPENCODE_TRANSPORT=auto",
      "+OPENCODE_TRANSPORT=both",
      "@@ -3 +3 @@",
      "-TELEGRAM_BOT_TOKEN=<secret>",
      "+TELEGRAM_BOT_TOKEN=<secret>",
      "@@ -3,0 +4,2 @@",
      "+TELEGRAM_CHAT_ID=-5",
      "+X_KEY=<secret>",
    ]);
    expect(diffOf(".env", before, before)).toBe("");
  });

  test("secrets are taken out of every text, also those of the environment, of comments and in addresses", () => {
    const scrub = createScrub(
      { TELEGRAM_BOT_TOKEN: "12:from-outside", HOME: "/home/mira", OPENCODE_API_KEY: "short" },
      'A_PASSWORD="quite secret" # so\n# MY_TOKEN=commented-out\nPORT=80808080\n',
    );
    expect(scrub("12:from-outside 12%3Afrom-outside quite secret commented-out")).toBe(
      "<secret> <secret> <secret> <secret>",
    );
    expect(scrub("http://mira:pass@example.org/x /home/mira short 80808080")).toBe(
      "http://<secret>@example.org/x /home/mira short 80808080",
    );
  });
});
