import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuns } from "../../src/agents/runs.ts";
import { question } from "../support/asks.ts";
import { type House, openHouse, refused, until } from "../support/house.ts";
import { openWorkshop, Puppet, settled } from "../support/puppet.ts";

/** The house as the next process finds it: what was only in memory is gone. */
function nextProcess(house: House, nature: ConstructorParameters<typeof Puppet>[0] = {}) {
  const puppet = new Puppet({ opensTask: "at once", ...nature });
  const runs = createRuns({ ...house, backends: [puppet] });
  return { puppet, runs };
}

/** A house whose process ended while alice was at one thing and had two more to do. */
async function crashed(nature: ConstructorParameters<typeof Puppet>[0] = {}) {
  const shop = openWorkshop({}, { deaf: true, ...nature });
  const { house } = shop;
  const mira = house.person("mira");
  for (const word of ["one", "two", "three"]) house.say(mira, `@alice ${word}`);
  const run = await shop.begun();
  run.say({ type: "session", id: "ses-1" }, { type: "text", delta: "I am" });
  await until(() => shop.said().some(({ streaming }) => streaming), "the answer");
  await until(() => house.tasks.queueOf(house.agent("alice").id).length === 2, "the queue");
  house.log.flush();
  // A process that is gone hears no more of the log.
  await Promise.race([shop.runs.stop(), Promise.resolve()]);
  return { house, mira, id: run.request.task?.id ?? 0, run };
}

