import { describe, expect, test } from "bun:test";
import type { Message } from "../../src/messages/message.ts";
import { acting } from "../../src/people/identity.ts";
import { question } from "../support/asks.ts";
import { hour, minute } from "../support/clock.ts";
import { until } from "../support/house.ts";
import { openWorkshop, settled } from "../support/puppet.ts";

type Workshop = ReturnType<typeof openWorkshop>;

const house = (message: Message) => message.author.kind === "system";

/** Has agents call one another in turn, beginning with a person's word, until one is not woken. @returns who was woken */
async function callInTurn(shop: Workshop, names: readonly string[], more: number): Promise<string[]> {
  shop.house.say(shop.house.person("mira"), `@${names[0]} begin`);
  for (let n = 0; n < more; n += 1) {
    const run = await shop.begun(n);
    run.say({ type: "text", delta: `@${names[(n + 1) % names.length]} please go on` });
    run.end();
    const explained = () => shop.said().some(house);
    await until(() => shop.puppet.runs.length > n + 1 || explained(), "the next one, or why there is none");
    if (explained()) break;
  }
  return shop.puppet.runs.map(({ request }) => request.agent.member.name);
}

describe("agents that call one another", () => {
  test("do so by name, each a task of the one called, asked for by the one that called", async () => {
    await using shop = openWorkshop();
    const {
      house: { person, say, agent },
    } = shop;
    const mira = person("mira");
    const request = say(mira, "@alice please fix it");
    const run = await shop.begun();
    run.say({ type: "say", text: "@bob which colour?" });
    const { request: asked } = await shop.begun(1);
    expect([asked.agent.member.name, asked.asker.name, asked.words]).toEqual(["bob", "alice", "which colour?"]);
    expect(asked.task).toMatchObject({ requester: agent("alice"), run: { hops: 1 } });
    expect(asked.message.threadId).toBe(request.id);
    for (const each of shop.puppet.runs) each.end();
    await shop.idle();
  });

  test.each([
    ["says as it works", { type: "say", text: "@bob which colour?" } as const],
    ["answers in the end", { type: "text", delta: "@bob which colour?" } as const],
  ])("hand on what narrowed whoever set them to work, with what they %s", async (_, words) => {
    await using shop = openWorkshop();
    const { house } = shop;
    const scope = { permissions: ["read", "write", "execute"] as const, rooms: [1] };
    const general = house.rooms.forReader(house.members.system, "general");
    house.say(acting(house.person("mira"), "", { ...scope, rooms: [general.id] }), "@alice please fix it");
    const run = await shop.begun();
    run.say(words);
    run.end();
    expect((await shop.begun(1)).request.asker.scope).toEqual({ ...scope, rooms: [general.id] });
    shop.puppet.runs[1]?.end();
    await shop.idle();
  });

  test("wake nobody after four, and the room is told why, once, until a person speaks there", async () => {
    await using shop = openWorkshop();
    const woken = await callInTurn(shop, ["alice", "bob", "charlie", "diana"], 9);
    expect(woken).toEqual(["alice", "bob", "charlie", "diana", "alice"]);
    expect(shop.puppet.runs.map(({ request }) => request.task?.run?.hops)).toEqual([0, 1, 2, 3, 4]);
    await until(() => shop.said().some(house), "the explanation");
    expect(
      shop
        .said()
        .filter(house)
        .map(({ text }) => text),
    ).toEqual(["5 agents have called one another here, so bob is not woken. A person's word here lets them go on."]);
    const last = shop.said().findLast(({ text }) => text === "@bob please go on");
    shop.house.say(shop.house.person("mira"), "@bob do go on", { replyTo: last?.id ?? 0 });
    const again = await shop.begun(5);
    expect([again.request.agent.member.name, again.request.task?.run?.hops]).toEqual(["bob", 0]);
    again.end();
  });

  test("wake the same one three times in five minutes; a person's word in their thread, or time, lets them again", async () => {
    await using shop = openWorkshop({ limits: { hops: 100 } });
    expect(await callInTurn(shop, ["alice", "bob"], 9)).toEqual(["alice", "bob", "alice", "bob"]);
    await until(() => shop.said().some(house), "the explanation");
    expect(shop.said().find(house)?.text).toBe(
      "bob and alice have woken each other 3 times in a few minutes, so alice is not woken now. A person's word here lets them go on.",
    );
    const speak = (text: string) => {
      const alice = shop.house.agent("alice");
      shop.house.say(alice, text, { replyTo: shop.said()[0]?.id ?? 0, origin: "agent" });
    };
    speak("@bob again");
    await settled();
    expect(shop.puppet.runs).toHaveLength(4);
    shop.house.clock.advance(5 * minute);
    speak("@bob once more");
    (await shop.begun(4)).end();
    await shop.idle();
    speak("@bob and more");
    (await shop.begun(5)).end();
    speak("@bob and more yet");
    (await shop.begun(6)).end();
    speak("@bob too much");
    await settled();
    expect(shop.puppet.runs).toHaveLength(7);
    shop.house.say(shop.house.person("mira"), "good", { replyTo: shop.said()[0]?.id ?? 0 });
    speak("@bob fine");
    (await shop.begun(7)).end();
  });

  test("do not wake themselves, nor by answering, nor in a room that the other may not read", async () => {
    await using shop = openWorkshop();
    const { house: home } = shop;
    const mira = home.person("mira");
    const board = await home.rooms.create(mira, "board", "", "private");
    await home.rooms.bringIn(mira, board, home.agent("alice"));
    home.say(mira, "@alice look", { room: "board" });
    const run = await shop.begun();
    run.say({ type: "say", text: "@alice and @bob, hello" });
    run.end();
    await shop.idle();
    const words = home.say(home.agent("bob"), "which colour?", { origin: "agent" });
    home.say(home.agent("charlie"), "red", { replyTo: words.id, origin: "agent" });
    await settled();
    expect(shop.puppet.runs).toHaveLength(1);
  });
});

