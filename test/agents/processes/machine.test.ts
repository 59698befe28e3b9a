import { beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAcpBackend } from "../../../src/agents/backends/acp.ts";
import { createExecBackend } from "../../../src/agents/backends/exec.ts";
import { limited } from "../../../src/agents/processes/confine.ts";
import { hiddenFrom } from "../../../src/agents/processes/hidden.ts";
import { thisMachine } from "../../../src/agents/processes/machine.ts";
import type { AgentSettings } from "../../../src/agents/settings.ts";
import { defaultLimits } from "../../../src/limits.ts";
import { builder, scriptedAgent, Workplace } from "../../support/workplace.ts";

const machine = thisMachine();
const canBox = "path" in machine.bubblewrap;

describe("limits of the machine", () => {
  const given = { ...defaultLimits, agentMemoryBytes: 256 * 1024 * 1024, agentOpenFiles: 77 };

  test("nobody is given more than Parley has itself", () => {
    const tight = { bubblewrap: { missing: "" }, prlimit: "/usr/bin/prlimit", ceilings: { nofile: 50, cpu: 1e9 } };
    expect(limited(["true"], tight, given)).toEqual([
      "/usr/bin/prlimit",
      "--data=268435456",
      "--cpu=3600",
      "--nproc=8192",
      "--nofile=50",
      "--core=0",
      "--",
      "true",
    ]);
  });

  test.skipIf(machine.prlimit === null)("bind a program and what it starts; neither can lift them", async () => {
    const argv = limited(
      ["sh", "-c", "ulimit -d; ulimit -n; ulimit -c; ulimit -d unlimited 2>&1; sh -c 'ulimit -n'"],
      machine,
      given,
    );
    const { stdout } = Bun.spawnSync([...argv], { env: { PATH: process.env.PATH ?? "" } });
    const lines = stdout.toString().trim().split("\n");
    expect(lines.slice(0, 3)).toEqual([String(256 * 1024), "77", "0"]);
    expect(lines.at(-1)).toBe("77");
  });

  test.skipIf(machine.prlimit === null)("one that takes all memory fails, and the machine goes on", async () => {
    const greedy = ["sh", "-c", "head -c 600000000 /dev/zero | tail | wc -c"];
    const { stdout, stderr } = Bun.spawnSync([...limited(greedy, machine, given)], {
      env: { PATH: process.env.PATH ?? "" },
    });
    expect(stdout.toString().trim()).toBe("0");
    expect(stderr.toString()).toContain("memory exhausted");
  });
});

describe("what is hidden", () => {
  test("the database's whole folder; where programs need that folder, what belongs to the database in it", () => {
    const folder = new Workplace({ program: { backend: "exec", command: ["true"] } }).folder;
    const data = join(folder, "data");
    for (const name of ["parley.db", "parley.db-wal", "parley.db.key", "other.txt"])
      writeFileSync(join(data, name), "");
    const hiding = (cwd: string) =>
      hiddenFrom(join(data, "parley.db"), { cwd, home: "/nowhere" }).filter((path) => path.startsWith(folder));
    expect(hiding(folder)).toEqual([data]);
    expect(hiding(data).sort()).toEqual(
      ["parley.db", "parley.db-wal", "parley.db.key"].map((name) => join(data, name)),
    );
    writeFileSync(join(folder, ".env"), "TELEGRAM_BOT_TOKEN=x");
    expect(hiding(folder)).toEqual([data, join(folder, ".env")]);
  });
});

