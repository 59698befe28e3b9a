import { describe, expect, test } from "bun:test";
import type { Desk } from "../../src/agents/backends/backend.ts";
import { calledBy } from "../../src/agents/calls.ts";
import { deskFor } from "../../src/agents/desk.ts";
import { createAgentManager } from "../../src/agents/manager.ts";
import { createRuns } from "../../src/agents/runs.ts";
import { Refusal } from "../../src/errors.ts";
import type { Message } from "../../src/messages/message.ts";
import type { Member } from "../../src/people/member.ts";
import type { Room } from "../../src/rooms/room.ts";
import type { Task } from "../../src/tasks/task.ts";
import { type House, openHouse, refused, until } from "../support/house.ts";
import { ruled } from "../support/puppet.ts";

/** A task of an agent's in some room, moved on to a state. */
function work(house: House, room: Room, requester: Member, agentName: string, state?: Task["state"]): Task {
  const request = house.say(requester, `@${agentName} count`, { room: room.slug });
  const asked = { agentId: house.agent(agentName).id, requestId: request.id, requesterId: requester.id };
  let opened: Task | Refusal | undefined;
  house.tasks.open({ ...asked, roomId: room.id, description: `count in ${room.slug}` }, (task) => {
    opened = task;
  });
  house.log.flush();
  if (!opened || opened instanceof Refusal) throw opened ?? new Error("no task");
  const { id } = opened;
  house.outcomeOf((done) => house.tasks.move(id, { state: "accepted" }, house.agent(agentName), done));
  if (state) house.outcomeOf((done) => house.tasks.move(id, { state, progress: 40 }, house.agent(agentName), done));
  return house.tasks.byId(id) ?? opened;
}

/** A house where mira and alice have a private room, and tomas has not. */
async function openWithBoard() {
  const house = openHouse();
  const [mira, tomas] = [house.person("mira"), house.person("tomas")];
  const board = await house.rooms.create(mira, "board", "", "private");
  await house.rooms.bringIn(mira, board, house.agent("alice"));
  const agent = house.roster.byName("alice");
  if (!agent) throw new Error("no alice");
  return { house, mira, tomas, board, general: house.rooms.forReader(mira, "general"), agent };
}

describe("an agent's state, where its task is in a private room", () => {
  test("is true for everybody, and speaks of the task only to who may read of it", async () => {
    const { house, mira, tomas, board, agent } = await openWithBoard();
    using _ = house;
    const { id } = work(house, board, mira, "alice", "working");
    const bare = { status: "working", currentTask: null, currentTaskId: null, progress: 0, openTasks: 0 };
    expect(house.status.of(agent)).toMatchObject(bare);
    expect(house.status.of(agent, (task) => house.tasks.mayRead(tomas, task))).toMatchObject(bare);
    const [whole] = house.status.all((task) => house.tasks.mayRead(mira, task));
    expect(whole).toMatchObject({
      status: "working",
      currentTask: `count in ${board.slug}`,
      currentTaskId: id,
      progress: 40,
      openTasks: 1,
    });
    const told = house.told.flatMap((event) => (event.type === "agent" ? [event.state] : []));
    expect(told.at(-1)).toMatchObject(bare);
    expect(JSON.stringify(told)).not.toContain("board");
  });

  test("does not say when it was worked with there; to who may read of it, it does", async () => {
    const { house, mira, tomas, board, general, agent } = await openWithBoard();
    using _ = house;
    const lastSeenBy = (reader: Member) =>
      house.status.of(agent, (task) => house.tasks.mayRead(reader, task)).lastActivity;
    work(house, general, mira, "alice", "completed");
    const before = house.clock.now();
    for (const state of ["working", "completed"] as const) {
      house.clock.advance(60_000);
      work(house, board, mira, "alice", state);
      expect([lastSeenBy(tomas), house.status.of(agent).lastActivity]).toEqual([before, before]);
      expect(lastSeenBy(mira)).toBe(house.clock.now());
    }
    house.clock.advance(60_000);
    work(house, general, mira, "alice", "completed");
    expect(lastSeenBy(tomas)).toBe(house.clock.now());
  });

  test("does not put what it has in public rooms in the place of what it is at", async () => {
    const { house, mira, board, general, agent } = await openWithBoard();
    using _ = house;
    work(house, general, mira, "alice", "stuck");
    work(house, board, mira, "alice", "working");
    expect(house.status.of(agent)).toMatchObject({ status: "working", currentTask: null, openTasks: 1 });
  });

  test("leaves help that was asked for there out of the figures; and asks for it there", async () => {
    const { house, mira, board } = await openWithBoard();
    using _ = house;
    const manager = createAgentManager(house.roster, house.status, house.tasks, house.presence);
    const { id } = work(house, board, mira, "alice", "stuck");
    expect(manager.requestHelpForAgent("alice", "no key")).toBe(true);
    house.log.flush();
    expect(house.committed.at(-1)).toMatchObject({ kind: "help.requested", roomId: board.id, data: { taskId: id } });
    expect(manager.getChatStatistics()).toMatchObject({ stuck_agents: 1, pending_help_requests: 0 });
  });

  test("leaves the task itself to who may read of it: tomas who manages tasks may not end it", async () => {
    const { house, mira, tomas, board } = await openWithBoard();
    using _ = house;
    const { id } = work(house, board, mira, "alice", "working");
    expect(refused(() => house.tasks.decide(tomas, id, "cancel"))).toBe("NOT_FOUND");
    house.outcomeOf((done) => house.tasks.decide(mira, id, "cancel", done));
  });
});

