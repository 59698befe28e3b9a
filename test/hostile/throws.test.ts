import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { inspect, integrityOf, messagesIn } from "../support/database.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { RawSocket } from "../support/raw.ts";
import { rounds, waitFor } from "../support/round.ts";
import { signIn } from "../support/server.ts";
import { Talker } from "../support/talker.ts";

const times = rounds(5, 200);
const env = { PARLEY_DEMO_TEAM: "false", PARLEY_PEOPLE_RATE: "100000", PARLEY_PEOPLE_BURST: "100000" };
setDefaultTimeout(60_000);

let server: ServerProcess;
let mira: Talker;
let others: Talker[];

beforeAll(async () => {
  server = await startProcess({ entry: "test/support/sabotaged.ts", env });
  mira = new Talker("mira", "camel");
  others = [new Talker("tomas", "classic"), new Talker("noor", "camel batch"), new Talker("ada", "classic batch")];
  for (const person of [mira, ...others]) await person.connect(server.ws);
});
afterAll(() => server[Symbol.asyncDispose]());

/** Mira does something bad; the others speak in the same moment and are heard by everybody. */
async function meanwhile(act: () => void): Promise<void> {
  const [first, ...rest] = others;
  const said = [first?.say("before it") ?? ""];
  act();
  said.push(...rest.map((person) => person.say("after it")));
  const heard = (person: Talker) => said.every((id) => person.log.some(({ clientId }) => clientId === id));
  await waitFor(() => [mira, ...others].every(heard), "the others are heard");
  for (const person of others) expect([person.closes, person.refused, person.faults]).toEqual([[], [], []]);
  expect(server.isAlive()).toBe(true);
}

const bugs = (event: string) => server.bugs().filter((line) => line.event === event);
const rows = (text: string) => inspect(server.database, messagesIn).filter((row) => row.text === text);

test.each([
  ["render", "socket.bug"],
  ["apply", "log.bug"],
])(
  "a throw in %s refuses its sender with a reference and nobody else, and leaves nothing behind",
  async (name, event) => {
    for (let count = 0; count < times; count += 1) {
      mira.refused.length = 0;
      const text = `fault:${name} @nobody ${count}`;
      let clientId = "";
      await meanwhile(() => {
        clientId = mira.say(text);
      });
      await waitFor(() => mira.refused.length === 1, "the refusal");
      const { code, message, clientId: refused } = mira.refused[0]?.data ?? {};
      expect([code, refused]).toEqual(["INTERNAL_ERROR", clientId]);
      const reference = /ref ([0-9a-f]{8})/.exec(message)?.[1];
      // Who reports it can be helped: the reference stands in the log, the text does not.
      const line = bugs(event).at(-1);
      expect(line?.reference).toBe(reference ?? "none");
      expect(JSON.stringify(line)).not.toContain(`@nobody ${count}`);
      expect(rows(text)).toEqual([]);
      mira.owed.clear();
    }
    expect(mira.closes).toEqual([]);
  },
);

test("a message that cannot be told does not keep the others of its commit from being told", async () => {
  for (let count = 0; count < times; count += 1) await meanwhile(() => mira.say(`fault:encode ${count}`));
  expect(bugs("outbound.bug").length).toBeGreaterThanOrEqual(times);
  // It is stored all the same: the acknowledgement is what went wrong, so it may be said again and is there once.
  expect(rows("fault:encode 0").length).toBe(1);
});

test("a promise that nobody awaits and that is rejected is logged and nothing more", async () => {
  for (let count = 0; count < times; count += 1) await meanwhile(() => mira.say(`fault:rejection @nobody ${count}`));
  await waitFor(() => bugs("process.unhandled").length >= times, "the log lines");
  for (const { reference } of bugs("process.unhandled")) expect(reference).toMatch(/^[0-9a-f]{8}$/);
  expect(rows("fault:rejection @nobody 0").length).toBe(1);
});

test("a throw while a socket opens closes that socket with 1011, and the next one is welcome", async () => {
  await meanwhile(() => mira.say("fault:open @nobody"));
  const unlucky = await RawSocket.open(server.port);
  await waitFor(() => unlucky.closed === 1011, "1011");
  const next = new Talker("next", "camel");
  await next.connect(server.ws);
  await next.settled();
  expect(bugs("socket.handler").length).toBe(1);
});

test("a throw in an answer over HTTP is a 500 with a reference, and the next request is answered", async () => {
  const cookie = await signIn(server, "Hanna");
  const post = (text: string) =>
    fetch(`${server.http}/rooms/general/messages`, {
      method: "POST",
      headers: { cookie, origin: server.http },
      body: new URLSearchParams({ text }),
    });
  const answer = await post("fault:render @nobody");
  expect(answer.status).toBe(500);
  expect(await answer.json()).toMatchObject({
    code: "INTERNAL_ERROR",
    error: expect.stringMatching(/ref [0-9a-f]{8}/),
  });
  expect((await post("fault:apply @nobody")).status).toBe(500);
  expect((await post("nothing wrong with this")).status).toBe(201);
});

test("after all that the server stops as it should, and the database is sound", async () => {
  expect(server.isAlive()).toBe(true);
  expect((await server.terminate()).code).toBe(0);
  expect(inspect(server.database, integrityOf)).toBe("ok");
});

test("a throw outside of every wall ends the process with 1 after one line with a reference; what was acknowledged is there when it comes back", async () => {
  const unlucky = await startProcess({ entry: "test/support/sabotaged.ts", env });
  try {
    const ada = new Talker("ada", "camel");
    await ada.connect(unlucky.ws);
    const said = Array.from({ length: 20 }, (_, nth) => ada.say(`before it ${nth}`));
    await ada.settled();
    ada.say("fault:timer @nobody");
    await waitFor(() => !unlucky.isAlive(), "its end");
    const { code } = await unlucky.terminate();
    const lines = unlucky.bugs();
    expect([code, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toMatchObject({ event: "process.uncaught", reference: expect.stringMatching(/^[0-9a-f]{8}$/) });
    expect(String(lines[0]?.error)).toContain("a forced fault: timer");
    // Without the fault: what agents had not heard by then is read again.
    const again = await startProcess({ env, folder: unlucky.folder });
    expect(inspect(again.database, integrityOf)).toBe("ok");
    const kept = new Set(inspect(again.database, messagesIn).map(({ clientId }) => clientId));
    expect(said.filter((id) => ada.acknowledged.has(id) && !kept.has(id))).toEqual([]);
    expect(ada.acknowledged.size).toBeGreaterThanOrEqual(20);
    expect((await again.terminate()).code).toBe(0);
  } finally {
    await unlucky[Symbol.asyncDispose]();
  }
});