describe.skipIf(!canBox)("in the sandbox", () => {
  /** What a shell line says that an agent's tool runs. */
  async function says(line: string, prepare: (here: Workplace) => Partial<AgentSettings> = () => ({})) {
    await using here = new Workplace({ program: { backend: "exec", command: ["sh", "-c", line] } });
    const settings = { ...here.parts.settingsOf(builder), ...prepare(here) };
    const run = here.ask(createExecBackend({ ...here.parts, settingsOf: () => settings }), "x");
    await run.ended;
    return { text: run.text.trim(), made: readdirSync(here.projects) };
  }

  test("what somebody asks uncovers nothing: no path in their words stays to be seen", async () => {
    await using here = new Workplace({ program: { backend: "exec", command: ["ls", "-a", "{words}"] } });
    const data = join(here.folder, "data");
    writeFileSync(join(data, "parley.db.key"), "secret");
    for (const words of [data, `${data}/.`, join(data, "parley.db.key")]) {
      const run = here.ask(createExecBackend(here.parts), words);
      await run.ended.catch(() => undefined);
      expect([words, run.text.includes("parley.db.key")]).toEqual([words, false]);
    }
  });

  test("it writes to its own folders and nowhere else", async () => {
    const { text } = await says(
      'echo a > "$HOME/a" && echo b > b && cat "$HOME/a" b; for at in /etc /usr /var/tmp; do touch $at/parley-was-here 2>/dev/null && echo wrote $at; done; echo over',
    );
    expect(text).toBe("a\nb\nover");
  });

  test("it does not see the database, its key and its files, and sees its own folders beside them", async () => {
    const { text } = await says(
      "ls -A ../../..; echo; ls ../..; cat ../../../parley.db ../../../parley.db.key 2>&1; echo over",
      (here) => {
        const data = join(here.folder, "data");
        writeFileSync(join(data, "parley.db"), "everything that was said");
        writeFileSync(join(data, "parley.db.key"), "the key");
        mkdirSync(join(data, "parley.db.agents", "other", "home"), { recursive: true });
        writeFileSync(join(data, "parley.db.agents", "other", "home", "token"), "another agent's");
        return {};
      },
    );
    expect(text).toStartWith("parley.db.agents\n\nbuilder\n");
    expect(text).not.toContain("everything that was said");
    expect(text).not.toContain("the key");
    expect(text).toEndWith("over");
  });

  test("it sees no processes but its own, and so nobody's environment", async () => {
    const { text } = await says(
      "ls /proc | grep -c '^[0-9]*$'; kill -0 " +
        process.pid +
        " 2>&1 | grep -o 'No such process'; grep -lz PATH /proc/1/environ >/dev/null; echo over",
    );
    const [count, kill] = text.split("\n");
    expect(Number(count)).toBeLessThan(8);
    expect(kill).toBe("No such process");
  });

  test("it works in its project, which it may write to, and not beside it", async () => {
    const line = "pwd | sed 's,.*/projects,,'; echo x > made && cat made; touch ../beside 2>/dev/null; echo over";
    const { text, made } = await says(line, (here) => {
      mkdirSync(join(here.projects, "app"));
      return { directory: join(here.projects, "app") };
    });
    expect(text).toBe("/app\nx\nover");
    expect(made).toEqual(["app"]);
  });

  test("whatever it leaves behind ends with it, though nothing marks it any more", async () => {
    const script = await scriptedAgent();
    await using here = new Workplace({ program: { backend: "acp", command: [process.execPath, script] } });
    const seconds = `600.${Math.floor(Math.random() * 1e9)}`;
    let seen = false;
    const run = here.ask(createAcpBackend(here.parts), `ORPHAN wiped ${seconds}\nPERMIT true`, {
      answer: async () => {
        seen = isSleeping(seconds);
        return { outcome: "none", reason: "deadline" };
      },
    });
    await run.ended;
    expect([seen, isSleeping(seconds)]).toEqual([true, false]);
    expect(await run.processes()).toEqual([]);
  });
});

/** Whether somewhere on this machine something sleeps for exactly so long. */
function isSleeping(seconds: string): boolean {
  return readdirSync("/proc").some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8") === `sleep\0${seconds}\0`;
    } catch {
      return false;
    }
  });
}

describe.skipIf(!canBox)("stopped in the sandbox", () => {
  let script = "";
  beforeAll(async () => {
    script = await scriptedAgent();
  });

  test("one that hears nothing is gone all the same, with what wiped its mark", async () => {
    await using here = new Workplace({
      program: { backend: "acp", command: [process.execPath, script] },
      limits: { agentCancelMs: 300, agentCloseMs: 200, agentTermMs: 200 },
    });
    const run = here.ask(createAcpBackend(here.parts), "ORPHAN wiped\nDEAF");
    await run.hears(() => run.text.endsWith("deaf"), "that it is deaf");
    run.stop();
    await run.ended;
    expect(run.notes.at(-1)).toBe("Nothing of it runs any more.");
    expect(await run.processes()).toEqual([]);
  });
});
