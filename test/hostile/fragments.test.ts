import { expect, test } from "bun:test";
import { startProcess } from "../support/process.ts";
import { RawSocket } from "../support/raw.ts";
import { report, rounds, waitFor } from "../support/round.ts";
import { Talker } from "../support/talker.ts";

const sockets = rounds(10, 50);
const piece = Buffer.alloc(32 * 1024, "x");

test(`${sockets} sockets send one message in pieces that never ends: each is closed with 1009 and the memory stays`, async () => {
  await using server = await startProcess({ env: { PARLEY_DEMO_TEAM: "false" } });
  const honest = new Talker("mira", "camel");
  await honest.connect(server.ws);
  const endless = await Promise.all(Array.from({ length: sockets }, () => RawSocket.open(server.port)));
  const calm = await server.memory();
  let most = calm;
  // Slowly: somebody else is served between any two pieces.
  for (let count = 0; count < 40 && endless.some(({ closed }) => closed === undefined); count += 1) {
    for (const socket of endless) {
      if (socket.closed === undefined) socket.frame(count === 0 ? 1 : 0, piece, { final: false });
    }
    expect(await honest.settled()).toBeLessThan(2_000);
    most = Math.max(most, await server.memory());
  }
  await waitFor(() => endless.every(({ closed }) => closed !== undefined), "all are closed");
  expect([...new Set(endless.map(({ closed }) => closed))]).toEqual([1009]);
  // As much as one message may have, each, and what the server itself breathes.
  const mebibytes = (most - calm) / 2 ** 20;
  expect(mebibytes).toBeLessThan(40 + 2 * sockets);
  const said = honest.say("still here");
  await waitFor(() => honest.acknowledged.has(said), "an echo");
  expect(server.bugs()).toEqual([]);
  report("endless fragments", { sockets, "growth MiB": mebibytes.toFixed(1) });
}, 60_000);

test("a message in single bytes, slowly, is a message like any other", async () => {
  await using server = await startProcess({ env: { PARLEY_DEMO_TEAM: "false" } });
  const honest = new Talker("mira", "camel");
  await honest.connect(server.ws);
  const slow = await RawSocket.open(server.port);
  slow.text({ type: "auth", data: { userId: "tomas" } });
  const bytes = Buffer.from('{"type":"message","data":{"text":"piece by piece: é 漢 🙂","clientId":"slow"}}');
  for (let at = 0; at < bytes.length; at += 1) {
    slow.frame(at === 0 ? 1 : 0, bytes.subarray(at, at + 1), { final: at === bytes.length - 1 });
    // A ping may stand between the pieces of a message, and is answered there.
    if (at % 20 === 10) slow.frame(9, "between");
    if (at % 7 === 0) await honest.settled();
  }
  await waitFor(() => honest.log.some(({ clientId }) => clientId === "slow"), "the message");
  expect(honest.log.at(-1)?.text).toBe("piece by piece: é 漢 🙂");
  expect(slow.frames.filter(({ opcode }) => opcode === 10).length).toBe(Math.ceil((bytes.length - 10) / 20));
  slow.end();
}, 20_000);
