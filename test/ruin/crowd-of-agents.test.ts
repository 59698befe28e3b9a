import { afterAll, expect, test } from "bun:test";
import { inspect } from "../support/database.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { report, rounds, waitFor } from "../support/round.ts";
import { signIn } from "../support/server.ts";
import { Talker } from "../support/talker.ts";

const agents = rounds(20, 100);
const viewers = rounds(20, 100);
const pieces = rounds(50, 500);
const mebibyte = 1024 * 1024;

let server: ServerProcess;
afterAll(() => server?.[Symbol.asyncDispose]());

interface Health {
  components: { process: { late_ms: Record<string, number> } };
}

/** Somebody who watches and keeps nothing: a hundred that read every word would be the load themselves. */
async function watch(name: string): Promise<WebSocket> {
  const socket = new WebSocket(`${server.ws}/ws`);
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
  socket.send(JSON.stringify({ type: "auth", data: { userId: name, batch: true } }));
  socket.send(JSON.stringify({ type: "subscribe", data: { topics: ["agents"] } }));
  return socket;
}

test(`${agents} agents write fifty pieces a second each to ${viewers} viewers: all of it arrives, in order, in bounded memory`, async () => {
  const env = { PARLEY_PEOPLE_BURST: "100000", PARLEY_AGENT_BURST: "100000", PARLEY_DEMO_TEAM: "false" };
  server = await startProcess({ entry: "test/support/streaming-server.ts", env });
  const mira = new Talker("mira", "camel batch", { subscribe: ["agents"] });
  await mira.connect(server.ws);
  for (let n = 1; n <= agents; n += 1) {
    const answer = await fetch(`${server.http}/employees`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: `agent${n}`, role: "developer" }),
    });
    expect(answer.status).toBe(201);
  }
  const crowd = await Promise.all(Array.from({ length: viewers }, (_, n) => watch(`viewer${n}`)));
  const before = await server.memory();
  for (let n = 1; n <= agents; n += 1) mira.say(`@agent${n} write ${pieces}`);
  const whole = Array.from({ length: pieces }, (_, piece) => `${piece} `).join("");
  const answers = () =>
    inspect(server.database, (sqlite) =>
      sqlite
        .query<{ id: number; text: string }, []>(
          "SELECT messages.id, text FROM messages JOIN members ON members.id = author_id WHERE kind = 'agent' AND streaming = 0",
        )
        .all(),
    );
  let most = before;
  await waitFor(
    async () => {
      most = Math.max(most, await server.memory());
      await Bun.sleep(200);
      return answers().length === agents;
    },
    "the end of all answers",
    120_000,
  );
  await mira.settled();
  for (const { id, text } of answers()) {
    expect(text).toBe(whole.trim());
    const heard = mira.deltas.filter((delta) => delta.id === id);
    let at = 0;
    for (const { delta, offset } of heard) {
      expect(offset).toBe(at);
      at += delta.length;
    }
    expect(heard.map(({ delta }) => delta).join("")).toBe(whole);
  }
  expect(most - before).toBeLessThan(200 * mebibyte);
  expect(crowd.every(({ readyState }) => readyState === WebSocket.OPEN)).toBe(true);
  expect(server.bugs()).toEqual([]);
  const cookie = await signIn(server, "ada", "admin");
  const health = (await (await fetch(`${server.http}/health`, { headers: { cookie } })).json()) as Health;
  const late = health.components.process.late_ms;
  report("agents who write", {
    agents,
    viewers,
    pieces: agents * pieces,
    memoryMiB: Math.round((most - before) / mebibyte),
    ...Object.fromEntries(Object.entries(late).map(([name, ms]) => [`late ${name}`, Math.round(ms)])),
  });
  for (const socket of crowd) socket.close();
}, 150_000);