describe("after a process ended in the middle", () => {
  test("what ran has failed and may be taken up again, what waited goes on in its order", async () => {
    const { house, mira, id } = await crashed({ resumes: true });
    using _ = house;
    const { runs, puppet } = nextProcess(house, { resumes: true });
    expect(runs.recover()).toEqual({ answers: 1, tasks: 1 });
    house.log.flush();
    expect(house.tasks.byId(id)).toMatchObject({ state: "failed", canResume: true });
    expect(house.tasks.byId(id)?.note).toBe("crashed: the server stopped during the run");
    expect(puppet.runs).toEqual([]);
    runs.begin();
    await until(() => puppet.runs.length === 1, "the next run");
    expect(puppet.runs[0]?.request).toMatchObject({ words: "two", asker: { id: mira.id } });
    puppet.runs[0]?.end();
    await until(() => puppet.runs.length === 2, "the run after it");
    expect(puppet.runs[1]?.request.words).toBe("three");
    puppet.runs[1]?.end();
    await until(() => runs.live === 0, "the end");
    await runs.stop();
  });

  test("Resume makes a new task of the same request, once, which goes on in the old session", async () => {
    const { house, mira, id } = await crashed({ resumes: true });
    using _ = house;
    const { runs, puppet } = nextProcess(house, { resumes: true });
    runs.recover();
    house.log.flush();
    const gina = house.person("gina", "guest");
    expect(refused(() => house.tasks.resume(gina, id))).toBe("PERMISSION_DENIED");
    expect(refused(() => house.tasks.resume(mira, 9_999))).toBe("NOT_FOUND");
    const [opened, again] = await Promise.all(
      [house.person("tomas"), mira].map((by) => new Promise<unknown>((resolve) => house.tasks.resume(by, id, resolve))),
    );
    const old = house.tasks.byId(id);
    expect(opened).toMatchObject({
      requestId: old?.requestId,
      description: "one",
      requester: { name: "tomas" },
      run: { reason: "resume", resumes: id },
    });
    expect(again).toMatchObject({ code: "CONFLICT" });
    expect(old?.canResume).toBe(false);
    expect(refused(() => house.tasks.resume(mira, id))).toBe("CONFLICT");
    // It is what was asked then, not what was written over it.
    house.outcomeOf((done) => house.change.edit(mira, old?.requestId ?? 0, "@alice delete everything", done));
    runs.begin();
    for (const words of ["two", "three", "one"]) {
      await until(() => puppet.runs.at(-1)?.request.words === words, words);
      puppet.runs.at(-1)?.end();
    }
    expect(puppet.runs.at(-1)?.request).toMatchObject({ reason: "resume", session: "ses-1" });
    await until(() => runs.live === 0, "the end");
    const general = house.rooms.forReader(mira, "general").id;
    const said = house.history.page(general, { limit: 50 }).messages.map(({ text }) => text);
    expect(said.some((text) => /^In my queue|^Taking task \d+ up again\.$/.test(text))).toBe(true);
    await runs.stop();
  });

  test("nothing waits for an agent that was fired: not what is resumed, nor what is asked in that moment", async () => {
    const { house, mira, id } = await crashed({ resumes: true });
    using _ = house;
    const { runs } = nextProcess(house, { resumes: true });
    runs.recover();
    house.log.flush();
    const alice = house.agent("alice");
    const asked = { agentId: alice.id, requestId: house.tasks.byId(id)?.requestId ?? 0, requesterId: mira.id };
    const firing = house.roster.fire(house.person("ada", "admin"), "alice");
    const run = { reason: "mention", hops: 0 } as const;
    const opened = new Promise<unknown>((done) => {
      house.tasks.open({ ...asked, roomId: house.tasks.byId(id)?.roomId ?? 0, description: "late", run }, done);
    });
    await firing;
    expect(await opened).toMatchObject({ code: "CONFLICT" });
    expect(refused(() => house.tasks.resume(mira, id))).toBe("CONFLICT");
    await runs.stop();
  });

  test("what an earlier version let wait for an agent that was fired is cancelled", async () => {
    const { house } = await crashed();
    using _ = house;
    const { id: agentId } = house.agent("alice");
    const [waits] = house.tasks.queueOf(agentId);
    await house.roster.fire(house.person("ada", "admin"), "alice");
    const { runs } = nextProcess(house);
    runs.recover();
    house.log.flush();
    expect(house.tasks.byId(waits?.id ?? 0)).toMatchObject({ state: "cancelled", note: "alice was fired" });
    expect(house.tasks.active(agentId)).toEqual([]);
    await runs.stop();
  });

  test.each([
    ["whose backend cannot go on", { resumes: false }],
    ["of an agent that has none of these any more", { resumes: true, opensTask: "itself" as const, other: true }],
  ])("a run %s is not offered to be taken up again", async (_what, nature) => {
    const { house, mira, id } = await crashed();
    using _ = house;
    const backends = "other" in nature ? [] : [new Puppet({ ...nature, opensTask: "at once" })];
    const runs = createRuns({ ...house, backends });
    runs.recover();
    house.log.flush();
    expect(house.tasks.byId(id)).toMatchObject({ state: "failed", canResume: false });
    expect(refused(() => house.tasks.resume(mira, id))).toBe("CONFLICT");
    await runs.stop();
  });

  test("what was said right before is made a task of, once, and told so", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const asked = house.say(mira, "@alice fix it");
    house.say(mira, "just talking");
    const { runs, puppet } = nextProcess(house);
    runs.recover();
    house.log.flush();
    runs.begin();
    await until(() => puppet.runs.length === 1, "the run");
    expect(house.tasks.ofRequest(asked.id)).toHaveLength(1);
    puppet.runs[0]?.end();
    await until(() => runs.live === 0, "the end");
    await runs.stop();
    const third = nextProcess(house);
    third.runs.recover();
    third.runs.begin();
    await until(() => house.log.waiting === 0, "the log");
    expect(house.tasks.ofRequest(asked.id)).toHaveLength(1);
    await third.runs.stop();
  });

  test("a task that had no card yet gets it, and no second one", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const request = house.say(mira, "@alice fix it");
    const asked = { agentId: house.agent("alice").id, requestId: request.id, requesterId: mira.id };
    const run = { reason: "mention", hops: 0 } as const;
    house.tasks.open({ ...asked, roomId: request.roomId, description: "fix it", run }, () => {});
    house.log.flush();
    const { runs, puppet } = nextProcess(house);
    runs.recover();
    runs.begin();
    await until(() => puppet.runs.length === 1, "the run");
    house.log.flush();
    const cards = house.committed.filter(
      ({ kind, data }) => kind === "message.posted" && (data as { taskId: number | null }).taskId !== null,
    );
    expect(cards).toHaveLength(1);
    puppet.runs[0]?.end();
    await until(() => runs.live === 0, "the end");
    await runs.stop();
  });
});

