import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createAcpBackend } from "../../../src/agents/backends/acp.ts";
import { startModelServer } from "../../support/model-server.ts";
import { configureOpencode, opencode, opencodePath } from "../../support/opencode.ts";
import { exampleAgent, pressing, scriptedAgent, Workplace } from "../../support/workplace.ts";

/** Long enough for three programs of 300 MB that start at once on a small machine. */
const patience = 90_000;

const model = startModelServer();
afterEach(() => {
  // A real service would have refused: nothing here may depend on one that does not.
  expect(model.complaints).toEqual([]);
});

/** What each agent is told to run a command, and to say something. */
const agents = [
  {
    name: "opencode",
    isHere: opencodePath !== null,
    program: async () => opencode,
    run: (command: string) => `RUN: ${command}`,
  },
  {
    name: "an agent made with the protocol's library",
    isHere: true,
    program: async () => ({ backend: "acp", command: [process.execPath, await scriptedAgent()] }) as const,
    run: (command: string) => `PERMIT ${command}`,
  },
];

describe.each(agents)("$name works for a team", ({ isHere, program, run }) => {
  let here: Workplace;
  beforeEach(async () => {
    if (!isHere) return;
    here = new Workplace({ program: await program(), settings: { directory: "" }, limits: { agentStartMs: 60_000 } });
    const directory = join(here.projects, "app");
    mkdirSync(directory);
    configureOpencode(directory, model.url);
    const settings = { ...here.parts.settingsOf({} as never), directory };
    Object.assign(here.parts, { settingsOf: () => settings });
  });
  afterEach(async () => {
    if (isHere) await here[Symbol.asyncDispose]();
  });

  test.skipIf(!isHere)(
    "asked, it asks; allowed, its lines come one by one, and it says what came of it",
    async () => {
      const line = 'for i in 1 2 3; do echo "line $i"; sleep 0.7; done';
      const attempt = here.ask(createAcpBackend(here.parts), run(line), { answer: pressing("allow_once") });
      await attempt.ended;
      const [asked] = attempt.asked;
      expect(attempt.asked).toHaveLength(1);
      expect(asked).toMatchObject({
        kind: "approval",
        title: "run a command",
        detail: line,
        directory: join(here.projects, "app"),
      });
      const id = asked?.stepId ?? "";
      expect(attempt.step(id)).toMatchObject({ kind: "execute", state: "completed", input: line });
      expect(attempt.output(id)).toBe("line 1\nline 2\nline 3\n");
      expect(attempt.events.filter(({ type }) => type === "output").length).toBeGreaterThan(1);
      expect(attempt.text).toMatch(/Done\. The tools said: line 1|answer yes/);
      expect(attempt.events.some(({ type }) => type === "usage")).toBe(true);
      expect(attempt.notes).toEqual([]);
      expect(await attempt.processes()).toEqual([]);
    },
    patience,
  );

  test.skipIf(!isHere)(
    "stopped in the middle of a command, nothing of it runs ten seconds later",
    async () => {
      const line = "echo begun; setsid sleep 600 & sleep 600";
      const attempt = here.ask(createAcpBackend(here.parts), run(line), { answer: pressing("allow_once") });
      await attempt.hears(() => attempt.events.some((event) => event.type === "output"), "that the command runs");
      const from = performance.now();
      attempt.stop();
      await attempt.ended;
      expect(performance.now() - from).toBeLessThan(10_000);
      expect(await attempt.processes()).toEqual([]);
      expect(attempt.notes[0]).toBe("Asked it to stop.");
      expect(attempt.notes.at(-1)).toBe("Nothing of it runs any more.");
    },
    patience,
  );

  test.skipIf(!isHere)(
    "rejected, it runs nothing; and its session goes on in another process",
    async () => {
      const first = here.ask(createAcpBackend(here.parts), run("touch made.txt"), { answer: pressing("reject_once") });
      await first.ended;
      expect(first.asked[0]?.detail).toBe("touch made.txt");
      expect(first.step(first.asked[0]?.stepId ?? "").state).toBe("failed");
      expect(existsSync(join(here.projects, "app", "made.txt"))).toBe(false);

      const second = here.ask(createAcpBackend(here.parts), "SAY and on", { session: first.session });
      await second.ended;
      expect(second.text.trim()).toBe("and on");
      expect(second.session).toBe(first.session);
      const last = model.seen.findLast(({ messages }) => messages.at(-1)?.text.includes("SAY and on"));
      // The scripted agent has no model: what it remembers is its session alone.
      if (last)
        expect(last.messages.some(({ role, text }) => role === "user" && text.includes("touch made.txt"))).toBe(true);
    },
    patience * 2,
  );
});

