import { afterEach, beforeEach, expect, test } from "bun:test";
import { FakeTelegram } from "../../support/fake-telegram.ts";
import { startProcess } from "../../support/process.ts";
import { trouble } from "../../support/telegram/troubles.ts";

let telegram: FakeTelegram;
beforeEach(() => {
  telegram = new FakeTelegram();
  telegram.troubles.plan(/./, trouble.hang, 1_000);
});
afterEach(() => telegram.stop());

test("a server whose Telegram does not answer serves its pages, and stops in order and at once when it is told to", async () => {
  const from = performance.now();
  await using server = await startProcess({
    env: {
      OPENCODE_TRANSPORT: "telegram",
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_CHAT_ID: "-1001",
      TELEGRAM_API_ROOT: telegram.url,
    },
  });
  // Far less than the 15 s that Telegram has.
  expect(performance.now() - from).toBeLessThan(8_000);
  expect((await fetch(`${server.http}/sign-in`)).status).toBe(200);
  await telegram.until(() => telegram.calls.length > 0, "a call that hangs");
  const { code, ms } = await server.terminate();
  expect(code).toBe(0);
  expect(ms).toBeLessThan(4_000);
  expect(server.bugs()).toEqual([]);
  expect(server.logged.at(-1)).toMatchObject({ event: "server.stopped" });
}, 30_000);