describe("what was heard before", () => {
  /** What a next process makes of it, by the words of its runs. */
  async function begunAfter(house: House): Promise<readonly string[]> {
    const { runs, puppet } = nextProcess(house);
    runs.recover();
    house.log.flush();
    runs.begin();
    house.log.flush();
    await settled();
    await until(() => {
      for (const run of puppet.runs) run.end();
      return runs.live === 0;
    }, "the end");
    await runs.stop();
    return puppet.runs.map(({ request }) => request.words);
  }

  test("calls nobody after a restart: not an answer to a question", async () => {
    const shop = openWorkshop();
    using house = shop.house;
    const mira = house.person("mira");
    house.say(mira, "@alice move the data");
    const run = await shop.begun();
    const answer = run.desk.ask(question);
    await until(() => house.approvals.open().length === 1, "the question");
    const card = shop.said().find(({ author }) => author.name === "alice");
    house.say(mira, "drop table users", { replyTo: card?.id ?? 0 });
    expect(await answer).toMatchObject({ outcome: "said", text: "drop table users" });
    run.end();
    await shop.idle();
    await shop.runs.stop();
    expect(await begunAfter(house)).toEqual([]);
  });

  test("calls nobody after a restart: not by what was written over it since, nor by who was hired since", async () => {
    const shop = openWorkshop();
    using house = shop.house;
    const mira = house.person("mira");
    const hello = house.say(mira, "hello there");
    house.say(mira, "@eve write the report");
    house.outcomeOf((done) => house.change.edit(mira, hello.id, "@alice delete everything", done));
    await house.roster.hire(mira, { name: "eve", role: "writer", expertise: ["text"] });
    await shop.runs.stop();
    expect(await begunAfter(house)).toEqual([]);
  });

  test("is known without a stop, a moment later", async () => {
    const shop = openWorkshop();
    using house = shop.house;
    house.say(house.person("mira"), "hello there");
    const mark = () =>
      house.store.sqlite.query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'heard'").get();
    await until(() => mark()?.value === String(house.log.seq), "the mark");
    await shop.runs.stop();
  });

  test("is what was heard: what nobody heard is a request in the words in which it was said", async () => {
    using house = openHouse();
    const mira = house.person("mira");
    const asked = house.say(mira, "@alice fix it");
    house.outcomeOf((done) => house.change.edit(mira, asked.id, "@bob delete everything", done));
    const { runs, puppet } = nextProcess(house);
    runs.recover();
    runs.begin();
    await until(() => puppet.runs.length === 1, "the run");
    expect(puppet.runs[0]?.request).toMatchObject({ words: "fix it", agent: { member: { name: "alice" } } });
    expect(house.tasks.ofRequest(asked.id)).toMatchObject([{ description: "fix it" }]);
    puppet.runs[0]?.end();
    await until(() => runs.live === 0, "the end");
    await runs.stop();
  });

  test("and an answer that no run lived to hear is nothing new to do", async () => {
    const { house, mira, id } = await crashed();
    using _ = house;
    const task = house.tasks.byId(id);
    if (!task) throw new Error("no task");
    house.tasks.requestHelp(task, "which port?");
    house.log.flush();
    const card = house.history.cardMessage(id) ?? 0;
    house.say(mira, "8080", { replyTo: card });
    house.say(mira, "@bob look at this", { replyTo: card });
    expect((await begunAfter(house)).toSorted()).toEqual(["look at this", "three", "two"]);
  });
});

test("a server that stops ends what runs, says so, and leaves what waits to the next one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-recovery-"));
  const path = join(folder, "parley.db");
  {
    const shop = openWorkshop({ path }, { resumes: true });
    const { house } = shop;
    const mira = house.person("mira");
    house.say(mira, "@alice one");
    house.say(mira, "@alice two");
    const run = await shop.begun();
    run.say({ type: "session", id: "ses-1" }, { type: "text", delta: "I am" });
    await until(() => shop.said().some(({ streaming }) => streaming), "the answer");
    await shop.runs.stop();
    house.log.flush();
    expect(house.tasks.byId(run.request.task?.id ?? 0)).toMatchObject({
      state: "failed",
      note: "crashed: the server was stopped during the run",
      canResume: true,
    });
    expect(shop.said().at(-1)?.text).toBe("I am\n\n(Cut off: the server is stopping. Ask again.)");
    house[Symbol.dispose]();
  }
  using house = openHouse({ path });
  expect(house.tasks.queueOf(house.agent("alice").id).map(({ description }) => description)).toEqual(["two"]);
  rmSync(folder, { recursive: true });
});
