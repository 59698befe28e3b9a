import type { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { askIn, question, workOf } from "../../support/asks.ts";
import { Client } from "../../support/client.ts";
import { inspect } from "../../support/database.ts";
import { signIn } from "../../support/server.ts";
import type { Shown } from "../../support/telegram/chats.ts";
import { openTown, type Town } from "../../support/telegram/town.ts";

let town: Town;
let ada: Client;
beforeEach(async () => {
  town = await openTown();
  ada = await Client.camel(town.server.ws, "ada", { subscribe: ["approvals"] });
});
afterEach(async () => {
  await ada.close();
  await town[Symbol.asyncDispose]();
});

const asks = () => town.telegram.said(town.team).filter(({ text }) => /wants to|asks/.test(text));
const shown = async (count = 1): Promise<Shown> => {
  await town.telegram.until(() => asks().length >= count, `${count} asks there`);
  const message = asks().at(-1) as Shown;
  // Parley knows of it as soon as it has stored what Telegram said.
  const known = (sqlite: Database) =>
    sqlite
      .query("SELECT 1 FROM telegram_messages WHERE telegram_id = ? AND chat_id = ?")
      .get(message.id, town.team.id) !== null;
  await town.telegram.until(() => inspect(town.server.config.databasePath, known), "the ask stored");
  return message;
};
const over = (message: Shown) => town.telegram.until(() => message.keyboard === null, "the buttons to go");
const labels = ({ keyboard }: Shown) => keyboard?.inline_keyboard.map((row) => row.map(({ text }) => text));
const told = (person: Town["mira"], press: string) =>
  town.telegram.until(() => person.answerTo(press) !== null, "an answer to the press");
const linked = async (person: Town["mira"], name: string) => {
  const { http } = town.server;
  const headers = { cookie: await signIn(town.server, name), origin: http };
  const answer = await fetch(`${http}/api/v1/telegram/code`, { method: "POST", headers });
  const { code } = (await answer.json()) as { code: string };
  person.says(person.private, `/link ${code}`);
  await town.telegram.until(
    () => town.telegram.texts(person.private).some((text) => text.startsWith("Linked")),
    "the account linked",
  );
};

describe("what an agent asks, in Telegram", () => {
  test("is a message that rings, as a reply to the task's card, with a button for each choice", async () => {
    const task = await workOf(town.server, "ada");
    await askIn(town.server, task, { alike: "test runs" });
    const message = await shown();
    expect(message.silent).toBe(false);
    const card = town.telegram.said(town.team).find(({ text }) => text.includes("On it."));
    expect(message.replyTo).toBe(card?.id ?? 0);
    expect(message.text).toMatch(/^🤖 alice wants to run a command \(#\d+\)\n\nnpm test\n\nin \/srv\/app\n\n/);
    expect(message.text).toContain("“Always” covers, until this run ends: test runs.");
    expect(message.text).toMatch(/If nobody answers, it is rejected at \d\d:\d\d UTC\.$/);
    expect(message.entities.some(({ type }) => type === "pre")).toBe(true);
    expect(labels(message)).toEqual([["Allow once", "Always for this run"], ["Reject"]]);
    for (const button of message.keyboard?.inline_keyboard.flat() ?? [])
      expect(Buffer.byteLength("callback_data" in button ? button.callback_data : "")).toBeLessThanOrEqual(64);
  });

  test("is answered by the press of somebody who linked an account; the buttons go, and everybody sees who it was", async () => {
    await linked(town.mira, "mira");
    const { answer, approval } = await askIn(town.server, await workOf(town.server, "ada"));
    const message = await shown();
    const press = town.mira.presses(town.team, message, "Allow once");
    expect(await answer).toMatchObject({ outcome: "chosen", option: { id: "once" }, by: { name: "mira" } });
    await over(message);
    expect(message.text).toMatch(/npm test[\s\S]*✅ Allowed once by mira, \d\d:\d\d UTC$/);
    await told(town.mira, press);
    expect(town.mira.answerTo(press)).toEqual({ text: "Allowed once by mira.", alert: false });
    const { data } = await ada.next("approval_update", (frame) => frame.data.id === approval.id);
    expect(data.answer).toMatchObject({ by: "mira", words: "Allowed once by mira" });
  });

  test("of who linked none, or may have nothing done, a press answers nothing, and they are told why", async () => {
    const { approval } = await askIn(town.server, await workOf(town.server, "ada"));
    const message = await shown();
    // Tomas wrote in the group, and so is a guest here; mira never said a word.
    town.tomas.says(town.team, "good morning");
    await ada.next("message", ({ data }) => data.text === "good morning");
    for (const person of [town.tomas, town.mira]) {
      const press = person.presses(town.team, message, "Allow once");
      await told(person, press);
      expect(person.answerTo(press)).toEqual({
        text: "Link your account first: in Parley under Settings, Telegram.",
        alert: true,
      });
    }
    await linked(town.mira, "mira");
    const { members } = town.server.parley.inside;
    const [system, mira] = [members.system, members.person("mira")];
    if (!mira) throw new Error("no mira");
    await members.setRole({ ...system, role: "owner" }, mira, "viewer");
    const press = town.mira.presses(town.team, message, "Allow once");
    await told(town.mira, press);
    expect(town.mira.answerTo(press)?.text).toContain("You may not answer that");
    expect(town.server.parley.inside.approvals.byId(approval.id)?.answer).toBeNull();
    expect(message.keyboard).not.toBeNull();
  });

  test("answers to nothing that a changed client makes up: another hash, another choice, another message", async () => {
    await linked(town.mira, "mira");
    const task = await workOf(town.server, "ada");
    const { approval } = await askIn(town.server, task);
    const first = await shown();
    const { approval: other } = await askIn(town.server, task, { detail: "rm -rf /" });
    const second = await shown(2);
    const data = (of: typeof approval, index: number, shownHash: string) => `ask:${of.publicId}:${index}:${shownHash}`;
    const tries: [Shown, string, RegExp][] = [
      [second, data(other, 0, approval.shown), /What you were shown is not what is asked/],
      [second, data(other, 9, other.shown), /none of the choices/],
      [first, data(other, 0, other.shown), /no such approval here/],
      [first, `ask:${"x".repeat(22)}:0:${other.shown}`, /no such approval here/],
      [first, "ask:nonsense", /no such approval here/],
    ];
    for (const [message, said, words] of tries) {
      const press = town.mira.pressesData(town.team, message, said);
      await told(town.mira, press);
      expect(town.mira.answerTo(press)?.text).toMatch(words);
    }
    const { approvals } = town.server.parley.inside;
    expect([approval, other].map(({ id }) => approvals.byId(id)?.answer)).toEqual([null, null]);
  });

  test("that was answered on the web loses its buttons; at the same moment from both one wins, and both cards agree", async () => {
    await linked(town.mira, "mira");
    const { answer, approval } = await askIn(town.server, await workOf(town.server, "ada"));
    const message = await shown();
    const { id, shown: hash } = approval;
    const press = town.mira.presses(town.team, message, "Reject");
    ada.send({ type: "approval_response", data: { id, option: "once", shown: hash } });
    const given = await answer;
    await over(message);
    await told(town.mira, press);
    const winner = given.outcome === "chosen" ? given.by.name : "nobody";
    const { data } = await ada.next("approval_update", (frame) => frame.data.id === id);
    expect(data.answer.by).toBe(winner);
    expect(message.text).toContain(data.answer.words);
    const late = winner === "mira" ? (await ada.next("error")).data.message : town.mira.answerTo(press)?.text;
    expect(late).toMatch(new RegExp(`^Too late: .* by ${winner}, \\d\\d:\\d\\d UTC\\.$`));
  });

  test("which nobody answers in time, or whose run ends, says so, also after a restart; what is answered before it is told rings nobody", async () => {
    const task = await workOf(town.server, "ada");
    const stopped = await askIn(town.server, task);
    const first = await shown();
    stopped.stop();
    await over(first);
    expect(first.text).toMatch(/⏹ Withdrawn: its run ended before anybody answered, \d\d:\d\d UTC$/);
    await askIn(town.server, task, { detail: "npm start" });
    const second = await shown(2);
    await ada.close();
    await town.restart();
    await over(second);
    expect(second.text).toContain("Withdrawn");
    ada = await Client.camel(town.server.ws, "ada");
    const again = await workOf(town.server, "ada");
    const quick = await askIn(town.server, again, { detail: "quick" });
    quick.stop();
    await askIn(town.server, again, { detail: "slow" });
    await town.telegram.until(() => asks().some(({ text }) => text.includes("slow")), "the last one");
    expect(asks().filter(({ text }) => text.includes("quick"))).toEqual([]);
  });

  test("is a question that a reply answers, in words", async () => {
    await linked(town.mira, "mira");
    const { answer } = await askIn(town.server, await workOf(town.server, "ada"), question);
    const message = await shown();
    expect(labels(message)).toEqual([["The old one"], ["The new one"]]);
    expect(message.text).toContain("Or reply to this message in your own words.");
    town.mira.says(town.team, "Neither of them", { replyTo: message });
    expect(await answer).toMatchObject({ outcome: "said", text: "Neither of them", by: { name: "mira" } });
    await over(message);
    expect(message.text).toMatch(/Neither of them\n\n✅ Answered by mira, \d\d:\d\d UTC$/);
  });

  test("that is too long for a message comes as a file before it, whole; hostile words are words", async () => {
    await linked(town.mira, "mira");
    const task = await workOf(town.server, "ada");
    const detail = `${"echo 'a long line'\n".repeat(3_300)}rm -rf / # the end`;
    const { answer } = await askIn(town.server, task, { detail });
    const message = await shown(2);
    const [file] = town.telegram.said(town.team).filter(({ kind }) => kind === "document");
    expect(new TextDecoder().decode(file?.file?.bytes)).toContain("⏎\nrm -rf / # the end\n\nin /srv/app");
    expect(message.replyTo).toBe(file?.id ?? 0);
    expect(message.text).toContain("All of it is in the file above");
    town.mira.presses(town.team, message, "Reject");
    expect(await answer).toMatchObject({ option: { id: "no" } });
    await over(message);

    const hostile = "<b>ls</b> &amp; </pre>\u001b[8m\u202e`_*";
    await askIn(town.server, task, { detail: hostile, title: hostile, directory: hostile });
    const next = await shown(3);
    expect(next.text).toContain("<b>ls</b> &amp; </pre>⟨U+001B⟩[8m⟨U+202E⟩`_*");
    expect(next.text).not.toMatch(/[\u001b\u202e]/);
  });

  test("in a room that a chat does not show is not told there, and shown where it is", async () => {
    await linked(town.mira, "mira");
    const { members, rooms, roster } = town.server.parley.inside;
    const [person, alice] = [members.person("mira"), roster.byName("alice")?.member];
    if (!person || !alice) throw new Error("nobody here");
    const room = await rooms.create(person, "vault", "", "private");
    await rooms.bringIn(person, room, alice);
    const task = await workOf(town.server, "mira", "vault");
    town.mira.says(town.mira.private, "/show vault");
    await town.telegram.until(
      () => town.telegram.texts(town.mira.private).some((text) => text.includes("This chat shows #vault")),
      "the room shown",
    );
    const { answer } = await askIn(town.server, task);
    const there = () => town.telegram.said(town.mira.private).find(({ text }) => text.includes("wants to"));
    await town.telegram.until(() => there() !== undefined, "the ask in the private chat");
    expect(asks()).toEqual([]);
    town.mira.presses(town.mira.private, there() as Shown, "Allow once");
    expect(await answer).toMatchObject({ outcome: "chosen", by: { name: "mira" } });
  });
});
