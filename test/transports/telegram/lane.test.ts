import { beforeEach, describe, expect, test } from "bun:test";
import { defaultLimits } from "../../../src/limits.ts";
import type { Class, Job, Kind, Outcome } from "../../../src/transports/telegram/job.ts";
import { Lane } from "../../../src/transports/telegram/lane.ts";
import { TelegramError, type Trouble } from "../../../src/transports/telegram/trouble.ts";
import { minute, second } from "../../support/clock.ts";
import { HandTimers } from "../../support/telegram/timers.ts";

const mira = 11;
const tomas = 12;
const team = -100;
const unreachable: Trouble = { kind: "unreachable", reason: "ECONNREFUSED" };
const refused: Trouble = {
  kind: "refused",
  status: 400,
  description: "Bad Request: message is too long",
  movedTo: null,
};
const tooMany = (seconds: number): Trouble => ({ kind: "rate", retryAfterMs: seconds * second });

let timers: HandTimers;
let lane: Lane;
let told: (Trouble | null)[];
/** Every call in its order: when since the start, in which chat, what. */
let calls: [number, number, string][];
/** What goes wrong with the calls to come, by what is said. */
let troubles: Map<string, Trouble[]>;
let start: number;

beforeEach(() => {
  timers = new HandTimers();
  start = timers.clock.monotonic();
  told = [];
  calls = [];
  troubles = new Map();
  lane = new Lane({
    limits: defaultLimits,
    clock: timers.clock,
    after: timers.after,
    tell: (trouble) => told.push(trouble),
    random: () => 0.5,
  });
});

interface Saying {
  kind?: Kind;
  key?: string;
}

/** Puts something in line. @returns where its outcome will be */
function say(chat: number, as: Class, what: string, { kind = "send", key }: Saying = {}) {
  const waits: { outcome: Outcome<string> | null } = { outcome: null };
  const job: Job<string> = {
    chat,
    isGroup: chat < 0,
    class: as,
    kind,
    ...(key !== undefined && { key }),
    async run() {
      calls.push([timers.clock.monotonic() - start, chat, what]);
      const trouble = troubles.get(what)?.shift();
      if (trouble) throw new TelegramError("sendMessage", trouble);
      return what;
    },
  };
  void lane.add(job).then((outcome) => {
    waits.outcome = outcome;
  });
  return waits;
}

const words = () => calls.map(([, , what]) => what);
const times = () => calls.map(([at]) => at);

