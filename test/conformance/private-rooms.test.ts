import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { PageReader } from "../support/page.ts";
import { RoomClient } from "../support/rooms.ts";
import { agentsAreIdle, signIn, startServer, type TestServer } from "../support/server.ts";

const everything = ["presence", "typing", "agents", "tasks", "help"];
/** Stands in all that is said in the private room, and nowhere else. */
const secret = "zebra";

let server: TestServer;
let mira: RoomClient;
let kim: RoomClient;
let miraCookie: string;
let kimCookie: string;
beforeAll(async () => {
  server = await startServer({ limits: { typingMs: 150, figuresMs: 0 } });
  [miraCookie, kimCookie] = [await signIn(server, "mira"), await signIn(server, "kim")];
  await signIn(server, "tomas");
  [mira, kim] = [new RoomClient(server, miraCookie), new RoomClient(server, kimCookie)];
  await mira.privateRoom("treasury", "tomas", "alice-bot");
});
afterAll(() => server.stop());

async function idle(): Promise<void> {
  while (!(await agentsAreIdle(server))) await Bun.sleep(20);
}

/** Whatever can be done in a room: said, changed, taken back, typed, asked of an agent, answered live, stuck, helped. */
async function liveIn(room: string, speaker: Client): Promise<void> {
  speaker.send({ type: "typing", data: { isTyping: true, room } });
  const said = await speaker.say(`${secret} one`, { room });
  speaker.send({ type: "edit_message", data: { id: said.data.id, text: `${secret} two` } });
  await speaker.next("message_update", ({ data }) => data.text === `${secret} two`);
  speaker.send({ type: "delete_message", data: { id: said.data.id } });
  await speaker.next("message_update", ({ data }) => data.deletedAt !== undefined);
  const asked = await speaker.say(`@alice please paint the ${secret}`, { room });
  await speaker.next("agent_response", ({ data }) => data.replyTo === asked.data.id && /my list/.test(data.text));
  await speaker.say("@alice 40%", { room });
  await speaker.next("agent_response", ({ data }) => /40 %/.test(data.text));
  await speaker.say(`@alice blocked: no ${secret}`, { room });
  await speaker.next("agent_response", ({ data }) => /I need help/.test(data.text));
  await idle();
}

/** What of a client's frames speaks of the private room. */
function leaks(client: Client, slug: string): string[] {
  return client.texts.filter((text) => text.includes(secret) || text.includes(slug));
}

describe("who is not in a private room hears nothing of it", () => {
  test("on any topic, in either dialect, while who is in it hears all of it", async () => {
    const speaker = await Client.camel(server.ws, "mira", { subscribe: ["room:treasury"] });
    const insider = await Client.camel(server.ws, "tomas", { subscribe: ["room:treasury", ...everything] });
    const follower = await Client.camel(server.ws, "tomas");
    follower.send({ type: "subscribe_agent", data: { agentName: "alice" } });
    await follower.next("agent_status");
    const outsiders = [
      await Client.camel(server.ws, "kim", { subscribe: everything }),
      await Client.camel(server.ws, "kim", { subscribe: everything, batch: true }),
      await Client.classic(server.ws, "kim", { subscribe: everything }),
    ];
    const agentOnly = await Client.camel(server.ws, "kim");
    agentOnly.send({ type: "subscribe_agent", data: { agentName: "alice" } });
    await agentOnly.next("agent_status");
    const page = await PageReader.open(server, "kim");
    await page.connect();

    await liveIn("treasury", speaker);
    const { data } = await speaker.say("all can read this");
    for (const outsider of [...outsiders, agentOnly]) {
      await outsider.until(() => outsider.frames.find((frame) => frame.data?.id === data.id), "what is public");
      expect(leaks(outsider, "treasury")).toEqual([]);
    }
    expect([...page.pushed, ...page.told.map((frame) => JSON.stringify(frame))].join()).not.toMatch(/zebra|treasury/);

    const heard = new Set(
      insider.frames.filter((frame) => JSON.stringify(frame).includes(secret)).map(({ type }) => type),
    );
    for (const type of ["message", "message_update", "agent_response", "task_notification", "help_request"])
      expect([...heard]).toContain(type);
    expect(insider.ofType("typing").some((frame) => /^treasury~/.test(frame.data.room))).toBe(true);
    expect(insider.ofType("message_delta").length).toBeGreaterThan(0);
    for (const type of ["message_delta", "task_notification", "help_request"])
      expect(follower.ofType(type).length).toBeGreaterThan(0);

    // That she works is true for everybody; at what, is not.
    const states = outsiders[0]?.ofType("agent_status_update").map((frame) => frame.data as Frame["data"]) ?? [];
    expect(states.some(({ status }) => status === "working")).toBe(true);
    expect(states.at(-1)).toMatchObject({ agentName: "alice", status: "stuck", currentTask: null, progress: 0 });
  });

  test("not when they ask: tasks, states of agents, figures", async () => {
    const outsider = await Client.camel(server.ws, "kim");
    const insider = await Client.camel(server.ws, "tomas");
    for (const client of [outsider, insider]) {
      client.send({ type: "get_active_tasks" });
      client.send({ type: "get_agent_status", data: { agentName: "alice" } });
      client.send({ type: "get_agent_status" });
      await client.next("all_agent_statuses");
    }
    expect(leaks(outsider, "treasury")).toEqual([]);
    expect(JSON.stringify(insider.ofType("active_tasks"))).toContain(secret);
    expect(insider.ofType("agent_status")[0]?.data.currentTask).toContain(secret);
    for (const path of ["/agents", "/api/v1/agents"]) {
      const [theirs, ours] = [await kim.must("GET", path), await mira.must("GET", path)];
      expect(JSON.stringify(theirs)).not.toContain(secret);
      expect(JSON.stringify(ours)).toContain(secret);
    }
    const { agents, statistics } = await kim.must("GET", "/api/v1/agents");
    expect(agents.find(({ name }: { name: string }) => name === "alice").open_tasks).toBe(0);
    expect(statistics.pending_help_requests).toBe(0);
    const before = (await kim.must("GET", "/communication/info")).total_messages;
    await mira.must("POST", "/api/v1/rooms/treasury/messages", { text: "one more" });
    expect((await kim.must("GET", "/communication/info")).total_messages).toBe(before);
    await mira.must("POST", "/api/v1/rooms/general/messages", { text: "one more" });
    expect((await kim.must("GET", "/communication/info")).total_messages).toBe(before + 1);
  });

  test("not when they come back with an old seq, with or without asking for the room", async () => {
    for (const dialect of ["camel", "classic"] as const) {
      const back = await Client[dialect](server.ws, "kim", { lastSeq: 1, subscribe: ["room:treasury", ...everything] });
      await back.settled();
      expect(leaks(back, "treasury")).toEqual([]);
    }
  });

  test("not on pages, in lists or over the API", async () => {
    const html = { headers: { cookie: kimCookie, accept: "text/html" } };
    expect(await (await fetch(`${server.http}/rooms/general`, html)).text()).not.toContain("treasury");
    expect(await (await fetch(`${server.http}/agents`, html)).text()).not.toContain(secret);
    const slugs = ({ rooms }: { rooms: { name: string }[] }) => rooms.map(({ name }) => name);
    expect(slugs(await kim.must("GET", "/api/v1/rooms"))).toEqual(["general"]);
    expect(slugs(await mira.must("GET", "/api/v1/rooms"))).toEqual(["general", "treasury"]);
  });
});