describe.skipIf(opencodePath === null)("what only a real one shows", () => {
  test(
    "an edit with the file as it would be, several questions at once, thoughts apart from words; and its model hears of the room",
    async () => {
      await using here = new Workplace({ program: opencode, limits: { agentStartMs: 60_000 } });
      mkdirSync(here.work, { recursive: true });
      configureOpencode(here.work, model.url);
      const words = "THINK what to write\nWRITE notes.txt hello\nRUN: touch one.txt\nRUN: touch two.txt";
      const attempt = here.ask(createAcpBackend(here.parts), words, {
        answer: (ask) => pressing(ask.detail === "touch two.txt" ? "reject_once" : "allow_once")(ask),
      });
      await attempt.ended;
      const edit = attempt.asked.find(({ title }) => title === "edit notes.txt");
      expect(edit?.diffs).toEqual([expect.objectContaining({ path: join(here.work, "notes.txt"), after: "hello" })]);
      expect(await Bun.file(join(here.work, "notes.txt")).text()).toBe("hello");
      expect(attempt.asked.map(({ detail }) => detail)).toContain("touch one.txt");
      expect([existsSync(join(here.work, "one.txt")), existsSync(join(here.work, "two.txt"))]).toEqual([true, false]);
      expect(attempt.thoughts).toContain("what to write");
      const asking = model.seen.find(({ messages }) => messages.at(-1)?.text.endsWith(words));
      expect(asking?.messages.at(-1)?.text).toContain("Mira asks you");
    },
    patience,
  );
});

describe("the library's own example, of an older version", () => {
  test.each(["allow_once", "reject_once"] as const)(
    "its fixed turn ends well after %s",
    async (kind) => {
      await using here = new Workplace({
        program: { backend: "acp", command: [process.execPath, await exampleAgent()] },
      });
      const attempt = here.ask(createAcpBackend(here.parts), "anything", { answer: pressing(kind) });
      await attempt.ended;
      expect(attempt.steps).toEqual(["call_1", "call_2"]);
      expect(attempt.step("call_1")).toMatchObject({ kind: "read", state: "completed", input: "/project/README.md" });
      expect(attempt.asked[0]).toMatchObject({ title: "edit /home/user/project/config.json", directory: here.work });
      // Nobody allows what they cannot see: it shows no diff, so what it would write stands in the question.
      expect(attempt.asked[0]?.detail).toContain("new-host");
      expect(attempt.text).toContain(kind === "allow_once" ? "successfully updated" : "skip the configuration update");
      expect(await attempt.processes()).toEqual([]);
    },
    patience,
  );

  test(
    "it is stopped",
    async () => {
      await using here = new Workplace({
        program: { backend: "acp", command: [process.execPath, await exampleAgent()] },
      });
      const attempt = here.ask(createAcpBackend(here.parts), "anything");
      await attempt.hears(() => attempt.text !== "", "its first words");
      attempt.stop();
      await attempt.ended;
      expect(attempt.notes).toEqual(["Asked it to stop.", "Nothing of it runs any more."]);
      expect(await attempt.processes()).toEqual([]);
    },
    patience,
  );
});
