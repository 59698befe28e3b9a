import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { agentPageRoutes } from "../../src/agents/routes/agent.tsx";
import { Refusal } from "../../src/errors.ts";
import type { Env } from "../../src/guards/identity.ts";
import type { Member } from "../../src/people/member.ts";
import { loadPublicFiles } from "../../src/public-files.ts";
import { createPastTasks } from "../../src/tasks/past.ts";
import { type House, openHouse } from "../support/house.ts";

const files = await loadPublicFiles();

/** The pages of agents as somebody gets them, on a house whose queues can be ordered. */
function pagesOf(house: House, member: Member) {
  const moved: string[] = [];
  const tasks = {
    ...house.tasks,
    queueOf: (agentId: number) => house.tasks.active(agentId).filter(({ state }) => state === "queued"),
    place(
      by: Member,
      id: number,
      where: string,
      done?: (outcome: { ok: true; seq: number; repeated: boolean }) => void,
    ) {
      if (by.role === "analyst") throw new Refusal("PERMISSION_DENIED", "You may not change the order of what waits.");
      moved.push(`${id} ${where}`);
      done?.({ ok: true, seq: 0, repeated: false });
    },
  };
  const usage = { ofTask: () => ({ inputTokens: 1_000, outputTokens: 500, costUsd: 0.25 }) };
  const check = async () => ({ isReady: true, findings: [] });
  const parts = { ...house, files, tasks, usage, check, pastTasks: createPastTasks(house.store, house.tasks) };
  const app = new Hono<Env>()
    .use(async (context, next) => {
      context.set("identity", { member, proof: { kind: "name", id: null }, expiresAt: null });
      await next();
    })
    .route("/", agentPageRoutes({ ...parts, sandbox: () => null }));
  const get = async (path: string) => (await app.request(path)).text();
  const act = async (agent: Member, task: number, what: string) => {
    const body = new URLSearchParams({ task: String(task), act: what });
    const answer = await app.request(`/agents/${agent.id}/queue`, { method: "POST", body });
    return { status: answer.status, to: answer.headers.get("location"), text: await answer.text() };
  };
  return { get, act, moved };
}

let house: House;
let mira: Member;
let ana: Member;
beforeEach(() => {
  house = openHouse();
  mira = house.person("mira");
  ana = house.person("ana", "analyst");
});
afterEach(() => house[Symbol.dispose]());

describe("an agent's page", () => {
  test("shows what it is at, what waits in its order, and what it did, with what that used", async () => {
    house.work(
      mira,
      "alice",
      "paint the fence",
      { state: "accepted" },
      { state: "working", progress: 30, note: "first coat" },
    );
    house.work(mira, "alice", "mow the lawn");
    house.work(ana, "alice", "<i>rake</i>");
    house.work(mira, "alice", "dig", { state: "accepted" }, { state: "completed" });
    const html = await pagesOf(house, mira).get("/agents/alice");
    const part = (id: string) => html.slice(html.indexOf(`data-testid="${id}"`)).split("</ol>")[0] ?? "";
    expect(part("current")).toContain("paint the fence");
    expect(part("current")).toContain("working, 30 %");
    expect(part("current")).toContain("first coat");
    expect(part("queue").indexOf("mow the lawn")).toBeLessThan(part("queue").indexOf("&lt;i&gt;rake"));
    expect(part("past")).toContain("dig");
    expect(part("past")).toContain("1,500 tokens, $0.2500");
    expect(html).not.toContain("<i>rake");
  });

  test("of tasks in rooms that ana is not in there is nothing: not at work, not waiting, not done", async () => {
    const vault = await house.rooms.create(mira, "vault", "", "private");
    await house.rooms.bringIn(mira, vault, house.agent("alice"));
    const alice = house.agent("alice");
    for (const [index, changes] of [[], [{ state: "accepted" } as const, { state: "completed" } as const]].entries()) {
      const request = house.say(mira, `@alice the secret plan ${index}`, { room: vault.slug });
      const asked = { agentId: alice.id, requestId: request.id, requesterId: mira.id, description: `secret ${index}` };
      let id = 0;
      house.tasks.open({ ...asked, roomId: vault.id }, (task) => {
        id = task instanceof Refusal ? 0 : task.id;
      });
      house.log.flush();
      for (const change of changes) house.outcomeOf((done) => house.tasks.move(id, change, alice, done));
    }
    expect(await pagesOf(house, mira).get("/agents/alice")).toContain("secret 1");
    expect(await pagesOf(house, ana).get("/agents/alice")).not.toContain("secret");
  });

  test("the order is changed by mira, not by ana; both cancel what they asked for, and mira what others did", async () => {
    const first = house.work(mira, "alice", "first");
    const second = house.work(ana, "alice", "second");
    const [of, ofAna] = [pagesOf(house, mira), pagesOf(house, ana)];
    const alice = house.agent("alice");
    expect(await of.act(alice, second.id, "up")).toMatchObject({
      status: 303,
      to: `/agents/${alice.id}?done=moved#queue`,
    });
    expect(of.moved).toEqual([`${second.id} up`]);
    expect(await ofAna.act(alice, first.id, "up")).toMatchObject({ status: 403 });
    expect(await ofAna.get("/agents/alice")).not.toContain(`Up: second`);
    const refused = await ofAna.act(alice, first.id, "cancel");
    expect([refused.status, refused.text.includes("You may not end this task.")]).toEqual([403, true]);
    expect(house.tasks.byId(first.id)?.state).toBe("queued");
    expect((await ofAna.act(alice, second.id, "cancel")).status).toBe(303);
    expect((await of.act(alice, first.id, "cancel")).to).toBe(`/agents/${alice.id}?done=cancelled#queue`);
    expect([first, second].map(({ id }) => house.tasks.byId(id)?.state)).toEqual(["cancelled", "cancelled"]);
  });

  test("what is no act, no task, or another's words is refused on the page", async () => {
    const { act, get } = pagesOf(house, mira);
    const alice = house.agent("alice");
    const task = house.work(mira, "alice", "first");
    expect((await act(alice, task.id, "explode")).status).toBe(422);
    expect((await act(alice, 999, "cancel")).status).toBe(422);
    expect(await get("/agents/alice?done=constructor")).not.toContain("notice good");
    expect(await get("/agents/alice?done=moved")).toContain("The order is changed.");
  });
});
