import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { upload } from "../support/files.ts";
import { waitFor } from "../support/round.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";
import { tcpState } from "../support/tcp.ts";

// Only a test that fails takes all of it.
setDefaultTimeout(90_000);

let server: TestServer;
let port: number;
/** Bytes of the file that everybody here asks for: more than the kernel keeps for a connection on its two ends. */
const whole = 20_000_000;
let path: string;
let cookie: string;

beforeAll(async () => {
  server = await startServer({ env: { OPENCODE_SAFE_MODE: "true" }, limits: { idleSeconds: 1 } });
  port = Number(new URL(server.http).port);
  cookie = await signIn(server, "mira");
  path = (await upload(server, { cookie }, "large.bin", Buffer.alloc(whole, "parley"))).url;
});
afterAll(() => server.stop());

/** Asks for it, and reads nothing of the answer. */
async function asks(): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  socket.pause();
  socket.on("error", () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\n\r\n`);
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
    // Four megabytes a second: five times as long as an idle connection may last.
    setTimeout(() => slow.resume(), chunk.length / 4_000);
  });
  slow.resume();
  await waitFor(() => bytes > whole, "the whole answer", 80_000);
  expect(performance.now() - from).toBeGreaterThan(3_000);
  slow.destroy();
});