describe("help for a run", () => {
  /** alice at a task, in need. */
  async function inNeed(shop: Workshop) {
    const mira = shop.house.person("mira");
    const request = shop.house.say(mira, "@alice fix the roses");
    const run = await shop.begun();
    const { task } = run.request;
    if (!task) throw new Error("no task");
    const now = () => shop.house.tasks.byId(task.id);
    return { mira, request, run, task, now };
  }

  test("is asked of people and of those whose field it is, and the first answer in its thread goes into the run", async () => {
    await using shop = openWorkshop();
    const { mira, request, run, task, now } = await inNeed(shop);
    const answer = shop.runs.helpAsked(task, "no access to the docker server");
    await until(() => now()?.state === "stuck", "the need");
    expect(now()?.note).toBe("needs help: no access to the docker server");
    const { request: asked } = await shop.begun(1);
    expect([asked.agent.member.name, asked.asker.name]).toEqual(["charlie", "alice"]);
    expect(shop.said().find(({ text }) => text.includes("I need help"))).toMatchObject({
      text: `@charlie: I need help with task ${task.id} (fix the roses, 0 %): no access to the docker server.`,
      threadId: request.id,
    });
    expect(shop.house.tasks.pendingHelp()).toBe(1);
    shop.house.say(shop.house.person("tomas"), "what is for lunch?");
    await settled();
    shop.house.say(mira, "the key is in the vault", { replyTo: request.id });
    expect(await answer).toBe("mira: the key is in the vault");
    expect(now()).toMatchObject({ state: "working" });
    expect(shop.house.tasks.pendingHelp()).toBe(0);
    // It went into the run, and is no new request.
    expect(shop.house.tasks.queueOf(shop.house.agent("alice").id)).toEqual([]);
    for (const each of shop.puppet.runs) each.end();
    await shop.idle();
    expect(run.signal.aborted).toBe(false);
  });

  test("of a colleague reaches it when that one has spoken to the end, and not with its first word", async () => {
    await using shop = openWorkshop();
    const { task } = await inNeed(shop);
    const answer = shop.runs.helpAsked(task, "the docker server is down");
    const helper = await shop.begun(1);
    helper.say({ type: "text", delta: "Start it " });
    await until(() => shop.house.told.some(({ type }) => type === "delta"), "the first word");
    helper.say({ type: "text", delta: "again." });
    helper.end();
    expect(await answer).toBe("charlie: Start it again.");
    shop.puppet.runs[0]?.end();
    await shop.idle();
  });

  test("calls colleagues once for each task; two at most", async () => {
    await using shop = openWorkshop();
    const { mira, request, task } = await inNeed(shop);
    for (const name of ["eve", "finn"])
      await shop.house.roster.hire(mira, {
        name,
        role: "writer",
        expertise: ["kerning", "serifs"],
      });
    for (const issue of ["the kerning of serifs is wrong in css", "the kerning of serifs is still wrong"]) {
      const answer = shop.runs.helpAsked(task, issue);
      await until(() => shop.said().filter(({ text }) => text.includes(`${issue}.`)).length === 1, "the cry");
      await settled();
      shop.house.say(mira, "try again", { replyTo: request.id });
      await answer;
    }
    await settled();
    expect(shop.puppet.runs.slice(1).map(({ request: { agent } }) => agent.member.name)).toEqual(["eve", "finn"]);
  });

  test("that nobody gives is waited for an hour; a run that is stopped waits no more", async () => {
    await using shop = openWorkshop();
    const { mira, task } = await inNeed(shop);
    const first = shop.runs.helpAsked(task, "my roses are ill");
    await until(() => shop.house.tasks.pendingHelp() === 1, "the cry");
    shop.house.clock.advance(hour);
    expect(await first).toBe("Nobody answered in time. Go on as well as you can.");
    const second = shop.runs.helpAsked(task, "my roses are ill");
    await until(() => shop.house.tasks.pendingHelp() === 1, "the second cry");
    shop.house.tasks.decide(mira, task.id, "cancel");
    expect(await second).toBe("Nobody answered: the run was stopped.");
    await shop.idle();
  });

  test("that comes when the run is over is a new request, though it names nobody", async () => {
    await using shop = openWorkshop();
    const { mira, request, run, task, now } = await inNeed(shop);
    run.say({ type: "move", state: "stuck", note: "no access" }, { type: "help", taskId: task.id, issue: "no access" });
    run.end();
    await shop.idle();
    expect(now()?.state).toBe("stuck");
    shop.house.log.flush();
    shop.house.say(mira, "the key is in the vault", { replyTo: request.id });
    expect((await shop.begun(1)).request).toMatchObject({ words: "the key is in the vault" });
    shop.puppet.runs[1]?.end();
    expect(await shop.runs.helpAsked(task, "still no access")).toMatch(/^The room was asked/);
  });
});

