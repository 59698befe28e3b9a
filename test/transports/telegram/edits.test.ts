import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { builtinBackend } from "../../../src/agents/backends/builtin.ts";
import { Client } from "../../support/client.ts";
import { sayWith, upload } from "../../support/files.ts";
import { signIn } from "../../support/server.ts";
import { openTown, type Town } from "../../support/telegram/town.ts";
import { trouble } from "../../support/telegram/troubles.ts";

let town: Town;
let ada: Client;
beforeEach(async () => {
  town = await openTown();
  ada = await Client.camel(town.server.ws, "ada");
});
afterEach(async () => {
  await ada.close();
  await town[Symbol.asyncDispose]();
});

const texts = () => town.telegram.texts(town.team);
const shows = (text: string) =>
  town.telegram.until(() => texts().some((each) => each.includes(text)), `"${text}" there`);
const edits = (id: unknown, text: string) => ada.send({ type: "edit_message", data: { id, text } });
/** Code of so many lines, with a tag, which keeps it from going as one rich message. */
const long = (name: string, lines: number) =>
  `<${name}>\n${Array.from({ length: lines }, (_, count) => `${name} ${count} ${"word ".repeat(7)}.`).join("\n")}`;
/** How often each line of `long` is to be seen. */
const countOf = (line: RegExp) => texts().join("\n").match(line)?.length ?? 0;

describe("what is edited", () => {
  test("leaves nothing of what it was, however much longer that was", async () => {
    const { data } = await ada.say(long("secret", 150));
    await shows("secret 149 ");
    expect(texts().length).toBeGreaterThan(1);
    edits(data.id, "nothing to see");
    await ada.say("after it");
    await shows("after it");
    expect(texts()).toEqual(["ada\nnothing to see", "ada\nafter it"]);
  });

  test("and stood there as a file is that file no more: another takes its place, and words take that one's", async () => {
    await using small = await openTown({ limits: { telegramParts: 1 } });
    const tomas = await Client.camel(small.server.ws, "tomas");
    const said = () => small.telegram.said(small.team);
    const files = () => said().flatMap(({ file }) => (file ? [new TextDecoder().decode(file.bytes)] : []));
    const { data } = await tomas.say(long("secret", 150));
    await small.telegram.until(() => files().length === 1, "the file");
    tomas.send({ type: "edit_message", data: { id: data.id, text: long("harmless", 140) } });
    await small.telegram.until(() => files().some((text) => text.includes("harmless")), "another file");
    expect(files()).toEqual([long("harmless", 140)]);
    tomas.send({ type: "edit_message", data: { id: data.id, text: "nothing to see" } });
    await small.telegram.until(() => said().some(({ text }) => text.includes("nothing to see")), "the words");
    expect(said().map(({ text }) => text)).toEqual(["tomas\nnothing to see"]);
    await tomas.close();
  });

  test("keeps the files that came with it, whether its words fill more messages or fewer", async () => {
    const shown = { cookie: await signIn(town.server, "ada") };
    const notes = await upload(town.server, shown, "notes.txt", Buffer.from("some notes"));
    const data = await sayWith(town.server, shown, [notes], "general", "look");
    const kinds = () => town.telegram.said(town.team).map(({ kind }) => kind);
    await town.telegram.until(() => kinds().length === 2, "words and a file");
    edits(data.id, long("grown", 150));
    await shows("grown 149 ");
    expect(kinds()).toEqual(["text", "document", "text"]);
    edits(data.id, "look here");
    await ada.say("after it");
    await shows("after it");
    expect(kinds()).toEqual(["text", "document", "text"]);
    expect(texts()).toEqual(["ada\nlook here", "ada", "ada\nafter it"]);
  });

  test("grows by parts that each come once, although Telegram asks to wait in between", async () => {
    const { data } = await ada.say("short");
    await shows("short");
    const take = town.telegram.troubles.take.bind(town.telegram.troubles);
    let sends = 0;
    town.telegram.troubles.take = (method) => {
      if (method === "sendMessage") sends += 1;
      return method === "sendMessage" && sends === 2 ? trouble.tooMany(0.05) : take(method);
    };
    const blocks = ["first", "second", "third"].map((name) => `\`\`\`\n${long(name, 50)}\n\`\`\``);
    edits(data.id, `<all>\n${blocks.join("\n")}`);
    await shows("third 49 ");
    await ada.say("after it");
    await shows("after it");
    expect(texts()).toHaveLength(4);
    for (const name of ["first", "second", "third"]) expect(countOf(new RegExp(`${name} 49 `, "g"))).toBe(1);
  });
});

