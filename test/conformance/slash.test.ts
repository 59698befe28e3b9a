import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { PageReader } from "../support/page.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let mira: Client;
let omar: Client;
let classic: Client;
beforeAll(async () => {
  server = await startServer();
  mira = await Client.camel(server.ws, "mira");
  omar = await Client.camel(server.ws, "omar");
  classic = await Client.classic(server.ws, "carla");
});
afterAll(async () => {
  await server.stop();
});

const fromSystem = (client: Client) =>
  client.frames.filter(({ data }) => data?.sender === "system").map(({ data }) => data);

describe("a slash command over the wire", () => {
  test("camel: echoed to the room, then answered to its sender as a message from system, in Markdown and HTML", async () => {
    const echo = await mira.say("/help search");
    const { data } = await mira.next("message", (frame) => frame.data.sender === "system");
    expect(data).toMatchObject({ mentions: [], isCommand: false, replyTo: null, room: "general", origin: "system" });
    expect(data.id).toBeLessThan(0);
    expect(data.text).toContain("`/search <words>`");
    expect(data.html).toContain("<code>/search &lt;words&gt;</code>");
    expect(data.seq).toBeUndefined();
    await classic.next("chat_message", (frame) => frame.data.id === echo.data.id);
    await classic.settled();
    await omar.settled();
    expect([...fromSystem(omar), ...fromSystem(classic)]).toEqual([]);
  });

  test("classic: the same as chat_message", async () => {
    const echo = await classic.say("/who");
    expect(echo.data).toMatchObject({ is_command: true, command: "who", command_args: [] });
    const { data } = await classic.next("chat_message", (frame) => frame.data.sender === "system");
    expect(data).toMatchObject({ is_command: false, command: null, command_args: [], is_bot_message: false });
    expect(data.text).toContain("carla");
    expect(data.html).toContain("<strong>Here</strong>");
  });

  test("an unknown one is answered with the nearest, and the socket stays open", async () => {
    const jun = await Client.camel(server.ws, "jun");
    await jun.say("/serach things");
    const { data } = await jun.next("message", (frame) => frame.data.sender === "system");
    expect(data.text).toBe("There is no command `/serach`. Did you mean `/search`?");
    await jun.say("still here");
    await jun.close();
  });

  test("a repeated clientId runs it once", async () => {
    const jun = await Client.camel(server.ws, "jun");
    const frame = { type: "message", data: { text: "/hire zoe writer", clientId: "hire-1" } };
    jun.send(frame);
    const { data } = await jun.next("message", ({ data }) => data.sender === "system");
    expect(data.text).toContain("**zoe** works here now as writer.");
    jun.send(frame);
    await jun.until(
      () => (jun.frames.filter(({ data }) => data?.clientId === "hire-1").length === 2 ? true : undefined),
      "the repetition",
    );
    await jun.say("/status zoe");
    await jun.next("message", ({ data }) => data.sender === "system" && data.text.includes("is idle"));
    expect(fromSystem(jun)).toHaveLength(2);
    await jun.close();
  });

  test("//word is a message with one slash, and runs nothing", async () => {
    const echo = await mira.say("//who is it");
    expect(echo.data).toMatchObject({ isCommand: false, command: null, text: "//who is it" });
    expect(echo.data.html).toBe("<p>/who is it</p>\n");
    const before = fromSystem(mira).length;
    await mira.say("and on");
    expect(fromSystem(mira)).toHaveLength(before);
  });

  test("what would turn the text around before its slash is taken out of it for the command as well", async () => {
    const echo = await mira.say("\u202E/who");
    expect(echo.data.isCommand).toBe(true);
    await mira.next("message", (frame) => frame.data.sender === "system" && frame.data.text.startsWith("**Here**"));
  });

  test("/assign gives an agent the task, which it takes like any mention", async () => {
    await mira.say('/assign alice "status page for the office"');
    const posted = await mira.next("message", ({ data }) => data.text.startsWith("@alice task:"));
    expect(posted.data).toMatchObject({ sender: "mira", mentions: ["alice"], isCommand: false });
    const { data } = await mira.next("agent_response", (frame) => frame.data.replyTo === posted.data.id);
    expect(data.text).toBe("Got it: status page for the office.");
    const said = await mira.say("/stop");
    await mira.next("message", (frame) => frame.data.sender === "system" && frame.data.text.startsWith("Stopped task"));
    expect(said.data.isCommand).toBe(true);
  });

  test("somebody who may only read runs nothing", async () => {
    const cookie = await signIn(server, "vera", "Viewer");
    const answer = await fetch(`${server.http}/api/v1/rooms/general/messages`, {
      method: "POST",
      headers: { cookie, origin: server.http, "content-type": "application/json" },
      body: JSON.stringify({ text: "/fire alice" }),
    });
    expect(answer.status).toBe(403);
    expect((await answer.text()).includes("alice")).toBe(false);
  });
});

