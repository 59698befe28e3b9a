import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { Client } from "../support/client.ts";
import { waitFor } from "../support/round.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { tcpState } from "../support/tcp.ts";

setDefaultTimeout(30_000);

let server: TestServer;
let port: number;
/** Bytes of the answer that everybody here asks for: more than the kernel keeps for a connection on its two ends. */
let whole: number;
const path = "/api/v1/rooms/general/messages?limit=200";

beforeAll(async () => {
  // Pages of history end at a quarter of a megabyte, which the kernel would keep: here one is as large as a download.
  const limits = { idleSeconds: 1, peopleBurst: 1_000, pageCharacters: 1e9, readBurst: 1e9 };
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" }, limits });
  port = Number(new URL(server.http).port);
  const mira = await Client.camel(server.ws, "mira");
  for (let count = 0; count < 200; count += 1) await mira.say("&".repeat(7_900));
  await mira.close();
  whole = (await (await fetch(server.http + path)).bytes()).length;
  expect(whole).toBeGreaterThan(9_000_000);
});
afterAll(() => server.stop());

/** Asks for it, and reads nothing of the answer. */
async function asks(): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  socket.pause();
  socket.on("error", () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  return socket;
}

test("a download whose reader has stopped is cut, and others are served all the while", async () => {
  const stalled = await asks();
  const from = performance.now();
  await waitFor(async () => {
    expect((await fetch(`${server.http}/ready`)).status).toBe(200);
    return (await tcpState(port, stalled.localPort ?? 0)) !== "established";
  }, "the server lets go");
  expect(performance.now() - from).toBeLessThan(8_000);
  // What comes when it goes on reading is what was on its way, and no more.
  let bytes = 0;
  stalled.on("data", (chunk) => {
    bytes += chunk.length;
  });
  const ended = new Promise<void>((resolve) => stalled.once("close", () => resolve()));
  stalled.resume();
  await ended;
  expect(bytes).toBeLessThan(whole);
});

test("whoever reads slowly, but reads, gets all of it", async () => {
  const slow = await asks();
  const from = performance.now();
  let bytes = 0;
  slow.on("data", (chunk) => {
    bytes += chunk.length;
    slow.pause();
    // Two megabytes a second: five times as long as an idle connection may last.
    setTimeout(() => slow.resume(), chunk.length / 2_000);
  });
  slow.resume();
  await waitFor(() => bytes > whole, "the whole answer", 20_000);
  expect(performance.now() - from).toBeGreaterThan(3_000);
  slow.destroy();
});
