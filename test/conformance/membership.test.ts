import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { PageReader, swapsOf } from "../support/page.ts";
import { RoomClient } from "../support/rooms.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let mira: RoomClient;
let tomas: RoomClient;
/** The private room of each test: what it is called, and its slug. */
let name = "";
let room = "";
let rooms = 0;
beforeAll(async () => {
  server = await startServer();
  mira = new RoomClient(server, await signIn(server, "mira"));
  tomas = new RoomClient(server, await signIn(server, "tomas"));
});
afterAll(() => server.stop());
beforeEach(async () => {
  rooms += 1;
  name = `board${rooms}`;
  room = await mira.privateRoom(name, "tomas");
});

/** Waits until a page was pushed what is asked for. */
async function pushed(page: PageReader, fits: (frame: string) => boolean): Promise<string> {
  const deadline = performance.now() + 4_000;
  for (;;) {
    const found = page.pushed.find(fits);
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`it was not pushed; last: ${page.pushed.slice(-3).join(" | ")}`);
    await Bun.sleep(5);
  }
}

describe("tomas who is put out while he is connected", () => {
  test("is told so on each socket that heard the room, and hears no more of it", async () => {
    const topics = [`room:${room}`, "typing", "agents", "tasks", "help"];
    const camel = await Client.camel(server.ws, "tomas", { subscribe: topics });
    const classic = await Client.classic(server.ws, "tomas", { subscribe: topics });
    const speaker = await Client.camel(server.ws, "mira", { subscribe: [`room:${room}`] });
    await speaker.say("still here", { room });
    await mira.must("DELETE", `/api/v1/rooms/${room}/members/tomas`);
    const told = { code: "PERMISSION_DENIED", message: `You are no longer in #${name}.` };
    expect((await camel.next("error")).data).toMatchObject(told);
    expect((await classic.next("notice")).data).toMatchObject(told);
    await mira.must("POST", `/api/v1/rooms/${room}/members`, { name: "alice" });
    const after = await speaker.say("@alice please count the coins", { room });
    await speaker.next("agent_response", ({ data }) => data.replyTo === after.data.id && /my list/.test(data.text));
    for (const client of [camel, classic]) {
      client.send({ type: "message", data: { text: "I was", room } });
      await client.until(() => client.frames.find(({ data }) => data?.code === "NOT_FOUND"), "the refusal");
      expect(client.texts.filter((text) => /coins/.test(text))).toEqual([]);
    }
  });

  test("sees the page of that room closed with 4403, not to come back; his other page only loses it from its list", async () => {
    const inside = await PageReader.open(server, "tomas", room);
    const elsewhere = await PageReader.open(server, "tomas");
    await inside.connect();
    await elsewhere.connect();
    await mira.must("DELETE", `/api/v1/rooms/${room}/members/tomas`);
    await pushed(elsewhere, (frame) => swapsOf(frame).some(({ how }) => how === "delete"));
    while (inside.closes.length === 0) await Bun.sleep(5);
    expect(inside.closes).toEqual([4403]);
    expect(elsewhere.isOnline).toBe(true);
    await expect(inside.connect()).rejects.toThrow("4403");
    elsewhere.cut(false);
  });

  test("comes back with what he remembers: as for a room that never was", async () => {
    await mira.must("POST", `/api/v1/rooms/${room}/messages`, { text: "before" });
    await mira.must("DELETE", `/api/v1/rooms/${room}/members/tomas`);
    await mira.must("POST", `/api/v1/rooms/${room}/messages`, { text: "after" });
    const back = await Client.camel(server.ws, "tomas", { lastSeq: 1, subscribe: [`room:${room}`] });
    expect((await back.next("error")).data.code).toBe("NOT_FOUND");
    await back.settled();
    expect(back.ofType("message").filter(({ data }) => data.room === room)).toEqual([]);
    expect((await tomas.ask("GET", `/api/v1/rooms/${room}/messages`)).status).toBe(404);
  });

  test("may not see by a client id of then what he wrote there", async () => {
    await tomas.must("POST", `/api/v1/rooms/${room}/messages`, { text: "mine", clientId: `once-${room}` });
    await mira.must("DELETE", `/api/v1/rooms/${room}/members/tomas`);
    const again = { text: "mine", clientId: `once-${room}` };
    expect((await tomas.ask("POST", "/api/v1/rooms/general/messages", again)).status).toBe(404);
    const client = await Client.camel(server.ws, "tomas");
    client.send({ type: "message", data: again });
    await client.settled();
    await client.say("later");
    expect(client.frames.filter(({ data }) => data?.room === room)).toEqual([]);
  });
});

