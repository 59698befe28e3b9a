import { describe, expect, test } from "bun:test";
import { isRich } from "../../../src/transports/telegram/rich.ts";
import { growth } from "../../support/cost.ts";

describe("a text goes as a rich message", () => {
  test.each([
    ["a heading", "# Plan\nfirst this"],
    ["a table", "so:\n| a | b |\n|---|:-:|\n| 1 | 2 |"],
    ["a table set in a little", "  | a |\n  |---|\n  | 1 |"],
  ])("when it has what older ones do not show: %s", (_what, text) => {
    expect(isRich(text, 1)).toBe(true);
  });

  test.each([
    ["words", "good morning"],
    ["a line between pipes", "| a |\n| b |"],
    ["a rule without a head", "a\n|---|"],
  ])("and not for one message of plain things: %s", (_what, text) => {
    expect(isRich(text, 1)).toBe(false);
    expect(isRich(text, 2)).toBe(true);
  });
});

describe("what Telegram would read as a tag or an address of its own", () => {
  const tag = '<a href="tg://user?id=1">olga</a>';

  test.each([
    ["a fence", `# Code\n\`\`\`html\n${tag}\n\`\`\`\nthat is all`],
    ["a fence of tildes", `# Code\n~~~\n${tag}\n~~~`],
    ["a longer fence", `# Code\n\`\`\`\`\n${tag}\n\`\`\`\``],
    ["a line", `# Code\nwrite \`${tag}\` or \`&amp;\``],
  ])("may stand in code: %s", (_what, text) => {
    expect(isRich(text, 1)).toBe(true);
  });

  test.each([
    ["beside code", `# a\n\`b\` ${tag}`],
    ["in a fence that nothing closes", `# a\n\`\`\`\n${tag}`],
    ["between signs that are escaped", `# a\n\\\`${tag}\\\``],
    ["between the end of one code and the beginning of another", `# a\nb \` c\nd \`${tag}\` e`],
    ["behind a fence that is code in a line", `# a\n\`\`\`b\`\`\`\n${tag}\n\`\`\``],
    ["behind a longer fence that was closed", `# a\n\`\`\`\`\n\`\`\`\n\`\`\`\`\n${tag}\n\`\`\``],
    ["behind a fence that was closed further in", `# a\n\`\`\`\nb\n  \`\`\`\n${tag}\n\`\`\``],
    ["behind a fence in a quotation", `# a\n> \`\`\`\n${tag}\n> \`\`\``],
    ["as an image", "# a\n![b](https://example.org/c.png)"],
  ])("and nowhere else, however it is wrapped: %s", (_what, text) => {
    expect(isRich(text, 1)).toBe(false);
    expect(isRich(text, 5)).toBe(false);
  });
});

test.each(["\n", "|", "| \n", "```a\n", "`", "` \n", "~", "|---|\n"])(
  "a long text costs what it is long: %j",
  (unit) => {
    const long = (length: number) => unit.repeat(Math.ceil((length * 4) / unit.length));
    expect(growth(long, (text) => isRich(text, 1))).toBeLessThan(20);
  },
);
