import { afterAll, beforeAll, expect, test } from "bun:test";
import { inspect } from "../support/database.ts";
import { faultsOf } from "../support/heard.ts";
import { chance, rounds, waitFor } from "../support/round.ts";
import { agentsAreIdle, signIn, startServer, type TestServer } from "../support/server.ts";
import { kinds, Talker } from "../support/talker.ts";

const luck = chance();
const slugs = ["general", "design", "release"];
const topics = ["room:design", "room:release", "tasks", "help"];

let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    limits: {
      ...{ peopleRate: 100_000, peopleBurst: 100_000, signInRate: 100_000, signInBurst: 100_000 },
      // Whether the agents are done is asked again and again.
      ...{ readRate: 100_000, readBurst: 100_000 },
    },
  });
  const cookie = await signIn(server, "Mira");
  for (const name of slugs.slice(1)) {
    const body = new URLSearchParams({ name, topic: "" });
    await fetch(`${server.http}/rooms`, { method: "POST", body, headers: { cookie, origin: server.http } });
  }
});
afterAll(() => server.stop());

/** Everything told of rooms, in order. Steps of a task that another one followed need not be told to who was away. */
function told(): { seq: number; task: number | null }[] {
  return inspect(server.config.databasePath, (sqlite) =>
    sqlite
      .query<{ seq: number; task: number | null }, []>(
        `SELECT seq, CASE kind WHEN 'task.opened' THEN seq WHEN 'task.moved' THEN data ->> 'id' END AS task FROM events
         WHERE room_id IS NOT NULL AND NOT (kind = 'message.posted' AND data ->> 'streaming') ORDER BY seq`,
      )
      .all(),
  );
}

test("a socket that hears several rooms and the tasks is told everything in the one order, however often it is cut off", async () => {
  const writers = Array.from({ length: 6 }, (_, index) => new Talker(`writer${index}`, "camel"));
  const readers = kinds.map((kind) => new Talker(`reader ${kind}`, kind, { subscribe: topics }));
  for (const client of [...writers, ...readers]) await client.connect(server.ws);
  const start = readers[0]?.lastSeq ?? 0;
  let frames = 0;
  for (const reader of readers) {
    // Somewhere in the middle of what one commit told: the rest of it must come after the return.
    reader.heard = () => {
      frames += 1;
      // Who is cut off all the time falls behind, and beyond the limit gets a resync instead.
      const behind = (writers[0]?.lastSeq ?? 0) - (reader.lastSeq ?? 0);
      if (behind > 200 || !luck.often(8)) return;
      reader.cut(true);
      void reader.connect(server.ws);
    };
  }
  for (let round = 0; round < rounds(30, 300); round += 1) {
    for (const writer of writers) {
      const room = luck.pick(slugs);
      const agent = luck.pick(["alice", "bob", "charlie", "diana"]);
      const text = luck.often(4) ? `@${agent} please check ${round}` : `${writer.name} says ${round}`;
      writer.send({ type: "message", data: { text, room } });
    }
    await writers[0]?.settled();
  }
  for (const reader of readers) reader.heard = () => {};
  await waitFor(() => readers.every((reader) => reader.isOnline), "everybody is back");
  await waitFor(() => agentsAreIdle(server), "the agents have finished", 60_000);
  const last = told().at(-1)?.seq ?? 0;
  await waitFor(() => readers.every((reader) => (reader.lastSeq ?? 0) >= last), "everybody heard the last");
  expect(frames).toBeGreaterThan(100);
  for (const reader of readers) {
    const seqs = reader.seqs(["message", "change", "task", "other"]);
    // A step that completes a task, or asks for help, is told in more than one frame.
    const once = seqs.filter((seq, index) => seq !== seqs[index - 1]);
    const heard = new Set(once);
    const latest = new Map(told().map(({ task, seq }) => [task, seq]));
    const due = ({ seq, task }: { seq: number; task: number | null }) =>
      seq > start && (task === null || latest.get(task) === seq || heard.has(seq));
    const expected = told()
      .filter(due)
      .map(({ seq }) => seq);
    const found = { seed: luck.seed, who: reader.name, faults: faultsOf(once, expected), resyncs: reader.resyncs };
    expect(found).toEqual({ seed: luck.seed, who: reader.name, faults: [], resyncs: 0 });
  }
}, 60_000);