describe("how fast a chat is spoken to", () => {
  test("one person hears three at once, then one a second", async () => {
    for (let i = 0; i < 6; i++) say(mira, "final", `${i}`);
    await timers.pass(10 * second);
    expect(words()).toEqual(["0", "1", "2", "3", "4", "5"]);
    expect(times()).toEqual([0, 0, 0, 1_000, 2_000, 3_000]);
  });

  test("a group never hears more than twenty in any minute, edits counted", async () => {
    for (let i = 0; i < 60; i++) say(team, "final", `${i}`, { kind: i % 3 ? "send" : "edit" });
    await timers.pass(5 * minute);
    expect(words()).toHaveLength(60);
    for (const at of times())
      expect(times().filter((other) => other >= at && other < at + minute).length).toBeLessThanOrEqual(20);
  });

  test("nobody waits for another chat", async () => {
    for (let i = 0; i < 10; i++) say(team, "final", `team ${i}`);
    say(mira, "final", "mira");
    await timers.pass(0);
    expect(words()).toContain("mira");
  });

  test("the whole bot makes twenty-five calls a second, and the chats take turns", async () => {
    for (let chat = 1; chat <= 40; chat++) for (const n of [1, 2]) say(chat, "final", `${chat}.${n}`);
    await timers.pass(0);
    expect(calls).toHaveLength(25);
    expect(new Set(calls.map(([, chat]) => chat)).size).toBe(25);
    await timers.pass(5 * second);
    expect(calls).toHaveLength(80);
    for (const at of times())
      expect(times().filter((other) => other > at - second && other <= at).length).toBeLessThanOrEqual(25);
  });

  test("drafts come every 0.4 s and cost no message its turn", async () => {
    for (let i = 0; i < 4; i++) say(mira, "preview", `draft ${i}`, { kind: "draft" });
    for (let i = 0; i < 3; i++) say(mira, "final", `${i}`);
    await timers.pass(2 * second);
    expect(words()).toEqual(["draft 0", "0", "1", "2", "draft 1", "draft 2", "draft 3"]);
    expect(times()).toEqual([0, 0, 0, 0, 400, 800, 1_200]);
  });

  test("an answer that grows is edited every 1.5 s for one person and every 3.5 s in a group", async () => {
    for (const chat of [mira, team]) for (let i = 0; i < 4; i++) say(chat, "preview", `${i}`, { kind: "edit" });
    await timers.pass(20 * second);
    const of = (id: number) => calls.filter(([, chat]) => chat === id).map(([at]) => at);
    expect(of(mira)).toEqual([0, 1_500, 3_000, 4_500]);
    expect(of(team)).toEqual([0, 3_500, 7_000, 10_500]);
  });

  test("previews leave one message's allowance: a final never waits for them", async () => {
    for (let i = 0; i < 10; i++) say(team, "preview", `edit ${i}`, { kind: "edit" });
    await timers.pass(10.5 * second);
    say(team, "final", "the answer");
    await timers.pass(0);
    expect(calls.at(-1)).toEqual([10_500, team, "the answer"]);
  });

  test("progress leaves it as well", async () => {
    for (let i = 0; i < 10; i++) say(team, "progress", `step ${i}`);
    await timers.pass(second);
    say(team, "final", "the answer");
    await timers.pass(0);
    expect(calls).toEqual([
      [0, team, "step 0"],
      [1_000, team, "the answer"],
    ]);
  });

  test("reactions and deletions cost nothing", async () => {
    for (let i = 0; i < 10; i++) say(team, "notice", `${i}`, { kind: "other" });
    say(team, "final", "word");
    await timers.pass(0);
    expect(words()).toHaveLength(11);
  });
});

describe("what goes first", () => {
  test("finals, approvals and errors in their order, then questions, notices, progress, previews", async () => {
    for (let i = 0; i < 3; i++) say(mira, "final", `before ${i}`);
    const inLine: Class[] = ["preview", "progress", "notice", "question", "error", "approval", "final"];
    for (const each of inLine) say(mira, each, each);
    await timers.pass(20 * second);
    expect(words().slice(3)).toEqual(["error", "approval", "final", "question", "notice", "progress", "preview"]);
  });

  test("nobody overtakes among those that are never dropped, though it would cost nothing", async () => {
    for (let i = 0; i < 4; i++) say(mira, "final", `${i}`);
    say(mira, "final", "reaction", { kind: "other" });
    await timers.pass(5 * second);
    expect(words().at(-1)).toBe("reaction");
  });

  test("a newer preview of the same answer takes the older one's place", async () => {
    for (let i = 0; i < 3; i++) say(mira, "final", `before ${i}`);
    const first = say(mira, "preview", "thin", { key: "answer 1" });
    const other = say(mira, "preview", "other", { key: "answer 2" });
    const second_ = say(mira, "preview", "thin king", { key: "answer 1" });
    await timers.pass(10 * second);
    expect(words().slice(3)).toEqual(["thin king", "other"]);
    expect([first, other, second_].map(({ outcome }) => outcome?.state)).toEqual(["dropped", "done", "done"]);
  });

  test("a final throws its own previews away, those that come late as well, and no others", async () => {
    for (let i = 0; i < 3; i++) say(mira, "final", `before ${i}`);
    const preview = say(mira, "preview", "thin", { key: "answer 1" });
    say(mira, "preview", "other", { key: "answer 2" });
    say(mira, "final", "thinking is over", { key: "answer 1" });
    const late = say(mira, "preview", "thinking is", { key: "answer 1" });
    await timers.pass(10 * second);
    expect(words().slice(3)).toEqual(["thinking is over", "other"]);
    expect([preview, late].map(({ outcome }) => outcome?.state)).toEqual(["dropped", "dropped"]);
  });

  test("a preview that comes while its final is being sent is dropped", async () => {
    let answer: (what: string) => void = () => {};
    const sending = lane.add({
      chat: mira,
      isGroup: false,
      class: "final",
      kind: "send",
      key: "answer 1",
      run: () =>
        new Promise<string>((resolve) => {
          answer = resolve;
        }),
    });
    const late = say(mira, "preview", "late", { key: "answer 1" });
    await timers.pass(second);
    answer("sent");
    expect(await sending).toEqual({ state: "done", result: "sent" });
    expect(late.outcome).toEqual({ state: "dropped" });
  });

  test("when there is too much the oldest of the least important goes, and never what must arrive", async () => {
    const previews = Array.from({ length: 60 }, (_, i) => say(team, "preview", `preview ${i}`));
    const notices = Array.from({ length: 45 }, (_, i) => say(team, "notice", `notice ${i}`));
    const finals = Array.from({ length: 100 }, (_, i) => say(team, "final", `final ${i}`));
    await timers.pass(0);
    const dropped = (some: typeof previews) => some.filter(({ outcome }) => outcome?.state === "dropped").length;
    expect([dropped(previews), dropped(notices), dropped(finals)]).toEqual([54, 0, 0]);
    expect(previews[55]?.outcome).toBeNull();
    expect(previews[54]?.outcome?.state).toBe("dropped");
    await timers.pass(15 * minute);
    expect(finals.every(({ outcome }) => outcome?.state === "done")).toBe(true);
  });
});