describe("a call for help", () => {
  /** alice at a task, who asked for help with it. */
  async function calling(shop: Workshop) {
    const mira = shop.house.person("mira");
    const request = shop.house.say(mira, "@alice move the data");
    const run = await shop.begun();
    const { task } = run.request;
    if (!task) throw new Error("no task");
    const answer = shop.runs.helpAsked(task, "which port?");
    await until(() => shop.said().some(({ text }) => text.includes("which port?")), "the cry");
    return { mira, request, run, task, answer };
  }

  test.each(["completed", "stuck"] as const)(
    "ends with its run, which is %s: the next word is for a new one",
    async (state) => {
      await using shop = openWorkshop();
      const { mira, request, run, task, answer } = await calling(shop);
      if (state === "stuck") run.say({ type: "move", taskId: task.id, state, note: "I stop here." });
      run.end();
      await shop.idle();
      expect(shop.house.tasks.byId(task.id)?.state).toBe(state);
      shop.house.say(mira, "@alice use 8080 and go on", { replyTo: request.id });
      const next = await shop.begun(1);
      expect(next.request.words).toBe("use 8080 and go on");
      expect(await answer).toBe("Nobody answered: the run was stopped.");
      next.end();
      await shop.idle();
    },
  );

  test("of a run that is being stopped waits for nobody", async () => {
    await using shop = openWorkshop({}, { deaf: true });
    const mira = shop.house.person("mira");
    shop.house.say(mira, "@alice move the data");
    const run = await shop.begun();
    const { task } = run.request;
    if (!task) throw new Error("no task");
    shop.house.tasks.decide(mira, task.id, "cancel");
    await until(() => run.signal.aborted, "the stop");
    expect(await shop.runs.helpAsked(task, "which port?")).toBe("Nobody answered: the run was stopped.");
    run.end();
    await shop.idle();
  });

  test("is answered by those who may have things done, and by nobody else", async () => {
    await using shop = openWorkshop();
    const { mira, request, run, answer } = await calling(shop);
    const narrowed = acting(mira, "", { permissions: ["read", "write"], rooms: null });
    for (const by of [shop.house.person("gina", "guest"), narrowed])
      shop.house.say(by, "yes, wipe it", { replyTo: request.id });
    await settled();
    shop.house.say(mira, "8080", { replyTo: request.id });
    expect(await answer).toBe("mira: 8080");
    run.end();
    await shop.idle();
  });
});

