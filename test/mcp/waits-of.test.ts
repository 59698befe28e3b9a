import { expect, test } from "bun:test";
import { waitsByPass } from "../../src/mcp/waits-of.ts";

/** The end of something, which counts who listens for it. */
function ending() {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  signal.addEventListener = () => {
    listeners += 1;
  };
  return { signal, end: () => controller.abort(), listeners: () => listeners };
}

test("a pass finds its own questions until it is over, and no other one does", () => {
  const waitsOf = waitsByPass(1_000);
  const [alice, bob] = [ending(), ending()];
  const hers = waitsOf({ id: "run a", signal: alice.signal });
  // Something is asked: what nobody asks by is not kept.
  const asked = { id: 1, signal: AbortSignal.abort(), ms: 1 };
  void hers.for("ask_human", {}, () => new Promise(() => undefined), asked);
  expect(waitsOf({ id: "run b", signal: bob.signal })).not.toBe(hers);
  expect(waitsOf({ id: "run a", signal: alice.signal })).toBe(hers);
  alice.end();
  expect(waitsOf({ id: "run a", signal: ending().signal })).not.toBe(hers);
});

test("keys that come again and again leave nothing on what ends with the server", () => {
  const waitsOf = waitsByPass(1_000);
  const server = ending();
  for (let n = 0; n < 100; n += 1) waitsOf({ id: `key ${n % 2}`, signal: server.signal });
  expect(server.listeners()).toBe(0);
});