describe("kim who is brought in while she is connected", () => {
  test("finds the room on her pages and can hear it at once; what she hears of all she hears of it too", async () => {
    const page = await PageReader.open(server, "kim");
    await page.connect();
    const client = await Client.camel(server.ws, "kim", { subscribe: ["tasks"] });
    await mira.must("POST", `/api/v1/rooms/${room}/members`, { name: "kim" });
    await mira.must("POST", `/api/v1/rooms/${room}/members`, { name: "bob" });
    const frame = await pushed(page, (text) => text.includes(`data-slug="${room}"`));
    expect(swapsOf(frame)[0]?.target).toBe("#rooms");
    expect(frame).not.toContain("<!--seq");
    client.send({ type: "subscribe", data: { topics: [`room:${room}`] } });
    await mira.must("POST", `/api/v1/rooms/${room}/messages`, { text: "@bob please draw the plan" });
    await client.next("message", ({ data }) => data.room === room);
    expect((await client.next("task_notification")).data.metadata.room).toBe(room);
    page.cut(false);
  });

  test("who was away meanwhile finds the lists as they are now", async () => {
    const page = await PageReader.open(server, "tomas");
    await mira.must("DELETE", `/api/v1/rooms/${room}/members/tomas`);
    await mira.must("POST", "/api/v1/direct", { members: ["tomas", "diana"] });
    await page.connect();
    const frame = await pushed(page, (text) => text.includes('hx-target="#directs"'));
    const lists = swapsOf(frame).filter(({ target }) => target === "#rooms" || target === "#directs");
    expect(lists.map(({ how }) => how)).toEqual(["innerHTML", "innerHTML"]);
    expect(lists[0]?.content).toContain('aria-current="page"');
    expect(lists[0]?.content).not.toContain(room);
    expect(lists[1]?.content).toMatch(/mira.*diana|diana.*mira/);
    expect(lists[1]?.content).not.toContain(">tomas<");
    page.cut(false);
  });

  test("those in the room see how many they are", async () => {
    const page = await PageReader.open(server, "tomas", room);
    await page.connect();
    await mira.must("POST", `/api/v1/rooms/${room}/members`, { name: "alice" });
    const frame = await pushed(page, (text) => text.includes("[data-count=members]"));
    expect(swapsOf(frame)).toEqual([
      { element: "partial", target: "[data-count=members]", how: "innerHTML", content: "3 members" },
    ]);
    expect(page.faults).toEqual([]);
    page.cut(false);
  });
});

