import { expect, test } from "bun:test";
import { dirname } from "node:path";
import { until } from "../support/house.ts";
import { ScriptedTransport } from "../support/scripted.ts";
import { startServer, type TestServer } from "../support/server.ts";

const typeOf = async ({ http }: TestServer) =>
  ((await (await fetch(`${http}/communication/stats`)).json()) as { transport_type: string }).transport_type;
const goOver = ({ http }: TestServer, transport_type: string) =>
  fetch(`${http}/communication/switch`, { method: "POST", body: JSON.stringify({ transport_type }) });

test("a server with Telegram talks over it from the start; pages are there all the same", async () => {
  const telegram = new ScriptedTransport("telegram");
  const server = await startServer({ telegram: () => telegram });
  expect(await typeOf(server)).toBe("telegram");
  expect(telegram.isConnected()).toBe(true);
  expect((await fetch(`${server.http}/sign-in`)).status).toBe(200);
  await server.stop();
  expect(telegram.isConnected()).toBe(false);
});

test("what an administrator chose holds after a restart; a setting holds before that", async () => {
  const telegram = () => new ScriptedTransport("telegram");
  const server = await startServer({ telegram });
  expect((await goOver(server, "both")).status).toBe(200);
  const again = await server.restart();
  expect(await typeOf(again)).toBe("both");
  await again.parley.stop();
  const folder = dirname(again.config.databasePath);
  const set = await startServer({ telegram, folder, env: { OPENCODE_TRANSPORT: "websocket" } });
  expect(await typeOf(set)).toBe("websocket");
  await set.parley.stop();
  // Nobody chose otherwise since.
  const auto = await startServer({ telegram, folder });
  expect(await typeOf(auto)).toBe("both");
  await auto.stop();
});

test("what stopped before a restart is on again after it: nobody has to know that it was stopped", async () => {
  const server = await startServer();
  expect((await fetch(`${server.http}/chat/stop`, { method: "POST" })).status).toBe(200);
  const again = await server.restart();
  expect(await (await fetch(`${again.http}/chat/status`)).json()).toMatchObject({ connected: true, polling: true });
  await again.stop();
});

test("a Telegram that cannot be reached at the start does not keep the room from being there", async () => {
  const telegram = new ScriptedTransport("telegram");
  telegram.refuses = "Telegram cannot be reached.";
  const server = await startServer({ telegram: () => telegram });
  expect(await typeOf(server)).toBe("websocket");
  const { messages } = (await (await fetch(`${server.http}/api/v1/rooms/general/messages`)).json()) as {
    messages: { sender: string; text: string }[];
  };
  expect(messages.map(({ sender, text }) => `${sender}: ${text}`)).toEqual([
    "system: Telegram does not work. Until it does, talk goes on over WebSocket. Who reads there gets what they missed then.",
  ]);
  expect(await (await fetch(`${server.http}/health`)).json()).toMatchObject({
    status: "degraded",
    chat_enabled: true,
    components: { telegram: { status: "failing" }, communication: { status: "degraded" } },
  });
  await server.stop();
});

test("a Telegram that does not answer does not keep the server from being there; it comes up when it answers", async () => {
  const telegram = new ScriptedTransport("telegram");
  const { promise, resolve } = Promise.withResolvers<void>();
  telegram.holds = promise;
  const server = await startServer({
    telegram: () => telegram,
    env: { OPENCODE_TRANSPORT: "both", TELEGRAM_BOT_TOKEN: "123456:of-no-use-here", TELEGRAM_CHAT_ID: "-1001" },
    limits: { transportWaitMs: 50 },
  });
  const health = async () => await (await fetch(`${server.http}/health`)).json();
  expect(await health()).toMatchObject({
    components: {
      websocket: { status: "healthy" },
      telegram: { status: "failing" },
    },
  });
  resolve();
  await until(() => telegram.isConnected(), "Telegram");
  expect(await health()).toMatchObject({ components: { telegram: { status: "healthy" } } });
  await server.stop();
  expect(telegram.isConnected()).toBe(false);
});
