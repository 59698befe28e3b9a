import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Refusal } from "../../../src/errors.ts";
import { defaultLimits } from "../../../src/limits.ts";
import { createLogger } from "../../../src/logger.ts";
import { createBot } from "../../../src/transports/telegram/bot.ts";
import { type Inbox, poll } from "../../../src/transports/telegram/poll.ts";
import { TelegramError } from "../../../src/transports/telegram/trouble.ts";
import { backOff } from "../../../src/transports/telegram/wait.ts";
import { FakeTelegram } from "../../support/fake-telegram.ts";
import { Kept } from "../../support/telegram/kept.ts";
import { trouble } from "../../support/telegram/troubles.ts";

const limits = {
  ...defaultLimits,
  telegramPollSeconds: 30,
  telegramWatchdogMs: 5_000,
  telegramRetryMs: 2,
  telegramRetryMostMs: 10,
  telegramConflictMs: 2,
  telegramConflictMostMs: 10,
};
let telegram: FakeTelegram;
let mira: ReturnType<FakeTelegram["person"]>;
let lines: string[];
let told: (string | null)[];
let stop: AbortController;

beforeEach(() => {
  telegram = new FakeTelegram({ pace: 0 });
  mira = telegram.person(11, "Mira");
  lines = [];
  told = [];
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await telegram.stop();
});

async function start(inbox: Inbox, others: Partial<typeof limits> = {}, token = telegram.token) {
  const bot = await createBot({ token, apiRoot: telegram.url, limits: { ...limits, ...others } });
  return poll({
    bot,
    inbox,
    kinds: ["message"],
    limits: { ...limits, ...others },
    logger: createLogger("debug", (line) => lines.push(line)),
    signal: stop.signal,
    tell: (state) => told.push(state === null ? null : state.words),
  });
}

describe("polling", () => {
  test("takes everything in once and in order, and asks for what comes next", async () => {
    for (let i = 0; i < 150; i++) mira.says(mira.private, `${i}`);
    const kept = new Kept();
    const ended = start(kept);
    await telegram.until(() => kept.texts.length === 150, "the 150th message");
    mira.says(mira.private, "later");
    await telegram.until(() => kept.texts.length === 151, "the later message");
    await telegram.until(() => telegram.world.updates.pending.length === 0, "the confirmation");
    stop.abort();
    expect(await ended).toBe("stopped");
    expect(kept.texts).toEqual([...Array.from({ length: 150 }, (_, i) => `${i}`), "later"]);
    expect(telegram.callsOf("getUpdates")[0]?.fields).toEqual({ timeout: 30, allowed_updates: ["message"] });
    expect(told).toEqual([]);
  });

  test("goes on where it was stored that it left off", async () => {
    for (const word of ["a", "b", "c"]) mira.says(mira.private, word);
    const kept = new Kept();
    kept.stored = 700_003;
    void start(kept);
    await telegram.until(() => kept.texts.length > 0, "a message");
    expect(kept.texts).toEqual(["c"]);
  });

  test("follows numbers that begin anew, as after a quiet week", async () => {
    const kept = new Kept();
    kept.stored = 900_000_000;
    void start(kept);
    mira.says(mira.private, "after a week");
    await telegram.until(() => kept.texts.length > 0, "a message");
    expect(kept.texts).toEqual(["after a week"]);
  });

  test("stops in the middle of a batch: what was begun is finished, the rest comes next time", async () => {
    for (const word of ["a", "b", "c"]) mira.says(mira.private, word);
    const kept = new Kept();
    kept.fails = () => stop.abort();
    expect(await start(kept)).toBe("stopped");
    expect(kept.texts).toEqual(["a"]);
    stop = new AbortController();
    kept.fails = () => {};
    void start(kept);
    await telegram.until(() => kept.texts.length === 3, "the rest");
    expect(kept.texts).toEqual(["a", "b", "c"]);
  });
});

describe("an update that breaks something", () => {
  test("is tried three times and passed over; those behind it come in", async () => {
    for (const word of ["a", "poison", "c"]) mira.says(mira.private, word);
    const kept = new Kept();
    let tries = 0;
    kept.fails = ({ message }) => {
      if (message?.text !== "poison") return;
      tries++;
      throw new Error("it broke");
    };
    void start(kept);
    await telegram.until(() => kept.texts.length === 2, "the third message");
    expect(kept.texts).toEqual(["a", "c"]);
    expect([tries, kept.passedOver]).toEqual([3, [700_002]]);
    expect(lines.filter((line) => line.includes("telegram.update_failed"))).toHaveLength(3);
  });

  test("is not broken when Telegram only asks to wait: that is waited out, and counts as no try", async () => {
    mira.says(mira.private, "a");
    const kept = new Kept();
    let hasty = 5;
    kept.fails = () => {
      if (hasty-- > 0) throw new TelegramError("answerCallbackQuery", { kind: "rate", retryAfterMs: 2 });
    };
    void start(kept);
    await telegram.until(() => kept.texts.length === 1, "the message");
    expect(kept.passedOver).toEqual([]);
  });

  test("waits as long as it takes while nothing can be stored, and so do those behind it", async () => {
    for (const word of ["a", "b"]) mira.says(mira.private, word);
    const kept = new Kept();
    let full = 7;
    kept.fails = () => {
      if (full-- > 0) throw new Refusal("SERVICE_UNAVAILABLE");
    };
    void start(kept);
    await telegram.until(() => kept.texts.length === 2, "both");
    expect(kept.texts).toEqual(["a", "b"]);
    expect(kept.passedOver).toEqual([]);
  });
});

