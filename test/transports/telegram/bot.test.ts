import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { defaultLimits } from "../../../src/limits.ts";
import { createBot, type TelegramBot } from "../../../src/transports/telegram/bot.ts";
import { TelegramError, type Trouble, troubleOf, wordsOf } from "../../../src/transports/telegram/trouble.ts";
import { FakeTelegram } from "../../support/fake-telegram.ts";
import { trouble } from "../../support/telegram/troubles.ts";

let telegram: FakeTelegram;
let bot: TelegramBot;
let mira: ReturnType<FakeTelegram["person"]>;
const limits = { ...defaultLimits };
/** For calls that are not going to be answered. */
const impatient = { ...limits, telegramCallMs: 50 };

beforeEach(async () => {
  telegram = new FakeTelegram({ pace: 0 });
  bot = await createBot({ token: telegram.token, apiRoot: `${telegram.url}/`, limits });
  mira = telegram.person(11, "Mira");
  mira.says(mira.private, "/start");
});
afterEach(() => telegram.stop());

async function failure(promise: Promise<unknown>): Promise<TelegramError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof TelegramError)) throw new Error(`not a TelegramError: ${thrown}`);
  return thrown;
}
const troubleWith = async (promise: Promise<unknown>): Promise<Trouble> => (await failure(promise)).trouble;
const hello = () => bot.call("sendMessage", { chat_id: 11, text: "hello" });

describe("a call", () => {
  test("is answered with what grammY's types promise", async () => {
    expect((await bot.me()).username).toBe("parley_bot");
    expect((await hello()).message_id).toBe(2);
    expect(await bot.call("getWebhookInfo", {})).toMatchObject({ url: "" });
  });

  test("that was too fast says how long to wait", async () => {
    telegram.troubles.plan("sendMessage", trouble.tooMany(7));
    expect(await troubleWith(hello())).toEqual({ kind: "rate", retryAfterMs: 7_000 });
  });

  test("that Telegram refuses says why, also when the bot was blocked", async () => {
    expect(await troubleWith(bot.call("sendMessage", { chat_id: 11, text: "" }))).toEqual({
      kind: "refused",
      status: 400,
      description: "Bad Request: message text is empty",
      movedTo: null,
    });
    mira.blocks();
    expect(await troubleWith(hello())).toMatchObject({
      kind: "refused",
      status: 403,
      description: "Forbidden: bot was blocked by the user",
    });
  });

  test("to a group that became a supergroup says where it is now", async () => {
    const small = telegram.smallGroup("Team", [mira]);
    const large = telegram.upgrade(small, mira);
    expect(await troubleWith(bot.call("sendMessage", { chat_id: small.id, text: "x" }))).toMatchObject({
      movedTo: large.id,
    });
  });

  test("with a token that is none is unauthorized, also with one that is not shaped like one", async () => {
    const stranger = await createBot({ token: "1:x", apiRoot: telegram.url, limits });
    expect(await troubleWith(stranger.me())).toEqual({ kind: "unauthorized" });
    expect(troubleOf({ error_code: 404, description: "Not Found" })).toEqual({ kind: "unauthorized" });
  });

  test("tells a webhook in the way from another poller", async () => {
    telegram.troubles.plan("getUpdates", trouble.conflict);
    expect(await troubleWith(bot.call("getUpdates", {}))).toEqual({ kind: "conflict", by: "poller" });
    await bot.call("setWebhook", { url: "http://127.0.0.1:1/" });
    expect(await troubleWith(bot.call("getUpdates", {}))).toEqual({ kind: "conflict", by: "webhook" });
  });

  test.each([
    ["a server that is broken", trouble.broken, "answer 500"],
    ["silence", trouble.hang, "no answer in time"],
    ["an answer that breaks off", trouble.cut, "what came back is no JSON"],
  ])("is unreachable after %s", async (_what, planned, reason) => {
    telegram.troubles.plan("sendMessage", planned);
    if (planned === "hang") bot = await createBot({ token: telegram.token, apiRoot: telegram.url, limits: impatient });
    expect(await troubleWith(hello())).toEqual({ kind: "unreachable", reason });
  });

  test("is unreachable while connections are refused, and not afterwards", async () => {
    await telegram.stop();
    expect(await troubleWith(hello())).toEqual({ kind: "unreachable", reason: "ECONNREFUSED" });
    telegram.start();
    await hello();
  });

  test("that is given up is given up at Telegram's as well: the next poll is alone", async () => {
    const giveUp = new AbortController();
    const first = failure(bot.call("getUpdates", { offset: 700_002, timeout: 30 }, giveUp.signal));
    await telegram.until(() => telegram.callsOf("getUpdates").length === 1, "the poll");
    giveUp.abort();
    expect((await first).trouble.kind).toBe("unreachable");
    await telegram.until(() => telegram.callsOf("getUpdates")[0]?.status === 200, "the end of the poll");
  });
});

