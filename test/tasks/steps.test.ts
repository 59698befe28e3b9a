import { describe, expect, test } from "bun:test";
import type { Limits } from "../../src/limits.ts";
import type { Task } from "../../src/tasks/task.ts";
import { type House, openHouse } from "../support/house.ts";

interface Desk extends Disposable {
  readonly house: House;
  readonly task: Task;
  /** Kinds of events since, in order. */
  kinds(): string[];
  /** Output that was told, as a listener puts it together by its offsets. */
  heard(stepId: string): string;
}

/** A house in which alice works on something of mira's. */
function openDesk(limits: Partial<Limits> = {}): Desk {
  const house = openHouse({ limits });
  const task = house.work(house.person("mira"), "alice", "fix it", { state: "accepted" }, { state: "working" });
  const from = house.committed.length;
  return {
    house,
    task,
    kinds: () => house.committed.slice(from).map(({ kind }) => kind),
    heard(stepId) {
      let text = "";
      for (const event of house.told)
        if (event.type === "output" && event.stepId === stepId) text = text.slice(0, event.offset) + event.data;
      return text;
    },
    [Symbol.dispose]: () => house[Symbol.dispose](),
  };
}

describe("a step", () => {
  test("begins with its first change, is changed by later ones, and ends with what is kept of its output", () => {
    using desk = openDesk();
    const { house, task } = desk;
    const { steps, log, clock } = house;
    steps.change(task, { id: "c1", kind: "execute", title: "Run", input: "ls" });
    log.flush();
    const began = clock.now();
    clock.advance(1_500);
    steps.change(task, { id: "c1", title: "Run ls" });
    steps.output(task, "c1", "a.txt\n");
    steps.output(task, "c1", "b.txt\n");
    log.flush();
    expect(steps.of(task.id)).toMatchObject([{ state: "running", title: "Run ls", output: "a.txt\nb.txt\n" }]);
    steps.change(task, { id: "c1", state: "completed" });
    log.flush();
    expect(steps.live()[0]?.steps.size).toBe(0);
    expect(steps.of(task.id)).toEqual([
      {
        id: "c1",
        number: 1,
        kind: "execute",
        title: "Run ls",
        state: "completed",
        input: "ls",
        output: "a.txt\nb.txt\n",
        diffs: [],
        files: [],
        startedAt: began,
        endedAt: began + 1_500,
      },
    ]);
    expect(desk.kinds()).toEqual(["task.stepped", "task.stepped", "task.stepped", "task.kept"]);
    expect(desk.heard("c1")).toBe("a.txt\nb.txt\n");
  });

  test("that says the same again says nothing, and one that is over stays over", () => {
    using desk = openDesk();
    const { house, task } = desk;
    const { steps, log } = house;
    steps.change(task, { id: "c1", kind: "read", title: "Read", input: "a.txt", state: "completed" });
    log.flush();
    for (const change of [
      {},
      { title: "Read" },
      { state: "running" as const },
      { input: "a.txt", kind: "read" as const },
    ])
      steps.change(task, { id: "c1", ...change });
    steps.output(task, "c1", "late");
    log.flush();
    expect(desk.kinds()).toEqual(["task.stepped"]);
    expect(steps.live()[0]?.steps.size).toBe(0);
    expect(steps.of(task.id)).toMatchObject([{ state: "completed", output: "" }]);
    const diffs = [{ path: "a.txt", before: "a\n", after: "b\n" }];
    steps.change(task, { id: "c1", diffs });
    log.flush();
    expect(steps.of(task.id)).toMatchObject([
      { state: "completed", diffs, files: [{ path: "a.txt", added: 1, removed: 1, isNew: false }] },
    ]);
  });

  test("whose backend says all of its output each time tells what is new of it, and begins anew when it is other", () => {
    using desk = openDesk();
    const { house, task } = desk;
    house.steps.change(task, { id: "c1", output: "one\n" });
    house.steps.change(task, { id: "c1", output: "one\ntwo\n" });
    house.steps.change(task, { id: "c1", output: "one\ntwo\n" });
    const outputs = house.told.flatMap((event) => (event.type === "output" ? [[event.offset, event.data]] : []));
    expect(outputs).toEqual([
      [0, "one\n"],
      [4, "two\n"],
    ]);
    house.steps.change(task, { id: "c1", output: "three\n", state: "failed" });
    house.log.flush();
    expect(desk.heard("c1")).toBe("three\n");
    expect(house.steps.of(task.id)).toMatchObject([{ state: "failed", output: "three\n" }]);
  });

  test("is told as it was right after each event, though it is over by now", () => {
    using desk = openDesk();
    const { house, task } = desk;
    const { steps, log, clock } = house;
    steps.change(task, { id: "c1", kind: "execute", title: "Run" });
    log.flush();
    clock.advance(1_000);
    steps.change(task, { id: "c1", state: "completed", title: "Ran" });
    log.flush();
    const told = house.committed.flatMap((event) => steps.ofEvent(event)?.step ?? []);
    expect(told.map(({ title, state, endedAt }) => [title, state, endedAt])).toEqual([
      ["Run", "running", null],
      ["Ran", "completed", clock.now()],
    ]);
  });

  test("of a run that is over, and that nobody ended, did not come to its end", () => {
    using desk = openDesk();
    const { house, task } = desk;
    house.steps.change(task, { id: "c1", title: "Run" });
    house.outcomeOf((done) => house.tasks.move(task.id, { state: "failed", note: "crashed" }, task.agent, done));
    expect(house.steps.newest(task.id, 5).steps).toMatchObject([{ state: "failed", endedAt: house.clock.now() }]);
  });
});

