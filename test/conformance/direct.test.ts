import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { until } from "../support/house.ts";
import { PageReader } from "../support/page.ts";
import { RoomClient } from "../support/rooms.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let mira: RoomClient;
let tomas: RoomClient;
let kim: RoomClient;
beforeAll(async () => {
  server = await startServer();
  const come = async (name: string, role?: string) => new RoomClient(server, await signIn(server, name, role));
  [mira, tomas, kim] = [await come("mira"), await come("tomas"), await come("kim")];
});
afterAll(() => server.stop());

describe("a direct conversation", () => {
  test("is the same whoever asks for it, and who is not in it is told of none", async () => {
    const { room } = await mira.must("POST", "/api/v1/direct", { members: ["tomas"] });
    expect(room).toMatchObject({ visibility: "direct", topic: "", members: ["mira", "tomas"] });
    expect((await tomas.must("POST", "/api/v1/direct", { members: ["mira"] })).room).toEqual(room);
    expect((await tomas.must("GET", "/api/v1/rooms")).rooms.at(-1)).toEqual(room);
    expect((await kim.must("GET", "/api/v1/rooms")).rooms).toHaveLength(1);
    expect((await kim.ask("GET", `/rooms/${room.slug}`)).status).toBe(404);
  });

  test("carries what is said to both, and to nobody else", async () => {
    const { room } = await mira.must("POST", "/api/v1/direct", { members: ["tomas"] });
    const topics = [`room:${room.slug}`, "typing"];
    const listener = await Client.camel(server.ws, "tomas", { subscribe: topics });
    const outsider = await Client.camel(server.ws, "kim", { subscribe: topics });
    expect((await outsider.next("error")).data.code).toBe("NOT_FOUND");
    const speaker = await Client.camel(server.ws, "mira");
    const { data } = await speaker.say("only for you", { room: room.slug });
    expect(data.room).toBe(room.slug);
    await listener.next("message", (frame) => frame.data.id === data.id);
    await outsider.settled();
    expect(outsider.ofType("message")).toEqual([]);
  });

  test("is marked on pages of whoever it was said to that show another room, and on nobody else's", async () => {
    const { room } = await mira.must("POST", "/api/v1/direct", { members: ["tomas"] });
    const pages = await Promise.all(["tomas", "mira", "kim"].map((name) => PageReader.open(server, name)));
    for (const page of pages) await page.connect();
    const speaker = await Client.camel(server.ws, "mira");
    await speaker.say("a word with you", { room: room.slug });
    await speaker.say("that all may hear");
    const seen = (page: PageReader) => page.pushed.join("");
    await until(() => pages.every((page) => seen(page).includes("that all may hear")), "what all hear");
    const marked = pages.map((page) => /hx-target="#unseen-\d+"[^>]*>new</.test(seen(page)));
    expect(marked).toEqual([true, false, false]);
    expect(seen(pages[0] as PageReader)).not.toContain("a word with you");
    for (const page of pages) page.cut(false);
  });

  test("with an agent needs no mention: what a person writes there is for it, and it answers there", async () => {
    const { room } = await mira.must("POST", "/api/v1/direct", { members: ["charlie-bot"] });
    const outsider = await Client.camel(server.ws, "kim", { subscribe: ["agents", "tasks", "help"] });
    const speaker = await Client.camel(server.ws, "mira", { subscribe: [`room:${room.slug}`, "tasks"] });
    const { data } = await speaker.say("please sweep the hidden cellar", { room: room.slug });
    const answer = await speaker.next("agent_response", (frame) => frame.data.replyTo === data.id);
    expect(answer.data).toMatchObject({ sender: "charlie", room: room.slug });
    await speaker.next("agent_response", (frame) => /my list/.test(frame.data.text));
    expect(speaker.ofType("task_notification")[0]?.data.agentName).toBe("charlie");
    await outsider.settled();
    expect(outsider.texts.filter((text) => /cellar|dm-/.test(text))).toEqual([]);
    // Its neighbour is not called, although the message asks for help in its field.
    const { data: help } = await speaker.say("I need help with css", { room: room.slug });
    await speaker.next("agent_response", (frame) => frame.data.replyTo === help.id);
    const { messages } = await mira.must("GET", `/api/v1/rooms/${room.slug}/messages`);
    expect(new Set(messages.map(({ sender }: { sender: string }) => sender))).toEqual(new Set(["mira", "charlie-bot"]));
  });

  test.each([
    [["mira"], 400],
    [[], 400],
    [["nobody"], 404],
    [["tomas", "kim", "alice", "bob", "charlie", "diana", "p1", "p2"], 400],
  ])("with %j is refused", async (members, status) => {
    for (const name of ["p1", "p2"]) await signIn(server, name);
    expect((await mira.ask("POST", "/api/v1/direct", { members })).status).toBe(status);
  });

  test("is begun from a name beside the room by a form, also with several", async () => {
    const answer = await mira.form("/direct", { members: "alice-bot" });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toMatch(/^\/rooms\/dm-\d+-\d+$/);
    expect((await mira.form("/direct", {})).status).toBe(400);
    expect((await mira.form("/direct", { members: "nobody" })).status).toBe(404);
  });
});

describe("a mention of somebody who is not there", () => {
  test("is told to who wrote it, and to nobody else", async () => {
    const board = await mira.privateRoom("board", "tomas");
    const speaker = await Client.camel(server.ws, "mira", { subscribe: ["room:board"] });
    const classic = await Client.classic(server.ws, "mira", { subscribe: ["room:board"] });
    const listener = await Client.camel(server.ws, "tomas", { subscribe: ["room:board"] });
    const mentioned = await Client.camel(server.ws, "kim", { subscribe: ["agents"] });
    const { data } = await speaker.say("@kim @tomas @bob look at this", { room: "board" });
    const notice = await speaker.next("message", (frame) => frame.data.sender === "system");
    expect(notice.data).toMatchObject({
      room: board,
      text: "Not in this room, and not told: kim, bob. Members of the room can bring others in.",
    });
    expect(notice.data.id).toBeLessThan(0);
    await classic.say("@kim?", { room: "board" });
    await classic.next(
      "chat_message",
      (frame) => frame.data.sender === "system" && /not told: kim/.test(frame.data.text),
    );
    await listener.next("message", (frame) => frame.data.id === data.id);
    const public_ = await speaker.say("later");
    await mentioned.next("message", (frame) => frame.data.id === public_.data.id);
    const ofTheHouse = (client: Client) => client.frames.filter((frame) => frame.data?.sender === "system");
    expect([ofTheHouse(listener), ofTheHouse(mentioned), ofTheHouse(speaker).length]).toEqual([[], [], 1]);
    expect(listener.ofType("agent_response")).toEqual([]);
    const posted = await mira.must("POST", "/api/v1/rooms/board/messages", { text: "@kim" });
    expect(posted.notice).toContain("kim");
    expect((await mira.must("POST", "/api/v1/rooms/board/messages", { text: "@tomas" })).notice).toBeUndefined();
    expect((await mira.must("POST", "/api/v1/rooms/general/messages", { text: "@kim" })).notice).toBeUndefined();
  });

  test("in a direct conversation as well, where nobody can be brought in", async () => {
    const { room } = await mira.must("POST", "/api/v1/direct", { members: ["tomas"] });
    const { notice } = await mira.must("POST", `/api/v1/rooms/${room.slug}/messages`, { text: "@bob-bot help" });
    expect(notice).toBe("Not in this conversation, and not told: bob.");
  });
});
