import { describe, expect, test } from "bun:test";
import type { Update } from "grammy/types";
import { Refusal } from "../../../src/errors.ts";
import { defaultLimits, type Limits } from "../../../src/limits.ts";
import { createLogger } from "../../../src/logger.ts";
import { createDelivery } from "../../../src/transports/telegram/delivery.ts";
import { TelegramError } from "../../../src/transports/telegram/trouble.ts";
import { Kept } from "../../support/telegram/kept.ts";

function open(limits: Partial<Limits> = {}) {
  const kept = new Kept();
  const ending = new AbortController();
  const logger = createLogger("error", () => {});
  const all = { ...defaultLimits, telegramUpdateTries: 3, ...limits };
  return { kept, ending, delivery: createDelivery({ inbox: kept, limits: all, logger, signal: ending.signal }) };
}

const update = (id: number, text: string) => ({ update_id: id, message: { text } }) as unknown as Update;
const broken = () => {
  throw new Error("it broke");
};

describe("an update that is delivered", () => {
  test("is taken in once, one after the other, and late ones after those behind them", async () => {
    const { kept, delivery } = open();
    await Promise.all([delivery.take(update(1, "one")), delivery.take(update(3, "three"))]);
    for (let times = 0; times < 3; times += 1) await delivery.take(update(2, "two"));
    await delivery.take(update(1, "one"));
    expect(kept.texts).toEqual(["one", "three", "two"]);
  });

  test("and breaks something is delivered three times and passed over; then it is over", async () => {
    const { kept, delivery } = open();
    kept.fails = broken;
    for (let times = 0; times < 2; times += 1) expect(delivery.take(update(7, "poison"))).rejects.toThrow("it broke");
    await delivery.settled();
    expect(kept.passedOver).toEqual([]);
    await delivery.take(update(7, "poison"));
    expect(kept.passedOver).toEqual([7]);
    kept.fails = () => {};
    await delivery.take(update(7, "poison"));
    await delivery.take(update(8, "behind it"));
    expect([kept.texts, kept.passedOver]).toEqual([["behind it"], [7]]);
  });

  test.each([
    ["nothing can be stored", new Refusal("SERVICE_UNAVAILABLE")],
    ["Telegram asks to wait", new TelegramError("getFile", { kind: "rate", retryAfterMs: 1 })],
  ])("is delivered again for as long as %s", async (_, error) => {
    const { kept, delivery } = open();
    kept.fails = () => {
      throw error;
    };
    for (let times = 0; times < 10; times += 1) expect(delivery.take(update(1, "words"))).rejects.toBe(error);
    await delivery.settled();
    kept.fails = () => {};
    await delivery.take(update(1, "words"));
    expect([kept.texts, kept.passedOver]).toEqual([["words"], []]);
  });

  test("is remembered with no more than so many others, the oldest of which are forgotten first", async () => {
    const { kept, delivery } = open({ telegramRemembered: 2 });
    for (const id of [1, 2, 3]) await delivery.take(update(id, `${id}`));
    await delivery.take(update(3, "3 again"));
    await delivery.take(update(1, "1 again"));
    expect(kept.texts).toEqual(["1", "2", "3", "1 again"]);
  });

  test("is refused at the end, and comes again next time", async () => {
    const { kept, delivery, ending } = open();
    ending.abort();
    expect(delivery.take(update(1, "words"))).rejects.toThrow(Refusal);
    await delivery.settled();
    expect(kept.texts).toEqual([]);
  });
});