describe("the desk of a run", () => {
  test("holds tasks of its own room and of public ones, and nothing of other private rooms", async () => {
    const { house, mira, board, general, agent } = await openWithBoard();
    using _ = house;
    const [here, there] = [work(house, general, mira, "alice"), work(house, board, mira, "alice")];
    const inGeneral = deskFor(house, { agent, message: house.say(mira, "@alice status") }, () => mira);
    expect(inGeneral.openTasks().map(({ id }) => id)).toEqual([here.id]);
    expect([inGeneral.task(here.id)?.id, inGeneral.task(there.id)]).toEqual([here.id, undefined]);
    expect(
      JSON.stringify([inGeneral.colleagues(), inGeneral.recent(50), inGeneral.search(["count"], 9)]),
    ).not.toContain("board");
    const message = house.say(mira, "@alice status", { room: board.slug });
    const inBoard = deskFor(house, { agent, message }, () => mira);
    expect(inBoard.openTasks().map(({ id }) => id)).toEqual([here.id, there.id]);
  });

  test("holds of tasks elsewhere only those that whoever asked may read with what they came with", async () => {
    const { house, mira, board, general, agent } = await openWithBoard();
    using _ = house;
    const [here, there] = [work(house, general, mira, "alice"), work(house, board, mira, "alice")];
    const message = house.say(mira, "@alice status", { room: board.slug });
    const byKey = { ...mira, scope: { permissions: ["read", "write"], rooms: [board.id] } } as const;
    const desk = deskFor(house, { agent, message }, () => byKey);
    expect([desk.openTasks().map(({ id }) => id), desk.task(here.id)]).toEqual([[there.id], undefined]);
  });

  test("is all that a backend can move or ask help for, whatever number it was told", async () => {
    const { house, mira, board } = await openWithBoard();
    const { id } = work(house, board, mira, "alice");
    const reckless = ruled(async function* () {
      yield { type: "move", taskId: id, state: "completed" };
      yield { type: "help", taskId: id, issue: "tell me more" };
      yield { type: "say", text: "tried" };
    });
    const runs = createRuns({ ...house, backends: [reckless] });
    house.say(mira, "@alice finish it");
    await until(() => runs.live === 0, "the end of the run");
    expect(house.tasks.byId(id)?.state).toBe("accepted");
    expect(house.committed.some(({ kind }) => kind === "help.requested")).toBe(false);
    await runs.stop();
    house[Symbol.dispose]();
  });
});

describe("what somebody came with", () => {
  test("is all that an agent does at their word: a key without the right to manage tasks ends none, its holder does", async () => {
    const { house, mira, tomas, general } = await openWithBoard();
    const { id } = work(house, general, mira, "alice");
    const ending = ruled(async function* () {
      yield { type: "move", taskId: id, state: "completed" };
    });
    const runs = createRuns({ ...house, backends: [ending] });
    const ended = async (author: Member) => {
      house.say(author, "@alice finish it");
      await until(() => runs.live === 0, "the end of the run");
      return house.tasks.byId(id)?.state;
    };
    expect(await ended({ ...tomas, scope: { permissions: ["read", "write"], rooms: null } })).toBe("accepted");
    expect(await ended({ ...tomas, scope: { permissions: ["read", "write"], rooms: [general.id] } })).toBe("accepted");
    expect(await ended(tomas)).toBe("completed");
    await runs.stop();
    house[Symbol.dispose]();
  });
});

describe("who is called", () => {
  const names = (house: House, message: Message) =>
    calledBy(message, house).map(({ agent, reason }) => `${agent.member.name} ${reason}`);

  test("in a private room: agents that are in it, by name or for help; not bob who is not", async () => {
    const { house, mira } = await openWithBoard();
    using _ = house;
    const say = (text: string) => names(house, house.say(mira, text, { room: "board" }));
    expect(say("@alice @bob look")).toEqual(["alice mention"]);
    expect(say("I need help with the api")).toEqual(["alice offer"]);
    expect(say("I need help with the layout and design")).toEqual([]);
    expect(say("just talking")).toEqual([]);
  });

  test("in a direct conversation: every agent in it, unless somebody is named or one is answered", async () => {
    const { house, mira } = await openWithBoard();
    using _ = house;
    const room = (await house.rooms.direct(mira, [house.agent("alice"), house.agent("bob")])).slug;
    const say = (text: string, replyTo?: number) =>
      names(house, house.say(mira, text, { room, ...(replyTo !== undefined && { replyTo }) }));
    expect(say("how are you")).toEqual(["alice mention", "bob mention"]);
    expect(say("@bob how are you")).toEqual(["bob mention"]);
    expect(say("@charlie how are you")).toEqual([]);
    expect(say("/help")).toEqual([]);
    const { id } = house.say(house.agent("bob"), "fine", { room });
    expect(say("good", id)).toEqual(["bob mention"]);
  });

  test("and who was put out while at it says nothing there any more, and its task has failed", async () => {
    const { house, mira, board } = await openWithBoard();
    let go = () => {};
    const waiting = new Promise<void>((resolve) => {
      go = resolve;
    });
    const slow = ruled(async function* (_request, _desk: Desk) {
      yield { type: "task", description: "count" };
      await waiting;
      yield { type: "say", text: "counted" };
    });
    const runs = createRuns({ ...house, backends: [slow] });
    house.say(mira, "@alice count", { room: "board" });
    await until(() => house.tasks.active().some(({ state }) => state === "accepted"), "the task");
    await house.rooms.putOut(mira, board, house.agent("alice"));
    go();
    await until(() => runs.live === 0, "the end of the run");
    const { messages } = house.history.page(board.id, { limit: 50 });
    expect(messages.map(({ text }) => text)).toEqual(["@alice count"]);
    expect(house.tasks.byId(house.tasks.lastEnded(house.agent("alice").id)?.id ?? 0)?.state).toBe("failed");
    await runs.stop();
    house[Symbol.dispose]();
  });
});