describe("the end of a run", () => {
  test("ends what is open, keeps the thoughts, and leaves nothing in memory", () => {
    using desk = openDesk();
    const { house, task } = desk;
    const { steps, log } = house;
    steps.change(task, { id: "c1", title: "Run" });
    steps.output(task, "c1", "half");
    steps.change(task, { id: "c2", title: "Read", state: "completed" });
    steps.thought(task, "First ");
    steps.thought(task, "this.");
    steps.close(task, "failed");
    log.flush();
    expect(steps.live()).toEqual([]);
    expect(steps.of(task.id)).toMatchObject([
      { id: "c1", state: "failed", output: "half" },
      { id: "c2", state: "completed" },
    ]);
    expect(steps.thoughtOf(task.id)).toBe("First this.");
    const offsets = house.told.flatMap((event) => (event.type === "thought" ? [event.offset] : []));
    expect(offsets).toEqual([0, 6]);
  });

  test("and a task that is taken up again goes on where it was", () => {
    using desk = openDesk();
    const { house, task } = desk;
    const { steps, log } = house;
    steps.change(task, { id: "c1", state: "completed" });
    steps.thought(task, "One. ");
    steps.close(task, "failed");
    log.flush();
    steps.change(task, { id: "c2", title: "Again" });
    steps.thought(task, "Two.");
    steps.close(task, "completed");
    log.flush();
    expect(steps.of(task.id).map(({ number, state }) => [number, state])).toEqual([
      [1, "completed"],
      [2, "completed"],
    ]);
    expect(steps.thoughtOf(task.id)).toBe("One. Two.");
  });
});

test("a plan is told whole, and only when it is another one", () => {
  using desk = openDesk();
  const { house, task } = desk;
  const { steps, log } = house;
  steps.plan(task, [{ content: "look\nfor it", status: "in_progress" }]);
  steps.plan(task, [{ content: "look for it", status: "in_progress" }]);
  log.flush();
  steps.plan(task, [{ content: "look for it", status: "completed" }]);
  log.flush();
  expect(desk.kinds()).toEqual(["task.planned", "task.planned"]);
  expect(steps.planOf(task.id)).toEqual([{ content: "look for it", status: "completed" }]);
});

