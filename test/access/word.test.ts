import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { waitFor } from "../support/round.ts";
import { openWorld, type Who, type World } from "./cast.ts";
import { commands, connected, writes } from "./commands.ts";
import { get, json } from "./table.ts";

/**
 * An agent may move its own tasks, whosever they are; whoever tells it to may not. What somebody may not do by a command they do not
 * get done by asking for it: the table of the command `task` holds for what is said to alice as well.
 */
let world: World;
beforeAll(async () => {
  world = await openWorld({ agents: true });
});
afterAll(() => world.stop());

const row = commands.find(({ type }) => type === "task");
const people = connected.filter((who) => who !== "nobody" && !who.startsWith("agent"));

function taskOf(id: number): unknown {
  using sqlite = new Database(world.server.config.databasePath, { readonly: true });
  return sqlite.query("SELECT state, progress FROM tasks WHERE id = ?").get(id);
}

/** Whether alice has said what became of what she was told. */
async function hasAnswered(room: string, id: number): Promise<boolean> {
  const { messages } = (await world.must("developer", get(`/api/v1/rooms/${room}/messages`))).json;
  return messages.some(({ replyTo }: { replyTo: number | null }) => replyTo === id);
}

/** Says something to alice. @returns the state in which her task is after that */
async function tell(who: Who, room: string, task: number, words: string) {
  const asked = json("POST", `/api/v1/rooms/${room}/messages`, { text: `@alice ${words}` });
  const { status, json: told } = await world.ask(world.as(who), asked);
  if (status === 201) await waitFor(() => hasAnswered(room, told.message.id), "alice's answer");
  return { said: status === 201, task: taskOf(task) };
}

const before = { state: "accepted", progress: 0 };
const steps = [
  ["40%", { state: "working", progress: 40 }],
  ["is blocked: no coins", { state: "stuck", progress: 40 }],
  ["done", { state: "completed", progress: 100 }],
] as const;

describe.each([
  ["general", row?.outcomes],
  ["vault", row?.inPrivate],
])("of mira's tasks in #%s", (room, outcomes) => {
  test.each(people)(
    "alice moves on what %s may, and no other",
    async (who) => {
      const own = world.tasks[room] ?? [];
      const at = people.indexOf(who) * 2;
      const [task = 0, another = 0] = own.slice(at, at + 2);
      expect(taskOf(task)).toEqual(before);
      const may = outcomes?.[who] === "ok";
      for (const [words, after] of steps)
        expect(await tell(who, room, task, `task #${task} ${words}`)).toEqual({
          said: writes(who, room),
          task: may ? after : before,
        });
      const cancelled = (await tell(who, room, another, `cancel task #${another}`)).task;
      expect(cancelled).toEqual(may ? { state: "cancelled", progress: 0 } : before);
    },
    30_000,
  );
});

test("and she says so", async () => {
  const [task = 0] = (world.tasks.general ?? []).slice(-1);
  await tell("guest", "general", task, `cancel task #${task}`);
  const { messages } = (await world.must("guest", { method: "GET", path: "/api/v1/rooms/general/messages" })).json;
  expect(messages.at(-1)).toMatchObject({
    sender: "alice-bot",
    text: `I could not do that: task ${task} is mira's, and not yours to move on.`,
  });
});