describe("what is edited in a message that several stand in", () => {
  test("is said by itself when it grows too long: its neighbours keep their words, and it keeps its own", async () => {
    town.telegram.troubles.plan("sendMessage", trouble.broken, 3);
    const { data } = await ada.say("the first");
    await ada.say("the second");
    await ada.say("the third");
    await shows("the third");
    expect(texts()).toEqual(["ada\nthe first\n\nthe second\n\nthe third"]);
    edits(data.id, long("grown", 150));
    await shows("grown 149 ");
    expect(texts()[0]).toBe("ada\nthe second\n\nthe third");
    for (let count = 0; count < 150; count += 1) expect(countOf(new RegExp(`grown ${count} `, "g"))).toBe(1);
    edits(data.id, "short again");
    await shows("short again");
    await ada.say("after it");
    await shows("after it");
    expect(texts()).toEqual(["ada\nthe second\n\nthe third", "ada\nshort again", "ada\nafter it"]);
  });
});

/** Too wide for a rich message, and too long for another one. */
function unfit(): string {
  const row = `|${"a|".repeat(21)}`;
  const lines = Array.from({ length: 150 }, (_, count) => `line ${count} ${"word ".repeat(7)}.`);
  return [row, `|${"-|".repeat(21)}`, row, "", ...lines].join("\n");
}
const filesIn = ({ telegram, team }: Town) =>
  telegram.said(team).flatMap(({ file }) => (file ? [new TextDecoder().decode(file.bytes)] : []));

describe("what is too long for the message that it should stand in is said anew, whole", () => {
  test("when it was edited", async () => {
    const { data } = await ada.say("# Report\n\nsoon");
    await shows("soon");
    edits(data.id, unfit());
    await town.telegram.until(() => filesIn(town).length === 1, "the file");
    await ada.say("after it");
    await shows("after it");
    expect(filesIn(town)[0]?.match(/line \d+ /g)).toHaveLength(150);
    expect(town.telegram.said(town.team).map(({ text }) => text)).toEqual(["", "ada\nafter it"]);
    expect(town.telegram.calls.some(({ description }) => description?.includes("MESSAGE_TOO_LONG"))).toBe(true);
  });

  test("when it is the end of an answer that was shown while it grew", async () => {
    const answer = `# Report\n\n${unfit()}`;
    const writes = spyOn(builtinBackend, "run").mockImplementation(async function* () {
      for (let at = 0; at < answer.length; at += 400) {
        yield { type: "text" as const, delta: answer.slice(at, at + 400) };
        if (at === 0) await shows("Report");
      }
    });
    await ada.say("@alice tell me");
    await town.telegram.until(() => filesIn(town).length === 1, "the file");
    writes.mockRestore();
    await ada.say("after it");
    await shows("after it");
    expect(filesIn(town)[0]?.match(/line \d+ /g)).toHaveLength(150);
    expect(texts().filter((text) => text.includes("line "))).toEqual([]);
    expect(town.telegram.calls.some(({ description }) => description?.includes("MESSAGE_TOO_LONG"))).toBe(true);
  });

  test("when somebody changed here what they had written there", async () => {
    const lena = await Client.camel(town.server.ws, "lena", { role: "admin" });
    town.mira.says(town.team, "spelt worng");
    const { data } = await lena.next("message", (frame) => frame.data.text === "spelt worng");
    lena.send({ type: "edit_message", data: { id: data.id, text: long("right", 150) } });
    await town.telegram.until(() => filesIn(town).length === 1, "the file");
    expect(filesIn(town)[0]?.match(/right \d+ /g)).toHaveLength(150);
    await lena.close();
  });
});

test("what Telegram refuses to show rich is told whole all the same, as a file where it fills more than one message", async () => {
  await ada.say(unfit());
  await town.telegram.until(() => filesIn(town).length === 1, "the file");
  expect(filesIn(town)[0]?.match(/line \d+ /g)).toHaveLength(150);
});