describe("what a run may leave behind is bounded", () => {
  test("of ten megabytes the beginning and the end are kept, in memory and on the disk", () => {
    using desk = openDesk();
    const { house, task } = desk;
    const { steps, log, config } = house;
    const line = `${"x".repeat(99)}\n`;
    steps.change(task, { id: "c1", title: "Flood" });
    steps.output(task, "c1", "the beginning\n");
    for (let count = 0; count < 100; count += 1) steps.output(task, "c1", line.repeat(1_000));
    steps.output(task, "c1", "the end\n");
    steps.change(task, { id: "c1", state: "completed" });
    log.flush();
    const { output } = steps.of(task.id)[0] ?? { output: "" };
    const { stepHeadCharacters, stepTailCharacters } = config.limits;
    expect(output.length).toBeLessThan(stepHeadCharacters + stepTailCharacters + 100);
    expect(output.startsWith("the beginning\n")).toBe(true);
    expect(output.endsWith("the end\n")).toBe(true);
    expect(output).toMatch(/… 9\.7 MB left out …/);
  });

  test("steps beyond the last, long titles, long inputs and large files are not stored as they are", () => {
    using desk = openDesk({
      stepsPerTask: 3,
      stepTitleCharacters: 20,
      stepInputCharacters: 50,
      stepDiffCharacters: 100,
    });
    const { house, task } = desk;
    const { steps, log } = house;
    for (let count = 1; count <= 5; count += 1) steps.change(task, { id: `c${count}`, title: "t".repeat(100) });
    steps.output(task, "c5", "nothing of it");
    const after = "line\n".repeat(1_000);
    steps.change(task, { id: "c1", input: "i".repeat(500), diffs: [{ path: "a", before: null, after }] });
    log.flush();
    expect(steps.of(task.id).map(({ id }) => id)).toEqual(["c1", "c2", "c3"]);
    const [first] = steps.of(task.id);
    expect([first?.title.length, first?.input.length]).toEqual([20, 50]);
    expect(first?.diffs[0]?.after).toMatch(/^(line\n)+… 5 KB more …\n$/);
  });

  test("what all steps of a task keep in full has an end, and what is counted of files is told beyond it", () => {
    using desk = openDesk({ taskOutputCharacters: 10_000, stepLeastCharacters: 100 });
    const { house, task } = desk;
    const { steps, log } = house;
    for (let count = 1; count <= 4; count += 1) {
      const diffs = [{ path: "a", before: null, after: "new\n" }];
      steps.change(task, { id: `c${count}`, title: "Write", diffs });
      steps.output(task, `c${count}`, "x".repeat(6_000));
      steps.change(task, { id: `c${count}`, state: "completed" });
      log.flush();
    }
    const all = steps.of(task.id);
    expect(all.map(({ output }) => output.length > 1_000)).toEqual([true, true, false, false]);
    expect(all.map(({ diffs, files }) => [diffs.length, files.length])).toEqual([
      [1, 1],
      [1, 1],
      [0, 1],
      [0, 1],
    ]);
  });

  test("titles are one line, and neither turn directions around nor move a cursor", () => {
    using desk = openDesk();
    const { house, task } = desk;
    house.steps.change(task, { id: "c\n1", title: "Run\n\u001b[31mls\u202e", input: "ls\u0000\r\nnow" });
    house.log.flush();
    expect(house.steps.of(task.id)).toMatchObject([{ id: "c 1", title: "Run [31mls", input: "ls\nnow" }]);
  });
});

test("a full disk loses no step that is still told: the end of the run stores it", () => {
  using desk = openDesk();
  const { house, task } = desk;
  const { steps, log, store } = house;
  steps.change(task, { id: "c1", title: "Run" });
  log.flush();
  steps.output(task, "c1", "kept");
  steps.change(task, { id: "c2", title: "Read", input: "a.txt" });
  log.flush();
  store.sqlite.run("CREATE TRIGGER full BEFORE UPDATE ON task_steps BEGIN SELECT RAISE(ABORT, 'full'); END");
  const diffs = [{ path: "a.txt", before: null, after: "b" }];
  steps.change(task, { id: "c1", state: "completed" });
  steps.change(task, { id: "c2", state: "completed", diffs });
  log.flush();
  expect(steps.of(task.id)).toMatchObject([{ state: "completed", output: "kept" }, { state: "completed" }]);
  store.sqlite.run("DROP TRIGGER full");
  steps.close(task, "failed");
  log.flush();
  expect(steps.live()).toEqual([]);
  expect(steps.of(task.id)).toMatchObject([
    { state: "completed", output: "kept" },
    { state: "completed", input: "a.txt", diffs, files: [{ added: 1 }] },
  ]);
});
