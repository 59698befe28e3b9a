import { expect, test } from "bun:test";
import type { Task } from "../../../src/tasks/task.ts";
import type { Job, Outcome } from "../../../src/transports/telegram/job.ts";
import type { Lane } from "../../../src/transports/telegram/lane.ts";
import { createPieces, type TextPiece } from "../../../src/transports/telegram/pieces.ts";
import { createProgress } from "../../../src/transports/telegram/progress.ts";
import type { Keyboard, Send } from "../../../src/transports/telegram/send.ts";
import { openHouse } from "../../support/house.ts";

/** A group that shows #general, and a lane that does the newest of what waits for each key when the test says so. */
function openGroup() {
  const house = openHouse();
  const { memory, log, members, config } = house;
  const mira = house.person("mira");
  const alice = house.agent("alice");
  const general = house.rooms.forReader(mira, "general");
  const append = (kind: string, data: unknown) => {
    log.append([{ kind, roomId: null, actorId: members.system.id, data }]);
    log.flush();
  };
  append("telegram.bound", { chatId: -100, threadId: 0, roomId: general.id, memberId: null, after: null });
  const place = memory.places()[0];
  if (!place) throw new Error("no place");
  const waiting = new Map<string, Job<unknown>>();
  const edits: { telegramId: number; text: string; buttons: Keyboard | undefined }[] = [];
  const send: Pick<Send, "change"> = {
    async change(_place, telegramId, piece: TextPiece, buttons) {
      edits.push({ telegramId, text: piece.plain, buttons });
      return true;
    },
  };
  const lane = {
    add(job: Job<unknown>) {
      waiting.set(job.key ?? "", job);
      return Promise.resolve({ state: "dropped" } as Outcome<unknown>);
    },
  } as unknown as Lane;
  const { hub, logger, history, tasks, steps: work } = house;
  const pieces = createPieces({ limits: config.limits, origin: () => "http://here", read: async () => undefined });
  const keyboard = () => [[{ text: "Stop", callback_data: "task:1:cancel" }]];
  const parts = { hub, logger, history, tasks, work, memory, pieces, lane, keyboard };
  const progress = createProgress({ ...parts, send: send as Send });
  const stop = progress.follow();

  const task = house.work(mira, "alice", "count the coins", { state: "accepted" }, { state: "working" });
  const said = house.say(alice, "On it.", { taskId: task.id });
  append("telegram.sent", {
    placeId: place.id,
    cursor: said.id,
    sent: [{ telegramId: 7, messageId: said.id, part: 0 }],
    gone: [],
  });
  return {
    ...{ house, place, task, edits, progress, waiting, append, said, stop },
    /** It is the chat's turn: what waits is done. */
    async turn() {
      for (const [key, job] of [...waiting]) {
        waiting.delete(key);
        await job.run();
      }
    },
    step(given: Task, id: string, more = {}) {
      work.change(given, { id, kind: "read", title: "Read", input: `${id}.txt`, ...more });
      log.flush();
    },
    [Symbol.dispose]: () => house[Symbol.dispose](),
  };
}

test("what an agent does stands beneath the message that speaks of its task: the last eight lines, edited in place, with its buttons", async () => {
  using group = openGroup();
  const { house, task, edits, step, turn } = group;
  step(task, "c1");
  house.clock.advance(2_000);
  step(task, "c1", { state: "completed" });
  step(task, "c2", { title: "Run", input: "wc -l\nand more" });
  expect(group.waiting.size).toBe(1);
  await turn();
  expect(edits).toEqual([
    {
      telegramId: 7,
      text: "🤖 alice\nOn it.\n✓ Read c1.txt · 2 s\n▸ Run wc -l",
      buttons: [[{ text: "Stop", callback_data: "task:1:cancel" }]],
    },
  ]);
  step(task, "c2", { state: "failed" });
  for (let count = 3; count <= 11; count += 1) step(task, `c${count}`, { state: "completed" });
  await turn();
  const lines = edits.at(-1)?.text.split("\n") ?? [];
  expect(lines.slice(0, 4)).toEqual(["🤖 alice", "On it.", "+3 more", "✓ Read c4.txt · 1 s"]);
  expect(lines.length).toBe(11);
});

test("never what it thinks or puts out", async () => {
  using group = openGroup();
  const { house, task, edits, step, turn } = group;
  house.steps.thought(task, "a secret thought");
  step(task, "c1");
  house.steps.output(task, "c1", "a secret output");
  await turn();
  expect(edits.length).toBe(1);
  expect(edits[0]?.text).not.toContain("secret");
});

test("when the task is over it is folded to a line, its buttons are gone, and nothing comes after it", async () => {
  using group = openGroup();
  const { house, task, edits, step, turn, progress, place } = group;
  step(task, "c1", { state: "completed" });
  house.outcomeOf((done) => house.tasks.move(task.id, { state: "completed" }, task.agent, done));
  expect(await progress.fold(place, house.tasks.byId(task.id) ?? task)).toBe(true);
  expect(edits).toEqual([{ telegramId: 7, text: "🤖 alice\nOn it.\n1 step", buttons: undefined }]);
  await turn();
  expect(edits.length).toBe(1);
  group.stop();
  step(task, "c2");
  expect(group.waiting.size).toBe(0);
});

test("a task without steps, and one whose message stands among others or nowhere, is left alone", async () => {
  using group = openGroup();
  const { house, task, edits, step, turn, progress, place, append, said } = group;
  expect(await progress.fold(place, task)).toBe(false);
  const other = house.say(house.agent("alice"), "And good morning");
  append("telegram.sent", {
    placeId: place.id,
    cursor: null,
    sent: [{ telegramId: 7, messageId: other.id, part: 0 }],
    gone: [],
  });
  step(task, "c1");
  await turn();
  expect([edits, await progress.fold(place, task)]).toEqual([[], false]);
  append("telegram.sent", { placeId: place.id, cursor: null, sent: [], gone: [7] });
  step(task, "c2");
  await turn();
  expect([said.taskId, edits, await progress.fold(place, task)]).toEqual([task.id, [], false]);
});
