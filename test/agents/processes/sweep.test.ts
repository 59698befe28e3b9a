import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { familyOf } from "../../../src/agents/processes/family.ts";
import { marked, markerOf, markerPrefix, markerVariable } from "../../../src/agents/processes/marker.ts";
import { sweep } from "../../../src/agents/processes/sweep.ts";
import { isRunning, startProcess } from "../../support/process.ts";

const limits = { agentSweepRounds: 25, agentSweepMs: 20 };

/** A process with a mark, in a session of its own. */
function sleeper(marker: string, argv = ["sleep", "600"]) {
  const env = { PATH: process.env.PATH ?? "", [markerVariable]: marker };
  return Bun.spawn(argv, { env, stdio: ["ignore", "ignore", "ignore"], detached: true });
}

/** What no other test's processes bear. */
const prefix = () => markerPrefix(`/nowhere/${crypto.randomUUID()}.db`);

describe("what was left behind is found by its mark", () => {
  test("all of a database's runs at a start, and none of another database's", async () => {
    const [ours, others] = [prefix(), prefix()];
    const left = [sleeper(markerOf(ours, "1")), sleeper(markerOf(ours, "2"))];
    const foreign = sleeper(markerOf(others, "1"));
    expect(await sweep(ours, limits)).toEqual({ ended: 2, left: 0 });
    expect(left.map(({ pid }) => isRunning(pid))).toEqual([false, false]);
    expect(isRunning(foreign.pid)).toBe(true);
    expect(await sweep(others, limits)).toEqual({ ended: 1, left: 0 });
  });

  test("of one run that run's alone", async () => {
    const ours = prefix();
    const [one, two] = [sleeper(markerOf(ours, "1".repeat(32))), sleeper(markerOf(ours, "2".repeat(32)))];
    await sweep(markerOf(ours, "1".repeat(32)), limits);
    expect([isRunning(one.pid), isRunning(two.pid)]).toEqual([false, true]);
    await sweep(ours, limits);
  });

  test("what forks faster than it is killed is gone after a few rounds", async () => {
    const ours = prefix();
    sleeper(ours, ["sh", "-c", "while :; do sleep 600 & sleep 0.005; done"]);
    while ((await marked(ours)).length < 5) await Bun.sleep(10);
    const { ended, left } = await sweep(ours, limits);
    expect(left).toBe(0);
    expect(ended).toBeGreaterThanOrEqual(5);
    expect(await marked(ours)).toEqual([]);
  });

  test("what a server that was killed left running is ended when the next one starts", async () => {
    const host = Bun.spawn([process.execPath, resolve(import.meta.dir, "../../support/agents/host.ts")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const { value } = await host.stdout.getReader().read();
    const { prefix: theirs, folder } = JSON.parse(new TextDecoder().decode(value)) as {
      prefix: string;
      folder: string;
    };
    host.kill("SIGKILL");
    await host.exited;
    // The agent hears neither that its input is closed nor anything else, and its command never did.
    expect((await marked(`${theirs}-`)).length).toBe(2);
    expect(await sweep(`${theirs}-`, limits)).toEqual({ ended: 2, left: 0 });
    expect(await marked(`${theirs}-`)).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  });

  test("a server does that by itself when it starts, for its own database alone", async () => {
    await using first = await startProcess();
    const left = sleeper(markerOf(markerPrefix(first.database), "1"));
    const foreign = sleeper(markerOf(prefix(), "1"));
    await first.kill();
    expect(isRunning(left.pid)).toBe(true);
    await using second = await first.restart();
    expect([isRunning(left.pid), isRunning(foreign.pid)]).toEqual([false, true]);
    expect(second.logged.find(({ event }) => event === "agents.swept")).toMatchObject({ ended: 1, left: 0 });
    foreign.kill("SIGKILL");
  });

  test("and when it is told to stop, also of programs that listen to nobody", async () => {
    await using server = await startProcess();
    const deaf = sleeper(markerOf(markerPrefix(server.database), "1"), ["sh", "-c", "trap '' INT TERM HUP; sleep 600"]);
    expect(isRunning(deaf.pid)).toBe(true);
    expect((await server.terminate()).code).toBe(0);
    expect(isRunning(deaf.pid)).toBe(false);
  });

  test("a word that only contains the mark is none", async () => {
    const ours = prefix();
    const env = { PATH: process.env.PATH ?? "", OTHER: `${markerVariable}=${ours}`, [`X${markerVariable}`]: ours };
    const child = Bun.spawn(["sleep", "600"], { env, stdio: ["ignore", "ignore", "ignore"] });
    expect(await marked(ours)).toEqual([]);
    child.kill("SIGKILL");
  });

  test("a family is who descends from it and who stands in its session, whatever they are called", async () => {
    const parent = Bun.spawn(["bash", "-c", "exec -a 'a) (b' bash -c 'setsid sleep 600 & echo; wait'"], {
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    await parent.stdout.getReader().read();
    while (familyOf(parent.pid).length < 2) await Bun.sleep(5);
    const family = familyOf(parent.pid);
    expect(family[0]?.pid).toBe(parent.pid);
    expect(family.map(({ pid }) => pid)).not.toContain(process.pid);
    expect(await sweep("nobody", limits, family)).toEqual({ ended: 2, left: 0 });
  });
});