describe("when Telegram asks to wait", () => {
  test("that chat hears nothing until then, others go on, and nothing is lost or out of order", async () => {
    troubles.set("1", [tooMany(40)]);
    const outcomes = ["1", "2", "3"].map((what) => say(team, "final", what));
    say(mira, "final", "mira");
    await timers.pass(39.9 * second);
    expect(words()).toEqual(["1", "mira"]);
    await timers.pass(30 * second);
    expect(words()).toEqual(["1", "mira", "1", "2", "3"]);
    expect(times()[2]).toBe(40_000);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(
      ["1", "2", "3"].map((result) => ({ state: "done", result })),
    );
    expect(told).toEqual([]);
  });

  test("it is spoken to at half the pace afterwards, and faster again after a minute", async () => {
    troubles.set("0", [tooMany(1)]);
    for (let i = 0; i < 5; i++) say(mira, "final", `${i}`);
    await timers.pass(10 * second);
    expect(times()).toEqual([0, 1_000, 3_000, 5_000, 7_000, 9_000]);
    await timers.pass(2 * minute);
    calls = [];
    start = timers.clock.monotonic();
    for (let i = 0; i < 5; i++) say(mira, "final", `${i}`);
    await timers.pass(10 * second);
    expect(times()).toEqual([0, 0, 0, 1_000, 2_000]);
  });

  test("a preview that was asked to wait goes when a newer one or its final is there", async () => {
    troubles.set("thin", [tooMany(3)]);
    const preview = say(mira, "preview", "thin", { key: "answer", kind: "edit" });
    await timers.pass(second);
    const newer = say(mira, "preview", "thin king", { key: "answer", kind: "edit" });
    expect(preview.outcome).toBeNull();
    await timers.pass(0);
    expect(preview.outcome).toEqual({ state: "dropped" });
    say(mira, "final", "thinking is over", { key: "answer", kind: "edit" });
    await timers.pass(minute);
    expect(words()).toEqual(["thin", "thinking is over"]);
    expect(newer.outcome).toEqual({ state: "dropped" });
  });

  test("again and again, it obeys again and again", async () => {
    troubles.set("word", [tooMany(5), tooMany(50), tooMany(120)]);
    const word = say(team, "approval", "word");
    await timers.pass(5 * minute);
    expect(times()).toEqual([0, 5_000, 55_000, 175_000]);
    expect(word.outcome).toEqual({ state: "done", result: "word" });
  });
});