describe("files", () => {
  const bytes = crypto.getRandomValues(new Uint8Array(50_000));

  test("go up, whatever they are called, and come down as they were", async () => {
    const sent = await bot.call("sendDocument", {
      chat_id: 11,
      document: bot.file(bytes, 'a"b;\r\nc.bin'),
      caption: "1",
    });
    expect(sent).toMatchObject({ caption: "1", document: { file_name: "a b   c.bin", file_size: 50_000 } });
    expect(await bot.download(sent.document.file_id, 50_000)).toEqual(bytes);
  });

  test("that are too large or gone are refused", async () => {
    const sent = mira.sendsDocument(mira.private, "x.bin", bytes);
    expect(await troubleWith(bot.download(sent.file?.id ?? "", 49_999))).toMatchObject({
      description: "the file is too large",
    });
    expect(await troubleWith(bot.download("nothing", 1))).toMatchObject({
      description: "Bad Request: invalid file_id",
    });
  });
});

describe("a download", () => {
  /** The file as it is when it is asked about, and as it is when it is fetched. */
  async function fetched(then: (() => { bytes: Uint8Array }) | undefined, most = 10) {
    const sent = mira.sendsDocument(mira.private, "x.bin", new Uint8Array(5));
    const { files } = telegram.world;
    const found = files.get(sent.file?.id ?? "");
    let asked = 0;
    files.get = () => (asked++ === 0 || !found ? found : then && { ...found, ...then() });
    return failure(bot.download(sent.file?.id ?? "", most));
  }

  test("of a file that is gone by then is refused", async () => {
    expect((await fetched(undefined)).trouble).toMatchObject({ kind: "refused", description: "there is no such file" });
  });

  test("of a file that is larger than was said ends where it is too large", async () => {
    const large = () => ({ bytes: new Uint8Array(11) });
    expect((await fetched(large)).trouble).toMatchObject({ kind: "refused", description: "the file is too large" });
  });

  test("that breaks off is unreachable", async () => {
    const breaks = () => {
      void telegram.stop();
      return { bytes: new Uint8Array(5_000_000) };
    };
    expect((await fetched(breaks, 10_000_000)).trouble.kind).toBe("unreachable");
  });
});

test("a bug of ours is no trouble of Telegram's", async () => {
  const call = bot.call("sendMessage", { chat_id: 11n as unknown as number, text: "x" });
  expect(await call.catch((thrown: unknown) => String(thrown))).toStartWith("Error: sendMessage: TypeError");
});

describe("the token", () => {
  test("is in no error, whatever goes wrong, and in none of its parts", async () => {
    const seen: string[] = [];
    const hurried = await createBot({ token: telegram.token, apiRoot: telegram.url, limits: impatient });
    const look = (error: TelegramError) => {
      seen.push(Bun.inspect(error, { depth: 20 }), String(error.stack), JSON.stringify(error.trouble));
    };
    for (const planned of [
      trouble.broken,
      trouble.hang,
      trouble.cut,
      trouble.tooMany(1),
      trouble.refused(`no bot ${telegram.token} or ${encodeURIComponent(telegram.token)}`),
    ]) {
      telegram.troubles.plan("sendMessage", planned);
      const call = planned === "hang" ? hurried : bot;
      look(await failure(call.call("sendMessage", { chat_id: 11, text: "hello" })));
    }
    await telegram.stop();
    look(await failure(hello()));
    look(await failure(bot.download("x", 1)));
    expect(seen.join()).toContain("no bot <token> or <token>");
    expect(seen.filter((each) => each.includes("fake-token"))).toEqual([]);
  });
});

test("every trouble has words that say what it means", () => {
  const troubles: Trouble[] = [
    { kind: "rate", retryAfterMs: 1_500 },
    { kind: "refused", status: 400, description: "Bad Request: x", movedTo: null },
    { kind: "unauthorized" },
    { kind: "conflict", by: "poller" },
    { kind: "conflict", by: "webhook" },
    { kind: "unreachable", reason: "ConnectionRefused" },
  ];
  expect(troubles.map(wordsOf)).toEqual([
    "Telegram asks to wait 2 s.",
    "Telegram refused it: Bad Request: x",
    expect.stringContaining("TELEGRAM_BOT_TOKEN"),
    expect.stringContaining("Another program polls"),
    expect.stringContaining("A webhook is set"),
    "Telegram cannot be reached (ConnectionRefused).",
  ]);
});
