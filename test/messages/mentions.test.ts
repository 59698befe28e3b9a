import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { renderBody } from "../../src/messages/body.ts";
import { mentionAt, type Resolve } from "../../src/messages/mentions.ts";

/** As a message finds them: through the body, whichever way it takes. */
const mentionsIn = (text: string, known: Resolve) => [...renderBody(text, known).mentions];

const handles = new Set(["mira", "tomas", "alice", "mira-k", "dr.who", "山田", "zoë", "reno-bot-x"]);
const known = (handle: string) => handles.has(handle);

describe("who is mentioned", () => {
  test.each<[string, string[]]>([
    ["@mira", ["mira"]],
    ["hello @mira, how are you", ["mira"]],
    ["@mira and @tomas", ["mira", "tomas"]],
    ["@mira @tomas @mira", ["mira", "tomas"]],
    ["(@mira)", ["mira"]],
    ['"@mira"', ["mira"]],
    ["*@mira*", ["mira"]],
    ["cc:@mira", ["mira"]],
    ["one\n@mira\ntwo", ["mira"]],
    ["@mira's turn", ["mira"]],
    ["no one here", []],
    ["@", []],
    ["@ mira", []],
    ["a @, b", []],
  ])("%j: %j", (text, expected) => {
    expect(mentionsIn(text, known)).toEqual(expected);
  });

  test.each<[string, string]>([
    ["@MIRA", "mira"],
    ["@Alice", "alice"],
    ["@ＭＩＲＡ", "mira"],
    ["@ZOË", "zoë"],
    ["@Zoe\u0308", "zoë"],
    ["@山田 さん", "山田"],
  ])("%s is folded to %s", (text, handle) => {
    expect(mentionsIn(text, known)).toEqual([handle]);
  });

  test.each<[string, string]>([
    ["@alice-bot", "alice"],
    ["@Alice-BOT please", "alice"],
    ["@reno-bot-x", "reno-bot-x"],
    ["@nobody-bot", "nobody"],
  ])("%s with -bot means %s", (text, handle) => {
    expect(mentionsIn(text, known)).toEqual([handle]);
  });

  test.each(["team", "all", "here"])("@%s means many, whoever is known", (group) => {
    expect(mentionAt(`@${group.toUpperCase()}`, 0, () => false)).toEqual({
      handle: group,
      known: true,
      end: group.length + 1,
    });
  });

  test("unknown names are kept as they were typed, and are not known", () => {
    expect(mentionsIn("@Nobody.Else-2 knows", known)).toEqual(["Nobody.Else-2"]);
    expect(mentionAt("@Nobody", 0, known)?.known).toBe(false);
  });
});

describe("where a name ends", () => {
  test.each<[string, string[]]>([
    ["ask @mira.", ["mira"]],
    ["ask @mira...", ["mira"]],
    ["ask @mira.Then go", ["mira"]],
    ["ask @alice-bot.Then go", ["alice"]],
    ["ask @dr.who.", ["dr.who"]],
    ["ask @dr.who.Now", ["dr.who"]],
    ["ask @mira-", ["mira"]],
    ["ask @mira-k", ["mira-k"]],
    ["ask @mira--k", ["mira"]],
    ["ask @mira, @tomas; @alice!", ["mira", "tomas", "alice"]],
    ["ask @mira/@tomas", ["mira"]],
  ])("%s: %j", (text, expected) => {
    expect(mentionsIn(text, known)).toEqual(expected);
  });

  test("a hyphen and a dot belong to a name only inside", () => {
    expect(mentionAt("@mira-k.", 0, known)).toEqual({ handle: "mira-k", known: true, end: 7 });
    expect(mentionAt("@-mira", 0, known)).toBeUndefined();
    expect(mentionAt("@.mira", 0, known)).toBeUndefined();
  });

  test("a name of 50 characters is one; nothing longer is looked for", () => {
    expect(mentionAt(`@${"x".repeat(80)}`, 0, known)?.end).toBeLessThanOrEqual(52);
  });
});

describe("how many one message mentions", () => {
  const crowd = Array.from({ length: 30 }, (_, nth) => `p${String(nth).padStart(2, "0")}`);
  const isOne = (handle: string) => crowd.includes(handle);

  test.each<[string, (names: readonly string[]) => string]>([
    ["plain words", (names) => names.map((name) => `@${name}`).join(" ")],
    ["Markdown", (names) => `**look** ${names.map((name) => `@${name}`).join(" ")}`],
  ])("in %s: twenty at most, the rest is words, and who was named before still is", (_, write) => {
    const { html, mentions } = renderBody(write([...crowd, "p00", "p25"]), isOne);
    expect(mentions).toEqual(crowd.slice(0, 20));
    const marked = [...html.matchAll(/data-mention="(\w+)"/g)].map(([, handle]) => handle);
    expect(marked).toEqual([...crowd.slice(0, 20), "p00"]);
    for (const handle of crowd) expect(html).toContain(`@${handle}`);
  });

  test("a list of a thousand names is no way to call a thousand people, nor are names of nobody", () => {
    const nobody = Array.from({ length: 1_000 }, (_, nth) => `@n${nth}`).join(" ");
    for (const text of [nobody, `*${nobody}*`]) expect(renderBody(text, () => false).mentions).toHaveLength(20);
  });
});

describe("what is no mention", () => {
  test.each([
    "mail mira@example.org",
    "mail mira.k+x@mira",
    "mail m-@mira",
    "https://example.org/@mira",
    "https://example.org/?to=@mira",
    "@@mira",
    "é@mira",
    "日@mira",
  ])("%s", (text) => {
    expect(mentionsIn(text, known).filter((handle) => handles.has(handle))).toEqual([]);
  });
});

describe("whatever the text", () => {
  const text = fc.array(
    fc.constantFrom(
      "@",
      "mira",
      "Tomas",
      "-bot",
      ".",
      "-",
      " ",
      "@alice",
      "é",
      "😀",
      "\u0308",
      "_",
      "/",
      "x@y.z",
      "\n",
    ),
    { maxLength: 40 },
  );

  test("a mention stands behind an @, covers what was typed, and its handle is folded when it is known", () => {
    fc.assert(
      fc.property(text, (parts) => {
        const whole = parts.join("");
        for (let at = whole.indexOf("@"); at !== -1; at = whole.indexOf("@", at + 1)) {
          const mention = mentionAt(whole, at, known);
          if (!mention) continue;
          const typed = whole.slice(at + 1, mention.end);
          expect(typed).toMatch(/^[\p{L}\p{M}\p{N}_]+([-.][\p{L}\p{M}\p{N}_]+)*$/u);
          expect(whole.slice(0, at)).not.toMatch(/[\p{L}\p{N}_@/.+=-]$/u);
          if (mention.known) expect(handles.has(mention.handle)).toBe(true);
          else expect(typed.replace(/-bot$/i, "")).toBe(mention.handle);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("each name is found once, in the order of the text", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(["mira", "tomas", "alice", "dr.who"]), (names) => {
        const said = names.map((name) => `hey @${name}! and again @${name.toUpperCase()}.`).join(" ");
        expect(mentionsIn(said, known)).toEqual(names);
      }),
    );
  });

  test("8,000 characters of @ or of one endless name ask who somebody is at most once for each dot", () => {
    for (const hostile of [
      "@".repeat(8_000),
      `@${"a".repeat(7_999)}`,
      "@a.".repeat(2_666),
      `@${"a.".repeat(3_999)}a`,
    ]) {
      let asked = 0;
      mentionsIn(hostile, () => {
        asked += 1;
        return false;
      });
      expect(asked).toBeLessThan(8_000);
    }
  });
});