describe("what one may not see is refused as what does not exist", () => {
  /** A refusal without what differs for everybody: when it was, and which number was asked for. */
  const bare = ({ type, data }: Frame) => [type, data.code, String(data.message).replace(/\d+/g, "N")];

  test.each(["camel", "classic"] as const)("on a %s socket", async (dialect) => {
    const { message } = await mira.must("POST", "/api/v1/rooms/treasury/messages", { text: secret });
    const insider = await Client.camel(server.ws, "tomas");
    insider.send({ type: "get_active_tasks" });
    const [task] = Object.keys((await insider.next("active_tasks")).data);
    const asked = (room: string, id: number, taskId: number) => [
      { type: "message", text: "hello", room },
      { type: "typing", is_typing: true, room },
      { type: "subscribe", topics: [`room:${room}`] },
      { type: "get_chat_history", conversation_id: room },
      { type: "edit_message", id, text: "mine" },
      { type: "delete_message", id },
      { type: "message", text: "hello", reply_to: id },
      { type: "task", id: taskId, action: "cancel" },
    ];
    const refusals = async (frames: object[]) => {
      const outsider = await Client[dialect](server.ws, "kim");
      for (const frame of frames) outsider.send(frame);
      const refused = () => outsider.frames.filter(({ type }) => type === "error" || type === "notice");
      // What the log refuses is answered after its commit.
      await outsider.until(() => (refused().length >= frames.length ? true : undefined), "all refusals");
      return refused().map(bare);
    };
    const there = await refusals(asked("treasury", message.id, Number(task)));
    const nowhere = await refusals(asked("nowhere", 9_999_999, 8_888_888));
    expect(there).toHaveLength(8);
    expect(there).toEqual(nowhere);
    expect(new Set(there.map(([, code]) => code))).toEqual(new Set(["NOT_FOUND"]));
  });

  test.each([
    ["GET", "", undefined],
    ["GET", "/messages?before=99", undefined],
    ["GET", "/members", undefined],
    ["POST", "/members/1/remove", undefined],
    ["GET", "/api/messages", undefined],
    ["POST", "/api/messages", { text: "hello" }],
    ["GET", "/api/members", undefined],
    ["POST", "/api/members", { name: "kim" }],
    ["DELETE", "/api/members/kim", undefined],
  ])("over HTTP: %s %s", async (method, rest, body) => {
    const answers = ["treasury", "nowhere"].map(async (slug) => {
      const path = rest.startsWith("/api") ? `/api/v1/rooms/${slug}${rest.slice(4)}` : `/rooms/${slug}${rest}`;
      const answer = await kim.ask(method, path, body);
      return [answer.status, await answer.text()];
    });
    const [there, nowhere] = await Promise.all(answers);
    expect(there).toEqual(nowhere);
    expect(there?.[0]).toBe(404);
  });

  test("forms as well: writing, and bringing oneself in", async () => {
    for (const path of ["messages", "members"]) {
      const answers = ["treasury", "nowhere"].map(async (slug) => {
        const answer = await kim.form(`/rooms/${slug}/${path}`, { text: "hello", name: "kim" });
        return [answer.status, await answer.text()];
      });
      const [there, nowhere] = await Promise.all(answers);
      expect(there).toEqual(nowhere);
      expect(there?.[0]).toBe(404);
    }
  });

  test("a page that asks to go on with the room is closed with 4403, as for a room that does not exist", async () => {
    for (const room of ["treasury", "nowhere"]) {
      const page = await Client.open(`${server.ws}/live`, { cookie: kimCookie, origin: server.http });
      page.send({ type: "resume", room, lastSeq: 1 });
      expect(await page.hasClosed()).toEqual({ code: 4403, reason: "ACCESS_REMOVED" });
      expect(page.texts).toEqual([]);
    }
    const page = await Client.open(`${server.ws}/live`, { cookie: miraCookie, origin: server.http });
    page.send({ type: "resume", room: "treasury" });
    await page.next("ready");
    await page.close();
  });
});
