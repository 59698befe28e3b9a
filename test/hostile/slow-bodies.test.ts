import { afterEach, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { waitFor } from "../support/round.ts";
import { startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
const senders: Socket[] = [];
afterEach(async () => {
  for (const socket of senders.splice(0)) socket.destroy();
  await server.stop();
});

/** Begins a form of 1,000 bytes and goes on as slowly as it likes. */
function begin(
  lines = "Content-Length: 1000",
  first = "name=",
): { socket: Socket; said: () => string; step: () => void } {
  const { host, hostname, port } = new URL(server.http);
  let said = "";
  const socket = connect(Number(port), hostname, () =>
    socket.write(
      `POST /sign-in HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${server.http}\r\nContent-Type: application/x-www-form-urlencoded\r\n${lines}\r\n\r\n${first}`,
    ),
  );
  senders.push(socket);
  socket.on("error", () => undefined);
  socket.on("data", (bytes) => {
    said += bytes.toString("latin1");
  });
  return { socket, said: () => said, step: () => void (socket.readyState === "open" && socket.write("x")) };
}

test.each([
  ["says nothing more", "Content-Length: 1000", "name=", false],
  ["drips", "Content-Length: 1000", "name=", true],
  ["drips in chunks", "Transfer-Encoding: chunked", "400\r\nname=", true],
])("a body that %s is given up in time, and its connection with it", async (_how, lines, first, drips) => {
  server = await startServer({ limits: { bodyMs: 150 } });
  const from = performance.now();
  const slow = begin(lines, first);
  await waitFor(() => {
    if (drips) slow.step();
    return slow.socket.destroyed;
  }, "the end of the connection");
  expect(performance.now() - from).toBeGreaterThan(140);
  expect(slow.said()).toStartWith("HTTP/1.1 400 Bad Request");
  expect(slow.said()).toContain("That request took too long to arrive.");
});

test("fifteen seconds are the time it has, and whoever is in time is answered on the same connection", async () => {
  server = await startServer();
  expect(server.config.limits.bodyMs).toBe(15_000);
  const steady = begin("Content-Length: 10", "name=");
  await waitFor(() => steady.socket.readyState === "open", "a connection");
  for (let count = 0; count < 5; count += 1) steady.step();
  await waitFor(() => steady.said().startsWith("HTTP/1.1 "), "an answer");
  expect(steady.said()).not.toContain("took too long");
  expect(steady.socket.destroyed).toBe(false);
});