test("of two answers to one question in the same moment the second is a message like any other, and calls", async () => {
  await using shop = openWorkshop();
  const { house } = shop;
  const [mira, tomas] = [house.person("mira"), house.person("tomas")];
  house.say(mira, "@alice move the data");
  const run = await shop.begun();
  const answer = run.desk.ask(question);
  await until(() => house.approvals.open().length === 1, "the question");
  const card = shop.said().find(({ author }) => author.name === "alice");
  for (const [by, text] of [
    [mira, "the old one"],
    [tomas, "please count the rows"],
  ] as const)
    house.post(by, { room: "general", text, replyTo: card?.id ?? 0, origin: "web" });
  expect(await answer).toMatchObject({ option: { id: "old" }, by: { name: "mira" } });
  run.end();
  const next = await shop.begun(1);
  expect(next.request).toMatchObject({ words: "please count the rows", asker: { name: "tomas" } });
  next.end();
  await shop.idle();
  await settled();
  expect(shop.puppet.runs).toHaveLength(2);
});

describe("@team", () => {
  test("with work calls each agent that may read it; with other words nobody", async () => {
    await using shop = openWorkshop();
    const mira = shop.house.person("mira");
    shop.house.say(mira, "@team please look at the login");
    await shop.begun(3);
    expect(shop.puppet.runs.map(({ request }) => [request.agent.member.name, request.words])).toEqual([
      ["alice", "please look at the login"],
      ["bob", "please look at the login"],
      ["charlie", "please look at the login"],
      ["diana", "please look at the login"],
    ]);
    for (const run of shop.puppet.runs) run.end();
    await shop.idle();
    shop.house.say(mira, "good morning @team");
    const board = await shop.house.rooms.create(mira, "board", "", "private");
    await shop.house.rooms.bringIn(mira, board, shop.house.agent("bob"));
    shop.house.say(mira, "@team please count the coins", { room: "board" });
    (await shop.begun(4)).end();
    await shop.idle();
    await settled();
    expect(shop.puppet.runs.slice(4).map(({ request }) => request.agent.member.name)).toEqual(["bob"]);
  });
});

test("what an agent asks another in another room is paid for by the person who set it to work", async () => {
  await using shop = openWorkshop({ env: { PARLEY_PERSON_DAILY_TOKENS: "1000" } });
  const { house: home } = shop;
  const [mira, alice, charlie] = [home.person("mira"), home.agent("alice"), home.agent("charlie")];
  await home.rooms.create(mira, "plans", "");
  home.say(mira, "@alice have it drawn");
  const one = await shop.begun();
  // What it says of no task: that stands in another room.
  home.say(alice, "@bob draw it", { room: "plans", origin: "agent" });
  const two = await shop.begun(1);
  expect(two.request.task?.requester.id).toBe(alice.id);
  home.say(home.agent("bob"), "@charlie colour it", { room: "plans", origin: "agent" });
  const three = await shop.begun(2);
  expect(three.request.agent.member.id).toBe(charlie.id);
  three.say({ type: "usage", usage: { inputTokens: 2_000, outputTokens: 0, costUsd: null } });
  await until(() => three.signal.aborted, "the end of what mira may spend");
  home.log.flush();
  expect(home.usage.spentToday({ requesterId: mira.id }).tokens).toBe(2_000);
  expect(home.usage.spentToday({ requesterId: alice.id }).tokens).toBe(0);
  one.end();
  two.end();
  await shop.idle();
});
