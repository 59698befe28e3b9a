import { expect, test } from "bun:test";
import { inspect, integrityOf } from "../support/database.ts";
import { type Move, moves } from "../support/frames.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { header, RawSocket } from "../support/raw.ts";
import { chance, quantile, report, rounds, waitFor } from "../support/round.ts";
import { signIn } from "../support/server.ts";
import { Talker } from "../support/talker.ts";

const frames = rounds(2_000, 20_000);
const sockets = 12;
const luck = chance();
const env = {
  PARLEY_PEOPLE_RATE: "100000",
  PARLEY_PEOPLE_BURST: "100000",
  PARLEY_FRAME_RATE: "100000",
  PARLEY_FRAME_BURST: "100000",
};
/** Sockets that were promised more than ever comes: to the server everything later is part of that. */
const waiting = new WeakSet<RawSocket>();
/** How a socket may end by what it did itself: refused binary, bad framing, bad UTF-8, abuse, too large, a room that is none, or cut off. */
const deserved = new Set([1000, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 4403]);

test(`${frames} generated frames on ${sockets} sockets: the server lives, and two honest people hear each other all the time`, async () => {
  await using server = await startProcess({ env });
  const [mira, tomas] = [new Talker("mira", "camel"), new Talker("tomas", "classic batch")];
  await Promise.all([mira.connect(server.ws), tomas.connect(server.ws)]);
  const cookie = await signIn(server, "mallory");
  const hostile: (RawSocket | undefined)[] = Array.from({ length: sockets }, () => undefined);
  const ends = new Map<number, number>();
  const times: number[] = [];
  const plan = moves(frames, luck.seed);

  for (let start = 0; start < plan.length; start += 40) {
    for (const [index, move] of plan.slice(start, start + 40).entries()) {
      const at = index % sockets;
      let socket = hostile[at];
      if (!socket || socket.closed !== undefined) {
        if (socket?.closed !== undefined) ends.set(socket.closed, (ends.get(socket.closed) ?? 0) + 1);
        socket = await open(server, cookie, at);
        hostile[at] = socket;
      }
      make(socket, move);
    }
    // Whatever they did: an honest message reaches both, and every socket that is not closed still answers.
    const from = performance.now();
    const said = [mira.say(`honest ${start}`), tomas.say(`honest too ${start}`)];
    await waitFor(() => heardBy([mira, tomas], said), `seed ${luck.seed}: the honest hear each other at ${start}`);
    times.push(performance.now() - from);
    await Promise.all(hostile.map((socket) => socket && answersOrEnds(socket)));
  }
  for (const socket of hostile) socket?.end();
  expect([mira.closes, mira.refused, mira.faults]).toEqual([[], [], []]);
  expect([tomas.closes, tomas.refused, tomas.faults]).toEqual([[], [], []]);
  expect([...ends.keys()].filter((code) => !deserved.has(code))).toEqual([]);
  expect({ seed: luck.seed, bugs: server.bugs() }).toEqual({ seed: luck.seed, bugs: [] });
  expect(server.isAlive()).toBe(true);
  expect((await server.terminate()).code).toBe(0);
  expect(inspect(server.database, integrityOf)).toBe("ok");
  report("generated frames", {
    frames,
    seed: luck.seed,
    closed: [...ends].map(([code, count]) => `${code}: ${count}`).join(" "),
    "honest pair p50 ms": quantile(times, 0.5).toFixed(1),
    "p99 ms": quantile(times, 0.99).toFixed(1),
    "worst ms": Math.max(...times).toFixed(1),
  });
}, 300_000);

/** A third knows nobody yet, a third came by session, a third knocks at the page's door. */
async function open(server: ServerProcess, cookie: string, at: number): Promise<RawSocket> {
  const origin = server.http;
  if (at % 3 === 2) {
    const socket = await RawSocket.open(server.port, "/live", { cookie, origin });
    socket.text({ type: "resume", room: "general", lastSeq: 1 });
    return socket;
  }
  if (at % 3 === 0) return RawSocket.open(server.port, luck.pick(["/", "/ws"]));
  const socket = await RawSocket.open(server.port, "/ws", { cookie, origin });
  socket.text(luck.often(50) ? { type: "auth", data: { batch: true } } : { type: "auth", user_id: "mallory" });
  return socket;
}

function make(socket: RawSocket, move: Move): void {
  if (move.do === "text") socket.text(move.text);
  else if (move.do === "frame") socket.frame(move.opcode, move.payload);
  else if (move.do === "large") socket.text(`{"type":"message","text":"${"x".repeat(move.bytes - 28)}"}`);
  else if (move.do === "promise") {
    socket.bytes(header(1, move.bytes));
    waiting.add(socket);
  } else {
    const bytes = Buffer.from(move.text);
    for (let from = 0; from < bytes.length; from += move.size) {
      const final = from + move.size >= bytes.length;
      socket.frame(from === 0 ? 1 : 0, bytes.subarray(from, from + move.size), { final });
    }
  }
}

function heardBy(people: readonly Talker[], said: readonly string[]): boolean {
  return people.every((person) => said.every((id) => person.log.some(({ clientId }) => clientId === id)));
}

async function answersOrEnds(socket: RawSocket): Promise<void> {
  if (waiting.has(socket)) socket.end();
  const pongs = () =>
    socket.frames.filter(({ opcode, payload }) => opcode === 1 && payload.includes('"type":"pong"')).length;
  const before = pongs();
  socket.text({ type: "ping" });
  await waitFor(() => socket.closed !== undefined || pongs() > before, `seed ${luck.seed}: a pong or the end`);
  socket.frames.length = 0;
}