describe("when something is wrong", () => {
  test("another poller is explained after the second conflict, and goes away", async () => {
    telegram.troubles.plan("getUpdates", trouble.conflict, 3);
    mira.says(mira.private, "a");
    const kept = new Kept();
    void start(kept);
    await telegram.until(() => kept.texts.length === 1, "the message");
    expect(told).toEqual([
      expect.stringContaining("Another program polls Telegram"),
      expect.stringContaining("Another program polls Telegram"),
      null,
    ]);
  });

  test("one conflict alone is no news: our own last poll may not have ended yet", async () => {
    telegram.troubles.plan("getUpdates", trouble.conflict, 1);
    mira.says(mira.private, "a");
    const kept = new Kept();
    void start(kept);
    await telegram.until(() => kept.texts.length === 1, "the message");
    expect(told).toEqual([]);
  });

  test("a webhook in the way is explained at once", async () => {
    const hook = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(null, { status: 500 }) });
    telegram.world.updates.setWebhook({ url: `${hook.url}` });
    void start(new Kept());
    await telegram.until(() => told.length > 0, "the explanation");
    expect(told[0]).toContain("A webhook is set for this bot");
    telegram.world.updates.setWebhook({ url: "" });
    await telegram.until(() => told.includes(null), "the end of it");
    await hook.stop(true);
  });

  test("a wrong token ends it, with words, and nothing is tried again", async () => {
    expect(await start(new Kept(), {}, "1:wrong")).toBe("unauthorized");
    expect(told).toEqual([expect.stringContaining("does not know this bot's token")]);
    expect(lines.join()).not.toContain("1:wrong");
  });

  test("a network that is down is waited for, and what happened meanwhile comes in", async () => {
    const kept = new Kept();
    void start(kept);
    await telegram.until(() => telegram.callsOf("getUpdates").length === 1, "the first poll");
    await telegram.stop();
    await telegram.until(() => told.some((words) => words?.includes("cannot be reached")), "the trouble");
    mira.says(mira.private, "while it was down");
    telegram.start();
    await telegram.until(() => kept.texts.length === 1, "the message");
    expect(told.at(-1)).toBeNull();
    expect(lines.join()).not.toContain(telegram.token);
  });

  test("a poll that hangs is begun anew by the watchdog", async () => {
    telegram.troubles.plan("getUpdates", trouble.hang, 1);
    mira.says(mira.private, "a");
    const kept = new Kept();
    void start(kept, { telegramWatchdogMs: 60 });
    await telegram.until(() => kept.texts.length === 1, "the message");
    expect(told).toEqual([expect.stringContaining("no answer in time"), null]);
  });

  test("it waits as long as Telegram asks", async () => {
    telegram.troubles.plan("getUpdates", trouble.tooMany(0.05), 1);
    mira.says(mira.private, "a");
    const kept = new Kept();
    void start(kept, { telegramRetryMs: 100_000 });
    await telegram.until(() => kept.texts.length === 1, "the message");
    const [first, second] = telegram.callsOf("getUpdates").map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(45);
  });
});

test("a bug of ours ends it as the bug that it is", async () => {
  const bot = await createBot({ token: telegram.token, apiRoot: telegram.url, limits });
  const broken = { ...bot, call: () => Promise.reject(new TypeError("a bug")) };
  const logger = createLogger("error", (line) => lines.push(line));
  const ended = poll({
    bot: broken,
    inbox: new Kept(),
    kinds: [],
    limits,
    logger,
    signal: stop.signal,
    tell: () => {},
  });
  expect(await ended.catch((thrown: unknown) => String(thrown))).toBe("TypeError: a bug");
});

test("waiting doubles up to a bound, and is never the same for all", () => {
  const waits = (random: number) => [1, 2, 3, 4, 100].map((failures) => backOff(failures, 1_000, 5_000, () => random));
  expect(waits(0)).toEqual([750, 1_500, 3_000, 3_750, 3_750]);
  expect(waits(0.5)).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
  expect(waits(1)).toEqual([1_250, 2_500, 5_000, 6_250, 6_250]);
});
