import { afterAll, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { quantile, report, rounds, waitFor } from "../support/round.ts";
import { agentsAreIdle } from "../support/server.ts";
import { Talker } from "../support/talker.ts";

const people = rounds(20, 100);
const requests = rounds(5, 40);
const team = ["alice", "bob", "charlie", "diana"];
/** How far apart each of them writes. */
const everyMs = 500;

let server: ServerProcess;
afterAll(() => server?.[Symbol.asyncDispose]());

test(`${requests} requests to the built-in agent while ${people} people talk: each is acknowledged, by a card and in words`, async () => {
  server = await startProcess({ env: { PARLEY_PEOPLE_BURST: "100000", PARLEY_AGENT_BURST: "100000" } });
  const crowd = Array.from({ length: people }, (_, n) => new Talker(`person${n}`, "camel batch"));
  await Promise.all(crowd.map((each) => each.connect(server.ws)));
  const talk = crowd.map((each, n) => setInterval(() => each.say(`${each.name} says something`), everyMs + n));
  const mira = await Client.camel(server.ws, "mira");
  const waited: number[] = [];
  for (let n = 0; n < requests; n += 1) {
    const agent = team[n % team.length] ?? "";
    // One that still speaks would have it wait for its turn.
    if (n >= team.length) await waitFor(() => Bun.sleep(100).then(() => agentsAreIdle(server)), "idle agents");
    const from = performance.now();
    mira.send({ type: "message", data: { text: `@${agent} please paint door ${n}` } });
    const { data } = await mira.next(
      "agent_response",
      ({ data }) => data.sender === agent && data.text.includes(`door ${n}.`),
    );
    waited.push(performance.now() - from);
    expect(data.taskId).toBeTruthy();
  }
  for (const each of talk) clearInterval(each);
  await Promise.all(crowd.map((each) => each.settled()));
  expect(crowd.every(({ owed }) => owed.size === 0)).toBe(true);
  report("acknowledged", {
    people,
    "messages a second": Math.round((people * 1_000) / everyMs),
    "median ms": Math.round(quantile(waited, 0.5)),
    "worst ms": Math.round(Math.max(...waited)),
  });
  await mira.close();
}, 60_000);
