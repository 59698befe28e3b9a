import { expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { startProcess } from "../support/process.ts";
import { quantile, report, waitFor } from "../support/round.ts";
import { Talker } from "../support/talker.ts";

const connections = 500;
/** How a request may be left hanging: with nothing, within its first line, within a header, between headers, before a body. */
const beginnings = (port: number) => {
  const head = `GET /ready HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
  return [
    "",
    "GET /rea",
    `${head}X-Slow: `,
    head,
    head.replace("GET /ready", "GET /ws").concat("Upgrade: websocket\r\n"),
  ];
};

test(`${connections} requests that never end, half of them dripping: others are served all the while, and each is gone within 15 s`, async () => {
  await using server = await startProcess({ env: { OPENCODE_SAFE_MODE: "true" } });
  const honest = new Talker("mira", "camel");
  await honest.connect(server.ws);
  const ways = beginnings(server.port);
  const half = await Promise.all(
    Array.from({ length: connections }, (_, index) => begin(server.port, ways[index % ways.length] ?? "")),
  );
  const from = performance.now();
  const times: number[] = [];
  let turn = 0;
  await waitFor(
    async () => {
      // One byte of one of them at a time: each that drips has one every half second or so.
      const dripping = half[(turn * 2) % half.length];
      if (dripping && !dripping.destroyed) dripping.write("a");
      turn += 1;
      const asked = performance.now();
      expect((await fetch(`${server.http}/ready`)).status).toBe(200);
      await honest.settled();
      times.push(performance.now() - asked);
      return half.every(({ destroyed }) => destroyed);
    },
    "all of them are gone",
    15_000,
  );
  const seconds = (performance.now() - from) / 1000;
  expect(times.length).toBeGreaterThan(100);
  expect(quantile(times, 0.99)).toBeLessThan(1_000);
  const said = honest.say("still here");
  await waitFor(() => honest.acknowledged.has(said), "an echo");
  expect(server.bugs()).toEqual([]);
  report("half-open requests", {
    connections,
    "gone after s": seconds.toFixed(1),
    "others p99 ms": quantile(times, 0.99).toFixed(1),
    "worst ms": Math.max(...times).toFixed(1),
  });
}, 30_000);

/** A connection on which these bytes were sent and that is destroyed when the server ends it. */
function begin(port: number, bytes: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      if (bytes !== "") socket.write(bytes);
      resolve(socket);
    });
    socket.on("error", reject);
    socket.on("data", () => undefined);
  });
}
