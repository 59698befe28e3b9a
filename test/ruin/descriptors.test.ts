import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { inspect, integrityOf } from "../support/database.ts";
import { startProcess } from "../support/process.ts";
import { waitFor } from "../support/round.ts";
import { Talker } from "../support/talker.ts";

/** Descriptors that the server may have open in all. */
const most = 64;

test(`with ${most} descriptors, who comes beyond them waits; those who are here are served, and afterwards everybody is`, async () => {
  await using server = await startProcess({ under: ["sh", "-c", `ulimit -n ${most}; exec "$@"`, "sh"] });
  const descriptors = () => readdirSync(`/proc/${server.pid}/fd`).length;
  const [mira, tomas] = [new Talker("mira", "camel"), new Talker("tomas", "classic")];
  await Promise.all([mira.connect(server.ws), tomas.connect(server.ws)]);

  const crowd: Socket[] = [];
  try {
    for (let count = 0; count < 2 * most; count += 1) {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => undefined);
      crowd.push(socket);
    }
    await waitFor(() => descriptors() === most, "the last descriptor is taken");
    // Nobody who is not in yet gets an answer, and nobody who is in notices.
    const late = new AbortController();
    const answer = fetch(`${server.http}/ready`, { signal: late.signal }).then(
      () => "answered",
      () => "in vain",
    );
    const said = [mira.say("still here"), tomas.say("and so am I")];
    await waitFor(() => mira.owed.size + tomas.owed.size === 0, "echoes");
    for (const id of said)
      for (const who of [mira, tomas]) expect(who.log.some(({ clientId }) => clientId === id)).toBe(true);
    await Promise.all([mira.settled(), tomas.settled()]);
    expect(descriptors()).toBe(most);
    late.abort();
    expect(await answer).toBe("in vain");
  } finally {
    for (const socket of crowd) socket.destroy();
  }

  await waitFor(() => descriptors() < most / 2, "the descriptors are free again");
  expect((await fetch(`${server.http}/ready`)).status).toBe(200);
  const ada = new Talker("ada", "camel");
  await ada.connect(server.ws);
  ada.say("there is room again");
  await waitFor(() => ada.owed.size === 0, "an echo");
  expect([mira.closes, tomas.closes, mira.faults, tomas.faults]).toEqual([[], [], [], []]);
  expect((await server.terminate()).code).toBe(0);
  expect(server.bugs()).toEqual([]);
  expect(inspect(server.database, integrityOf)).toBe("ok");
}, 60_000);
