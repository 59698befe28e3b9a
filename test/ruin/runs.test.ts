import { afterAll, expect, test } from "bun:test";
import { inspect } from "../support/database.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { chance, report, rounds, waitFor } from "../support/round.ts";
import { Talker } from "../support/talker.ts";

const luck = chance();
const entry = "test/support/workshop-server.ts";
const env = { PARLEY_PEOPLE_BURST: "100000", PARLEY_AGENT_BURST: "100000", PARLEY_AGENT_RATE: "100000" };

interface Row {
  readonly id: number;
  readonly request: string;
  readonly state: string;
  readonly note: string;
}

let server: ServerProcess;
afterAll(() => server?.[Symbol.asyncDispose]());

function tasks(): readonly Row[] {
  return inspect(server.database, (sqlite) =>
    sqlite
      .query<Row, []>(
        `SELECT tasks.id, text AS request, state, note FROM tasks JOIN messages ON messages.id = request_id ORDER BY tasks.id`,
      )
      .all(),
  );
}

function said(words: string): boolean {
  return inspect(server.database, (sqlite) =>
    Boolean(sqlite.query("SELECT 1 FROM messages WHERE text LIKE ?1 AND streaming = 0").get(`%${words}%`)),
  );
}

async function killed(): Promise<void> {
  await server.kill();
  server = await server.restart();
}

test("a server that is killed in the middle of a run: it crashed, what waited is done in order, and Resume goes on", async () => {
  server = await startProcess({ entry, env });
  const mira = new Talker("mira", "camel");
  await mira.connect(server.ws);
  for (const words of ["wait here", "do one", "do two"]) mira.say(`@alice ${words}`);
  await waitFor(
    () =>
      tasks()
        .map(({ state }) => state)
        .join() === "working,queued,queued",
    "the queue",
  );
  const ask = (path: string, body?: object) =>
    fetch(`${server.http}/api/v1${path}`, {
      method: body ? "POST" : "GET",
      ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
  expect((await ask(`/tasks/${tasks()[2]?.id}/place`, { to: "first" })).status).toBe(200);
  const queue = (await (await ask("/agents/alice/queue")).json()) as { current: Row; queue: Row[] };
  expect([queue.current.id, ...queue.queue.map(({ id }) => id)]).toEqual([0, 2, 1].map((n) => tasks()[n]?.id ?? 0));
  mira.cut(true);
  await killed();
  await waitFor(
    () =>
      tasks()
        .map(({ state }) => state)
        .join() === "failed,completed,completed",
    "the rest",
  );
  const [first, one, two] = tasks();
  expect(first?.note).toBe("crashed: the server stopped during the run");
  const order = inspect(server.database, (sqlite) =>
    sqlite
      .query<{ id: number }, []>(
        `SELECT data ->> 'id' AS id FROM events WHERE kind = 'task.moved' AND data ->> 'state' = 'completed' ORDER BY seq`,
      )
      .all()
      .map(({ id }) => id),
  );
  expect(order).toEqual([two?.id ?? 0, one?.id ?? 0]);

  const resumed = await fetch(`${server.http}/api/v1/tasks/${first?.id}/resume`, { method: "POST" });
  expect(resumed.status).toBe(201);
  await waitFor(() => said(`going on in session of task ${first?.id}`), "the run that goes on");
  expect((await fetch(`${server.http}/api/v1/tasks/${first?.id}/resume`, { method: "POST" })).status).toBe(409);
  await waitFor(() => tasks().at(-1)?.state === "completed", "its end");
  expect((await server.terminate()).code).toBe(0);
  expect(server.bugs()).toEqual([]);
}, 60_000);

test(`a server that is killed ${rounds(3, 15)} times while agents are asked: each request that was acknowledged is one task, and none is forgotten`, async () => {
  server = await startProcess({ entry, env });
  const mira = new Talker("mira", "camel");
  const names = ["alice", "bob", "charlie", "diana"];
  for (let round = 0; round < rounds(3, 15); round += 1) {
    await mira.connect(server.ws);
    mira.repeat();
    const before = mira.acknowledged.size;
    for (let n = 0; n < 12; n += 1) mira.say(`@${luck.pick(names)} do ${round}-${n}`);
    const enough = before + luck.between(1, 12);
    await waitFor(() => mira.acknowledged.size >= enough, `seed ${luck.seed}: ${enough} acknowledgements`);
    mira.cut(true);
    await killed();
  }
  await mira.connect(server.ws);
  mira.repeat();
  await waitFor(() => mira.owed.size === 0, "every request acknowledged in the end");
  await waitFor(
    () =>
      tasks().every(({ state }) => ["completed", "failed"].includes(state)) && tasks().length >= mira.acknowledged.size,
    `seed ${luck.seed}: an end of every task`,
  );
  const requests = tasks().map(({ request }) => request);
  expect([requests.length, new Set(requests).size]).toEqual([mira.acknowledged.size, mira.acknowledged.size]);
  const crashed = tasks().filter(({ state }) => state === "failed");
  expect(crashed.filter(({ note }) => !note.startsWith("crashed:"))).toEqual([]);
  report("agents asked and killed", { requests: requests.length, crashed: crashed.length });
  await server.terminate();
}, 120_000);