describe("the members of a private room", () => {
  test("are listed, brought in, put out and leave over the API", async () => {
    await mira.must("POST", `/api/v1/rooms/${room}/members`, { name: "alice-bot" });
    expect(await tomas.must("GET", `/api/v1/rooms/${room}/members`)).toEqual({
      members: [
        { name: "mira", kind: "person", role: "developer" },
        { name: "tomas", kind: "person", role: "developer" },
        { name: "alice-bot", kind: "agent", role: "developer" },
      ],
    });
    expect((await tomas.ask("DELETE", `/api/v1/rooms/${room}/members/alice`)).status).toBe(403);
    expect((await tomas.ask("DELETE", `/api/v1/rooms/${room}/members/nobody`)).status).toBe(404);
    expect((await tomas.ask("POST", `/api/v1/rooms/${room}/members`, { name: "mira" })).status).toBe(409);
    expect((await tomas.ask("POST", `/api/v1/rooms/${room}/members`, { name: 7 })).status).toBe(400);
    await tomas.must("DELETE", `/api/v1/rooms/${room}/members/tomas`);
    expect((await tomas.ask("GET", `/api/v1/rooms/${room}/members`)).status).toBe(404);
    expect(
      (await mira.must("GET", "/api/v1/rooms/general/members")).members.map(({ name }: { name: string }) => name),
    ).toContain("tomas");
  });

  test("do the same by the forms of its page", async () => {
    const read = async (who: RoomClient) => (await who.ask("GET", `/rooms/${room}/members`)).text();
    await signIn(server, "kim");
    expect(await read(mira)).toContain("Put out tomas");
    expect(await read(tomas)).not.toContain("Put out mira");
    const came = (await tomas.form(`/rooms/${room}/members`, { name: "kim" })).headers.get("location") ?? "";
    expect(came.replace(/\d+/g, "N")).toBe(`/rooms/${room}/members?done=in&member=N#member-N`.replace(/\d+/g, "N"));
    const refusedForm = await mira.form(`/rooms/${room}/members`, { name: "nobody <b>" });
    expect(refusedForm.status).toBe(422);
    expect(await refusedForm.text()).toContain("Nobody of that name is here.");
    const tomasId = /members\/(\d+)\/remove/.exec(await read(tomas))?.[1];
    expect((await tomas.form(`/rooms/${room}/members/${tomasId}/remove`, {})).headers.get("location")).toBe(
      "/rooms/general?done=left",
    );
    expect((await mira.form(`/rooms/${room}/members/${tomasId}/remove`, {})).status).toBe(404);
    expect((await mira.ask("GET", "/rooms/general/members")).headers.get("location")).toBe("/rooms/general");
  });

  test("are made by who may make rooms, with the box on the form; gil the guest may not", async () => {
    const answer = await mira.form("/rooms", { name: `${name}-b`, topic: "figures", private: "on" });
    const path = answer.headers.get("location") ?? "";
    expect(path).toMatch(new RegExp(`^/rooms/${name}-b~[a-z]{6}$`));
    expect((await tomas.ask("GET", path)).status).toBe(404);
    const page = await (await mira.ask("GET", path)).text();
    expect(page).toContain('<span class="tag">private</span>');
    const gil = new RoomClient(server, await signIn(server, "gil", "guest"));
    expect((await gil.ask("POST", "/api/v1/rooms", { name: "gils", private: true })).status).toBe(403);
    expect((await gil.ask("POST", "/api/v1/rooms", { name: "dm-1-2" })).status).toBe(403);
    expect((await mira.ask("POST", "/api/v1/rooms", { name: "dm-1-2" })).status).toBe(400);
  });

  test("messages over the API: sent once however often, paged both ways", async () => {
    const say = (text: string, more = {}) => mira.must("POST", `/api/v1/rooms/${room}/messages`, { text, ...more });
    const first = (await say("one", { clientId: `c-${room}` })).message;
    expect((await say("one", { clientId: `c-${room}` })).message.id).toBe(first.id);
    const second = (await say("two", { replyTo: first.id })).message;
    expect(second).toMatchObject({ replyTo: first.id, sender: "mira", room, origin: "api" });
    const read = async (query: string) => tomas.must("GET", `/api/v1/rooms/${room}/messages?${query}`);
    const ids = (page: { messages: { id: number }[] }) => page.messages.map(({ id }) => id);
    expect(ids(await read(""))).toEqual([first.id, second.id]);
    expect(await read("limit=1")).toMatchObject({ hasMore: true, messages: [{ text: "two" }] });
    expect(ids(await read(`before=${second.id}`))).toEqual([first.id]);
    expect(ids(await read(`after=${first.id}`))).toEqual([second.id]);
    expect((await tomas.ask("GET", `/api/v1/rooms/${room}/messages?limit=9999`)).status).toBe(400);
    expect((await tomas.ask("POST", `/api/v1/rooms/${room}/messages`, { text: "" })).status).toBe(400);
    const stranger = { headers: { accept: "text/html" }, redirect: "manual" } as const;
    expect((await fetch(`${server.http}/rooms/${room}/members`, stranger)).headers.get("location")).toBe(
      `/sign-in?${new URLSearchParams({ next: `/rooms/${room}/members` })}`,
    );
  });
});