describe("over HTTP", () => {
  async function send(path: string, cookie: string, body: URLSearchParams | object) {
    const isForm = body instanceof URLSearchParams;
    const answer = await fetch(server.http + path, {
      method: "POST",
      headers: { cookie, origin: server.http, ...(!isForm && { "content-type": "application/json" }) },
      body: isForm ? body : JSON.stringify(body),
    });
    return { status: answer.status, ...((await answer.json()) as { notice?: string; message?: { text: string } }) };
  }

  test("the answer comes with that of the request, once", async () => {
    const cookie = await signIn(server, "nora");
    const said = { text: "/help who", clientId: "over-http-1" };
    const first = await send("/api/v1/rooms/general/messages", cookie, said);
    expect(first).toMatchObject({ status: 201, notice: "`/who` Who is here.", message: { text: "/help who" } });
    expect((await send("/api/v1/rooms/general/messages", cookie, said)).notice).toBeUndefined();
    expect((await send("/api/v1/rooms/general/messages", cookie, { text: "hello" })).notice).toBeUndefined();
  });

  test("the page gets it as an item to show", async () => {
    const cookie = await signIn(server, "nora");
    const form = new URLSearchParams({ text: "/help who", clientId: "over-http-2" });
    const { notice } = await send("/rooms/general/messages", cookie, form);
    expect(notice).toMatch(
      /^<li class="message aside"[\s\S]*only you see this[\s\S]*<code>\/who<\/code>[\s\S]*<\/li>$/,
    );
    expect((await send("/rooms/general/messages", cookie, form)).notice).toBeUndefined();
  });

  test("GET /api/v1/slash-commands lists those one may use", async () => {
    const names = async (cookie: string) => {
      const answer = await fetch(`${server.http}/api/v1/slash-commands`, { headers: { cookie } });
      const { commands } = (await answer.json()) as { commands: { name: string; usage: string; help: string }[] };
      expect(commands.find(({ name }) => name === "who")).toEqual({ name: "who", usage: "/who", help: "Who is here" });
      return commands.map(({ name }) => name);
    };
    expect(await names(await signIn(server, "nora"))).toContain("hire");
    expect(await names(await signIn(server, "vera", "Viewer"))).not.toContain("hire");
  });

  test("GET /api/v1/search finds what one may read, page by page, and takes any text", async () => {
    await mira.say("an albatross over the *bay*");
    await mira.say("two albatross");
    const search = async (query: string, who = "nora") => {
      const headers = { cookie: await signIn(server, who) };
      const answer = await fetch(`${server.http}/api/v1/search?${query}`, { headers });
      // biome-ignore lint/suspicious/noExplicitAny: looked into below
      return { status: answer.status, ...((await answer.json()) as any) };
    };
    const first = await search("q=albatross&limit=1");
    expect(first).toMatchObject({ status: 200, complete: true });
    expect(first.hits[0]).toMatchObject({
      room: "general",
      sender: "mira",
      text: "two albatross",
      snippet: "two <mark>albatross</mark>",
    });
    const second = await search(`q=albatross&before=${first.next}`);
    expect(second.hits.map(({ text }: { text: string }) => text)).toEqual(["an albatross over the *bay*"]);
    expect(second.next).toBeNull();
    for (const text of ['"', "AND OR NOT", "from:", "(((", "*", "a:b:c", "\u0000"]) {
      expect([text, (await search(`q=${encodeURIComponent(text)}`)).status]).toEqual([text, 200]);
    }
    expect((await search("limit=101")).status).toBe(400);
    expect((await search("order=random")).status).toBe(400);
    expect((await search("")).hits.length).toBeGreaterThan(0);
  });
});

test("the page gets the answer as an item among its messages, and nobody else's page does", async () => {
  const page = await PageReader.open(server, "petra");
  const other = await PageReader.open(server, "paul");
  await page.connect();
  await other.connect();
  page.send({ type: "message", room: "general", text: "/help who", clientId: "page-1" });
  const { shown, pushed } = page;
  await mira.until(() => (pushed.some((frame) => frame.includes("only you see this")) ? true : undefined), "the item");
  expect([...shown.values()].at(-1)).toContain("/help who");
  expect(pushed.at(-1)).toMatch(/^<hx-partial hx-target="#messages" hx-swap="beforeend"><li class="message aside"/);
  expect(other.pushed.some((frame) => frame.includes("only you see this"))).toBe(false);
  expect(page.faults).toEqual([]);
  page.cut(false);
  other.cut(false);
});

test("and none of all this found a bug of ours", () => {
  expect(server.logged.filter(({ level }) => level === "error")).toEqual([]);
});