describe("when Telegram is not there", () => {
  test("for an hour, what must arrive arrives once it is back, in order; what is passing is dropped", async () => {
    for (const what of ["0", "1"]) troubles.set(what, Array(200).fill(unreachable));
    const progress = say(mira, "progress", "0");
    await timers.pass(0);
    const finals = ["1", "2", "3"].map((what) => say(mira, "final", what));
    await timers.pass(60 * minute);
    expect(progress.outcome).toEqual({ state: "dropped" });
    expect(finals.map(({ outcome }) => outcome)).toEqual([null, null, null]);
    expect(told.every((each) => each === unreachable)).toBe(true);
    const tries = words().length;
    expect(tries).toBeLessThan(150);
    troubles.clear();
    await timers.pass(minute);
    expect(words().slice(tries)).toEqual(["1", "2", "3"]);
    expect(told.at(-1)).toBeNull();
  });

  test("it is asked rarely, and more rarely the longer it lasts", async () => {
    troubles.set("word", Array(8).fill(unreachable));
    say(mira, "final", "word");
    await timers.pass(5 * minute);
    expect(times()).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000, 121_000]);
  });

  test("a question is tried five times, because old news is worse than none", async () => {
    troubles.set("word", Array(9).fill(unreachable));
    const question = say(mira, "question", "word");
    await timers.pass(5 * minute);
    expect(words()).toHaveLength(5);
    expect(question.outcome).toEqual({ state: "dropped" });
  });

  test("one message that always breaks the server stops its chat, and no other", async () => {
    troubles.set("poison", Array(500).fill({ kind: "unreachable", reason: "answer 500" }));
    say(mira, "final", "poison");
    say(mira, "final", "behind it");
    say(tomas, "final", "elsewhere");
    await timers.pass(minute);
    expect(words()).toContain("elsewhere");
    expect(words()).not.toContain("behind it");
  });
});

describe("when Telegram refuses", () => {
  test("who asked is told why, and the next goes on", async () => {
    troubles.set("long", [refused]);
    const long = say(mira, "final", "long");
    say(mira, "final", "next");
    await timers.pass(0);
    expect(long.outcome).toMatchObject({ state: "refused", error: { trouble: refused } });
    expect(words()).toEqual(["long", "next"]);
    expect(told).toEqual([]);
  });

  test("the token, nothing more is tried, everything that waits is told, and so is who can help", async () => {
    troubles.set("1", [{ kind: "unauthorized" }]);
    const all = [say(mira, "final", "1"), say(mira, "final", "2"), say(team, "preview", "3")];
    await timers.pass(0);
    const late = say(mira, "final", "4");
    await timers.pass(minute);
    expect(told).toEqual([{ kind: "unauthorized" }]);
    expect(words()).toEqual(["1", "3"]);
    expect([...all, late].map(({ outcome }) => outcome?.state)).toEqual(["stopped", "stopped", "done", "stopped"]);
  });

  test("a bug of ours is thrown to who asked, and the next goes on", async () => {
    const broken = lane.add({
      chat: mira,
      isGroup: false,
      class: "final",
      kind: "send",
      run: () => Promise.reject(new TypeError("a bug")),
    });
    say(mira, "final", "next");
    expect(await broken.catch((thrown: unknown) => String(thrown))).toBe("TypeError: a bug");
    await timers.pass(0);
    expect(words()).toEqual(["next"]);
  });
});

test("a lane that stops finishes what it began, and says of the rest that it did not", async () => {
  let answer: (what: string) => void = () => {};
  const run = () =>
    new Promise<string>((resolve) => {
      answer = resolve;
    });
  const begun = lane.add({ chat: mira, isGroup: false, class: "final", kind: "send", run });
  const waiting = say(mira, "final", "waiting");
  const stopped = lane.stop();
  await timers.pass(second);
  expect(waiting.outcome).toEqual({ state: "stopped" });
  answer("finished");
  expect(await begun).toEqual({ state: "done", result: "finished" });
  await stopped;
  expect(calls).toEqual([]);
});
